"""Who answers: by family, by who holds the conversation, and by what was asked."""

from datetime import UTC, datetime

import pytest

from domain.classification import Affirmation, Classification
from domain.intents import INTENTS, Family
from domain.routing import route
from domain.staffing import STAFFED
from domain.state import (
    AgentState,
    AgentType,
    ContextTransfer,
    CustomerProfile,
    CustomerTier,
    EscalationRecord,
    Offer,
    Sentiment,
)

pytestmark = pytest.mark.unit
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def state(agent: AgentType | None = None, **fields: object) -> AgentState:
    held = AgentState(session_id="s", conversation_id="c", session_start=NOW, last_activity=NOW)
    return held.model_copy(update={"current_agent_type": agent or "", **fields})


def reading(
    intent: str = "billing_question", confidence: float = 0.97, affirmation: Affirmation = "unclear"
) -> Classification:
    return Classification(intent=intent, confidence=confidence, affirmation=affirmation)


AGENT_OF = {
    Family.FAQ: AgentType.TIER1,
    Family.TECHNICAL: AgentType.TIER2,
    Family.BILLING: AgentType.BILLING,
    Family.SALES: AgentType.SALES,
    Family.ACCOUNT: AgentType.TIER1,
    Family.COMPLAINT: AgentType.SUPERVISOR,
    Family.ESCALATION: AgentType.SUPERVISOR,
    Family.COMPLIANCE: AgentType.TIER3,
}
INTENT_AGENTS = {
    AgentType.TIER2: "connection_problem",
    AgentType.TIER3: "compliance_request",
    AgentType.SALES: "pricing_inquiry",
    AgentType.BILLING: "billing_question",
    AgentType.SUPERVISOR: "human_request",
}
"""A subject of each specialist."""
BASIC_TROUBLESHOOTING = {"setup_help"}
"""Technical, and Tier 1's all the same (PRD [750])."""


@pytest.mark.parametrize("intent", INTENTS)
def test_each_intent_reaches_its_agent(intent: str) -> None:
    wanted = AgentType.TIER1 if intent in BASIC_TROUBLESHOOTING else AGENT_OF[INTENTS[intent].family]
    assert route(reading(intent, 1.0), state()).agent is wanted


@pytest.mark.parametrize(("confidence", "agent"), [(0.85, AgentType.BILLING), (0.8499, AgentType.CLARIFICATION)])
def test_the_floor_of_confidence(confidence: float, agent: AgentType) -> None:
    assert route(reading(confidence=confidence), state()).agent is agent


@pytest.mark.parametrize(
    ("intent", "confidence", "agent"),
    [
        ("pricing_inquiry", 0.89, AgentType.CLARIFICATION),
        ("pricing_inquiry", 0.90, AgentType.SALES),
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
    assert (decided.agent, decided.basis) == (AgentType.TIER2, "matrix")
    assert route(reading(confidence=0.2), state()).decision is None


@pytest.mark.parametrize("agent", [*INTENT_AGENTS])
def test_the_next_best_takes_it_where_the_agent_does_not_work(agent: AgentType) -> None:
    assignment = route(reading(INTENT_AGENTS[agent], 1.0), state(), STAFFED - {agent})
    assert assignment.agent in STAFFED - {agent}
    assert assignment.decision is not None
    assert assignment.decision.basis == ("matrix" if agent is AgentType.TIER3 else "stand_in")


# ---------------------------------------------------------------------- while the subject stays


def held_by(
    agent: AgentType | None, intent: str, tier: CustomerTier = CustomerTier.PLATINUM, **fields: object
) -> AgentState:
    customer = CustomerProfile(
        customer_id="CUST_001",
        name="",
        email="",
        phone="",
        tier=tier,
        account_status="active",
        registration_date=NOW,
        lifetime_value=0,
    )
    return state(agent, customer=customer, current_intent=intent, refined_intent=intent)


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize("tier", CustomerTier)
def test_no_mood_passes_a_subject_back_and_forth(intent: str, tier: CustomerTier) -> None:
    first = route(reading(intent, 1.0), held_by(None, intent, tier)).agent
    for mood in [*Sentiment, *Sentiment]:
        read = reading(intent, 1.0).model_copy(update={"sentiment": mood})
        assignment = route(read, held_by(first, intent, tier))
        assert (assignment.agent, assignment.reason, assignment.decision) == (first, "same_topic", None)


@pytest.mark.parametrize("intent", sorted(INTENT_AGENTS.values()))
def test_who_stands_above_keeps_the_subject(intent: str) -> None:
    assert route(reading(intent, 1.0), held_by(AgentType.SUPERVISOR, intent)).agent is AgentType.SUPERVISOR


@pytest.mark.parametrize("agent", [AgentType.TIER2, AgentType.SALES, AgentType.BILLING])
def test_tier_1_gives_away_what_is_clear_at_last(agent: AgentType) -> None:
    assignment = route(reading(INTENT_AGENTS[agent], 1.0), held_by(AgentType.TIER1, INTENT_AGENTS[agent]))
    assert (assignment.agent, assignment.reason) == (agent, "intent")


@pytest.mark.parametrize("agent", [AgentType.TIER2, AgentType.TIER3, AgentType.SUPERVISOR])
def test_a_new_subject_goes_through_the_matrix_from_wherever_it_is(agent: AgentType) -> None:
    assignment = route(reading("general_faq"), held_by(agent, "connection_problem", CustomerTier.GOLD))
    assert (assignment.agent, assignment.reason) == (AgentType.TIER1, "topic_change")
    assert assignment.decision is not None


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
    assert route(reading(intent, 1.0), held).agent is agent
