"""Billing: look first, then speak. A duplicate charge is credited after a yes; the rest is explained or handed on."""

import re
from decimal import Decimal

from agents.playbook import identity
from agents.playbook.articles import ANSWER_FROM_ARTICLES, explain_then_offer_person, search
from agents.playbook.manners import ENDINGS, MANNERS, TRIED_ENOUGH, give_up, who_is_it
from agents.playbook.moves import Move, Proposal, Rule, Say, Use
from agents.playbook.phrases import DID_IT_HELP, OFFER_PERSON, day, listed, money, month, named, started
from agents.playbook.situation import Situation
from domain.billing import DuplicateCharge
from domain.toolbox.billing import (
    APPLY_CREDIT_ADJUSTMENT,
    GET_BILLING_INFORMATION,
    BillingInformation,
    CreditApplied,
    InvoiceShown,
)
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE

LINES_SHOWN = 6
REASON_LIMIT = 200
NOTHING_BOOKED = "I won't book anything"
WHICH_LINE = "Which line looks wrong to you?"
NEEDS_A_LOOK = frozenset({"duplicate_charge", "billing_dispute", "billing_question", "refund_request"})
"""Intents that nothing can be said about without the customer's bills."""

_LIMITS = {
    "payment_plan": "I can't set up a payment plan myself, but I can tell you how it works, and a colleague can "
    "agree one with you.",
    "refund_request": "I found no charge in your last invoices that was made twice, so a refund is a colleague's "
    "decision. This is how it works.",
}
_ABOUT_PAYOUT = re.compile(
    r"\b(?:card|bank|cash|paypal|transfer|pay(?:ed)? out|payout|account number)\b", re.IGNORECASE
)
_ABOUT_TIME = re.compile(r"\b(?:how long|when|how soon|how fast)\b", re.IGNORECASE)


def look_up(situation: Situation) -> Move:
    return Use(GET_BILLING_INFORMATION, {"customer_id": situation.customer_id})


def book_credit(situation: Situation) -> Move:
    """Exactly what the customer said yes to."""
    consent = situation.context.consent
    assert consent is not None, "the rule has looked"
    return Use(APPLY_CREDIT_ADJUSTMENT, consent.arguments)


def report_credit(situation: Situation) -> Move:
    credit: CreditApplied = situation.result(APPLY_CREDIT_ADJUSTMENT)
    return Say(
        f"Done{named(situation)}: I've credited {money(credit.amount, credit.currency)} to your account. "
        f"Your reference is {credit.transaction_id}. {_standing(credit.new_balance, credit.currency)} Did that solve "
        f"it?",
        outcome="resolution_offered",
        confidence=1.0,
    )


def explain_refusal(situation: Situation) -> Move:
    refusal = situation.refusal(APPLY_CREDIT_ADJUSTMENT)
    assert refusal is not None, "the rule has looked"
    words = _REFUSALS.get(
        refusal.error_type, "I couldn't book the credit just now; nothing was changed on your account."
    )
    return Say(
        f"I'm sorry{named(situation)}. {words} I've asked a colleague to take this over; they will see everything "
        "we've written and what I found.",
        outcome="cannot_help",
        confidence=0.5,
        reason=f"The credit was refused: {refusal.error_type}.",
    )


_REFUSALS = {
    "approval-required": "A credit of this amount has to be approved by a colleague, so I can't book it myself.",
    "credit-too-large": "The system refused the credit because it is more than what is left of that invoice: part of "
    "it may have been given back already.",
    "not-found": "The invoice this credit belongs to can't be found any more.",
    "not-authorized": "I'm not allowed to book this credit.",
    "consent-required": "I couldn't match your agreement with this credit, so I booked nothing.",
    "back-office-unavailable": "I can't reach our billing system at the moment, so nothing has been booked yet.",
    "unavailable": "I can't reach our billing system at the moment, so nothing has been booked yet.",
}


