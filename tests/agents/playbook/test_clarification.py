from typing import Any

import pytest

from agents.playbook.phrases import OFFER_PERSON
from domain.classification import Alternative, Classification
from domain.messages import ThinkInput
from domain.state import AgentType
from tests.agents.playbook.rules import said
from tests.agents.thoughts import thought

pytestmark = pytest.mark.unit


def unsure(intent: str, *others: str, **more: Any) -> ThinkInput:
    alternatives = [Alternative(intent=name, confidence=0.2) for name in others]
    reading = Classification(intent=intent, confidence=0.5, alternatives=alternatives)
    return thought("something odd", agent=AgentType.CLARIFICATION, reading=reading, **more)


def test_it_asks_between_what_the_classifier_considers() -> None:
    move = said(unsure("refund_request", "billing_dispute", "complaint"))
    assert move.text == (
        "Hi Alice, just to be sure I help with the right thing: "
        "is this about a refund, or rather a charge that looks wrong?"
    )
    assert move.outcome == "continue"


def test_a_single_idea_is_a_yes_or_no_question() -> None:
    assert said(unsure("cancellation_request")).text.endswith("is this about cancelling a service?")


def test_small_talk_and_the_unknown_are_no_ideas() -> None:
    for given in (unsure("unknown"), unsure("greeting", "thanks")):
        assert "Could you tell me in a sentence" in said(given).text


def test_asked_again_it_asks_differently_and_offers_a_person() -> None:
    assert said(unsure("refund_request", clarifications_in_a_row=1)).text.startswith("Hi Alice, let me ask differently")
    move = said(unsure("unknown", clarifications_in_a_row=1))
    assert move.text.endswith(OFFER_PERSON)
