"""When a conversation changes hands, and for whom: one table (PRD, Main Conversation Flow and Escalation Logic
[664-740]; docs/escalation.md draws it).

``move`` follows the table; two rules stand above it. An agent that does not work here yet is replaced (by a person,
unless ``STAND_INS`` knows better), and agents that pass a conversation around too long give it to a person.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from domain.classification import Classification
from domain.matrix import COLUMNS
from domain.model import Record
from domain.routing import CLARIFICATIONS_IN_A_ROW
from domain.staffing import STAFFED
from domain.state import AgentState, AgentType
from domain.triggers import DEFAULT_THRESHOLDS, FLOW, Facts, Hop, Thresholds, Trigger, failures_at_topic, holds

PAIR_BOUND = 2
"""How often one agent may escalate to the same other before a person has the conversation."""
HOPS_BOUND = 5
"""How many escalations between agents there may be before a person has the conversation."""


class Stop(StrEnum):
    """Where a conversation can be that is no agent. ``PREVIOUS`` stands for the agent before the person."""

    START = "start"
    QUEUE = "queue"
    PREVIOUS = "previous_agent"
    RESOLVED = "resolved"


Node = AgentType | Stop

_CLASSIFIER, _CLARIFICATION = AgentType.INTENT_CLASSIFIER, AgentType.CLARIFICATION
_T1, _T2, _T3 = AgentType.TIER1, AgentType.TIER2, AgentType.TIER3
_SALES, _BILLING, _SUPERVISOR = AgentType.SALES, AgentType.BILLING, AgentType.SUPERVISOR
_QA, _HUMAN = AgentType.QUALITY_ASSURANCE, AgentType.HUMAN

WORKERS = (_T1, _T2, _T3, _SALES, _BILLING)
"""Who works on customers' subjects."""
SPEAKERS = (_CLARIFICATION, *WORKERS, _SUPERVISOR)
"""Agents that hold conversations, people aside."""


@dataclass(frozen=True)
class Condition:
    """Chooses among edges of one trigger. ``text`` completes "if …"."""

    text: str
    holds: Callable[[Facts, Thresholds], bool]


@dataclass(frozen=True)
class Edge:
    """``source`` gives the conversation to ``target`` on ``trigger``; of several the first whose condition holds.

    ``lines`` are the PRD's; empty for an edge that it leaves open."""

    source: Node
    target: Node
    trigger: Trigger
    when: Condition | None = None
    lines: str = ""


def _technical(facts: Facts, _: Thresholds) -> bool:
    return facts.technical


def _may_clarify(facts: Facts, _: Thresholds) -> bool:
    return facts.clarifications_in_a_row < CLARIFICATIONS_IN_A_ROW


def _beyond_tier2(facts: Facts, limits: Thresholds) -> bool:
    return facts.complexity >= limits.complexity or any(hop.source is _T2 for hop in facts.hops)


def _routed_to(agent: AgentType) -> Condition:
    return Condition(f"the matrix chose {agent}", lambda facts, _: facts.routed_to is agent)


TECHNICAL = Condition("the subject is technical", _technical)
MAY_CLARIFY = Condition(f"asked fewer than {CLARIFICATIONS_IN_A_ROW} times in a row", _may_clarify)
BEYOND_TIER2 = Condition("Tier 2 has tried, or the complexity is beyond it", _beyond_tier2)


def _each(sources: tuple[Node, ...], target: Node, *triggers: Trigger, lines: str = "") -> Iterator[Edge]:
    return (Edge(source, target, trigger, lines=lines) for trigger in triggers for source in sources)


