"""What is at risk in a conversation, measured at every reading and every tool's outcome (PRD [253, 275, 730-733,
1495-1535]; the weights are ours, to be replaced by trained models).

``weigh`` and ``watch`` keep the state's figures; ``facts_for`` gives them to the triggers of ``domain/triggers.py``.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from pydantic import BaseModel, ValidationError

from domain.billing import settles
from domain.classification import Classification
from domain.errors import PaymentDeclined, TooManyAttempts
from domain.fraud import ClueKind, FraudClue, FraudSignal
from domain.intents import INTENTS, Family, family_of, is_small_talk
from domain.messages import ToolOutcome
from domain.satisfaction import RECENT_DAYS, SatisfactionFacts, satisfaction
from domain.state import LIST_CAP, AgentState, CustomerProfile, PastInteraction, Risk, Sentiment
from domain.toolbox import resolve
from domain.toolbox.billing import (
    APPLY_CREDIT_ADJUSTMENT,
    GET_BILLING_INFORMATION,
    ApplyCreditAdjustment,
    BillingInformation,
)
from domain.toolbox.crm import UPDATE_ACCOUNT, AccountUpdated
from domain.toolbox.customer import VERIFY_CUSTOMER_IDENTITY, IdentityCheck
from domain.toolbox.payments import PROCESS_PAYMENT, REFUND_MANAGER, RefundManager
from domain.toolbox.sales import PROCESS_ORDER, ProcessOrder
from domain.triggers import Facts, Trigger, facts_of

YEAR = timedelta(days=365)

FAILURE, FRUSTRATION, DISPLEASURE = 0.3, 0.4, 0.2
CLOCK, REPEAT, RISEN, UNCLEAR, DEMAND = 0.3, 0.2, 0.1, 0.1, 0.3
"""How likely each cause alone brings an escalation about: a failed attempt at the topic, a frustrated or a negative
mood, the ticket's clock at risk, an earlier contact about the same that was not solved, each escalation before, each
question of what is meant, and a complaint or a wish for somebody else."""
REPEATS_COUNTED = 2

LOSS_SHARES: dict[str, float] = {
    "cancellation_request": 1.0,
    "fraud_report": 0.5,
    "complaint": 0.3,
    "service_outage": 0.2,
}
"""By intent, the share of a customer's yearly revenue that is lost if it ends badly: who cancels takes all of it."""

MONEY_BACK = frozenset({APPLY_CREDIT_ADJUSTMENT.name, REFUND_MANAGER.name})
CARD_TOOLS = frozenset({PROCESS_PAYMENT.name, PROCESS_ORDER.name})
CONTACT_FIELDS = frozenset({"email", "phone"})
FAILED_CHECKS, CREDITS_BEFORE, CARDS = 3, 2, 3
CREDITS_WITHIN, CONTACT_WITHIN, CARDS_WITHIN = timedelta(days=90), timedelta(hours=24), timedelta(hours=1)
"""The figures of ``FRAUD_RULES``."""


# ---------------------------------------------------------------------- what the engine calls


def weigh(state: AgentState, reading: Classification) -> None:
    """Set the state's risks by a new reading. What is unclear and small talk leave the revenue at stake as it was."""
    state.escalation_risk = escalation_risk(state, reading)
    state.customer_satisfaction_risk = satisfaction_risk(state, reading)
    if reading.sure and not is_small_talk(reading.intent):
        state.potential_revenue_impact = revenue_at_stake(state.customer, reading, state.last_activity)
    state.fraud_signals = _merged(state.fraud_signals, fraud_signals(state, reading, state.last_activity))


def watch(state: AgentState, reading: Classification | None, outcomes: Sequence[ToolOutcome], at: datetime) -> None:
    """Keep what the tools' outcomes give away. ``at`` is when they ran."""
    known = set(state.fraud_clues)
    fresh = [clue for clue in clues_in(outcomes, at) if clue not in known or clue.kind is ClueKind.CHECK_FAILED]
    state.fraud_clues = [*state.fraud_clues, *fresh][-LIST_CAP:]
    state.fraud_signals = _merged(state.fraud_signals, fraud_signals(state, reading, at))


def facts_for(
    state: AgentState,
    reading: Classification | None,
    happened: Iterable[Trigger] = (),
    confidence: float | None = None,
) -> Facts:
    """What the triggers look at, now: ``facts_of`` the state, this turn's reading, and what the offer that stands is
    worth: one that was just declined stands no more. ``confidence`` is that of the reply at hand. A suspicion that has
    moved the conversation before does not move it again, unless the customer reports fraud anew."""
    if reading is not None and reading.affirmation == "no":
        state = state.model_copy(update={"offer": None})
    facts = facts_of(state)
    signals = set(fraud_signals(state, reading, state.last_activity))
    if Trigger.FRAUD_SUSPECTED not in facts.raised:
        signals |= set(state.fraud_signals)
    else:
        signals &= {FraudSignal.CUSTOMER_REPORT}
    return facts.model_copy(
        update={
            "happened": frozenset(happened),
            "complexity": reading.complexity if reading else 0.0,
            "confidence": confidence,
            "adjustment": adjustment_in_question(state),
            "deal": deal_in_question(state),
            "fraud_signals": frozenset(signals),
        }
    )


