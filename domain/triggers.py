"""What makes a conversation change hands: every trigger by name, with its predicate and its threshold (PRD [250-278,
712-740]; the thresholds and the fraud rules are ours).

``Facts`` is what the predicates look at. What somebody observes as such (the customer asks, a model fails) is in
``Facts.happened``; what is measured is compared with ``Thresholds``.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from domain.fraud import FraudSignal
from domain.intents import Family, family_of
from domain.model import Record
from domain.state import AgentState, AgentType, CustomerTier, EscalationRecord, Risk


class Trigger(StrEnum):
    """Escalations first, in the order in which they win when several hold; then the events of the plain flow.

    The names stand in events: they are wire format.
    """

    MODEL_FAILED = "model_failed"
    FRAUD_SUSPECTED = "fraud_suspected"
    COMPLIANCE = "compliance"
    CONTRACT_NEGOTIATION = "contract_negotiation"
    PLATINUM_HIGH_IMPACT = "platinum_high_impact"
    EXCEPTION = "exception"
    CUSTOMER_REQUEST = "customer_request"
    APPROVAL_NEEDED = "approval_needed"
    HIGH_VALUE_ADJUSTMENT = "high_value_adjustment"
    LARGE_DEAL = "large_deal"
    SYSTEM_CHANGE = "system_change"
    SLA_RISK = "sla_risk"
    QUALITY_FAILED = "quality_failed"
    FAILED_ATTEMPTS = "failed_attempts"
    CANNOT_HELP = "cannot_help"
    TECHNICAL_COMPLEXITY = "technical_complexity"
    BILLING_ISSUE = "billing_issue"
    SALES_OPPORTUNITY = "sales_opportunity"
    LOW_CONFIDENCE = "low_confidence"
    PREDICTED_RISK = "predicted_risk"
    TURN_BOUND = "turn_bound"
    ADVANCED_ASSIGNMENT = "advanced_assignment"

    CONTACT = "contact"
    INTENT_SURE = "intent_sure"
    INTENT_UNSURE = "intent_unsure"
    CLARIFIED = "clarified"
    TOPIC_CHANGE = "topic_change"
    RESOLUTION_COMPLETE = "resolution_complete"
    QUALITY_PASSED = "quality_passed"
    CLAIMED = "claimed"
    RETURNED = "returned"
    REQUEUED = "requeued"


FLOW = frozenset(list(Trigger)[list(Trigger).index(Trigger.CONTACT) :])
"""Steps of the plain flow; every other trigger is an escalation."""


class Thresholds(Record):
    """Where each measured trigger begins."""

    failed_attempts: int = Field(default=3, description="Failed attempts at the topic, from here on.")
    confidence: float = Field(default=0.7, description="The agent's confidence in its own reply, below this.")
    complexity: float = Field(default=0.7, description="A technical subject's complexity, from here on.")
    revenue_at_stake: float = Field(default=1_000.0, description="High impact, from here on; account currency.")
    adjustment: Decimal = Field(default=Decimal(100), description="A credit above this; account currency.")
    deal: Decimal = Field(default=Decimal(10_000), description="A deal above this; account currency.")
    escalation_risk: float = Field(default=0.7, description="The predicted risk of an escalation, above this.")


DEFAULT_THRESHOLDS = Thresholds()


LASTING = frozenset({Trigger.SLA_RISK, Trigger.PREDICTED_RISK, Trigger.PLATINUM_HIGH_IMPACT})
"""These stay true once they are: each moves a conversation once, or it would bounce at every reply."""


class Hop(Record):
    source: AgentType
    target: AgentType


class Facts(Record):
    """What is known when somebody asks who goes on.

    ``failed_attempts`` are the holder's own at the topic at hand, so that the next agent gets its own three;
    ``confidence`` is None while the agent has said nothing of it. ``routed_to`` is the matrix's choice at the door.
    ``hops`` are the escalations between agents since a person last had the conversation, oldest first; ``previous`` is
    the last agent that was no person; ``raised`` are the triggers that have moved this conversation before.
    """

    happened: frozenset[Trigger] = frozenset()
    technical: bool = False
    complexity: float = 0.0
    failed_attempts: int = 0
    confidence: float | None = None
    customer_tier: CustomerTier | None = None
    revenue_at_stake: float = 0.0
    satisfaction_risk: Risk = "low"
    sla_breach_risk: bool = False
    escalation_risk: float = 0.0
    adjustment: Decimal = Decimal(0)
    deal: Decimal = Decimal(0)
    fraud_signals: frozenset[FraudSignal] = frozenset()
    clarifications_in_a_row: int = 0
    routed_to: AgentType | None = None
    hops: tuple[Hop, ...] = ()
    previous: AgentType | None = None
    raised: frozenset[Trigger] = frozenset()


def facts_of(state: AgentState) -> Facts:
    """What the state knows; who observes more adds it with ``model_copy``."""
    agents = [AgentType(agent) for agent in state.previous_agents if agent != AgentType.HUMAN]
    return Facts(
        technical=family_of(state.current_intent) is Family.TECHNICAL,
        failed_attempts=_own_failures(state),
        customer_tier=state.customer.tier if state.customer else None,
        revenue_at_stake=state.potential_revenue_impact,
        satisfaction_risk=state.customer_satisfaction_risk,
        sla_breach_risk=state.sla_breach_risk,
        escalation_risk=state.escalation_risk,
        clarifications_in_a_row=state.clarifications_in_a_row,
        hops=_hops(state.escalation_history),
        previous=agents[-1] if agents else None,
        raised=frozenset(trigger for trigger in Trigger if any(r.reason == trigger for r in state.escalation_history)),
    )


def failures_at_topic(state: AgentState) -> int:
    """Failed attempts at the topic at hand, whoever made them."""
    return state.failures_at(state.current_intent)


def _own_failures(state: AgentState) -> int:
    people = [record.timestamp for record in state.escalation_history if record.to_agent == AgentType.HUMAN]
    since = max(people, default=None)
    own = [
        attempt
        for attempt in state.resolution_attempts
        if attempt.agent_type == state.current_agent_type and (since is None or attempt.timestamp > since)
    ]
    return sum(not attempt.success and attempt.topic == state.current_intent for attempt in own)


def _hops(records: list[EscalationRecord]) -> tuple[Hop, ...]:
    last = max((i for i, record in enumerate(records) if record.to_agent == AgentType.HUMAN), default=-1)
    return tuple(Hop(source=record.from_agent, target=record.to_agent) for record in records[last + 1 :])


# ---------------------------------------------------------------------- the predicates


def failed_too_often(facts: Facts, limits: Thresholds) -> bool:
    """3+ failed resolution attempts [251]."""
    return facts.failed_attempts >= limits.failed_attempts


def unsure_of_reply(facts: Facts, limits: Thresholds) -> bool:
    """Confidence score below 0.7 [254]."""
    return facts.confidence is not None and facts.confidence < limits.confidence


def too_complex(facts: Facts, limits: Thresholds) -> bool:
    """Technical complexity exceeds capability [253]."""
    return facts.technical and facts.complexity >= limits.complexity


def platinum_and_high_impact(facts: Facts, limits: Thresholds) -> bool:
    """Customer tier platinum and high impact [275]: much revenue at stake, or a satisfaction at high risk."""
    high = facts.revenue_at_stake >= limits.revenue_at_stake or facts.satisfaction_risk == "high"
    return facts.customer_tier is CustomerTier.PLATINUM and high


def sla_at_risk(facts: Facts, _: Thresholds) -> bool:
    """SLA breach risk [276]: the ticket's clock has called."""
    return facts.sla_breach_risk


