"""Who answers: by family, by who holds the conversation, and by what was asked."""

from datetime import UTC, datetime

import pytest

from domain.classification import Affirmation, Classification
from domain.intents import INTENTS, Family
from domain.routing import route
from domain.state import AgentState, AgentType, ContextTransfer, EscalationRecord, Offer

pytestmark = pytest.mark.unit
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def state(agent: AgentType | None = None, **fields: object) -> AgentState:
    held = AgentState(session_id="s", conversation_id="c", session_start=NOW, last_activity=NOW)
    return held.model_copy(update={"current_agent_type": agent or "", **fields})


def reading(
    intent: str = "billing_question", confidence: float = 0.97, affirmation: Affirmation = "unclear"
) -> Classification:
    return Classification(intent=intent, confidence=confidence, affirmation=affirmation)


@pytest.mark.parametrize("intent", INTENTS)
def test_each_intent_reaches_its_agent(intent: str) -> None:
    wanted = AgentType.BILLING if INTENTS[intent].family is Family.BILLING else AgentType.TIER1
    assert route(reading(intent, 1.0), state()).agent is wanted


@pytest.mark.parametrize(("confidence", "agent"), [(0.85, AgentType.BILLING), (0.8499, AgentType.CLARIFICATION)])
def test_the_floor_of_confidence(confidence: float, agent: AgentType) -> None:
    assert route(reading(confidence=confidence), state()).agent is agent


@pytest.mark.parametrize(
    ("intent", "confidence", "agent"),
    [
        ("pricing_inquiry", 0.89, AgentType.CLARIFICATION),
        ("pricing_inquiry", 0.90, AgentType.TIER1),
        ("cancellation_request", 0.94, AgentType.CLARIFICATION),
        ("cancellation_request", 0.95, AgentType.TIER1),
    ],
)
def test_costly_guesses_have_higher_floors(intent: str, confidence: float, agent: AgentType) -> None:
    assert route(reading(intent, confidence), state()).agent is agent


def test_two_clarifications_in_a_row_then_tier_1() -> None:
    unsure = reading(confidence=0.2)
    asked = [route(unsure, state(AgentType.CLARIFICATION, clarifications_in_a_row=n)).agent for n in range(3)]
    assert asked == [AgentType.CLARIFICATION, AgentType.CLARIFICATION, AgentType.TIER1]


def test_an_answer_goes_to_who_asked() -> None:
    offered = state(AgentType.BILLING, offer=Offer(tool="t", arguments_json="{}", summary=""))
    assert route(reading("general_faq", 0.99, "yes"), offered).reason == "answer"
    assert route(reading("general_faq", 0.3), offered).agent is AgentType.BILLING


def test_a_clear_new_subject_is_routed_anew() -> None:
    offered = state(AgentType.BILLING, offer=Offer(tool="t", arguments_json="{}", summary=""))
    assignment = route(reading("account_access_issue", 0.99), offered)
    assert (assignment.agent, assignment.reason) == (AgentType.TIER1, "topic_change")


def test_who_asks_for_a_person_stays_with_the_agent_that_knows_them() -> None:
    assert route(reading("human_request", 0.99), state(AgentType.BILLING)).agent is AgentType.BILLING


def test_the_assignment_says_why() -> None:
    decided = route(reading("connection_problem", 0.97), state()).decision
    assert decided is not None
    assert (decided.agent, decided.basis) == (AgentType.TIER1, "stand_in")
    assert route(reading(confidence=0.2), state()).decision is None


def test_with_everybody_here_the_matrix_sends_each_to_their_agent() -> None:
    everybody = frozenset(AgentType)
    agents = [route(reading(i, 1.0), state(), everybody).agent for i in ("connection_problem", "pricing_inquiry")]
    assert agents == [AgentType.TIER2, AgentType.SALES]


@pytest.mark.parametrize(
    ("intent", "agent"), [("account_update", AgentType.TIER2), ("billing_question", AgentType.BILLING)]
)
def test_what_was_escalated_stays_while_the_subject_stays(intent: str, agent: AgentType) -> None:
    escalated = EscalationRecord(
        from_agent=AgentType.TIER1,
        to_agent=AgentType.TIER2,
        timestamp=NOW,
        reason="failed_attempts",
        context_transfer=ContextTransfer(intent="account_update"),
    )
    held = state(AgentType.TIER2, escalation_history=[escalated])
    assert route(reading(intent, 1.0), held, frozenset(AgentType)).agent is agent