def offer_alternatives(situation: Situation) -> Move:
    return Say(
        f"No problem{named(situation)}, {NOTHING_BOOKED}. If you'd rather have the money paid out, or want "
        f"somebody to look at the charge again, a colleague can do that. {OFFER_PERSON}"
    )


def pass_on_payout(situation: Situation) -> Move:
    return Say(
        f"Of course{named(situation)}. Paying it out is something a colleague has to do, so I've asked one to take "
        "over. They will see everything we've written and what I found.",
        outcome="cannot_help",
        confidence=0.8,
        reason="The customer wants a duplicate charge paid out instead of credited.",
    )


def answer_about_offer(situation: Situation) -> Move:
    """A question back about the offer: answer it, and put the same offer again."""
    offer = situation.context.offer
    assert offer is not None, "the rule has looked"
    if _ABOUT_PAYOUT.search(situation.said):
        words = (
            "I can only book it as a credit on your account, which lowers your next invoice; paying it out to a card "
            "or bank account is done by a colleague, or by you under Billing > Credit in the portal."
        )
    else:
        words = "The credit is on your account within minutes and is set off against your next invoice."
    proposal = Proposal(APPLY_CREDIT_ADJUSTMENT, offer.arguments, offer.summary)
    return Say(f"{words} Shall I book the credit?", offer=proposal)


def explain_system_away(situation: Situation) -> Move:
    return Say(
        f"I'm sorry{named(situation)}, I can't see your bills at the moment, and I don't want to say anything about "
        "your money without looking. I've asked a colleague to take it from here.",
        outcome="cannot_help",
        confidence=0.4,
        reason=f"The bills could not be read: {_refused_with(situation)}.",
    )


def offer_credit(situation: Situation) -> Move:
    found: BillingInformation = situation.result(GET_BILLING_INFORMATION)
    duplicate = _open_duplicates(found)[0]
    if _needs_approval(duplicate.amount):
        return _pass_on(situation, duplicate, found.currency)
    amount = money(duplicate.amount, found.currency)
    more = len(_open_duplicates(found)) - 1
    others = f" I also see {more} more like it; let's begin with this one." if more else ""
    arguments = {
        "customer_id": situation.customer_id,
        "amount": str(duplicate.amount),
        "reason": f"Duplicate charge: {duplicate.service}, {month(duplicate.period)}"[:REASON_LIMIT],
        "invoice_id": duplicate.invoice_ids[-1],
    }
    lead = "I've looked into it once more," if situation.context.offer else started(situation, "I checked your bills")
    return Say(
        f"{lead} and there is a duplicate charge: {_described(duplicate, amount)} "
        f"I'm sorry about that.{others} I can credit {amount} to your account right away. Shall I do that?",
        offer=Proposal(APPLY_CREDIT_ADJUSTMENT, arguments, f"Credit of {amount} for {duplicate.service}"),
        confidence=0.98,
    )


def tell_already_credited(situation: Situation) -> Move:
    found: BillingInformation = situation.result(GET_BILLING_INFORMATION)
    settled = [duplicate for duplicate in found.duplicate_charges if duplicate.credited]
    amount = money(settled[0].amount, found.currency)
    return Say(
        f"{started(situation, 'I checked your bills')}: there was a duplicate charge of {amount} for "
        f"{settled[0].service} in {month(settled[0].period)}, and it has been credited to your account already. I "
        f"see no other. {_standing(found.balance, found.currency)} {DID_IT_HELP}",
        outcome="resolution_offered",
    )


def tell_no_duplicate(situation: Situation) -> Move:
    found: BillingInformation = situation.result(GET_BILLING_INFORMATION)
    return Say(
        f"{started(situation, 'I went through your invoices of the last year')} and found no service that was "
        f"charged twice for the same month. {_invoice_words(found)} {WHICH_LINE}"
    )


