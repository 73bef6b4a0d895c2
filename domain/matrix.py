"""The decision matrix and the dynamic score of routing (PRD [745-758, 762-799]).

The matrix says who may take a conversation, the score chooses among them, and a tie goes to the earlier column:

    score = (intent weight, or the VIP floor) × tier multiplier + complexity

Complexity counts only for agents above the one that holds the conversation. ``decide`` returns the score with all of
its parts, so that anyone can see why. docs/routing.md shows the tables.
"""

from enum import StrEnum
from typing import Literal

from domain.classification import Classification
from domain.intents import Family, family_of
from domain.model import Record
from domain.staffing import STAFFED
from domain.state import AgentState, AgentType, CustomerTier, Sentiment

_T1, _T2, _T3 = AgentType.TIER1, AgentType.TIER2, AgentType.TIER3
_SALES, _BILLING, _SUPERVISOR = AgentType.SALES, AgentType.BILLING, AgentType.SUPERVISOR


class Criterion(StrEnum):
    """The rows of the matrix."""

    FAQ = "faq"
    BASIC_TROUBLESHOOTING = "basic_troubleshooting"
    TECHNICAL_ISSUE = "technical_issue"
    SYSTEM_OUTAGE = "system_outage"
    PRODUCT_INQUIRY = "product_inquiry"
    BILLING_QUESTION = "billing_question"
    REFUND_REQUEST = "refund_request"
    VIP_CUSTOMER = "vip_customer"
    ESCALATION = "escalation"
    COMPLIANCE_ISSUE = "compliance_issue"


COLUMNS = (_T1, _T2, _T3, _SALES, _BILLING, _SUPERVISOR)
"""The columns of the matrix, in the order that settles ties."""

MATRIX: dict[Criterion, frozenset[AgentType]] = {
    Criterion.FAQ: frozenset({_T1}),
    Criterion.BASIC_TROUBLESHOOTING: frozenset({_T1}),
    Criterion.TECHNICAL_ISSUE: frozenset({_T2}),
    Criterion.SYSTEM_OUTAGE: frozenset({_T2, _T3}),
    Criterion.PRODUCT_INQUIRY: frozenset({_SALES}),
    Criterion.BILLING_QUESTION: frozenset({_BILLING}),
    Criterion.REFUND_REQUEST: frozenset({_BILLING}),
    Criterion.VIP_CUSTOMER: frozenset({_T3, _SALES, _BILLING, _SUPERVISOR}),
    Criterion.ESCALATION: frozenset({_SUPERVISOR}),
    Criterion.COMPLIANCE_ISSUE: frozenset({_T3, _SUPERVISOR}),
}
"""Who may take what [745-758]."""

WEIGHTS: dict[Criterion, dict[AgentType, float]] = {
    Criterion.FAQ: {_T1: 0.9},
    Criterion.BASIC_TROUBLESHOOTING: {_T1: 0.8, _T2: 0.3},
    Criterion.TECHNICAL_ISSUE: {_T2: 0.8, _T1: 0.3},
    Criterion.SYSTEM_OUTAGE: {_T2: 0.8, _T3: 0.7, _T1: 0.3},
    Criterion.PRODUCT_INQUIRY: {_SALES: 0.9, _T1: 0.1},
    Criterion.BILLING_QUESTION: {_BILLING: 0.9, _T1: 0.2},
    Criterion.REFUND_REQUEST: {_BILLING: 0.9, _T1: 0.2},
    Criterion.ESCALATION: {_SUPERVISOR: 1.0, _T1: 0.1},
    Criterion.COMPLIANCE_ISSUE: {_T3: 0.9, _SUPERVISOR: 0.8, _T1: 0.1},
}
"""How well an agent fits a row. The PRD gives faq, technical, billing, sales and escalation [771-777]; the other rows
are ours. A weight outside the matrix makes a stand-in: who takes it when nobody of the row works here."""

VIP_FLOOR: dict[AgentType, float] = dict.fromkeys(MATRIX[Criterion.VIP_CUSTOMER], 0.5)
"""The weights of the VIP row: for a VIP its agents weigh at least this much."""

