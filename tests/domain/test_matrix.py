"""The decision matrix cell by cell, and the score part by part (PRD [745-758, 762-799])."""

from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from domain.classification import Classification
from domain.intents import INTENTS, Family
from domain.matrix import (
    BY_FAMILY,
    BY_INTENT,
    COLUMNS,
    MATRIX,
    RANK,
    TIER_MULTIPLIERS,
    VIP_FLOOR,
    WEIGHTS,
    Criterion,
    Decision,
    RoutingFacts,
    RoutingPolicy,
    Score,
    allowed_for,
    criterion_of,
    decide,
    facts_from,
    is_vip,
)
from domain.routing_handbook import handbook
from domain.staffing import STAFFED
from domain.state import (
    AgentState,
    AgentType,
    CustomerProfile,
    CustomerTier,
    ResolutionAttempt,
    Sentiment,
)

pytestmark = pytest.mark.unit
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
T1, T2, T3 = AgentType.TIER1, AgentType.TIER2, AgentType.TIER3
SALES, BILLING, SUPERVISOR = AgentType.SALES, AgentType.BILLING, AgentType.SUPERVISOR
ALL = frozenset(AgentType)

PRD = {  # The PRD's table, row by row, in its own order of columns: Tier 1, 2, 3, Sales, Billing, Supervisor.
    "faq": "x.....",
    "basic_troubleshooting": "x.....",
    "technical_issue": ".x....",
    "system_outage": ".xx...",
    "product_inquiry": "...x..",
    "billing_question": "....x.",
    "refund_request": "....x.",
    "vip_customer": "..xxxx",
    "escalation": ".....x",
    "compliance_issue": "..x..x",
}
SUBJECTS = [criterion for criterion in Criterion if criterion is not Criterion.VIP_CUSTOMER]
INTENT_OF = {  # One intent of each subject.
    Criterion.FAQ: "general_faq",
    Criterion.BASIC_TROUBLESHOOTING: "setup_help",
    Criterion.TECHNICAL_ISSUE: "connection_problem",
    Criterion.SYSTEM_OUTAGE: "service_outage",
    Criterion.PRODUCT_INQUIRY: "pricing_inquiry",
    Criterion.BILLING_QUESTION: "billing_question",
    Criterion.REFUND_REQUEST: "refund_request",
    Criterion.ESCALATION: "human_request",
    Criterion.COMPLIANCE_ISSUE: "compliance_request",
}


def chosen(criterion: Criterion, staffed: frozenset[AgentType] = ALL, **facts: object) -> Decision:
    return decide(RoutingFacts(intent=INTENT_OF[criterion], **facts), staffed)  # type: ignore[arg-type]


def score_of(decision: Decision, agent: AgentType) -> Score:
    return next(score for score in decision.scores if score.agent is agent)


# ---------------------------------------------------------------------- the matrix


@pytest.mark.parametrize("criterion", Criterion)
@pytest.mark.parametrize(("column", "agent"), list(enumerate(COLUMNS)))
def test_each_cell_is_the_documents(criterion: Criterion, column: int, agent: AgentType) -> None:
    assert (agent in MATRIX[criterion]) == (PRD[criterion][column] == "x")


@pytest.mark.parametrize("criterion", SUBJECTS)
@pytest.mark.parametrize("agent", COLUMNS)
def test_only_agents_of_the_row_are_allowed(criterion: Criterion, agent: AgentType) -> None:
    scores = {score.agent: score for score in chosen(criterion).scores}
    assert (agent in scores and scores[agent].allowed) == (agent in MATRIX[criterion])


@pytest.mark.parametrize("criterion", SUBJECTS)
@pytest.mark.parametrize("agent", sorted(MATRIX[Criterion.VIP_CUSTOMER]))
def test_cells_of_the_vip_row_count_beside_each_subject(criterion: Criterion, agent: AgentType) -> None:
    """Tier 3 and the supervisor for everything; sales and billing where it is their subject at all."""
    at_home = agent not in (SALES, BILLING) or agent in WEIGHTS[criterion]
    assert (agent in allowed_for(criterion, vip=True)) == at_home
    assert MATRIX[criterion] <= allowed_for(criterion, vip=True)


@pytest.mark.parametrize("criterion", SUBJECTS)
@pytest.mark.parametrize("tier", [None, *CustomerTier])
def test_who_is_chosen_is_allowed_and_best(criterion: Criterion, tier: CustomerTier | None) -> None:
    for sentiment in Sentiment:
        decision = chosen(criterion, tier=tier, sentiment=sentiment)
        assert decision.basis == "matrix"
        assert decision.agent in allowed_for(criterion, vip=tier is CustomerTier.PLATINUM)
        assert decision.score == max(score.score for score in decision.scores if score.allowed)


