"""AgentState: the PRD's fields, caps, window and summary."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.state import TRANSCRIPT_WINDOW, UTTERANCE_CAP, AgentState, AgentType, ConversationTurn
from domain.summary import SUMMARY_LIMIT

pytestmark = pytest.mark.unit
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DOCS = Path(__file__).parents[2] / "docs" / "state.md"

PRD_FIELDS = [
    "session_id",
    "conversation_id",
    "customer",
    "ticket",
    "conversation_history",
    "current_message",
    "current_intent",
    "intent_confidence",
    "sentiment",
    "sentiment_score",
    "current_agent_type",
    "current_agent_id",
    "agent_queue",
    "escalation_level",
    "previous_agents",
    "escalation_history",
    "resolution_attempts",
    "tools_used",
    "knowledge_articles_referenced",
    "similar_cases",
    "status",
    "next_action",
    "requires_human",
    "should_escalate",
    "confidence_score",
    "potential_revenue_impact",
    "customer_satisfaction_risk",
    "sla_breach_risk",
    "session_start",
    "last_activity",
    "timeout_minutes",
    "performance_metrics",
    "error_log",
    "external_ticket_id",
    "crm_case_id",
    "billing_account_id",
    "escalation_risk",
    "refined_intent",
    "customer_satisfaction_predicted",
    "resolution_status",
]
"""PRD [456-494], and what its tests use [1511-1531, 1763-1796]."""


def state() -> AgentState:
    return AgentState(session_id="s", conversation_id="c", session_start=NOW, last_activity=NOW)


def said(message: str, minutes: int = 0) -> ConversationTurn:
    return ConversationTurn(timestamp=NOW + timedelta(minutes=minutes), speaker="customer", message=message)


@pytest.mark.parametrize("name", PRD_FIELDS)
def test_every_field_of_the_prd_is_there(name: str) -> None:
    assert name in AgentState.model_fields


def test_the_handbook_names_every_field_once() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", DOCS.read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(AgentState.model_fields)


def test_the_default_timeout_is_thirty_minutes() -> None:
    assert state().timeout == timedelta(minutes=30)


def test_the_window_keeps_the_newest_and_folds_the_rest_into_the_summary() -> None:
    carried = state()
    for number in range(TRANSCRIPT_WINDOW + 3):
        carried.record(said(f"This is sentence number {number}. And more."))
    assert len(carried.conversation_history) == TRANSCRIPT_WINDOW
    assert carried.conversation_history[0].message.startswith("This is sentence number 3.")
    assert carried.summary.splitlines() == [f"customer: This is sentence number {n}." for n in range(3)]


def test_the_summary_stays_within_its_limit_and_loses_the_oldest() -> None:
    carried = state()
    for number in range(200):
        carried.record(said(f"This is a rather long sentence with the number {number:04}."))
    assert len(carried.summary) <= SUMMARY_LIMIT
    assert carried.summary.splitlines()[-1].endswith("0179.")


def test_a_long_utterance_is_cut_in_the_window() -> None:
    carried = state()
    carried.record(said("x" * 10_000))
    assert len(carried.conversation_history[0].message) == UTTERANCE_CAP


def test_last_activity_never_goes_back() -> None:
    carried = state()
    carried.record(said("later", minutes=5))
    carried.record(said("a late arrival of an earlier word", minutes=1))
    assert carried.last_activity == NOW + timedelta(minutes=5)


def test_lists_are_capped_when_read_from_the_wire() -> None:
    carried = state().model_copy(update={"tools_used": [f"t{n}" for n in range(50)]})
    assert AgentState.model_validate_json(carried.model_dump_json()).tools_used == [f"t{n}" for n in range(30, 50)]


def test_a_tool_is_remembered_once_newest_last() -> None:
    carried = state()
    for name in ("a", "b", "a"):
        carried.note_tool(name)
    assert carried.tools_used == ["b", "a"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("tier1", AgentType.TIER1), ("agent_tier1", AgentType.TIER1), ("billing_agent", AgentType.BILLING)],
)
def test_the_prds_other_spellings_are_accepted(written: str, meant: AgentType) -> None:
    assert AgentType(written) is meant


def test_an_unknown_agent_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        AgentType("nobody")