SPECIALISTS = frozenset({_SALES, _BILLING})
"""No help outside their own subject, whoever asks: their VIP cells count where the intent gives them a weight."""

TIER_MULTIPLIERS: dict[CustomerTier, dict[AgentType, float]] = {
    CustomerTier.PLATINUM: {_T3: 1.2, _SUPERVISOR: 1.1},
    CustomerTier.GOLD: {_T2: 1.1, _T3: 1.0},
    CustomerTier.SILVER: {_T1: 1.1, _T2: 1.0},
    CustomerTier.BRONZE: {_T1: 1.2},
}
"""[780-785]; what is not named is multiplied by 1."""

ESCALATION_FACTOR, FAILURE_FACTOR, NEGATIVE_FACTOR = 0.1, 0.2, 0.3
"""Complexity for each escalation before, each failed attempt at the topic, and for a negative mood [788-792]."""
NEGATIVE = frozenset({Sentiment.NEGATIVE, Sentiment.FRUSTRATED})

RANK: dict[AgentType, int] = {_T1: 1, _SALES: 1, _BILLING: 1, _T2: 2, _T3: 3, _SUPERVISOR: 4}
"""Who stands above whom; nobody's conversation is at the door, with Tier 1."""

BY_FAMILY: dict[Family, Criterion] = {
    Family.FAQ: Criterion.FAQ,
    Family.TECHNICAL: Criterion.TECHNICAL_ISSUE,
    Family.BILLING: Criterion.BILLING_QUESTION,
    Family.SALES: Criterion.PRODUCT_INQUIRY,
    Family.ACCOUNT: Criterion.FAQ,
    Family.COMPLAINT: Criterion.ESCALATION,
    Family.ESCALATION: Criterion.ESCALATION,
    Family.COMPLIANCE: Criterion.COMPLIANCE_ISSUE,
}
BY_INTENT: dict[str, Criterion] = {
    "setup_help": Criterion.BASIC_TROUBLESHOOTING,
    "account_access_issue": Criterion.BASIC_TROUBLESHOOTING,
    "service_outage": Criterion.SYSTEM_OUTAGE,
    "refund_request": Criterion.REFUND_REQUEST,
}
"""Intents whose row is not their family's."""


class RoutingPolicy(Record):
    vip_lifetime_value: float = 50_000.0
    """From here on a customer is a VIP, in the account's currency; a platinum one always is (REQUIREMENTS)."""


class RoutingFacts(Record):
    """What the decision is made from. ``holder`` is None at the door; ``tier`` is None for an unknown customer;
    ``failed_attempts`` are those at the topic at hand."""

    intent: str
    holder: AgentType | None = None
    tier: CustomerTier | None = None
    lifetime_value: float = 0.0
    sentiment: Sentiment = Sentiment.NEUTRAL
    escalation_level: int = 0
    failed_attempts: int = 0


class Complexity(Record):
    """What lifts the agents above the holder."""

    escalations: float
    failed_attempts: float
    sentiment: float

    @property
    def total(self) -> float:
        return self.escalations + self.failed_attempts + self.sentiment


class Score(Record):
    """One agent's score: ``weight × multiplier + complexity``. ``allowed``: the matrix lets it take this."""

    agent: AgentType
    weight: float
    multiplier: float
    complexity: float
    score: float
    allowed: bool


Basis = Literal["matrix", "stand_in", "nobody"]


class Decision(Record):
    """Who takes it and why. ``basis``: chosen by score within the matrix; a stand-in from outside of it, since nobody
    allowed works here; or nobody at all, so a person. ``scores`` are in the matrix's order."""

    agent: AgentType
    score: float
    basis: Basis
    criteria: list[Criterion]
    complexity: Complexity
    scores: list[Score]


DEFAULT_POLICY = RoutingPolicy()


