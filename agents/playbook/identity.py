"""Making sure who it is, when a tool asks for it: one question, one check, then on with the customer's concern."""

import re
from calendar import month_name
from collections.abc import Callable, Collection
from datetime import date
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
_MONTHS = {name.lower(): number for number, name in enumerate(month_name) if name}
_MONTH = rf"({'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in _MONTHS)})"
_DATES: tuple[tuple[re.Pattern[str], tuple[int, int, int]], ...] = (
    (re.compile(r"(?<![\w-])(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\w-])"), (1, 2, 3)),
    (re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}\.?,? (\d{{4}})\b", re.IGNORECASE), (3, 2, 1)),
    (re.compile(rf"\b{_MONTH}\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})\b", re.IGNORECASE), (3, 1, 2)),
    (re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)"), (3, 2, 1)),
)
"""How people write a date, and which groups are year, month and day. With slashes the day may come first or second:
that is no answer, and they are shown once more how to write it."""
_LONE_PIN = re.compile(
    r"^\W*(?:(?:it'?s|it is|it|is|that'?s|that is|sure|ok|okay|yes|of course|here|you go|the|my|number|code)\W+)*"
    r"(\d{4})(?:\W+(?:please|thanks|thank you))?\W*$",
    re.IGNORECASE,
)
_NAMED_PIN = re.compile(r"\bpin\b(?: (?:number|code|is|would be))*\W*(\d{4})(?!\d)|(?<!\d)(\d{4}) is my pin\b",
                        re.IGNORECASE)  # fmt: skip
_POSTCODE = re.compile(r"(?<!\d)\d{5}(?!\d)|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")


def _read_date(text: str) -> str:
    """As YYYY-MM-DD; "" if there is none."""
    for shape, (year, month, on) in _DATES:
        if found := shape.search(text):
            try:
                return date(int(found[year]), _month(found[month]), int(found[on])).isoformat()
            except ValueError:
                return ""
    return ""


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return next(number for name, number in _MONTHS.items() if name.startswith(text[:3].lower()))


def _read_pin(text: str) -> str:
    """Four digits are a PIN when they stand alone or are called one: else they are a year, an amount, part of a bill's
    number, and each wrong try counts."""
    found = _NAMED_PIN.search(text) or _LONE_PIN.match(text)
    return next(digits for digits in found.groups() if digits) if found else ""


def _read_postcode(text: str) -> str:
    found = _POSTCODE.search(text)
    return found.group() if found else ""


_READERS: dict[IdentityFactor, Callable[[str], str]] = {
    IdentityFactor.DATE_OF_BIRTH: _read_date,
    IdentityFactor.PIN: _read_pin,
    IdentityFactor.POSTCODE: _read_postcode,
}
"""What the answer to each question looks like, most telling first."""


def read_answer(
    text: str, asked: Collection[IdentityFactor] = tuple(IdentityFactor)
) -> tuple[IdentityFactor, str] | None:
    """Which of the secrets ``asked`` for the customer gave, and the secret; a date as YYYY-MM-DD."""
    answers = ((factor, read(text)) for factor, read in _READERS.items() if factor in asked)
    return next(((factor, answer) for factor, answer in answers if answer), None)


def _answer(situation: Situation, text: str) -> tuple[IdentityFactor, str] | None:
    """As an answer to our question: which secrets it asked for, it names."""
    asked = [factor for factor, words in ASKED_FOR.items() if words in situation.replied]
    return read_answer(text, asked or tuple(IdentityFactor))


def check_answer(situation: Situation) -> Move:
    factor, answer = _answer(situation, situation.said) or (None, "")
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
        return next((text for text in reversed(situation.told) if _answer(situation, text) is None), situation.said)
    if situation.agreed and situation.context.offer is None:
        return "\n".join(situation.told[-2:])
    return situation.said


def answered(situation: Situation) -> bool:
    return QUESTION in situation.replied and _answer(situation, situation.said) is not None


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
