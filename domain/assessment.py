"""The supervisor's assessment: who goes on with what was escalated (PRD, Main Conversation Flow [698-703]: a person, or
an advanced assignment to a technical tier; docs/escalation.md).

A table, read from the top: the first row whose triggers hold and whose condition agrees. What the supervisor then does
is an edge of ``domain/escalation.py``, as every other change of hands.
"""

from dataclasses import dataclass
from typing import Literal

from domain.escalation import Condition, move
from domain.model import Record
from domain.state import AgentType, ContextTransfer
from domain.triggers import DEFAULT_THRESHOLDS, Facts, Thresholds, Trigger

_T3, _SUPERVISOR, _HUMAN = AgentType.TIER3, AgentType.SUPERVISOR, AgentType.HUMAN


class Case(Record):
    """What was escalated to the supervisor: by whom, why, and what was known then."""

    escalation_id: str
    conversation_id: str
    customer_id: str = ""
    from_agent: AgentType
    trigger: Trigger
    queue: str
    facts: Facts
    context: ContextTransfer


class Verdict(Record):
    """Who goes on, and the trigger that leads there. ``waiting``: people's queue when it was decided."""

    escalation_id: str
    target: AgentType
    trigger: Trigger
    reason: str
    waiting: int = 0


@dataclass(frozen=True)
class Ruling:
    """``keeps``: who goes on without a change of hands, the supervisor itself or the agent that has it. Else ``by`` is
    the trigger of the edge that leads on (None: the escalation's own). ``agents``: only from these. ``says`` completes
    "because"."""

    triggers: frozenset[Trigger]
    says: str
    keeps: Literal["", "supervisor", "holder"] = ""
    agents: frozenset[AgentType] = frozenset(AgentType)
    by: Trigger | None = None
    when: Condition | None = None


def _tier_is_left(facts: Facts, _: Thresholds) -> bool:
    """Tier 3 has not had it yet."""
    return facts.technical and not any(hop.target is _T3 for hop in facts.hops)


TIER_IS_LEFT = Condition("the subject is technical and Tier 3 has not had it", _tier_is_left)

RULINGS: tuple[Ruling, ...] = (
    Ruling(frozenset({Trigger.CUSTOMER_REQUEST}), "the customer asks for a person"),
    Ruling(frozenset({Trigger.APPROVAL_NEEDED, Trigger.TURN_BOUND}), "a person has to decide or to go on"),
    Ruling(
        frozenset({Trigger.HIGH_VALUE_ADJUSTMENT, Trigger.LARGE_DEAL}),
        "money above what an agent may decide is an exception",
        by=Trigger.EXCEPTION,
    ),
    Ruling(
        frozenset(
            {
                Trigger.CANNOT_HELP,
                Trigger.FAILED_ATTEMPTS,
                Trigger.LOW_CONFIDENCE,
                Trigger.PREDICTED_RISK,
                Trigger.SLA_RISK,
            }
        ),
        "a technical tier is left to try",
        by=Trigger.ADVANCED_ASSIGNMENT,
        when=TIER_IS_LEFT,
    ),
    Ruling(frozenset({Trigger.CANNOT_HELP, Trigger.FAILED_ATTEMPTS}), "no agent is left to try"),
    Ruling(frozenset({Trigger.QUALITY_FAILED}), "what an agent said or did wrong, a person puts right"),
    Ruling(
        frozenset({Trigger.PREDICTED_RISK, Trigger.SLA_RISK}),
        "who has the tools for it is at work, and nobody is faster",
        keeps="holder",
        agents=frozenset({AgentType.BILLING, AgentType.SALES, _T3}),
    ),
    Ruling(
        frozenset({Trigger.LOW_CONFIDENCE, Trigger.PREDICTED_RISK, Trigger.SLA_RISK}),
        "the supervisor can still settle it",
        keeps="supervisor",
    ),
    Ruling(frozenset(Trigger), "the case fits no rule", by=Trigger.EXCEPTION),
)
"""The last row takes every trigger, so a verdict is always found."""


def assess(case: Case, waiting: int = 0, limits: Thresholds = DEFAULT_THRESHOLDS) -> Verdict:
    """The supervisor's decision on a case. Pure; always leads on."""
    ruling = next(
        row
        for row in RULINGS
        if case.trigger in row.triggers
        and case.from_agent in row.agents
        and (row.when is None or row.when.holds(case.facts, limits))
    )
    if ruling.keeps:
        target, trigger = _SUPERVISOR if ruling.keeps == "supervisor" else case.from_agent, case.trigger
    else:
        trigger = ruling.by or case.trigger
        moved = move(_SUPERVISOR, trigger, case.facts, limits=limits)
        target = moved.target if moved and isinstance(moved.target, AgentType) else _HUMAN
    return Verdict(
        escalation_id=case.escalation_id, target=target, trigger=trigger, reason=ruling.says, waiting=waiting
    )


def verdict_without_assessment(escalation_id: str, trigger: Trigger) -> Verdict:
    """When the assessment is lost or late: a person, for nobody is kept waiting by us."""
    return Verdict(escalation_id=escalation_id, target=_HUMAN, trigger=trigger, reason="the assessment did not come")