def facts_from(reading: Classification, state: AgentState) -> RoutingFacts:
    """``state`` is from before this turn's reading was taken over."""
    customer = state.customer
    return RoutingFacts(
        intent=reading.intent,
        holder=AgentType(state.current_agent_type) if state.current_agent_type else None,
        tier=customer.tier if customer else None,
        lifetime_value=customer.lifetime_value if customer else 0.0,
        sentiment=reading.sentiment,
        escalation_level=state.escalation_level,
        failed_attempts=state.failures_at(reading.intent),
    )


def criterion_of(intent: str) -> Criterion:
    """The row of an intent; what no catalogue knows is a general question."""
    return BY_INTENT.get(intent) or BY_FAMILY[family_of(intent)]


def is_vip(facts: RoutingFacts, policy: RoutingPolicy = DEFAULT_POLICY) -> bool:
    return facts.tier is CustomerTier.PLATINUM or facts.lifetime_value >= policy.vip_lifetime_value


def allowed_for(criterion: Criterion, *, vip: bool) -> frozenset[AgentType]:
    """Who may take it: the intent's row, and for a VIP the VIP row, less the specialists of other subjects."""
    row = MATRIX[criterion]
    if not vip:
        return row
    strangers = SPECIALISTS - frozenset(WEIGHTS[criterion])
    return row | (MATRIX[Criterion.VIP_CUSTOMER] - strangers)


def decide(
    facts: RoutingFacts, staffed: frozenset[AgentType] = STAFFED, policy: RoutingPolicy = DEFAULT_POLICY
) -> Decision:
    """Who takes the conversation, among those who work here. Pure: equal facts give equal decisions."""
    criterion, vip, complexity = criterion_of(facts.intent), is_vip(facts, policy), _complexity(facts)
    weights = _weights(criterion, vip=vip)
    allowed = allowed_for(criterion, vip=vip)
    scores = [
        _score(agent, weights[agent], facts, complexity, allowed=agent in allowed)
        for agent in COLUMNS
        if agent in weights
    ]
    best, basis = _best(scores, staffed)
    return Decision(
        agent=best.agent if best else AgentType.HUMAN,
        score=best.score if best else 0.0,
        basis=basis,
        criteria=[criterion, Criterion.VIP_CUSTOMER] if vip else [criterion],
        complexity=complexity,
        scores=scores,
    )


def _best(scores: list[Score], staffed: frozenset[AgentType]) -> tuple[Score | None, Basis]:
    """The highest score, of the allowed ones if any of them works here; ``max`` keeps the first of equals."""
    here = [score for score in scores if score.agent in staffed]
    allowed = [score for score in here if score.allowed]
    if allowed:
        return max(allowed, key=lambda s: s.score), "matrix"
    return (max(here, key=lambda s: s.score), "stand_in") if here else (None, "nobody")


def _weights(criterion: Criterion, *, vip: bool) -> dict[AgentType, float]:
    weights = WEIGHTS[criterion]
    if not vip:
        return weights
    floor = {agent: VIP_FLOOR[agent] for agent in VIP_FLOOR if agent not in SPECIALISTS or agent in weights}
    return {agent: max(weights.get(agent, 0.0), floor.get(agent, 0.0)) for agent in {**weights, **floor}}


def _complexity(facts: RoutingFacts) -> Complexity:
    return Complexity(
        escalations=facts.escalation_level * ESCALATION_FACTOR,
        failed_attempts=facts.failed_attempts * FAILURE_FACTOR,
        sentiment=NEGATIVE_FACTOR if facts.sentiment in NEGATIVE else 0.0,
    )


def _score(agent: AgentType, weight: float, facts: RoutingFacts, complexity: Complexity, *, allowed: bool) -> Score:
    """Rounded, so that sums of tenths can tie."""
    multiplier = TIER_MULTIPLIERS[facts.tier].get(agent, 1.0) if facts.tier else 1.0
    holder_rank = RANK.get(facts.holder, RANK[_T1]) if facts.holder else RANK[_T1]
    lift = round(complexity.total, 6) if RANK[agent] > holder_rank else 0.0
    return Score(
        agent=agent,
        weight=weight,
        multiplier=multiplier,
        complexity=lift,
        score=round(weight * multiplier + lift, 6),
        allowed=allowed,
    )
