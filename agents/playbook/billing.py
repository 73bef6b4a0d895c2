"""Billing: look first, then speak. Bills are explained, lines disputed, invoices paid or split, what was charged twice
is given back after a yes; what the rules do not let it decide is handed on."""

import re

from agents.playbook import details, disputes, identity, payments, refunds
from agents.playbook.articles import ANSWER_FROM_ARTICLES, quote_best, search
from agents.playbook.bills import (
    WHICH_LINE,
    bills_of,
    duplicate_hint,
    explain_system_away,
    invoice_words,
    known_bills,
    look_up,
    look_up_open,
)
from agents.playbook.manners import ENDINGS, MANNERS, TRIED_ENOUGH, WANTS_CALL, give_up, who_is_it
from agents.playbook.moves import Move, Rule, Say
from agents.playbook.phrases import named, started
from agents.playbook.situation import Situation
from domain.toolbox.billing import GET_BILLING_INFORMATION
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE
from domain.triggers import Trigger

NEEDS_A_LOOK = frozenset({"duplicate_charge", "billing_dispute", "billing_question", "refund_request", "payment_plan"})
"""Intents that nothing can be said about without the customer's bills."""

_NO_DUPLICATE = (
    "I found no charge in your last invoices that was made twice, so I can't give anything back at once. If a line "
    "looks wrong, I can open a dispute about it."
)
_FRAUD = re.compile(
    r"\b(?:fraud\w*|stolen|hacked|scam\w*|identity theft|unauthori[sz]ed|"
    r"(?:somebody|someone)(?: else)? (?:\w+ )?(?:used|uses|using|paid|pays|ordered|bought|charged) )",
    re.IGNORECASE,
)


def tell_no_duplicate(situation: Situation) -> Move:
    return Say(
        f"{started(situation, 'I went through your invoices of the last year')} and found no service that was "
        f"charged twice for the same month. {invoice_words(known_bills(situation))} {WHICH_LINE}"
    )


def explain_invoice(situation: Situation) -> Move:
    found = known_bills(situation)
    lead = "I had a look at your account."
    if situation.context.resolution == "unresolved":
        lead = "I'm sorry that didn't settle it. Let's look at the bill itself."
    asks = situation.intent == "billing_question"
    question = duplicate_hint(found) or ("Is there a line I should explain?" if asks else WHICH_LINE)
    return Say(f"{started(situation, lead)} {invoice_words(found)} {question}")


def explain_refunds(situation: Situation) -> Move:
    """No money without a reason: what the article says about refunds, and the way to one."""
    told, articles = quote_best(situation)
    return Say(
        f"{started(situation, _NO_DUPLICATE)}\n\n{told}{invoice_words(known_bills(situation))} {WHICH_LINE}",
        articles=articles,
        confidence=0.8,
    )


def report_fraud(situation: Situation) -> Move:
    return Say(
        f"Thank you for telling me{named(situation)}. This needs a person's care, so I've asked a colleague to take "
        "over at once. Until then please don't share any code or password with anyone, and ask your bank to watch the "
        "card. I change nothing on your account meanwhile.",
        outcome="cannot_help",
        because=Trigger.FRAUD_SUSPECTED,
        confidence=0.95,
        reason="Suspected fraud goes to a person at once.",
    )


def _suspects_fraud(situation: Situation) -> bool:
    told = situation.intent == "fraud_report" or bool(_FRAUD.search(situation.said))
    return told and not situation.results


def _wants_money_back(situation: Situation) -> bool:
    """A refund or a dispute is mostly about the duplicate, if there is one."""
    asked = situation.intent in {"duplicate_charge", "billing_dispute", "refund_request"}
    return (asked or _investigates(situation) or refunds.wants_payout(situation)) and refunds.has_duplicate(situation)


def _investigates(situation: Situation) -> bool:
    """The customer takes up our hint."""
    hinted = situation.replied.endswith("Shall I investigate that?")
    return hinted and (situation.agreed or situation.intent == "duplicate_charge")


def _needs_look(situation: Situation) -> bool:
    looks = situation.intent in NEEDS_A_LOOK or situation.context.resolution == "unresolved"
    concerned = payments.concerns_payment(situation) or refunds.wants_payout(situation)
    return looks or concerned or bool(situation.context.offer) or _investigates(situation)


def _may_look(situation: Situation) -> bool:
    return situation.can(GET_BILLING_INFORMATION) and not situation.ran(GET_BILLING_INFORMATION)


def _unexplained(situation: Situation) -> bool:
    return situation.intent == "refund_request" and situation.can(SEARCH_KNOWLEDGE_BASE) and not situation.ran(
        SEARCH_KNOWLEDGE_BASE)  # fmt: skip


RULES = (
    WANTS_CALL,
    *MANNERS,
    Rule("fraud", _suspects_fraud, report_fraud),
    *refunds.ANSWERS,
    *payments.ANSWERS,
    *disputes.ANSWERS,
    *details.ANSWERS,
    *identity.RULES,
    *payments.REFUSALS,
    *details.REFUSALS,
    *ENDINGS,
    disputes.UNAGREED,
    TRIED_ENOUGH,
    Rule("customer unknown", lambda s: not s.customer_id, who_is_it),
    *details.TOPIC,
    Rule("open bills not seen", lambda s: payments.concerns_payment(s) and _may_look(s), look_up_open),
    Rule("bills not seen", lambda s: _needs_look(s) and _may_look(s), look_up),
    Rule("bills away", lambda s: _needs_look(s) and bills_of(s) is None, explain_system_away),
    *payments.TOPIC,
    *disputes.TOPIC,
    Rule("duplicate to pay out", lambda s: _wants_money_back(s) and refunds.wants_payout(s), refunds.offer_payout),
    Rule("duplicate to credit", _wants_money_back, refunds.offer_credit),
    Rule("not solved", lambda s: s.context.resolution == "unresolved" and bills_of(s) is not None, explain_invoice),
    Rule("duplicate credited", lambda s: s.intent == "duplicate_charge" and refunds.had_duplicate(s),
         refunds.tell_already_credited),
    Rule("no duplicate", lambda s: s.intent == "duplicate_charge" and bills_of(s) is not None, tell_no_duplicate),
    Rule("refunds unexplained", _unexplained, search),
    Rule("wants a refund", lambda s: s.intent == "refund_request", explain_refunds),
    Rule("bill to explain", lambda s: bills_of(s) is not None, explain_invoice),
    *ANSWER_FROM_ARTICLES,
    Rule("nothing helps", lambda _: True, give_up),
)  # fmt: skip