@pytest.mark.parametrize(
    ("criterion", "agent"),
    [
        (Criterion.FAQ, T1),
        (Criterion.BASIC_TROUBLESHOOTING, T1),
        (Criterion.TECHNICAL_ISSUE, T2),
        (Criterion.SYSTEM_OUTAGE, T2),
        (Criterion.PRODUCT_INQUIRY, SALES),
        (Criterion.BILLING_QUESTION, BILLING),
        (Criterion.REFUND_REQUEST, BILLING),
        (Criterion.ESCALATION, SUPERVISOR),
        (Criterion.COMPLIANCE_ISSUE, T3),
    ],
)
def test_each_subject_of_a_plain_customer_has_its_agent(criterion: Criterion, agent: AgentType) -> None:
    assert chosen(criterion).agent is agent


# ---------------------------------------------------------------------- intents to rows


@pytest.mark.parametrize("intent", INTENTS)
def test_each_intent_has_a_row(intent: str) -> None:
    assert criterion_of(intent) in SUBJECTS


def test_each_row_has_an_intent_and_each_family_a_row() -> None:
    assert {criterion_of(intent) for intent in INTENTS} == set(SUBJECTS)
    assert set(BY_FAMILY) == set(Family)
    assert set(BY_INTENT) <= set(INTENTS)
    assert criterion_of("made_up") is Criterion.FAQ


# ---------------------------------------------------------------------- weights and multipliers


@pytest.mark.parametrize(
    ("criterion", "agent", "weight"),
    [
        (Criterion.FAQ, T1, 0.9),
        (Criterion.TECHNICAL_ISSUE, T2, 0.8),
        (Criterion.TECHNICAL_ISSUE, T1, 0.3),
        (Criterion.BILLING_QUESTION, BILLING, 0.9),
        (Criterion.BILLING_QUESTION, T1, 0.2),
        (Criterion.PRODUCT_INQUIRY, SALES, 0.9),
        (Criterion.PRODUCT_INQUIRY, T1, 0.1),
        (Criterion.ESCALATION, SUPERVISOR, 1.0),
    ],
)
def test_weights_the_document_gives(criterion: Criterion, agent: AgentType, weight: float) -> None:
    assert score_of(chosen(criterion), agent).weight == weight


@pytest.mark.parametrize("criterion", Criterion)
def test_each_cell_of_each_row_has_a_weight(criterion: Criterion) -> None:
    weights = VIP_FLOOR if criterion is Criterion.VIP_CUSTOMER else WEIGHTS[criterion]
    assert MATRIX[criterion] <= set(weights) <= set(COLUMNS)
    assert all(0 < weight <= 1 for weight in weights.values())
    outside = [weight for agent, weight in weights.items() if agent not in MATRIX[criterion]]
    assert all(weight < min(weights[agent] for agent in MATRIX[criterion]) for weight in outside)


@pytest.mark.parametrize("tier", CustomerTier)
@pytest.mark.parametrize("agent", COLUMNS)
def test_multipliers_of_each_tier(tier: CustomerTier, agent: AgentType) -> None:
    given = {
        (CustomerTier.PLATINUM, T3): 1.2,
        (CustomerTier.PLATINUM, SUPERVISOR): 1.1,
        (CustomerTier.GOLD, T2): 1.1,
        (CustomerTier.SILVER, T1): 1.1,
        (CustomerTier.BRONZE, T1): 1.2,
    }
    wanted = given.get((tier, agent), 1.0)
    assert TIER_MULTIPLIERS[tier].get(agent, 1.0) == wanted
    seen = [s for c in SUBJECTS for s in chosen(c, tier=tier).scores if s.agent is agent]
    assert {score.multiplier for score in seen} == {wanted}


def test_an_unknown_customer_multiplies_nothing() -> None:
    assert {score.multiplier for c in SUBJECTS for score in chosen(c).scores} == {1.0}


def test_a_platinum_customers_outage_goes_to_the_expert() -> None:
    assert chosen(Criterion.SYSTEM_OUTAGE, tier=CustomerTier.GOLD).agent is T2
    assert chosen(Criterion.SYSTEM_OUTAGE, tier=CustomerTier.PLATINUM).agent is T3


# ---------------------------------------------------------------------- complexity