# ---------------------------------------------------------------------- the risks


def escalation_risk(state: AgentState, reading: Classification) -> float:
    """The probability, 0 to 1, that this ends in an escalation [1502-1518]: each cause may bring one about by itself
    (a noisy-or: Pearl, Probabilistic Reasoning in Intelligent Systems, 1988, 4.3.2).

    Two failed attempts and a frustrated customer are 0.71; three failures alone, 0.66, have a trigger of their own.
    """
    causes = [
        *[FAILURE] * state.failures_at(reading.intent),
        *[RISEN] * state.escalation_level,
        *[UNCLEAR] * state.clarifications_in_a_row,
        *[REPEAT] * min(REPEATS_COUNTED, _repeats(state, reading.intent)),
    ]
    if reading.sentiment is Sentiment.FRUSTRATED:
        causes.append(FRUSTRATION)
    if reading.sentiment is Sentiment.NEGATIVE:
        causes.append(DISPLEASURE)
    if state.sla_breach_risk:
        causes.append(CLOCK)
    if family_of(reading.intent) in {Family.COMPLAINT, Family.ESCALATION}:
        causes.append(DEMAND)
    calm = 1.0
    for cause in causes:
        calm *= 1 - cause
    return round(1 - calm, 3)


def satisfaction_risk(state: AgentState, reading: Classification) -> Risk:
    """How likely the customer leaves dissatisfied: as ``domain/satisfaction.py`` predicts it from surveys and earlier
    contacts, with what this conversation adds. A failed attempt is one more contact without a solution; a frustrated
    word is a complaint that nobody has filed."""
    customer = state.customer
    recent = _recent(customer.previous_interactions, state.last_activity) if customer else []
    complaints = [past for past in recent if family_of(past.category) is Family.COMPLAINT]
    complains = family_of(reading.intent) is Family.COMPLAINT or reading.sentiment is Sentiment.FRUSTRATED
    facts = SatisfactionFacts(
        scores=customer.satisfaction_scores if customer else [],
        unresolved=sum(not past.resolved for past in recent) + state.failures_at(reading.intent),
        complaints=len(complaints) + complains,
        open_tickets=0,
    )
    return satisfaction(facts).risk


def revenue_at_stake(profile: CustomerProfile | None, reading: Classification, at: datetime) -> float:
    """What a year with this customer brings, times the share that is lost if it ends badly (``LOSS_SHARES``).

    In the account's currency, two decimals; 0 for other intents and for who is unknown. A year's revenue is the
    lifetime value over the years since registration, of which the first counts as a whole one.
    """
    share = LOSS_SHARES.get(reading.intent, 0.0)
    if profile is None or not share:
        return 0.0
    years = max(1.0, (at - profile.registration_date) / YEAR)
    return round(profile.lifetime_value / years * share, 2)


def adjustment_in_question(state: AgentState) -> Decimal:
    """The money back that the standing offer names; 0 if none stands."""
    arguments = _offered(state, MONEY_BACK)
    return arguments.amount if isinstance(arguments, ApplyCreditAdjustment | RefundManager) else Decimal(0)


def deal_in_question(state: AgentState) -> Decimal:
    """What the order on offer is worth in its first year, as Sales' own limit counts it; 0 if none stands."""
    arguments = _offered(state, frozenset({PROCESS_ORDER.name}))
    return arguments.first_year if isinstance(arguments, ProcessOrder) else Decimal(0)


# ---------------------------------------------------------------------- fraud


def fraud_signals(state: AgentState, reading: Classification | None, at: datetime) -> list[FraudSignal]:
    """The fraud rules that hold now, by the reading, the evidence kept, and whether money back is asked for."""
    clues = state.fraud_clues
    asks = _asks_money_back(state, reading)
    holds = {
        FraudSignal.CUSTOMER_REPORT: reading is not None and reading.sure and reading.intent == "fraud_report",
        FraudSignal.VERIFICATION_FAILED: len(_of(clues, ClueKind.CHECK_FAILED)) >= FAILED_CHECKS,
        FraudSignal.CONTACT_CHANGED_BEFORE_PAYOUT: asks
        and bool(_of(clues, ClueKind.CONTACT_CHANGED, at - CONTACT_WITHIN)),
        FraudSignal.REPEATED_CREDITS: asks
        and len(_of(clues, ClueKind.CREDIT_GIVEN, at - CREDITS_WITHIN)) >= CREDITS_BEFORE,
        FraudSignal.MANY_CARDS: len({clue.mark for clue in _of(clues, ClueKind.CARD_TRIED, at - CARDS_WITHIN)})
        >= CARDS,
    }
    return [signal for signal, held in holds.items() if held]


