"""Every rule of the supervisor's playbook that is its own."""

from typing import Any

import pytest

from agents.playbook.phrases import OFFER_PERSON
from domain.classification import Affirmation, Classification
from domain.messages import ThinkInput
from domain.state import AgentType
from domain.toolbox.billing import GET_BILLING_INFORMATION
from domain.toolbox.customer import GET_CUSTOMER_INTERACTION_HISTORY
from domain.triggers import Trigger
from tests.agents.playbook.rules import said, used
from tests.agents.thoughts import refused, thought

pytestmark = pytest.mark.unit


def about(intent: str, text: str, affirmation: Affirmation = "unclear", **more: Any) -> ThinkInput:
    reading = Classification(intent=intent, confidence=0.97, affirmation=affirmation)
    return thought(text, agent=AgentType.SUPERVISOR, reading=reading, **more)


def test_a_person_is_a_person() -> None:
    assert said(about("human_request", "a human please")).outcome == "wants_person"


@pytest.mark.parametrize(
    "text",
    ["Can you make an exception for me?", "Please waive the fee", "I want compensation", "As a gesture of goodwill"],
)
def test_exceptions_are_a_persons(text: str) -> None:
    move = said(about("complaint", text))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.EXCEPTION)
    assert "exception" in move.text


def test_a_complaint_begins_with_our_own_books() -> None:
    assert used(about("complaint", "This is a disgrace")).tool is GET_CUSTOMER_INTERACTION_HISTORY


def test_technical_matters_go_to_an_advanced_agent() -> None:
    move = said(about("connection_problem", "It is still slow"))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.ADVANCED_ASSIGNMENT)


def test_bills_are_looked_at_before_anything_is_said() -> None:
    assert used(about("billing_question", "What is this line?")).tool is GET_BILLING_INFORMATION


def test_bills_that_are_away_are_no_reason_to_guess() -> None:
    move = said(about("billing_question", "What is this line?", results=[refused(GET_BILLING_INFORMATION, "away")]))
    assert move.outcome == "cannot_help"
    assert "paid" not in move.text


def test_what_is_unclear_is_offered_a_person() -> None:
    assert said(about("unknown", "hmm")).text.endswith(OFFER_PERSON)