EDGES: tuple[Edge, ...] = (
    # The door
    Edge(Stop.START, _CLASSIFIER, Trigger.CONTACT, lines="670-671"),
    Edge(_CLASSIFIER, _CLARIFICATION, Trigger.INTENT_UNSURE, MAY_CLARIFY, lines="675"),
    Edge(_CLASSIFIER, _T1, Trigger.INTENT_UNSURE),
    Edge(_CLARIFICATION, _CLASSIFIER, Trigger.CLARIFIED, lines="676"),
    *(Edge(_CLASSIFIER, agent, Trigger.INTENT_SURE, _routed_to(agent), lines="674-684") for agent in COLUMNS),
    Edge(_CLASSIFIER, _T1, Trigger.INTENT_SURE),
    *_each(SPEAKERS, _CLASSIFIER, Trigger.TOPIC_CHANGE),
    # Tier 1
    Edge(_T1, _T2, Trigger.TECHNICAL_COMPLEXITY, lines="718"),
    Edge(_T1, _T2, Trigger.FAILED_ATTEMPTS, lines="718"),
    Edge(_T1, _T2, Trigger.LOW_CONFIDENCE, TECHNICAL, lines="254"),
    Edge(_T1, _SUPERVISOR, Trigger.LOW_CONFIDENCE, lines="254"),
    Edge(_T1, _T2, Trigger.CANNOT_HELP, TECHNICAL, lines="253"),
    Edge(_T1, _SUPERVISOR, Trigger.CUSTOMER_REQUEST, lines="719"),
    Edge(_T1, _BILLING, Trigger.BILLING_ISSUE, lines="720"),
    Edge(_T1, _SALES, Trigger.SALES_OPPORTUNITY, lines="721"),
    # Tier 2 and Tier 3
    Edge(_T2, _T3, Trigger.SYSTEM_CHANGE, lines="723"),
    Edge(_T2, _SUPERVISOR, Trigger.SLA_RISK, lines="724"),
    Edge(_T2, _SUPERVISOR, Trigger.APPROVAL_NEEDED, lines="277"),
    Edge(_T2, _HUMAN, Trigger.PLATINUM_HIGH_IMPACT, lines="725"),
    Edge(_T3, _SUPERVISOR, Trigger.APPROVAL_NEEDED, lines="727"),
    Edge(_T3, _HUMAN, Trigger.COMPLIANCE, lines="728"),
    # Billing and Sales
    Edge(_BILLING, _SUPERVISOR, Trigger.HIGH_VALUE_ADJUSTMENT, lines="730"),
    Edge(_BILLING, _HUMAN, Trigger.FRAUD_SUSPECTED, lines="731"),
    Edge(_SALES, _SUPERVISOR, Trigger.LARGE_DEAL, lines="733"),
    Edge(_SALES, _HUMAN, Trigger.CONTRACT_NEGOTIATION, lines="734"),
    # Any of them, where nothing above is more special: no tier is left, or somebody else must decide
    *_each((_T2, _T3, _SALES, _BILLING), _SUPERVISOR, Trigger.LOW_CONFIDENCE),
    *_each((_CLARIFICATION, _T2, _T3, _SALES, _BILLING), _SUPERVISOR, Trigger.FAILED_ATTEMPTS, lines="695"),
    *_each((_CLARIFICATION, _T2, _T3, _SALES, _BILLING), _SUPERVISOR, Trigger.CUSTOMER_REQUEST),
    *_each((_CLARIFICATION, _T1, _T3, _SALES, _BILLING), _SUPERVISOR, Trigger.SLA_RISK),
    *_each((_CLARIFICATION, _T1, _SALES, _BILLING), _SUPERVISOR, Trigger.APPROVAL_NEEDED),
    *_each((_CLARIFICATION, *WORKERS), _SUPERVISOR, Trigger.CANNOT_HELP, Trigger.QUALITY_FAILED),
    *_each((_CLARIFICATION, *WORKERS), _SUPERVISOR, Trigger.PREDICTED_RISK, Trigger.TURN_BOUND),
    *_each((_CLASSIFIER, *SPEAKERS, _QA), _HUMAN, Trigger.MODEL_FAILED),
    # The supervisor
    Edge(_SUPERVISOR, _T3, Trigger.ADVANCED_ASSIGNMENT, BEYOND_TIER2, lines="703"),
    Edge(_SUPERVISOR, _T2, Trigger.ADVANCED_ASSIGNMENT, lines="702"),
    Edge(_SUPERVISOR, _HUMAN, Trigger.EXCEPTION, lines="736"),
    *_each((_SUPERVISOR,), _HUMAN, Trigger.CUSTOMER_REQUEST, Trigger.APPROVAL_NEEDED, lines="699"),
    *_each((_SUPERVISOR,), _HUMAN, Trigger.CANNOT_HELP, Trigger.FAILED_ATTEMPTS, lines="699"),
    *_each((_SUPERVISOR,), _HUMAN, Trigger.LOW_CONFIDENCE, Trigger.QUALITY_FAILED, Trigger.TURN_BOUND, lines="699"),
    Edge(_SUPERVISOR, Stop.RESOLVED, Trigger.RESOLUTION_COMPLETE, lines="737"),
    # Resolution
    *_each((_CLARIFICATION, *WORKERS), _QA, Trigger.RESOLUTION_COMPLETE, lines="692"),
    Edge(_QA, Stop.RESOLVED, Trigger.QUALITY_PASSED, lines="705"),
    Edge(_QA, _SUPERVISOR, Trigger.QUALITY_FAILED),
    # People
    Edge(_HUMAN, Stop.RESOLVED, Trigger.RESOLUTION_COMPLETE, lines="739"),
    Edge(_HUMAN, Stop.PREVIOUS, Trigger.RETURNED),
    Edge(_HUMAN, Stop.QUEUE, Trigger.REQUEUED),
    Edge(Stop.QUEUE, _HUMAN, Trigger.CLAIMED),
)