def explain_invoice(situation: Situation) -> Move:
    found: BillingInformation = situation.result(GET_BILLING_INFORMATION)
    lead = "I had a look at your account."
    if situation.context.resolution == "unresolved":
        lead = "I'm sorry that didn't settle it. Let's look at the bill itself."
    hint = _hint(found)
    question = hint or ("Is there a line I should explain?" if situation.intent == "billing_question" else WHICH_LINE)
    return Say(f"{started(situation, lead)} {_invoice_words(found)} {question}")


def pass_on_dispute(situation: Situation) -> Move:
    return Say(
        f"Thank you{named(situation)}. I can't take a single line off an invoice myself, so I've asked a billing "
        "colleague to check exactly that. They will see everything we've written.",
        outcome="cannot_help",
        confidence=0.6,
        reason="The customer disputes a charge that is no duplicate.",
    )


def say_limits(situation: Situation) -> Move:
    return explain_then_offer_person(situation, _LIMITS[situation.intent])


def _pass_on(situation: Situation, duplicate: DuplicateCharge, currency: str) -> Move:
    amount = money(duplicate.amount, currency)
    return Say(
        f"{started(situation, 'I checked your bills')} and there is a duplicate charge: "
        f"{_described(duplicate, amount)} "
        f"I'm sorry about that. Giving back {amount} has to be approved by a colleague, so I've passed it on with "
        "everything I found. You won't have to repeat yourself.",
        outcome="cannot_help",
        reason="The duplicate charge is above the approval limit.",
    )


def _described(duplicate: DuplicateCharge, amount: str) -> str:
    first, second = duplicate.charged_on[0], duplicate.charged_on[-1]
    dates = f"twice on {day(first)}" if first == second else f"on {day(first)} and again on {day(second)}"
    invoices = list(dict.fromkeys(duplicate.invoice_ids))
    where = f"invoice {invoices[0]}" if len(invoices) == 1 else f"invoices {listed(invoices)}"
    return f"{duplicate.service} for {month(duplicate.period)}, {amount} {dates} ({where})."


def _invoice_words(found: BillingInformation) -> str:
    if not found.invoices:
        return f"There is no invoice on your account yet. {_standing(found.balance, found.currency)}"
    invoice = found.invoices[0]
    lines = "\n".join(f"• {charge.description}: {money(charge.amount, found.currency)}"
                      for charge in invoice.charges[:LINES_SHOWN])  # fmt: skip
    total = money(invoice.total, found.currency)
    return (
        f"Your latest invoice is {invoice.invoice_id} of {day(invoice.issued_on)} over {total}{_due(invoice)}:\n\n"
        f"{lines}\n\n{_standing(found.balance, found.currency)}"
    )


def _due(invoice: InvoiceShown) -> str:
    if invoice.status == "paid":
        return ", which is paid"
    return f", due on {day(invoice.due_on)}" + (" and overdue" if invoice.status == "overdue" else "")


def _standing(balance: Decimal, currency: str) -> str:
    if balance > 0:
        return f"Your account stands at {money(balance, currency)} to pay."
    if balance < 0:
        return f"Your account has a credit of {money(-balance, currency)}."
    return "Nothing is open on your account."


def _hint(found: BillingInformation) -> str:
    duplicates = _open_duplicates(found)
    if not duplicates:
        return ""
    amount = money(duplicates[0].amount, found.currency)
    return (
        f"I also noticed that {duplicates[0].service} for {month(duplicates[0].period)} ({amount}) stands there twice, "
        "which looks like a duplicate charge. Shall I investigate that?"
    )


def _open_duplicates(found: BillingInformation) -> list[DuplicateCharge]:
    return [duplicate for duplicate in found.duplicate_charges if not duplicate.credited]


def _needs_approval(amount: Decimal) -> bool:
    limit = APPLY_CREDIT_ADJUSTMENT.policy.approval_above
    return limit is not None and amount > limit


def _bills(situation: Situation) -> BillingInformation | None:
    found: BillingInformation | None = situation.result(GET_BILLING_INFORMATION)
    return found