def clues_in(outcomes: Iterable[ToolOutcome], at: datetime) -> list[FraudClue]:
    """The evidence in what tools did, in their order."""
    return [clue for outcome in outcomes for clue in _readable_clues(outcome, at)]


def _readable_clues(outcome: ToolOutcome, at: datetime) -> list[FraudClue]:
    """A result of an older shape gives nothing away: a conversation must not stop over it."""
    try:
        return _clues(outcome, at)
    except ValidationError:
        return []


def _clues(outcome: ToolOutcome, at: datetime) -> list[FraudClue]:
    if outcome.tool == VERIFY_CUSTOMER_IDENTITY.name:
        return [FraudClue(kind=ClueKind.CHECK_FAILED, at=at)] if _check_failed(outcome) else []
    if outcome.tool in CARD_TOOLS:
        card = str(outcome.arguments.get("payment_method_id") or "")
        tried = outcome.success or outcome.error_type == PaymentDeclined.type
        return [FraudClue(kind=ClueKind.CARD_TRIED, at=at, mark=card)] if tried else []
    if outcome.success and outcome.tool == UPDATE_ACCOUNT.name:
        changed = {field.field for field in AccountUpdated.model_validate(outcome.result).changed}
        return [FraudClue(kind=ClueKind.CONTACT_CHANGED, at=at)] if changed & CONTACT_FIELDS else []
    if outcome.success and outcome.tool == GET_BILLING_INFORMATION.name:
        return _credits(BillingInformation.model_validate(outcome.result))
    return []


def _check_failed(outcome: ToolOutcome) -> bool:
    """A wrong answer, not a look at which factors there are."""
    if not outcome.success:
        return outcome.error_type == TooManyAttempts.type
    return bool(outcome.arguments.get("factor")) and not IdentityCheck.model_validate(outcome.result).verified


def _credits(bills: BillingInformation) -> list[FraudClue]:
    """Credits that look like favours: what settled a duplicate charge was our mistake, and while one is open the
    customer has every reason to ask."""
    if any(not duplicate.credited for duplicate in bills.duplicate_charges):
        return []
    return [
        FraudClue(
            kind=ClueKind.CREDIT_GIVEN,
            at=datetime.combine(credit.credited_on, time(), UTC),
            mark=credit.transaction_id,
        )
        for credit in bills.recent_credits
        if not any(settles(credit, duplicate) for duplicate in bills.duplicate_charges)
    ]


def _asks_money_back(state: AgentState, reading: Classification | None) -> bool:
    """By the customer's words, or by an offer that stands."""
    asked = reading is not None and reading.sure and reading.intent == "refund_request"
    return asked or _offered(state, MONEY_BACK) is not None


def _of(clues: Iterable[FraudClue], kind: ClueKind, since: datetime | None = None) -> list[FraudClue]:
    return [clue for clue in clues if clue.kind is kind and (since is None or clue.at >= since)]


def _merged(kept: Sequence[FraudSignal], fresh: Iterable[FraudSignal]) -> list[FraudSignal]:
    """Each once, oldest first: so there are never more than there are rules."""
    return list(dict.fromkeys((*kept, *fresh)))


# ---------------------------------------------------------------------- helpers


def _offered(state: AgentState, tools: frozenset[str]) -> BaseModel | None:
    """The arguments of the offer that stands, if it is of one of these tools."""
    tool = resolve(state.offer.tool) if state.offer else None
    if tool is None or state.offer is None or tool.name not in tools:
        return None
    try:
        arguments: BaseModel = tool.arguments.model_validate_json(state.offer.arguments_json)
    except ValidationError:
        # An offer of a former version: nobody can run it either.
        return None
    return arguments


def _repeats(state: AgentState, intent: str) -> int:
    """Recent contacts about the same that were not solved."""
    if state.customer is None:
        return 0
    recent = _recent(state.customer.previous_interactions, state.last_activity)
    return sum(not past.resolved and _about(past.category, intent) for past in recent)


def _about(category: str, intent: str) -> bool:
    """Contacts of old carry an intent, or a word of their channel that begins with the family: technical_support."""
    if category in INTENTS:
        return family_of(category) is family_of(intent)
    return intent in INTENTS and category.startswith(family_of(intent))


def _recent(interactions: Iterable[PastInteraction], now: datetime) -> list[PastInteraction]:
    return [past for past in interactions if now - past.at <= timedelta(days=RECENT_DAYS)]
