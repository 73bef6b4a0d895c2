"""The supervisor's table: every trigger, and each condition on both sides."""

import pytest

from domain.assessment import RULINGS, Case, Verdict, assess, verdict_without_assessment
from domain.escalation import EDGES
from domain.state import AgentType, ContextTransfer
from domain.triggers import FLOW, Facts, Hop, Trigger

pytestmark = pytest.mark.unit

T1, T2, T3 = AgentType.TIER1, AgentType.TIER2, AgentType.TIER3
SUPERVISOR, HUMAN, BILLING = AgentType.SUPERVISOR, AgentType.HUMAN, AgentType.BILLING
GENERAL = Facts()
TECHNICAL = Facts(technical=True)
TRIED_BY_TIER2 = Facts(technical=True, hops=(Hop(source=T2, target=SUPERVISOR),))
TRIED_BY_ALL = Facts(technical=True, hops=(Hop(source=T2, target=T3), Hop(source=T3, target=SUPERVISOR)))


def case(trigger: Trigger, facts: Facts = GENERAL, agent: AgentType = BILLING) -> Case:
    return Case(
        escalation_id="e-1",
        conversation_id="c-1",
        from_agent=agent,
        trigger=trigger,
        queue="billing",
        facts=facts,
        context=ContextTransfer(),
    )


@pytest.mark.parametrize(
    ("trigger", "facts", "target"),
    [
        (Trigger.CUSTOMER_REQUEST, GENERAL, HUMAN),
        (Trigger.CUSTOMER_REQUEST, TECHNICAL, HUMAN),
        (Trigger.APPROVAL_NEEDED, GENERAL, HUMAN),
        (Trigger.TURN_BOUND, TECHNICAL, HUMAN),
        (Trigger.HIGH_VALUE_ADJUSTMENT, GENERAL, HUMAN),
        (Trigger.LARGE_DEAL, GENERAL, HUMAN),
        (Trigger.CANNOT_HELP, GENERAL, HUMAN),
        (Trigger.FAILED_ATTEMPTS, GENERAL, HUMAN),
        (Trigger.CANNOT_HELP, TECHNICAL, T2),
        (Trigger.FAILED_ATTEMPTS, TRIED_BY_TIER2, T3),
        (Trigger.FAILED_ATTEMPTS, TRIED_BY_ALL, HUMAN),
        (Trigger.LOW_CONFIDENCE, GENERAL, SUPERVISOR),
        (Trigger.LOW_CONFIDENCE, TRIED_BY_ALL, SUPERVISOR),
        (Trigger.PREDICTED_RISK, GENERAL, BILLING),
        (Trigger.SLA_RISK, GENERAL, BILLING),
        (Trigger.SLA_RISK, TRIED_BY_TIER2, T3),
        (Trigger.QUALITY_FAILED, TECHNICAL, HUMAN),
        (Trigger.EXCEPTION, GENERAL, HUMAN),
    ],
)
def test_the_verdict(trigger: Trigger, facts: Facts, target: AgentType) -> None:
    assert assess(case(trigger, facts)).target is target


@pytest.mark.parametrize("trigger", [trigger for trigger in Trigger if trigger not in FLOW])
@pytest.mark.parametrize("facts", [GENERAL, TECHNICAL, TRIED_BY_TIER2, TRIED_BY_ALL])
def test_every_escalation_has_a_verdict_along_an_edge(trigger: Trigger, facts: Facts) -> None:
    verdict = assess(case(trigger, facts))
    ways_on = {(edge.target, edge.trigger) for edge in EDGES if edge.source is SUPERVISOR}
    assert verdict.target in {SUPERVISOR, BILLING} or (verdict.target, verdict.trigger) in ways_on


@pytest.mark.parametrize("agent", [T1, AgentType.CLARIFICATION])
def test_who_has_no_tools_for_it_loses_it_to_the_supervisor(agent: AgentType) -> None:
    assert assess(case(Trigger.SLA_RISK, agent=agent)).target is SUPERVISOR


def test_the_verdict_tells_who_waits_for_a_person_and_why() -> None:
    verdict = assess(case(Trigger.LARGE_DEAL), waiting=4)
    assert verdict.waiting == 4
    assert verdict.trigger is Trigger.EXCEPTION
    assert "money" in verdict.reason


def test_a_lost_assessment_is_a_person() -> None:
    lost = verdict_without_assessment("e-1", Trigger.SLA_RISK)
    assert lost == Verdict(
        escalation_id="e-1", target=HUMAN, trigger=Trigger.SLA_RISK, reason="the assessment did not come"
    )


def test_the_last_ruling_takes_everything() -> None:
    assert RULINGS[-1].triggers == frozenset(Trigger)
    assert RULINGS[-1].when is None
