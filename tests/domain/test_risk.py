"""What is at risk: each figure at its boundaries, and how the state keeps them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from domain.billing import Credit, DuplicateCharge
from domain.classification import Classification
from domain.consent import make_offer
from domain.escalation import escalation
from domain.fraud import ClueKind, FraudClue, FraudSignal
from domain.identity import IdentityFactor, IdentityLevel
from domain.intents import INTENTS
from domain.messages import ToolOutcome
from domain.risk import (
    LOSS_SHARES,
    adjustment_in_question,
    clues_in,
    deal_in_question,
    escalation_risk,
    facts_for,
    fraud_signals,
    revenue_at_stake,
    satisfaction_risk,
    watch,
    weigh,
)
from domain.state import (
    AgentState,
    AgentType,
    Channel,
    CustomerProfile,
    CustomerTier,
    EscalationRecord,
    Offer,
    PastInteraction,
    ResolutionAttempt,
    Sentiment,
)
from domain.toolbox import TOOLBOX
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT, GET_BILLING_INFORMATION, BillingInformation
from domain.toolbox.crm import UPDATE_ACCOUNT, AccountUpdated, FieldChanged
from domain.toolbox.customer import GET_CUSTOMER_PROFILE, VERIFY_CUSTOMER_IDENTITY, IdentityCheck
from domain.toolbox.payments import PROCESS_PAYMENT, REFUND_MANAGER
from domain.toolbox.sales import PROCESS_ORDER
from domain.tools import AnyTool
from domain.triggers import DEFAULT_THRESHOLDS, Facts, Trigger, holds

pytestmark = pytest.mark.unit
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
TOPIC = "technical_issue"
CALM, NEGATIVE, FRUSTRATED = Sentiment.NEUTRAL, Sentiment.NEGATIVE, Sentiment.FRUSTRATED


def reading(intent: str = TOPIC, confidence: float = 0.97, **fields: Any) -> Classification:
    return Classification(intent=intent, confidence=confidence, **fields)


def failed(times: int, topic: str = TOPIC) -> list[ResolutionAttempt]:
    attempt = ResolutionAttempt(
        agent_type=AgentType.TIER2,
        timestamp=NOW,
        actions_taken=[],
        tools_used=[],
        outcome="did not help",
        confidence=0.8,
        success=False,
        topic=topic,
    )
    return [attempt] * times


def past(category: str, *, resolved: bool = False, days: float = 10) -> PastInteraction:
    return PastInteraction(
        at=NOW - timedelta(days=days), channel=Channel.PHONE, category=category, summary="", resolved=resolved
    )


def customer(*interactions: PastInteraction, **fields: Any) -> CustomerProfile:
    usual = {"tier": CustomerTier.GOLD, "registration_date": NOW - timedelta(days=4 * 365), "lifetime_value": 8_000}
    return CustomerProfile(
        customer_id="CUST_002",
        name="Daniel Okafor",
        email="",
        phone="",
        account_status="active",
        previous_interactions=list(interactions),
        **usual | fields,
    )


def state(**fields: Any) -> AgentState:
    return AgentState(session_id="s", conversation_id="c", session_start=NOW, last_activity=NOW, **fields)


def offer_of(tool: AnyTool, **arguments: Any) -> Offer:
    return make_offer(tool, tool.arguments.model_validate({"customer_id": "CUST_002"} | arguments), "an offer")


CREDIT = offer_of(APPLY_CREDIT_ADJUSTMENT, amount="100.01", reason="charged twice")
REFUND = offer_of(REFUND_MANAGER, amount="49.90", reason="charged twice", invoice_id="INV-1")
ORDER = offer_of(PROCESS_ORDER, quote_id="QT-1", amount="400.00", monthly_total="800.01")


# ---------------------------------------------------------------------- escalation


@pytest.mark.parametrize(
    ("known", "read", "risk"),
    [
        ({}, {}, 0.0),
        ({"resolution_attempts": failed(1)}, {}, 0.3),
        ({"resolution_attempts": failed(2)}, {}, 0.51),
        ({"resolution_attempts": failed(3)}, {}, 0.657),
        ({"resolution_attempts": failed(3, "email_service")}, {}, 0.0),
        ({}, {"sentiment": NEGATIVE}, 0.2),
        ({}, {"sentiment": FRUSTRATED}, 0.4),
        ({}, {"sentiment": Sentiment.POSITIVE}, 0.0),
        ({"sla_breach_risk": True}, {}, 0.3),
        ({"escalation_level": 2}, {}, 0.19),
        ({"clarifications_in_a_row": 1}, {}, 0.1),
        ({}, {"intent": "complaint"}, 0.3),
        ({}, {"intent": "human_request"}, 0.3),
        ({"customer": customer(past("technical_support"))}, {}, 0.2),
        ({"customer": customer(*[past("connection_problem")] * 3)}, {}, 0.36),
        ({"customer": customer(past("technical_support", resolved=True))}, {}, 0.0),
        ({"customer": customer(past("technical_support", days=91))}, {}, 0.0),
        ({"customer": customer(past("billing_dispute"), past("moving_house"))}, {}, 0.0),
        ({"customer": customer(past("technical_support"))}, {"intent": "unknown"}, 0.0),
        ({"resolution_attempts": failed(2)}, {"sentiment": NEGATIVE}, 0.608),
        ({"resolution_attempts": failed(2)}, {"sentiment": FRUSTRATED}, 0.706),
        ({"resolution_attempts": failed(1), "sla_breach_risk": True}, {"sentiment": FRUSTRATED}, 0.706),
        ({}, {"intent": "complaint", "sentiment": FRUSTRATED}, 0.58),
    ],
)
def test_each_cause_of_an_escalation(known: dict[str, Any], read: dict[str, Any], risk: float) -> None:
    assert escalation_risk(state(**known), reading(**read)) == risk


@pytest.mark.parametrize(("sentiment", "intervene"), [(CALM, False), (NEGATIVE, False), (FRUSTRATED, True)])
def test_a_frustrated_customer_is_helped_before_the_third_failure(sentiment: Sentiment, intervene: bool) -> None:
    held = state(resolution_attempts=failed(2))
    weigh(held, reading(sentiment=sentiment))
    assert holds(Trigger.PREDICTED_RISK, facts_for(held, reading(sentiment=sentiment))) is intervene


def test_the_risk_stays_a_probability() -> None:
    everything = state(
        resolution_attempts=failed(20, "complaint"),
        escalation_level=20,
        sla_breach_risk=True,
        clarifications_in_a_row=2,
    )
    assert 0.99 < escalation_risk(everything, reading("complaint", sentiment=FRUSTRATED)) <= 1


# ---------------------------------------------------------------------- satisfaction


@pytest.mark.parametrize(
    ("known", "read", "risk"),
    [
        ({}, {}, "medium"),
        ({"customer": customer(satisfaction_scores=[4, 4])}, {}, "low"),
        ({"customer": customer(satisfaction_scores=[4, 4])}, {"sentiment": FRUSTRATED}, "medium"),
        ({"customer": customer(satisfaction_scores=[2, 3])}, {}, "high"),
        ({"resolution_attempts": failed(1)}, {}, "medium"),
        ({"resolution_attempts": failed(2)}, {}, "high"),
        ({"resolution_attempts": failed(1)}, {"sentiment": FRUSTRATED}, "high"),
        ({"resolution_attempts": failed(1)}, {"sentiment": NEGATIVE}, "medium"),
        ({"customer": customer(past("complaint", resolved=True))}, {"intent": "complaint"}, "high"),
        ({"customer": customer(past("complaint", resolved=True, days=91))}, {"intent": "complaint"}, "medium"),
        ({"customer": customer(past("moving_house"), past("sales_inquiry"))}, {}, "high"),
    ],
)
def test_who_may_leave_dissatisfied(known: dict[str, Any], read: dict[str, Any], risk: str) -> None:
    assert satisfaction_risk(state(**known), reading(**read)) == risk


# ---------------------------------------------------------------------- revenue


@pytest.mark.parametrize(
    ("intent", "at_stake"),
    [
        ("cancellation_request", 2_000),
        ("fraud_report", 1_000),
        ("complaint", 600),
        ("service_outage", 400),
        ("billing_question", 0),
        ("unknown", 0),
    ],
)
def test_revenue_at_stake_by_intent(intent: str, at_stake: float) -> None:
    assert revenue_at_stake(customer(), reading(intent), NOW) == at_stake


def test_a_new_customers_first_year_counts_as_a_whole_one() -> None:
    new = customer(registration_date=NOW - timedelta(days=20), lifetime_value=90.0)
    assert revenue_at_stake(new, reading("cancellation_request"), NOW) == 90.0
    assert revenue_at_stake(None, reading("cancellation_request"), NOW) == 0.0


def test_shares_are_of_intents_there_are() -> None:
    assert set(LOSS_SHARES) <= set(INTENTS)
    assert all(0 < share <= 1 for share in LOSS_SHARES.values())


@pytest.mark.parametrize(
    "unclear", [reading("thanks"), reading("complaint", 0.5), reading("unknown", 0.0), reading("greeting")]
)
def test_what_is_unclear_and_small_talk_leave_the_stake_as_it_was(unclear: Classification) -> None:
    held = state(customer=customer())
    weigh(held, reading("cancellation_request"))
    weigh(held, unclear)
    assert held.potential_revenue_impact == 2_000
    weigh(held, reading("general_faq"))
    assert held.potential_revenue_impact == 0


def test_a_platinum_customer_who_cancels_is_high_impact() -> None:
    held = state(customer=customer(tier=CustomerTier.PLATINUM), current_agent_type=AgentType.TIER2)
    weigh(held, reading("cancellation_request"))
    moved = escalation(AgentType.TIER2, facts_for(held, reading("cancellation_request")))
    assert moved is not None
    assert (moved.trigger, moved.target) == (Trigger.PLATINUM_HIGH_IMPACT, AgentType.HUMAN)


# ---------------------------------------------------------------------- money in question


@pytest.mark.parametrize(
    ("offer", "adjustment", "deal"),
    [
        (None, "0", "0"),
        (CREDIT, "100.01", "0"),
        (REFUND, "49.90", "0"),
        (ORDER, "0", "10000.12"),
        (offer_of(PROCESS_PAYMENT, invoice_id="INV-1", amount="500.00"), "0", "0"),
        (Offer(tool="refund_manager", arguments_json='{"amount": "a lot"}', summary=""), "0", "0"),
        (Offer(tool="made_up", arguments_json="{}", summary=""), "0", "0"),
    ],
)
def test_what_the_standing_offer_is_worth(offer: Offer | None, adjustment: str, deal: str) -> None:
    held = state(offer=offer)
    assert adjustment_in_question(held) == Decimal(adjustment)
    assert deal_in_question(held) == Decimal(deal)


@pytest.mark.parametrize(
    ("offer", "trigger"),
    [(CREDIT, Trigger.HIGH_VALUE_ADJUSTMENT), (ORDER, Trigger.LARGE_DEAL), (REFUND, None), (None, None)],
)
def test_offers_above_the_limits_trigger(offer: Offer | None, trigger: Trigger | None) -> None:
    facts = facts_for(state(offer=offer), reading())
    held = [t for t in (Trigger.HIGH_VALUE_ADJUSTMENT, Trigger.LARGE_DEAL) if holds(t, facts)]
    assert held == ([trigger] if trigger else [])


def test_a_declined_offer_is_in_question_no_more() -> None:
    held = state(offer=CREDIT, fraud_clues=favours(1, 2))
    assert facts_for(held, reading(affirmation="no")) == Facts(technical=False)
    assert facts_for(held, reading(affirmation="unclear")).adjustment == Decimal("100.01")
    assert held.offer == CREDIT


# ---------------------------------------------------------------------- clues


def outcome(tool: AnyTool, result: BaseModel | None = None, error_type: str = "", **arguments: Any) -> ToolOutcome:
    return ToolOutcome(
        call_id="1",
        tool=tool.name,
        success=result is not None,
        result=result.model_dump(mode="json") if result else {},
        error_type=error_type,
        arguments=arguments,
    )


def check(*, verified: bool) -> IdentityCheck:
    return IdentityCheck(
        customer_id="CUST_002",
        level=IdentityLevel.AUTHENTICATED,
        verified=verified,
        factors_on_file=[IdentityFactor.PIN],
        attempts_left=4,
    )


def changed(*fields: str) -> AccountUpdated:
    return AccountUpdated(changed=[FieldChanged(field=field, previous="a…", value="b…") for field in fields])


def credit(number: int, days: int = 10, amount: str = "10.00", invoice_id: str | None = None) -> Credit:
    return Credit(
        transaction_id=f"TX-{number}",
        invoice_id=invoice_id,
        amount=Decimal(amount),
        reason="a favour",
        credited_on=NOW.date() - timedelta(days=days),
    )


def duplicate(*, credited: bool) -> DuplicateCharge:
    return DuplicateCharge(
        service="TV",
        service_id="SVC-1",
        period="2025-12",
        amount=Decimal("24.99"),
        invoice_ids=["INV-1", "INV-2"],
        charged_on=[date(2025, 12, 1), date(2025, 12, 2)],
        credited=credited,
    )


def bills(*credits_given: Credit, duplicates: Iterable[DuplicateCharge] = ()) -> BillingInformation:
    return BillingInformation(
        billing_account_id="BA-1",
        currency="USD",
        balance=Decimal(0),
        duplicate_charges=list(duplicates),
        invoices=[],
        recent_credits=list(credits_given),
    )


@pytest.mark.parametrize(
    ("ran", "kinds"),
    [
        (outcome(VERIFY_CUSTOMER_IDENTITY, check(verified=False), factor="pin"), [ClueKind.CHECK_FAILED]),
        (outcome(VERIFY_CUSTOMER_IDENTITY, error_type="too-many-attempts", factor="pin"), [ClueKind.CHECK_FAILED]),
        (outcome(VERIFY_CUSTOMER_IDENTITY, check(verified=True), factor="pin"), []),
        (outcome(VERIFY_CUSTOMER_IDENTITY, check(verified=False)), []),
        (outcome(VERIFY_CUSTOMER_IDENTITY, error_type="not-found", factor="pin"), []),
        (outcome(UPDATE_ACCOUNT, changed("email")), [ClueKind.CONTACT_CHANGED]),
        (outcome(UPDATE_ACCOUNT, changed("phone", "language")), [ClueKind.CONTACT_CHANGED]),
        (outcome(UPDATE_ACCOUNT, changed("language", "contact_channel")), []),
        (outcome(UPDATE_ACCOUNT, error_type="not-possible"), []),
        (outcome(PROCESS_PAYMENT, error_type="payment-declined", payment_method_id="PM-1"), [ClueKind.CARD_TRIED]),
        (outcome(PROCESS_ORDER, error_type="payment-declined"), [ClueKind.CARD_TRIED]),
        (outcome(PROCESS_PAYMENT, error_type="consent-required"), []),
        (outcome(GET_BILLING_INFORMATION, bills(credit(1), credit(2))), [ClueKind.CREDIT_GIVEN] * 2),
        (outcome(GET_BILLING_INFORMATION, bills(credit(1), duplicates=[duplicate(credited=False)])), []),
        (
            outcome(
                GET_BILLING_INFORMATION,
                bills(credit(1, amount="24.99"), credit(2), duplicates=[duplicate(credited=True)]),
            ),
            [ClueKind.CREDIT_GIVEN],
        ),
        (outcome(GET_BILLING_INFORMATION, error_type="unavailable"), []),
        (outcome(GET_CUSTOMER_PROFILE, customer()), []),
    ],
)
def test_what_tools_give_away(ran: ToolOutcome, kinds: list[ClueKind]) -> None:
    assert [clue.kind for clue in clues_in([ran], NOW)] == kinds


def test_no_tool_is_too_strange_to_watch() -> None:
    refused = [ToolOutcome(call_id="1", tool=name, success=False, error_type="x") for name in (*TOOLBOX, "made_up")]
    assert clues_in(refused, NOW) == []


# ---------------------------------------------------------------------- fraud rules at their boundaries


def clue(kind: ClueKind, ago: timedelta = timedelta(0), mark: str = "") -> FraudClue:
    return FraudClue(kind=kind, at=NOW - ago, mark=mark)


def cards(*minutes: int) -> list[FraudClue]:
    return [clue(ClueKind.CARD_TRIED, timedelta(minutes=ago), f"PM-{n}") for n, ago in enumerate(minutes)]


def favours(*days: int) -> list[FraudClue]:
    return [clue(ClueKind.CREDIT_GIVEN, timedelta(days=ago), f"TX-{n}") for n, ago in enumerate(days)]


CHECK = clue(ClueKind.CHECK_FAILED)
REFUND_ASKED, QUESTION = reading("refund_request"), reading("billing_question")


@pytest.mark.parametrize(
    ("clues", "read", "offer", "signals"),
    [
        ([], reading("fraud_report"), None, [FraudSignal.CUSTOMER_REPORT]),
        ([], reading("fraud_report", 0.84), None, []),
        ([], None, None, []),
        ([CHECK] * 2, QUESTION, None, []),
        ([CHECK] * 3, QUESTION, None, [FraudSignal.VERIFICATION_FAILED]),
        ([clue(ClueKind.CONTACT_CHANGED, timedelta(hours=24))], REFUND_ASKED, None,
         [FraudSignal.CONTACT_CHANGED_BEFORE_PAYOUT]),
        ([clue(ClueKind.CONTACT_CHANGED, timedelta(hours=24, seconds=1))], REFUND_ASKED, None, []),
        ([clue(ClueKind.CONTACT_CHANGED)], QUESTION, None, []),
        ([clue(ClueKind.CONTACT_CHANGED)], QUESTION, REFUND, [FraudSignal.CONTACT_CHANGED_BEFORE_PAYOUT]),
        ([clue(ClueKind.CONTACT_CHANGED)], QUESTION, ORDER, []),
        (favours(1, 90), REFUND_ASKED, None, [FraudSignal.REPEATED_CREDITS]),
        (favours(1, 91), REFUND_ASKED, None, []),
        (favours(1), REFUND_ASKED, None, []),
        (favours(1, 2), QUESTION, None, []),
        (favours(1, 2), None, CREDIT, [FraudSignal.REPEATED_CREDITS]),
        (cards(0, 5, 60), QUESTION, None, [FraudSignal.MANY_CARDS]),
        (cards(0, 5, 61), QUESTION, None, []),
        (cards(0, 5), QUESTION, None, []),
        ([clue(ClueKind.CARD_TRIED, mark="PM-1")] * 5, QUESTION, None, []),
    ],
)  # fmt: skip
def test_each_fraud_rule_at_its_boundary(
    clues: list[FraudClue], read: Classification | None, offer: Offer | None, signals: list[FraudSignal]
) -> None:
    held = state(fraud_clues=clues, offer=offer)
    assert fraud_signals(held, read, NOW) == signals
    assert facts_for(held, read).fraud_signals == set(signals)


def test_a_conversation_keeps_its_clues_and_suspicions() -> None:
    held = state()
    wrong = outcome(VERIFY_CUSTOMER_IDENTITY, check(verified=False), factor="pin")
    for _ in range(2):
        watch(held, QUESTION, [wrong], NOW)
    assert held.fraud_signals == []
    watch(held, QUESTION, [wrong], NOW)
    assert held.fraud_signals == [FraudSignal.VERIFICATION_FAILED]
    assert Trigger.FRAUD_SUSPECTED in [t for t in Trigger if holds(t, facts_for(held, QUESTION))]
    weigh(held, reading("fraud_report"))
    assert held.fraud_signals == [FraudSignal.VERIFICATION_FAILED, FraudSignal.CUSTOMER_REPORT]


def test_the_same_bill_read_twice_is_no_second_favour() -> None:
    held = state()
    for _ in range(3):
        watch(held, REFUND_ASKED, [outcome(GET_BILLING_INFORMATION, bills(credit(1)))], NOW)
    assert len(held.fraud_clues) == 1
    watch(held, REFUND_ASKED, [outcome(GET_BILLING_INFORMATION, bills(credit(1), credit(2)))], NOW)
    assert held.fraud_signals == [FraudSignal.REPEATED_CREDITS]


def test_clues_are_capped_and_cost_nothing_while_there_are_none() -> None:
    held = state()
    assert not {"fraud_clues", "fraud_signals"} & set(held.model_dump())
    for minute in range(50):
        declined = outcome(PROCESS_PAYMENT, error_type="payment-declined", payment_method_id=f"PM-{minute}")
        watch(held, QUESTION, [declined], NOW + timedelta(minutes=minute))
    assert len(held.fraud_clues) == 20
    assert AgentState.model_validate_json(held.model_dump_json()) == held


def test_a_suspicion_moves_a_conversation_once() -> None:
    """A person who gives it back has looked at it; only a new report of the customer counts again."""
    moved = EscalationRecord(
        from_agent=AgentType.BILLING, to_agent=AgentType.HUMAN, timestamp=NOW, reason=Trigger.FRAUD_SUSPECTED
    )
    held = state(fraud_clues=[CHECK] * 3, fraud_signals=[FraudSignal.VERIFICATION_FAILED], escalation_history=[moved])
    assert facts_for(held, QUESTION).fraud_signals == frozenset()
    assert facts_for(held, reading("fraud_report")).fraud_signals == {FraudSignal.CUSTOMER_REPORT}


# ---------------------------------------------------------------------- all together


def test_facts_join_the_state_the_reading_and_the_offer() -> None:
    read = reading("fraud_report", complexity=0.8, sentiment=FRUSTRATED)
    held = state(
        customer=customer(tier=CustomerTier.PLATINUM),
        current_intent="fraud_report",
        current_agent_type=AgentType.BILLING,
        offer=CREDIT,
        sla_breach_risk=True,
    )
    weigh(held, read)
    assert facts_for(held, read, [Trigger.CANNOT_HELP], confidence=0.5) == Facts(
        happened=frozenset({Trigger.CANNOT_HELP}),
        complexity=0.8,
        confidence=0.5,
        customer_tier=CustomerTier.PLATINUM,
        revenue_at_stake=1_000,
        satisfaction_risk="medium",
        sla_breach_risk=True,
        escalation_risk=0.58,
        adjustment=Decimal("100.01"),
        fraud_signals=frozenset({FraudSignal.CUSTOMER_REPORT}),
    )


def test_nothing_known_is_nothing_at_risk() -> None:
    assert facts_for(state(), None) == Facts()
    assert DEFAULT_THRESHOLDS.revenue_at_stake > 0


def test_weighing_changes_the_risks_and_nothing_else() -> None:
    held = state(customer=customer())
    before = held.model_dump()
    weigh(held, reading("cancellation_request", sentiment=NEGATIVE))
    after = held.model_dump()
    assert {name for name in after if after[name] != before.get(name)} == {
        "escalation_risk",
        "customer_satisfaction_risk",
        "potential_revenue_impact",
    }
