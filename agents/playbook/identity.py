"""Making sure who it is, when a tool asks for it: one question, one check, then on with the customer's concern."""

import re
from decimal import Decimal

from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.phrases import listed, named
from agents.playbook.situation import Situation
from domain.escalation import triggers_of
from domain.identity import IdentityFactor
from domain.toolbox.customer import VERIFY_CUSTOMER_IDENTITY, IdentityCheck
from domain.tools import AnyTool
from domain.triggers import Trigger

QUESTION = "could you please tell me"
ASKED_FOR = {
    IdentityFactor.DATE_OF_BIRTH: "your date of birth (like 1985-03-12)",
    IdentityFactor.PIN: "your four-digit PIN",
    IdentityFactor.POSTCODE: "your postcode",
}
_SHAPES = (
    (IdentityFactor.DATE_OF_BIRTH, re.compile(r"\b\d{4}-\d{2}-\d{2}\b")),
    (IdentityFactor.PIN, re.compile(r"(?<!\d)\d{4}(?!\d)")),
    (IdentityFactor.POSTCODE, re.compile(r"(?<!\d)\d{5}(?!\d)|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")),
)
"""What the answer to each question looks like, most telling first."""


def read_answer(text: str) -> tuple[IdentityFactor, str] | None:
    """Which secret the customer gave, and the secret."""
    for factor, shape in _SHAPES:
        if found := shape.search(text):
            return factor, found.group()
    return None


def check_answer(situation: Situation) -> Move:
    factor, answer = read_answer(situation.said) or (None, "")
    assert factor is not None, "the rule has looked"
    return Use(
        VERIFY_CUSTOMER_IDENTITY,
        {"customer_id": situation.customer_id, "factor": factor.value, "answer": answer},
    )


def ask_factors(situation: Situation) -> Move:
    return Use(VERIFY_CUSTOMER_IDENTITY, {"customer_id": situation.customer_id})


def ask_customer(situation: Situation) -> Move:
    check: IdentityCheck = situation.result(VERIFY_CUSTOMER_IDENTITY)
    wanted = listed([ASKED_FOR[factor] for factor in check.factors_on_file], "or")
    again = "That doesn't match what we have on file. " if answered(situation) else ""
    return Say(
        f"{again}Before I look into this I have to make sure that it's really you{named(situation)}: {QUESTION} "
        f"{wanted}?"
    )


def refuse(situation: Situation) -> Move:
    return Say(
        "I'm sorry, I couldn't confirm who you are, so I mustn't go into the account. "
        "I've asked a colleague to help you with that.",
        outcome="cannot_help",
        because=_suspicion(situation),
        confidence=0.6,
        reason="The customer's identity could not be verified.",
    )


def _suspicion(situation: Situation) -> Trigger | None:
    """Too many wrong answers look like somebody else at the keyboard; to have no secret on file does not."""
    check: IdentityCheck | None = situation.result(VERIFY_CUSTOMER_IDENTITY)
    refusal = situation.refusal(VERIFY_CUSTOMER_IDENTITY)
    used_up = check is not None and check.attempts_left <= 0
    shut_out = refusal is not None and refusal.error_type == "too-many-attempts"
    suspects = Trigger.FRAUD_SUSPECTED in triggers_of(situation.context.agent)
    return Trigger.FRAUD_SUSPECTED if suspects and (used_up or shut_out) else None


def proved(situation: Situation) -> bool:
    check = situation.result(VERIFY_CUSTOMER_IDENTITY)
    return check is not None and check.verified


def must_verify(situation: Situation, tool: AnyTool, amount: Decimal) -> bool:
    """Whether this much may only be done for a customer who proved who they are, and it is not known that they did.
    Asked before the offer: a yes holds for one turn, and the proof would come in the next."""
    limit = tool.policy.verified_above
    above = limit is not None and amount > limit
    return above and situation.can(VERIFY_CUSTOMER_IDENTITY) and not situation.ran(VERIFY_CUSTOMER_IDENTITY)


def concern(situation: Situation) -> str:
    """The words that say what the customer wants: where they only answer a question, those before it."""
    if answered(situation):
        return next((text for text in reversed(situation.told) if read_answer(text) is None), situation.said)
    if situation.agreed and situation.context.offer is None:
        return "\n".join(situation.told[-2:])
    return situation.said


def answered(situation: Situation) -> bool:
    return QUESTION in situation.replied and read_answer(situation.said) is not None


def _must_ask(situation: Situation) -> bool:
    """A tool was refused because nobody has proved who they are."""
    refused = any(
        result.error_type == "not-authorized" and VERIFY_CUSTOMER_IDENTITY.name in result.error
        for result in situation.results
    )
    return refused and situation.can(VERIFY_CUSTOMER_IDENTITY)


def _known_to_fail(situation: Situation) -> bool:
    check = situation.result(VERIFY_CUSTOMER_IDENTITY)
    if check is None:
        return situation.refusal(VERIFY_CUSTOMER_IDENTITY) is not None
    return not check.verified and (check.attempts_left <= 0 or not check.factors_on_file)


def _unproved(situation: Situation) -> bool:
    return situation.result(VERIFY_CUSTOMER_IDENTITY) is not None and not proved(situation)


CHECKS = (
    Rule(
        "answered the security question",
        lambda s: answered(s) and s.can(VERIFY_CUSTOMER_IDENTITY) and not s.ran(VERIFY_CUSTOMER_IDENTITY),
        check_answer,
    ),
    Rule("identity cannot be proved", _known_to_fail, refuse),
)
"""For those who ask in words of their own."""

RULES = (
    *CHECKS,
    Rule("identity not proved yet", _unproved, ask_customer),
    Rule("identity needed", lambda s: _must_ask(s) and not s.ran(VERIFY_CUSTOMER_IDENTITY), ask_factors),
)
