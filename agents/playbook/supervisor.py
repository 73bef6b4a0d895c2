"""The supervisor: hears complaints, takes over what others could not settle, decides who goes on (PRD [336-345])."""

import re

from agents.playbook.articles import ANSWER_FROM_ARTICLES
from agents.playbook.executive import CALL_ANSWERS, NOT_THAT_CALL, SIMPLY_DECLINED, UPSET, WANTED_CALL
from agents.playbook.manners import CONDUCT, ENDINGS, OUTCOME_UNSEEN, give_up
from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.phrases import OFFER_PERSON, named
from agents.playbook.situation import Situation
from agents.playbook.waiting import WAITING
from domain.intents import UNKNOWN, Family, family_of
from domain.toolbox.billing import GET_BILLING_INFORMATION, BillingInformation
from domain.triggers import Trigger

_EXCEPTION = re.compile(
    r"\b(?:make|grant|allow|ask for|want|need)\b.{0,20}\bexceptions?\b|"
    r"\b(?:waive|goodwill|compensat\w+|as a gesture)\b",
    re.IGNORECASE,
)


def pass_on_exception(situation: Situation) -> Move:
    return Say(
        f"I understand why you ask{named(situation)}. That would be an exception to our rules, and those only a person "
        "may make. I've asked one of my colleagues to look at it with you; they will see everything we've written.",
        outcome="cannot_help",
        because=Trigger.EXCEPTION,
        confidence=1.0,
        reason="The customer asks for an exception.",
    )


def bring_in_expert(situation: Situation) -> Move:
    return Say(
        f"Thank you for your patience{named(situation)}. I've read what was tried, and I'm bringing in our expert.",
        outcome="cannot_help",
        because=Trigger.ADVANCED_ASSIGNMENT,
        confidence=0.9,
        reason="A technical matter for an advanced agent.",
    )


def look_at_bills(situation: Situation) -> Move:
    return Use(GET_BILLING_INFORMATION, {"customer_id": situation.customer_id})


def sum_up_bills(situation: Situation) -> Move:
    """The facts, once more, from who has the overview; what is in doubt a person decides."""
    found: BillingInformation = situation.result(GET_BILLING_INFORMATION)
    unpaid = sum(invoice.status in {"open", "overdue"} for invoice in found.invoices)
    bills = "all of them are paid" if not unpaid else f"{unpaid} of them {'is' if unpaid == 1 else 'are'} not paid yet"
    return Say(
        f"I've taken this over as the supervisor{named(situation)} and looked at your account myself: "
        f"of your latest {len(found.invoices)} invoices, {bills}. "
        f"If that doesn't settle your question, a colleague can go through it with you. {OFFER_PERSON}"
    )


def take_over(situation: Situation) -> Move:
    return Say(
        f"I've taken this over as the supervisor{named(situation)}, and I've read what you wrote. I don't want to let "
        f"you wait any longer than you have to: a colleague can decide about it with you. {OFFER_PERSON}"
    )


def _asks_exception(situation: Situation) -> bool:
    return bool(_EXCEPTION.search(situation.said))


def _technical(situation: Situation) -> bool:
    return family_of(situation.intent) is Family.TECHNICAL


def _billing(situation: Situation) -> bool:
    return family_of(situation.intent) is Family.BILLING


def _unclear(situation: Situation) -> bool:
    return situation.intent in {"", UNKNOWN}


RULES = (
    OUTCOME_UNSEEN,
    *CALL_ANSWERS,
    SIMPLY_DECLINED,
    WANTED_CALL,
    *WAITING,
    *CONDUCT,
    Rule("asks for an exception", _asks_exception, pass_on_exception),
    *NOT_THAT_CALL,
    *UPSET,
    *ENDINGS,
    Rule("technical", _technical, bring_in_expert),
    Rule("bills not seen", lambda s: _billing(s) and s.can(GET_BILLING_INFORMATION)
         and not s.ran(GET_BILLING_INFORMATION), look_at_bills),
    Rule("bills seen", lambda s: _billing(s) and s.result(GET_BILLING_INFORMATION) is not None, sum_up_bills),
    Rule("bills away", _billing, give_up),
    Rule("not clear what about", _unclear, take_over),
    *ANSWER_FROM_ARTICLES,
    Rule("nothing helps", lambda _: True, give_up),
)  # fmt: skip
"""The answer to an offered call comes before ``CONDUCT``: a bare yes or no reads as the wish for a
person that came before it."""