def _has_duplicate(situation: Situation) -> bool:
    found = _bills(situation)
    return found is not None and bool(_open_duplicates(found))


def _had_duplicate(situation: Situation) -> bool:
    found = _bills(situation)
    return found is not None and bool(found.duplicate_charges)


def _wants_credit(situation: Situation) -> bool:
    """A refund or a dispute is mostly about the duplicate, if there is one."""
    asked = situation.intent in {"duplicate_charge", "billing_dispute", "refund_request"}
    return (asked or _investigates(situation)) and _has_duplicate(situation)


def _investigates(situation: Situation) -> bool:
    """The customer takes up our hint."""
    hinted = situation.replied.endswith("Shall I investigate that?")
    return hinted and (situation.agreed or situation.intent == "duplicate_charge")


def _wants_payout(situation: Situation) -> bool:
    return NOTHING_BOOKED in situation.replied and bool(_ABOUT_PAYOUT.search(situation.said))


def _asks_back(situation: Situation) -> bool:
    about = _ABOUT_PAYOUT.search(situation.said) or _ABOUT_TIME.search(situation.said)
    return bool(situation.context.offer and about) and not situation.results


def _names_line(situation: Situation) -> bool:
    return situation.replied.endswith(WHICH_LINE) and not situation.agreed and not situation.results


def _refused_with(situation: Situation) -> str:
    refusal = situation.refusal(GET_BILLING_INFORMATION)
    return refusal.error_type if refusal else "not at hand"


def _needs_look(situation: Situation) -> bool:
    looks = situation.intent in NEEDS_A_LOOK or situation.context.resolution == "unresolved"
    return looks or bool(situation.context.offer) or _investigates(situation)


def _limited(situation: Situation) -> bool:
    return situation.intent in _LIMITS


RULES = (
    *MANNERS,
    Rule("credit booked", lambda s: s.result(APPLY_CREDIT_ADJUSTMENT) is not None, report_credit),
    Rule("credit refused", lambda s: s.refusal(APPLY_CREDIT_ADJUSTMENT) is not None, explain_refusal),
    Rule(
        "agreed to the credit",
        lambda s: s.context.consent is not None and s.context.consent.tool == APPLY_CREDIT_ADJUSTMENT.name,
        book_credit,
    ),
    Rule("declined the credit", lambda s: bool(s.context.offer) and s.declined and not s.results, offer_alternatives),
    Rule("wants it paid out", _wants_payout, pass_on_payout),
    Rule("asks about the credit", _asks_back, answer_about_offer),
    *identity.RULES,
    *ENDINGS,
    TRIED_ENOUGH,
    Rule("customer unknown", lambda s: not s.customer_id, who_is_it),
    Rule("names the wrong line", _names_line, pass_on_dispute),
    Rule("bills not seen", lambda s: _needs_look(s) and s.can(GET_BILLING_INFORMATION)
         and not s.ran(GET_BILLING_INFORMATION), look_up),
    Rule("bills away", lambda s: _needs_look(s) and _bills(s) is None, explain_system_away),
    Rule("duplicate to credit", _wants_credit, offer_credit),
    Rule("not solved", lambda s: s.context.resolution == "unresolved" and _bills(s) is not None, explain_invoice),
    Rule("duplicate credited", lambda s: s.intent == "duplicate_charge" and _had_duplicate(s), tell_already_credited),
    Rule("no duplicate", lambda s: s.intent == "duplicate_charge" and _bills(s) is not None, tell_no_duplicate),
    Rule("limits unexplained", lambda s: _limited(s) and s.can(SEARCH_KNOWLEDGE_BASE)
         and not s.ran(SEARCH_KNOWLEDGE_BASE), search),
    Rule("limits", _limited, say_limits),
    Rule("bill to explain", lambda s: _bills(s) is not None, explain_invoice),
    *ANSWER_FROM_ARTICLES,
    Rule("nothing helps", lambda _: True, give_up),
)  # fmt: skip
