"""The escalation table edge by edge, and the rules above it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.escalation import (
    EDGES,
    HOPS_BOUND,
    PAIR_BOUND,
    SPEAKERS,
    STAND_INS,
    WORKERS,
    Move,
    Node,
    Stop,
    escalation,
    move,
    next_agent,
    queue_for,
    too_many_failures,
    triggers_of,
)
from domain.escalation_diagram import diagram, page
from domain.staffing import STAFFED
from domain.state import AgentState, AgentType, CustomerTier, ResolutionAttempt
from domain.triggers import FLOW, Facts, Hop, Trigger

pytestmark = pytest.mark.unit
ALL = frozenset(AgentType)
T1, T2, T3 = AgentType.TIER1, AgentType.TIER2, AgentType.TIER3
SALES, BILLING, SUPERVISOR, HUMAN = AgentType.SALES, AgentType.BILLING, AgentType.SUPERVISOR, AgentType.HUMAN
CLASSIFIER, CLARIFICATION, QA = AgentType.INTENT_CLASSIFIER, AgentType.CLARIFICATION, AgentType.QUALITY_ASSURANCE

PRD: list[tuple[Node, Trigger, Node]] = [  # The document's diagram, arrow by arrow.
    (T1, Trigger.TECHNICAL_COMPLEXITY, T2),
    (T1, Trigger.FAILED_ATTEMPTS, T2),
    (T1, Trigger.CUSTOMER_REQUEST, SUPERVISOR),
    (T1, Trigger.BILLING_ISSUE, BILLING),
    (T1, Trigger.SALES_OPPORTUNITY, SALES),
    (T2, Trigger.SYSTEM_CHANGE, T3),
    (T2, Trigger.SLA_RISK, SUPERVISOR),
    (T2, Trigger.PLATINUM_HIGH_IMPACT, HUMAN),
    (T3, Trigger.APPROVAL_NEEDED, SUPERVISOR),
    (T3, Trigger.COMPLIANCE, HUMAN),
    (BILLING, Trigger.HIGH_VALUE_ADJUSTMENT, SUPERVISOR),
    (BILLING, Trigger.FRAUD_SUSPECTED, HUMAN),
    (SALES, Trigger.LARGE_DEAL, SUPERVISOR),
    (SALES, Trigger.CONTRACT_NEGOTIATION, HUMAN),
    (SUPERVISOR, Trigger.EXCEPTION, HUMAN),
    (SUPERVISOR, Trigger.RESOLUTION_COMPLETE, Stop.RESOLVED),
    (HUMAN, Trigger.RESOLUTION_COMPLETE, Stop.RESOLVED),
]
TECHNICAL, GENERAL = Facts(technical=True), Facts()
READINGS: list[tuple[Node, Trigger, Facts, Node]] = [  # Where the diagram leaves something open.
    (Stop.START, Trigger.CONTACT, GENERAL, CLASSIFIER),
    (CLASSIFIER, Trigger.INTENT_UNSURE, Facts(clarifications_in_a_row=1), CLARIFICATION),
    (CLASSIFIER, Trigger.INTENT_UNSURE, Facts(clarifications_in_a_row=2), T1),
    (CLASSIFIER, Trigger.INTENT_SURE, GENERAL, T1),
    *((CLASSIFIER, Trigger.INTENT_SURE, Facts(routed_to=agent), agent) for agent in (*WORKERS, SUPERVISOR)),
    (CLARIFICATION, Trigger.CLARIFIED, GENERAL, CLASSIFIER),
    (T1, Trigger.LOW_CONFIDENCE, TECHNICAL, T2),
    (T1, Trigger.LOW_CONFIDENCE, GENERAL, SUPERVISOR),
    (T1, Trigger.CANNOT_HELP, TECHNICAL, T2),
    (T1, Trigger.CANNOT_HELP, GENERAL, SUPERVISOR),
    (T2, Trigger.APPROVAL_NEEDED, GENERAL, SUPERVISOR),
    (SUPERVISOR, Trigger.ADVANCED_ASSIGNMENT, GENERAL, T2),
    (SUPERVISOR, Trigger.ADVANCED_ASSIGNMENT, Facts(complexity=0.69), T2),
    (SUPERVISOR, Trigger.ADVANCED_ASSIGNMENT, Facts(complexity=0.7), T3),
    (SUPERVISOR, Trigger.ADVANCED_ASSIGNMENT, Facts(hops=(Hop(source=T2, target=SUPERVISOR),)), T3),
    (QA, Trigger.QUALITY_PASSED, GENERAL, Stop.RESOLVED),
    (QA, Trigger.QUALITY_FAILED, GENERAL, SUPERVISOR),
    (HUMAN, Trigger.RETURNED, Facts(previous=T2), T2),
    (HUMAN, Trigger.RETURNED, GENERAL, T1),
    (HUMAN, Trigger.RETURNED, Facts(previous=HUMAN), T1),
    (HUMAN, Trigger.RETURNED, Facts(previous=QA), T1),
    (HUMAN, Trigger.REQUEUED, GENERAL, Stop.QUEUE),
    (Stop.QUEUE, Trigger.CLAIMED, GENERAL, HUMAN),
]
TO_THE_SUPERVISOR = (
    Trigger.CUSTOMER_REQUEST,
    Trigger.SLA_RISK,
    Trigger.APPROVAL_NEEDED,
    Trigger.CANNOT_HELP,
    Trigger.QUALITY_FAILED,
    Trigger.PREDICTED_RISK,
    Trigger.TURN_BOUND,
)


def edge_id(value: object) -> str:
    return str(value) if isinstance(value, AgentType | Stop | Trigger) else ""


@pytest.mark.parametrize(("source", "trigger", "target"), PRD, ids=edge_id)
def test_each_arrow_of_the_documents_diagram(source: Node, trigger: Trigger, target: Node) -> None:
    assert move(source, trigger, GENERAL, ALL) == Move(source=source, target=target, trigger=trigger)


@pytest.mark.parametrize(("source", "trigger", "facts", "target"), READINGS, ids=edge_id)
def test_each_edge_that_the_diagram_leaves_open(source: Node, trigger: Trigger, facts: Facts, target: Node) -> None:
    assert move(source, trigger, facts, ALL) == Move(source=source, target=target, trigger=trigger)


@pytest.mark.parametrize("trigger", TO_THE_SUPERVISOR)
@pytest.mark.parametrize("agent", [CLARIFICATION, *WORKERS])
def test_every_agent_can_turn_to_the_supervisor(agent: AgentType, trigger: Trigger) -> None:
    assert next_agent(agent, trigger, GENERAL, ALL) is SUPERVISOR


@pytest.mark.parametrize("trigger", [Trigger.FAILED_ATTEMPTS, Trigger.LOW_CONFIDENCE])
@pytest.mark.parametrize("agent", [T2, T3, SALES, BILLING])
def test_no_tier_is_left_behind_these(agent: AgentType, trigger: Trigger) -> None:
    assert next_agent(agent, trigger, TECHNICAL, ALL) is SUPERVISOR


@pytest.mark.parametrize("trigger", [t for t in triggers_of(SUPERVISOR) if t is not Trigger.ADVANCED_ASSIGNMENT])
def test_behind_the_supervisor_is_a_person(trigger: Trigger) -> None:
    assert next_agent(SUPERVISOR, trigger, GENERAL, ALL) is HUMAN


@pytest.mark.parametrize("agent", [CLASSIFIER, *SPEAKERS, QA])
def test_a_person_where_models_are_out(agent: AgentType) -> None:
    assert next_agent(agent, Trigger.MODEL_FAILED, GENERAL, ALL) is HUMAN


@pytest.mark.parametrize("agent", SPEAKERS)
def test_a_new_subject_goes_back_to_the_door(agent: AgentType) -> None:
    assert next_agent(agent, Trigger.TOPIC_CHANGE, GENERAL, ALL) is CLASSIFIER


@pytest.mark.parametrize("agent", [CLARIFICATION, *WORKERS])
def test_a_resolution_is_checked(agent: AgentType) -> None:
    assert next_agent(agent, Trigger.RESOLUTION_COMPLETE, GENERAL, ALL) is QA


# ---------------------------------------------------------------------- the table as a whole


def test_every_edge_is_reachable_by_its_condition() -> None:
    """No edge stands behind another of the same source and trigger that always holds."""
    for index, edge in enumerate(EDGES):
        before = [e for e in EDGES[:index] if (e.source, e.trigger) == (edge.source, edge.trigger)]
        assert all(e.when is not None for e in before), edge


@pytest.mark.parametrize("node", [*AgentType, Stop.START, Stop.QUEUE])
def test_every_place_has_a_way_to_the_end(node: Node) -> None:
    reached: set[Node] = {node}
    while more := {edge.target for edge in EDGES if edge.source in reached} - reached:
        reached |= more
    assert Stop.RESOLVED in reached
    assert node == Stop.START or node in {edge.target for edge in EDGES}


def test_every_trigger_is_on_an_edge() -> None:
    assert {edge.trigger for edge in EDGES} == set(Trigger)


@pytest.mark.parametrize("node", [*AgentType, *Stop])
def test_a_trigger_that_a_place_knows_nothing_of_changes_nothing(node: Node) -> None:
    known = {edge.trigger for edge in EDGES if edge.source == node}
    assert {trigger for trigger in Trigger if move(node, trigger, GENERAL, ALL)} <= known
    assert all(move(node, trigger, TECHNICAL, frozenset()) is None for trigger in set(Trigger) - known)


def test_an_agent_without_such_an_edge_keeps_the_conversation() -> None:
    assert move(T1, Trigger.LARGE_DEAL, GENERAL, ALL) is None
    assert next_agent(SALES, Trigger.FRAUD_SUSPECTED, GENERAL, ALL) is None
    assert next_agent(SUPERVISOR, Trigger.RESOLUTION_COMPLETE, GENERAL, ALL) is None


# ---------------------------------------------------------------------- who works here


FEW = frozenset({CLARIFICATION, T1, BILLING})


@pytest.mark.parametrize("agent", sorted(STAFFED))
@pytest.mark.parametrize("trigger", [Trigger.CUSTOMER_REQUEST, Trigger.CANNOT_HELP, Trigger.TURN_BOUND])
def test_whoever_gives_up_somebody_goes_on(agent: AgentType, trigger: Trigger) -> None:
    for facts in (GENERAL, TECHNICAL):
        assert next_agent(agent, trigger, facts) in STAFFED | {HUMAN}


def test_who_does_not_work_here_is_replaced_and_it_is_said() -> None:
    moved = move(T1, Trigger.FAILED_ATTEMPTS, GENERAL, FEW)
    assert moved == Move(source=T1, target=HUMAN, trigger=Trigger.FAILED_ATTEMPTS, because="not_staffed")
    assert next_agent(T1, Trigger.BILLING_ISSUE, GENERAL, FEW) is BILLING


@pytest.mark.parametrize(
    ("source", "trigger", "target"),
    [
        (Stop.START, Trigger.CONTACT, T1),
        (CLASSIFIER, Trigger.INTENT_UNSURE, T1),
        (T1, Trigger.RESOLUTION_COMPLETE, Stop.RESOLVED),
    ],
)
def test_stand_ins(source: Node, trigger: Trigger, target: Node) -> None:
    moved = move(source, trigger, GENERAL, frozenset({T1}))
    assert moved is not None
    assert moved.target == target
    assert set(STAND_INS) == {CLASSIFIER, CLARIFICATION, QA}


def test_a_person_gives_back_to_who_works_here_or_to_the_queue() -> None:
    back = [move(HUMAN, Trigger.RETURNED, Facts(previous=T2), staffed) for staffed in ({T1, T2}, {T1}, frozenset())]
    assert [moved.target for moved in back if moved] == [T2, T1, Stop.QUEUE]


# ---------------------------------------------------------------------- the bounds


def hops(*pairs: tuple[AgentType, AgentType]) -> Facts:
    return Facts(hops=tuple(Hop(source=source, target=target) for source, target in pairs))


@pytest.mark.parametrize(("times", "target"), [(PAIR_BOUND - 1, SUPERVISOR), (PAIR_BOUND, HUMAN)])
def test_the_same_two_agents_do_not_play_ping_pong(times: int, target: AgentType) -> None:
    moved = move(T2, Trigger.CANNOT_HELP, hops(*[(T2, SUPERVISOR)] * times), ALL)
    assert moved is not None
    assert moved.target is target
    assert moved.because == ("bound" if target is HUMAN else "edge")


@pytest.mark.parametrize(("count", "target"), [(HOPS_BOUND - 1, T3), (HOPS_BOUND, HUMAN)])
def test_a_conversation_is_not_passed_around(count: int, target: AgentType) -> None:
    wandered = [(T1, SUPERVISOR), (SUPERVISOR, T2), (T2, SUPERVISOR), (SUPERVISOR, T2), (T3, SUPERVISOR)]
    assert next_agent(T2, Trigger.SYSTEM_CHANGE, hops(*wandered[:count]), ALL) is target


def test_the_plain_flow_has_no_bound() -> None:
    wandered = hops(*[(T2, SUPERVISOR)] * 9)
    assert next_agent(T2, Trigger.TOPIC_CHANGE, wandered, ALL) is CLASSIFIER
    assert next_agent(T2, Trigger.RESOLUTION_COMPLETE, wandered, ALL) is QA


# ---------------------------------------------------------------------- what is due


@pytest.mark.parametrize(
    ("agent", "facts", "trigger", "target"),
    [
        (T1, {"failed_attempts": 3, "happened": {Trigger.CUSTOMER_REQUEST}}, Trigger.CUSTOMER_REQUEST, SUPERVISOR),
        (T1, {"failed_attempts": 3, "confidence": 0.1}, Trigger.FAILED_ATTEMPTS, T2),
        (T2, {"sla_breach_risk": True, "happened": {Trigger.SYSTEM_CHANGE}}, Trigger.SYSTEM_CHANGE, T3),
        (T2, {"sla_breach_risk": True, "customer_tier": CustomerTier.PLATINUM, "revenue_at_stake": 5_000},
         Trigger.PLATINUM_HIGH_IMPACT, HUMAN),
        (T1, {"customer_tier": CustomerTier.PLATINUM, "revenue_at_stake": 5_000, "confidence": 0.5},
         Trigger.LOW_CONFIDENCE, SUPERVISOR),
        (SALES, {"deal": 20_000, "happened": {Trigger.CONTRACT_NEGOTIATION}}, Trigger.CONTRACT_NEGOTIATION, HUMAN),
        (BILLING, {"adjustment": 200}, Trigger.HIGH_VALUE_ADJUSTMENT, SUPERVISOR),
    ],
)  # fmt: skip
def test_the_most_urgent_trigger_with_an_edge_wins(
    agent: AgentType, facts: dict[str, Any], trigger: Trigger, target: AgentType
) -> None:
    assert escalation(agent, Facts(**facts), ALL) == Move(source=agent, target=target, trigger=trigger)


@pytest.mark.parametrize("agent", AgentType)
def test_where_nothing_holds_nothing_moves(agent: AgentType) -> None:
    assert escalation(agent, GENERAL, ALL) is None


def test_the_plain_flow_is_no_escalation() -> None:
    assert escalation(T1, Facts(happened=FLOW), ALL) is None


def test_agents_know_the_triggers_that_lead_away_from_them() -> None:
    assert triggers_of(T3)[:2] == (Trigger.MODEL_FAILED, Trigger.COMPLIANCE)
    assert Trigger.TOPIC_CHANGE not in triggers_of(T1)
    assert triggers_of(HUMAN) == ()


# ---------------------------------------------------------------------- the rest


@pytest.mark.parametrize(("failures", "too_many"), [(2, False), (3, True)])
def test_three_failures_at_the_topic(failures: int, too_many: bool) -> None:
    now = datetime(2026, 1, 5, 9, tzinfo=UTC)
    failed = ResolutionAttempt(
        agent_type=T1,
        timestamp=now,
        actions_taken=[],
        tools_used=[],
        outcome="",
        confidence=0.5,
        success=False,
        topic="setup_help",
    )
    held = AgentState(
        session_id="s",
        conversation_id="c",
        session_start=now,
        last_activity=now,
        current_intent="setup_help",
        resolution_attempts=[failed] * failures,
    )
    assert too_many_failures(held) is too_many


def test_queues_of_people() -> None:
    assert [queue_for(agent) for agent in (BILLING, SALES, T2, T1)] == ["billing", "sales", "technical", "general"]


def test_the_page_about_escalation_is_current() -> None:
    current = (Path(__file__).parents[2] / "docs" / "escalation.md").read_text()
    assert current == page(), "run: python -m domain.escalation_diagram > docs/escalation.md"


def test_the_diagram_draws_every_pair_once() -> None:
    arrows = [line.split(" : ")[0].strip() for line in list(diagram())[1:]]
    assert len(arrows) == len({(edge.source, edge.target) for edge in EDGES})
    assert "Tier2 --> Tier3" in arrows
    assert "[*] --> Classifier" in arrows
