import pytest

from domain.agents import AGENTS
from domain.classification import INTENT_FLOORS, Alternative, Classification
from domain.intents import INTENTS, UNKNOWN, Family, family_of, is_small_talk, suspects
from domain.state import AgentType
from domain.toolbox import TOOLBOX

pytestmark = pytest.mark.unit


def test_catalogue_covers_every_family_and_the_required_intents() -> None:
    assert {intent.family for intent in INTENTS.values()} == set(Family)
    assert len(INTENTS) >= 24
    required = (
        "account_access_issue pricing_inquiry cancellation_request duplicate_charge billing_question human_request"
    )
    assert set(required.split()) <= set(INTENTS)
    assert set(INTENT_FLOORS) <= set(INTENTS)


def test_figures_are_shares_and_topics_complete_the_question() -> None:
    for intent in INTENTS.values():
        assert 0 <= intent.complexity <= 1
        assert intent.topic
        assert not intent.topic.endswith((".", "?"))


def test_family_of_what_nobody_knows_is_general() -> None:
    assert family_of("duplicate_charge") is Family.BILLING
    assert family_of(UNKNOWN) is Family.FAQ
    assert family_of("made_up") is Family.FAQ


def test_small_talk_is_no_concern() -> None:
    assert is_small_talk("greeting")
    assert not is_small_talk("duplicate_charge")
    assert not is_small_talk("made_up")


def test_suspects_are_known_concerns_likely_enough_to_ask_about() -> None:
    alternatives = [
        Alternative(intent="refund_request", confidence=0.3),
        Alternative(intent="greeting", confidence=0.2),
        Alternative(intent="complaint", confidence=0.05),
    ]
    reading = Classification(intent=UNKNOWN, confidence=0.3, alternatives=alternatives)
    assert suspects(reading) == ["refund_request"]
    assert suspects(reading.model_copy(update={"intent": "billing_dispute"})) == ["billing_dispute", "refund_request"]


def test_agents_are_declared_with_tools_from_the_tools_own_policies() -> None:
    assert {AgentType.CLARIFICATION, AgentType.TIER1, AgentType.BILLING} <= set(AGENTS)
    for agent, spec in AGENTS.items():
        assert spec.type is agent
        assert {tool.name for tool in spec.tools} == {name for name, tool in TOOLBOX.items() if tool.allows(agent)}
        assert spec.escalation_triggers
    assert "apply_credit_adjustment" in {tool.name for tool in AGENTS[AgentType.BILLING].tools}
    assert "apply_credit_adjustment" not in {tool.name for tool in AGENTS[AgentType.TIER1].tools}