STAND_INS: dict[AgentType, Node] = {_CLASSIFIER: _T1, _CLARIFICATION: _T1, _QA: Stop.RESOLVED}
"""Who goes on for an agent that does not work here; a person for all others."""


class Move(Record):
    """A conversation changes hands. ``because``: the table says so, its target does not work here, or the bound of
    escalations between agents was met."""

    source: Node
    target: Node
    trigger: Trigger
    because: Literal["edge", "not_staffed", "bound"] = "edge"


def _index() -> dict[tuple[Node, Trigger], list[Edge]]:
    index: dict[tuple[Node, Trigger], list[Edge]] = {}
    for edge in EDGES:
        index.setdefault((edge.source, edge.trigger), []).append(edge)
    return index


_BY_SOURCE = _index()
NO_FACTS = Facts()


def move(
    source: Node,
    trigger: Trigger,
    facts: Facts = NO_FACTS,
    staffed: frozenset[AgentType] = STAFFED,
    limits: Thresholds = DEFAULT_THRESHOLDS,
) -> Move | None:
    """Where the trigger leads from here; None if it leads nowhere, so the conversation stays. Pure."""
    edges = _BY_SOURCE.get((source, trigger), [])
    edge = next((edge for edge in edges if edge.when is None or edge.when.holds(facts, limits)), None)
    if edge is None:
        return None
    target = _returned_to(facts, staffed) if edge.target is Stop.PREVIOUS else edge.target
    here = _at_work(target, staffed)
    if here != target:
        return Move(source=source, target=here, trigger=trigger, because="not_staffed")
    if trigger not in FLOW and _bound_met(source, target, facts):
        return Move(source=source, target=_HUMAN, trigger=trigger, because="bound")
    return Move(source=source, target=target, trigger=trigger)


def next_agent(
    agent: AgentType, trigger: Trigger, facts: Facts = NO_FACTS, staffed: frozenset[AgentType] = STAFFED
) -> AgentType | None:
    """Who goes on; None if the conversation stays, waits in a queue or is resolved."""
    moved = move(agent, trigger, facts, staffed)
    return moved.target if moved and isinstance(moved.target, AgentType) else None


def escalation(
    agent: AgentType,
    facts: Facts,
    staffed: frozenset[AgentType] = STAFFED,
    limits: Thresholds = DEFAULT_THRESHOLDS,
) -> Move | None:
    """The escalation that is due from this agent, by the most urgent trigger that holds; None if none is."""
    due = (trigger for trigger in Trigger if trigger not in FLOW and holds(trigger, facts, limits))
    moves = (move(agent, trigger, facts, staffed, limits) for trigger in due)
    return next((moved for moved in moves if moved is not None), None)


def triggers_of(agent: AgentType) -> tuple[Trigger, ...]:
    """The escalations that lead away from this agent, most urgent first."""
    return tuple(trigger for trigger in Trigger if trigger not in FLOW and (agent, trigger) in _BY_SOURCE)


def _at_work(target: Node, staffed: frozenset[AgentType]) -> Node:
    while isinstance(target, AgentType) and target is not _HUMAN and target not in staffed:
        target = STAND_INS.get(target, _HUMAN)
    return target


def _returned_to(facts: Facts, staffed: frozenset[AgentType]) -> Node:
    """A person gives back: to the agent before, else to Tier 1, else to the queue; never to themselves."""
    candidates = (facts.previous, _T1)
    return next((a for a in candidates if a in SPEAKERS and a in staffed), Stop.QUEUE)


def _bound_met(source: Node, target: Node, facts: Facts) -> bool:
    if not (isinstance(source, AgentType) and isinstance(target, AgentType)) or target is _HUMAN:
        return False
    again = facts.hops.count(Hop(source=source, target=target))
    return again >= PAIR_BOUND or len(facts.hops) >= HOPS_BOUND


# ---------------------------------------------------------------------- what the conversation core asks today

QUEUES: dict[AgentType, str] = {_BILLING: "billing", _SALES: "sales", _T2: "technical"}
DEFAULT_QUEUE = "general"


def too_many_failures(state: AgentState) -> bool:
    """Three failed attempts at the topic at hand (PRD [251])."""
    return failures_at_topic(state) >= DEFAULT_THRESHOLDS.failed_attempts


def rejects_resolution(state: AgentState, classification: Classification) -> bool:
    """The customer says that what was offered as a solution did not help."""
    return state.resolution_status == "offered" and classification.affirmation == "no"


def queue_for(agent: AgentType) -> str:
    return QUEUES.get(agent, DEFAULT_QUEUE)
