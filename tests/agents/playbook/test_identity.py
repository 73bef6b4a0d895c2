"""When a tool wants to know who it is first."""

from typing import Any

import pytest

from agents.playbook.identity import QUESTION, read_answer
from domain.classification import Classification
from domain.identity import IdentityFactor, IdentityLevel
from domain.messages import ThinkInput, ToolOutcome
from domain.toolbox.billing import GET_BILLING_INFORMATION
from domain.toolbox.customer import VERIFY_CUSTOMER_IDENTITY, IdentityCheck
from tests.agents.playbook.rules import said, used
from tests.agents.thoughts import gave, refused, thought

pytestmark = pytest.mark.unit

UNPROVED = refused(
    GET_BILLING_INFORMATION, "not-authorized", "Check their identity first: call verify_customer_identity.", call_id="a"
)
ASKED = ("charged twice", f"Before I look into this: {QUESTION} your four-digit PIN?")


def about(text: str, *results: ToolOutcome, **more: Any) -> ThinkInput:
    return thought(text, reading=Classification(intent="duplicate_charge", confidence=0.97), results=results, **more)


def check(
    *, verified: bool = False, left: int = 5, factors: tuple[IdentityFactor, ...] = (IdentityFactor.PIN,)
) -> ToolOutcome:
    level = IdentityLevel.VERIFIED if verified else IdentityLevel.CLAIMED
    result = IdentityCheck(
        customer_id="CUST_001", level=level, verified=verified, factors_on_file=list(factors), attempts_left=left
    )
    return gave(VERIFY_CUSTOMER_IDENTITY, result, call_id="b")


def test_it_asks_for_what_is_on_file() -> None:
    assert used(about("charged twice", UNPROVED)).arguments == {"customer_id": "CUST_001"}
    move = said(about("charged twice", UNPROVED, check(factors=(IdentityFactor.PIN, IdentityFactor.POSTCODE))))
    assert QUESTION in move.text
    assert "your four-digit PIN or your postcode?" in move.text


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1985-03-12", (IdentityFactor.DATE_OF_BIRTH, "1985-03-12")),
        ("it's 4826", (IdentityFactor.PIN, "4826")),
        ("my postcode is 90210", (IdentityFactor.POSTCODE, "90210")),
        ("SW1A 1AA", (IdentityFactor.POSTCODE, "SW1A 1AA")),
        ("my date of birth is 12 March 1985", (IdentityFactor.DATE_OF_BIRTH, "1985-03-12")),
        ("March 12th, 1985", (IdentityFactor.DATE_OF_BIRTH, "1985-03-12")),
        ("12.03.1985", (IdentityFactor.DATE_OF_BIRTH, "1985-03-12")),
        ("12/03/1985", None),
        ("31 February 1985", None),
        ("PIN: 4826", (IdentityFactor.PIN, "4826")),
        ("my pin number is 4826", (IdentityFactor.PIN, "4826")),
        ("I was born in 1985", None),
        ("it was invoice INV-2026-11-0019", None),
        ("I don't remember", None),
    ],
)
def test_answers_are_told_apart(text: str, answer: tuple[IdentityFactor, str] | None) -> None:
    assert read_answer(text) == answer


def test_only_what_was_asked_for_is_tried() -> None:
    """Each wrong try counts, and after five nobody may try again."""
    given = about("my date of birth is 12 March 1985", UNPROVED, before=ASKED)
    assert used(given).arguments == {"customer_id": "CUST_001"}, "it looks what to ask for, and tries nothing"
    both = ("charged twice", f"{QUESTION} your date of birth (like 1985-03-12) or your postcode?")
    assert used(about("it was the 12th of March 1985", before=both)).arguments["answer"] == "1985-03-12"
    assert used(about("4826", before=both)).tool is GET_BILLING_INFORMATION


def test_the_answer_is_checked_and_then_the_work_goes_on() -> None:
    use = used(about("it's 4826", before=ASKED))
    assert use.tool is VERIFY_CUSTOMER_IDENTITY
    assert (use.arguments["factor"], use.arguments["answer"]) == ("pin", "4826")
    assert used(about("it's 4826", check(verified=True), before=ASKED)).tool is GET_BILLING_INFORMATION


def test_a_wrong_answer_is_asked_again_until_none_is_left() -> None:
    assert "doesn't match" in said(about("it's 1111", check(left=3), before=ASKED)).text
    for outcome in (check(left=0), check(factors=()), refused(VERIFY_CUSTOMER_IDENTITY, "too-many-attempts")):
        move = said(about("it's 1111", outcome, before=ASKED))
        assert move.outcome == "cannot_help"
        assert "couldn't confirm who you are" in move.text


def test_numbers_are_no_secrets_unless_asked_for() -> None:
    assert used(about("I was charged 4826 twice")).tool is GET_BILLING_INFORMATION