@pytest.mark.parametrize(
    ("facts", "total"),
    [
        ({}, 0.0),
        ({"escalation_level": 2}, 0.2),
        ({"failed_attempts": 2}, 0.4),
        ({"sentiment": Sentiment.NEGATIVE}, 0.3),
        ({"sentiment": Sentiment.FRUSTRATED}, 0.3),
        ({"sentiment": Sentiment.NEUTRAL}, 0.0),
        ({"sentiment": Sentiment.POSITIVE}, 0.0),
        ({"escalation_level": 1, "failed_attempts": 1, "sentiment": Sentiment.NEGATIVE}, 0.6),
    ],
)
def test_factors_of_complexity_add_up(facts: dict[str, object], total: float) -> None:
    decision = chosen(Criterion.TECHNICAL_ISSUE, **facts)
    assert decision.complexity.total == pytest.approx(total)
    assert score_of(decision, T2).complexity == pytest.approx(total)
    assert score_of(decision, T1).complexity == 0


@pytest.mark.parametrize("holder", [None, *AgentType])
@pytest.mark.parametrize("agent", COLUMNS)
def test_complexity_lifts_only_agents_above_the_holder(holder: AgentType | None, agent: AgentType) -> None:
    level = RANK.get(holder, 1) if holder else 1
    lifted = {
        score.complexity
        for criterion in SUBJECTS
        for score in chosen(criterion, holder=holder, failed_attempts=1, tier=CustomerTier.PLATINUM).scores
        if score.agent is agent
    }
    assert lifted == ({0.2} if RANK[agent] > level else {0.0})


def test_a_score_is_its_parts() -> None:
    decision = chosen(Criterion.SYSTEM_OUTAGE, tier=CustomerTier.GOLD, failed_attempts=1, sentiment=Sentiment.NEGATIVE)
    for score in decision.scores:
        assert score.score == pytest.approx(score.weight * score.multiplier + score.complexity)
    assert (decision.agent, decision.score) == (T2, pytest.approx(0.8 * 1.1 + 0.5))


def test_ties_go_to_the_earlier_column() -> None:
    tied = chosen(Criterion.FAQ, tier=CustomerTier.PLATINUM, sentiment=Sentiment.NEGATIVE)
    assert score_of(tied, T1).score == score_of(tied, T3).score == 0.9
    assert tied.agent is T1
    lifted = chosen(Criterion.COMPLIANCE_ISSUE, holder=T3, escalation_level=1)
    assert score_of(lifted, T3).score == score_of(lifted, SUPERVISOR).score == 0.9
    assert lifted.agent is T3


# ---------------------------------------------------------------------- VIPs


@pytest.mark.parametrize(
    ("tier", "lifetime_value", "vip"),
    [
        (CustomerTier.PLATINUM, 0, True),
        (CustomerTier.GOLD, 49_999.99, False),
        (CustomerTier.GOLD, 50_000, True),
        (CustomerTier.BRONZE, 50_000, True),
        (None, 0, False),
    ],
)
def test_who_is_a_vip(tier: CustomerTier | None, lifetime_value: float, vip: bool) -> None:
    facts = RoutingFacts(intent="general_faq", tier=tier, lifetime_value=lifetime_value)
    assert is_vip(facts) is vip
    assert (Criterion.VIP_CUSTOMER in decide(facts, ALL).criteria) is vip


def test_the_vip_value_is_a_setting() -> None:
    facts = RoutingFacts(intent="general_faq", tier=CustomerTier.SILVER, lifetime_value=1_000)
    assert is_vip(facts, RoutingPolicy(vip_lifetime_value=1_000))


def test_a_vips_floor_stands_in_for_missing_weights_only() -> None:
    weights = {s.agent: s.weight for s in chosen(Criterion.BILLING_QUESTION, tier=CustomerTier.PLATINUM).scores}
    assert weights == {T1: 0.2, T3: 0.5, BILLING: 0.9, SUPERVISOR: 0.5}


@pytest.mark.parametrize(("failed", "agent"), [(0, BILLING), (1, BILLING), (2, T3)])
def test_a_vip_whose_attempts_fail_rises_to_the_expert(failed: int, agent: AgentType) -> None:
    decision = chosen(Criterion.BILLING_QUESTION, tier=CustomerTier.PLATINUM, holder=BILLING, failed_attempts=failed)
    assert decision.agent is agent


@pytest.mark.parametrize("criterion", [Criterion.FAQ, Criterion.TECHNICAL_ISSUE, Criterion.ESCALATION])
def test_a_vip_is_not_sent_to_specialists_of_other_subjects(criterion: Criterion) -> None:
    agents = {score.agent for score in chosen(criterion, tier=CustomerTier.PLATINUM).scores}
    assert not agents & {SALES, BILLING}


# ---------------------------------------------------------------------- who works here


