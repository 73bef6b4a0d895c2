"""Every trigger, at its boundary, and what the state knows of it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.fraud import FRAUD_RULES, FraudSignal
from domain.state import (
    AgentState,
    AgentType,
    CustomerProfile,
    CustomerTier,
    EscalationRecord,
    ResolutionAttempt,
)
from domain.triggers import (
    FLOW,
    LASTING,
    MEASURED,
    OBSERVED,
    Facts,
    Hop,
    Thresholds,
    Trigger,
    facts_of,
    failures_at_topic,
    holds,
)

pytestmark = pytest.mark.unit
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
PLATINUM = CustomerTier.PLATINUM

AT_THE_BOUNDARY: list[tuple[Trigger, dict[str, Any], bool]] = [
    (Trigger.FAILED_ATTEMPTS, {"failed_attempts": 2}, False),
    (Trigger.FAILED_ATTEMPTS, {"failed_attempts": 3}, True),
    (Trigger.LOW_CONFIDENCE, {"confidence": 0.7}, False),
    (Trigger.LOW_CONFIDENCE, {"confidence": 0.699}, True),
    (Trigger.LOW_CONFIDENCE, {"confidence": 0.0}, True),
    (Trigger.LOW_CONFIDENCE, {"confidence": None}, False),
    (Trigger.TECHNICAL_COMPLEXITY, {"technical": True, "complexity": 0.699}, False),
    (Trigger.TECHNICAL_COMPLEXITY, {"technical": True, "complexity": 0.7}, True),
    (Trigger.TECHNICAL_COMPLEXITY, {"technical": False, "complexity": 1.0}, False),
    (Trigger.PLATINUM_HIGH_IMPACT, {"customer_tier": PLATINUM, "revenue_at_stake": 999.99}, False),
    (Trigger.PLATINUM_HIGH_IMPACT, {"customer_tier": PLATINUM, "revenue_at_stake": 1_000}, True),
    (Trigger.PLATINUM_HIGH_IMPACT, {"customer_tier": PLATINUM, "satisfaction_risk": "medium"}, False),
    (Trigger.PLATINUM_HIGH_IMPACT, {"customer_tier": PLATINUM, "satisfaction_risk": "high"}, True),
    (Trigger.PLATINUM_HIGH_IMPACT, {"customer_tier": CustomerTier.GOLD, "revenue_at_stake": 9_999}, False),
    (Trigger.SLA_RISK, {"sla_breach_risk": False}, False),
    (Trigger.SLA_RISK, {"sla_breach_risk": True}, True),
    (Trigger.PREDICTED_RISK, {"escalation_risk": 0.7}, False),
    (Trigger.PREDICTED_RISK, {"escalation_risk": 0.701}, True),
    (Trigger.HIGH_VALUE_ADJUSTMENT, {"adjustment": Decimal("100.00")}, False),
    (Trigger.HIGH_VALUE_ADJUSTMENT, {"adjustment": Decimal("100.01")}, True),
    (Trigger.LARGE_DEAL, {"deal": Decimal(10_000)}, False),
    (Trigger.LARGE_DEAL, {"deal": Decimal("10000.01")}, True),
    (Trigger.FRAUD_SUSPECTED, {}, False),
    *((Trigger.FRAUD_SUSPECTED, {"fraud_signals": frozenset({signal})}, True) for signal in FraudSignal),
]


@pytest.mark.parametrize(("trigger", "facts", "held"), AT_THE_BOUNDARY)
def test_each_measured_trigger_at_its_boundary(trigger: Trigger, facts: dict[str, Any], held: bool) -> None:
    assert holds(trigger, Facts(**facts)) is held


def test_each_measured_trigger_was_tried_on_both_sides() -> None:
    assert {(trigger, held) for trigger, _, held in AT_THE_BOUNDARY} == {
        (t, h) for t in MEASURED for h in (True, False)
    }


@pytest.mark.parametrize("trigger", Trigger)
def test_what_was_observed_holds(trigger: Trigger) -> None:
    assert holds(trigger, Facts(happened=frozenset({trigger})))
    assert not holds(trigger, Facts())


def test_each_escalation_is_measured_or_observed() -> None:
    assert not set(MEASURED) & set(OBSERVED)
    assert set(MEASURED) | set(OBSERVED) == set(Trigger) - FLOW
    assert set(FRAUD_RULES) == set(FraudSignal)


@pytest.mark.parametrize(
    ("limits", "trigger", "facts"),
    [
        ({"failed_attempts": 1}, Trigger.FAILED_ATTEMPTS, {"failed_attempts": 1}),
        ({"confidence": 0.9}, Trigger.LOW_CONFIDENCE, {"confidence": 0.8}),
        ({"complexity": 0.2}, Trigger.TECHNICAL_COMPLEXITY, {"technical": True, "complexity": 0.2}),
        ({"revenue_at_stake": 10}, Trigger.PLATINUM_HIGH_IMPACT, {"customer_tier": PLATINUM, "revenue_at_stake": 10}),
        ({"adjustment": Decimal(5)}, Trigger.HIGH_VALUE_ADJUSTMENT, {"adjustment": Decimal(6)}),
        ({"deal": Decimal(5)}, Trigger.LARGE_DEAL, {"deal": Decimal(6)}),
        ({"escalation_risk": 0.1}, Trigger.PREDICTED_RISK, {"escalation_risk": 0.2}),
    ],
)
def test_each_threshold_is_a_setting(limits: dict[str, Any], trigger: Trigger, facts: dict[str, Any]) -> None:
    assert holds(trigger, Facts(**facts), Thresholds(**limits))
    assert not holds(trigger, Facts(**facts))


@pytest.mark.parametrize("trigger", sorted(LASTING))
def test_what_lasts_moves_a_conversation_once(trigger: Trigger) -> None:
    lasting = Facts(
        customer_tier=PLATINUM, satisfaction_risk="high", sla_breach_risk=True, escalation_risk=1.0, raised={trigger}
    )
    assert [t for t in LASTING if not holds(t, lasting)] == [trigger]


# ---------------------------------------------------------------------- from the state


def state(**fields: Any) -> AgentState:
    return AgentState(session_id="s", conversation_id="c", session_start=NOW, last_activity=NOW, **fields)


def attempt(agent: AgentType, topic: str = "setup_help", *, success: bool = False) -> ResolutionAttempt:
    return ResolutionAttempt(
        agent_type=agent,
        timestamp=NOW,
        actions_taken=[],
        tools_used=[],
        outcome="",
        confidence=0.5,
        success=success,
        topic=topic,
    )


def record(source: AgentType, target: AgentType, reason: str) -> EscalationRecord:
    return EscalationRecord(from_agent=source, to_agent=target, timestamp=NOW, reason=reason)


def test_only_the_holders_own_failures_at_the_topic_count() -> None:
    attempts = [
        attempt(AgentType.TIER1),
        attempt(AgentType.TIER2),
        attempt(AgentType.TIER2, success=True),
        attempt(AgentType.TIER2, "email_service"),
    ]
    held = state(current_agent_type=AgentType.TIER2, current_intent="setup_help", resolution_attempts=attempts)
    assert facts_of(held).failed_attempts == 1
    assert failures_at_topic(held) == 2


def test_hops_begin_anew_after_a_person_and_reasons_are_kept() -> None:
    t1, t2, supervisor, human = AgentType.TIER1, AgentType.TIER2, AgentType.SUPERVISOR, AgentType.HUMAN
    facts = facts_of(
        state(
            escalation_history=[
                record(t1, t2, "failed_attempts"),
                record(t2, human, "platinum_high_impact"),
                record(t2, supervisor, "sla_risk"),
            ],
            previous_agents=[t1, t2, human],
        )
    )
    assert facts.hops == (Hop(source=t2, target=supervisor),)
    assert facts.raised == {Trigger.FAILED_ATTEMPTS, Trigger.PLATINUM_HIGH_IMPACT, Trigger.SLA_RISK}
    assert facts.previous is t2


def test_an_old_reason_that_no_table_knows_does_no_harm() -> None:
    assert facts_of(state(escalation_history=[record(AgentType.TIER1, AgentType.HUMAN, "once")])).raised == frozenset()


def test_the_rest_is_taken_over_as_it_stands() -> None:
    customer = CustomerProfile(
        customer_id="CUST_001",
        name="",
        email="",
        phone="",
        tier=PLATINUM,
        account_status="active",
        registration_date=NOW,
        lifetime_value=0,
    )
    facts = facts_of(
        state(
            customer=customer,
            current_intent="connection_problem",
            potential_revenue_impact=1_500,
            customer_satisfaction_risk="high",
            sla_breach_risk=True,
            escalation_risk=0.8,
            clarifications_in_a_row=1,
        )
    )
    assert facts == Facts(
        technical=True,
        customer_tier=PLATINUM,
        revenue_at_stake=1_500,
        satisfaction_risk="high",
        sla_breach_risk=True,
        escalation_risk=0.8,
        clarifications_in_a_row=1,
    )
    assert facts_of(state()) == Facts()