def risk_predicted(facts: Facts, limits: Thresholds) -> bool:
    """A predicted escalation risk above 0.7 calls for intervention before it comes to that [1518]."""
    return facts.escalation_risk > limits.escalation_risk


def high_value_adjustment(facts: Facts, limits: Thresholds) -> bool:
    """A credit or refund above what runs without a person's approval [730]."""
    return facts.adjustment > limits.adjustment


def large_deal(facts: Facts, limits: Thresholds) -> bool:
    """A deal above what the sales agent closes alone [733]."""
    return facts.deal > limits.deal


def fraud_suspected(facts: Facts, _: Thresholds) -> bool:
    """Any of the fraud rules [731]."""
    return bool(facts.fraud_signals)


Predicate = Callable[[Facts, Thresholds], bool]

MEASURED: dict[Trigger, Predicate] = {
    Trigger.FAILED_ATTEMPTS: failed_too_often,
    Trigger.LOW_CONFIDENCE: unsure_of_reply,
    Trigger.TECHNICAL_COMPLEXITY: too_complex,
    Trigger.PLATINUM_HIGH_IMPACT: platinum_and_high_impact,
    Trigger.SLA_RISK: sla_at_risk,
    Trigger.PREDICTED_RISK: risk_predicted,
    Trigger.HIGH_VALUE_ADJUSTMENT: high_value_adjustment,
    Trigger.LARGE_DEAL: large_deal,
    Trigger.FRAUD_SUSPECTED: fraud_suspected,
}
"""Triggers that are measured: they hold when they have happened, too."""

OBSERVED: dict[Trigger, str] = {
    Trigger.MODEL_FAILED: "The agent's model is away for good or answers nothing usable.",
    Trigger.COMPLIANCE: "A regulatory matter that a person must decide [728].",
    Trigger.CONTRACT_NEGOTIATION: "The customer wants other terms than the catalogue's [734].",
    Trigger.EXCEPTION: "The case fits no rule [736].",
    Trigger.CUSTOMER_REQUEST: "The customer asks for somebody else [252].",
    Trigger.APPROVAL_NEEDED: "A tool was refused for want of an approval [277, 727].",
    Trigger.SYSTEM_CHANGE: "The solution changes a system's configuration [274, 723].",
    Trigger.QUALITY_FAILED: "The quality check found policy, tone, promises or facts wrong.",
    Trigger.CANNOT_HELP: "The agent says that it cannot help [253].",
    Trigger.BILLING_ISSUE: "The agent finds that it is about billing [720].",
    Trigger.SALES_OPPORTUNITY: "The agent finds that the customer wants to buy [721].",
    Trigger.TURN_BOUND: "A turn met its bound of steps or of work time.",
    Trigger.ADVANCED_ASSIGNMENT: "The supervisor finds that no person is needed [700].",
}
"""Triggers that somebody observes: the agent, a tool, or the engine."""


RAISED_BY_AGENTS = frozenset(OBSERVED) - {Trigger.MODEL_FAILED, Trigger.QUALITY_FAILED, Trigger.TURN_BOUND} | {
    Trigger.HIGH_VALUE_ADJUSTMENT,
    Trigger.LARGE_DEAL,
    Trigger.FRAUD_SUSPECTED,
}
"""What an agent may give as its reason to hand over. Some of it is measured elsewhere, too; whoever sees it first says
so."""


def holds(trigger: Trigger, facts: Facts, limits: Thresholds = DEFAULT_THRESHOLDS) -> bool:
    measured = MEASURED.get(trigger)
    if trigger in LASTING and trigger in facts.raised:
        return False
    return trigger in facts.happened or (measured is not None and measured(facts, limits))