CALM, UPSET = Sentiment.NEUTRAL, Sentiment.FRUSTRATED
CHOSEN = {  # Everybody at work, nobody holds it yet: a plain customer, a platinum one, an upset platinum one.
    Criterion.FAQ: (T1, T1, T1),
    Criterion.BASIC_TROUBLESHOOTING: (T1, T1, T3),
    Criterion.TECHNICAL_ISSUE: (T2, T2, T2),
    Criterion.SYSTEM_OUTAGE: (T2, T3, T3),
    Criterion.PRODUCT_INQUIRY: (SALES, SALES, T3),
    Criterion.BILLING_QUESTION: (BILLING, BILLING, T3),
    Criterion.REFUND_REQUEST: (BILLING, BILLING, T3),
    Criterion.ESCALATION: (SUPERVISOR, SUPERVISOR, SUPERVISOR),
    Criterion.COMPLIANCE_ISSUE: (T3, T3, T3),
}


@pytest.mark.parametrize("criterion", SUBJECTS)
def test_the_whole_staff_takes_each_row(criterion: Criterion) -> None:
    assert {*COLUMNS} <= STAFFED
    plain, vip, upset_vip = CHOSEN[criterion]
    tiers = [None, CustomerTier.BRONZE, CustomerTier.SILVER, CustomerTier.GOLD]
    for tier, mood in product(tiers, (CALM, UPSET)):
        assert chosen(criterion, STAFFED, tier=tier, sentiment=mood).agent is plain, (tier, mood)
    assert chosen(criterion, STAFFED, tier=CustomerTier.PLATINUM, sentiment=CALM).agent is vip
    assert chosen(criterion, STAFFED, tier=CustomerTier.PLATINUM, sentiment=UPSET).agent is upset_vip


@pytest.mark.parametrize("intent", INTENTS)
def test_whatever_is_known_someone_of_the_row_at_work_takes_it(intent: str) -> None:
    counts, holders = (0, 5), (None, *STAFFED)
    for tier, mood, count, holder in product([None, *CustomerTier], (CALM, UPSET), counts, holders):
        facts = RoutingFacts(
            intent=intent,
            tier=tier,
            lifetime_value=1_000,
            sentiment=mood,
            failed_attempts=count,
            escalation_level=count,
            holder=holder,
        )
        decision = decide(facts, STAFFED)
        assert decision.basis == "matrix"
        assert decision.agent in allowed_for(criterion_of(intent), vip=is_vip(facts)), facts


def test_a_stand_in_is_named_as_such() -> None:
    decision = chosen(Criterion.TECHNICAL_ISSUE, frozenset({T1, BILLING}))
    assert (decision.agent, decision.score, decision.basis) == (T1, 0.3, "stand_in")


def test_the_next_of_the_row_takes_over() -> None:
    decision = chosen(Criterion.SYSTEM_OUTAGE, frozenset({T1, T3}))
    assert (decision.agent, decision.basis) == (T3, "matrix")


def test_a_person_where_nobody_works() -> None:
    decision = chosen(Criterion.FAQ, frozenset({SALES}))
    assert (decision.agent, decision.score, decision.basis) == (AgentType.HUMAN, 0.0, "nobody")


# ---------------------------------------------------------------------- facts


def test_facts_come_from_reading_and_state() -> None:
    def attempt(topic: str, *, success: bool) -> ResolutionAttempt:
        return ResolutionAttempt(
            agent_type=T1,
            timestamp=NOW,
            actions_taken=[],
            tools_used=[],
            outcome="",
            confidence=0.5,
            success=success,
            topic=topic,
        )

    customer = CustomerProfile(
        customer_id="CUST_001",
        name="",
        email="",
        phone="",
        tier=CustomerTier.GOLD,
        account_status="active",
        registration_date=NOW,
        lifetime_value=1_200,
    )
    state = AgentState(
        session_id="s",
        conversation_id="c",
        session_start=NOW,
        last_activity=NOW,
        customer=customer,
        current_agent_type=T1,
        escalation_level=2,
        resolution_attempts=[
            attempt("technical_issue", success=False),
            attempt("technical_issue", success=True),
            attempt("billing_question", success=False),
        ],
    )
    reading = Classification(intent="technical_issue", confidence=0.95, sentiment=Sentiment.NEGATIVE)
    assert facts_from(reading, state) == RoutingFacts(
        intent="technical_issue",
        holder=T1,
        tier=CustomerTier.GOLD,
        lifetime_value=1_200,
        sentiment=Sentiment.NEGATIVE,
        escalation_level=2,
        failed_attempts=1,
    )


def test_the_page_about_routing_is_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "routing.md"
    assert page.read_text() == handbook(), "run: python -m domain.routing_handbook > docs/routing.md"
