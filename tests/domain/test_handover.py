"""What is measured moves a conversation before anybody thinks; what is said moves it with its words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.carry import Carry, StartEscalation, TurnProgress
from domain.classification import Classification
from domain.events import AgentAssigned, AgentMessage, Escalated, InterimMessage
from domain.handover import Handovers, hands_over, trigger_of
from domain.messages import AgentReply, EnginePolicy
from domain.people import People
from domain.scribe import Scribe
from domain.state import (
    AgentState,
    AgentType,
    ConversationTurn,
    CustomerProfile,
    CustomerTier,
    Offer,
    ResolutionAttempt,
    Sentiment,
)
from domain.triggers import Trigger

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
T1, T2, T3 = AgentType.TIER1, AgentType.TIER2, AgentType.TIER3
BILLING, SUPERVISOR, HUMAN = AgentType.BILLING, AgentType.SUPERVISOR, AgentType.HUMAN
ANNA = CustomerProfile(
    customer_id="CUST_001",
    name="Anna",
    email="a@example.org",
    phone="1",
    tier=CustomerTier.PLATINUM,
    account_status="active",
    registration_date=datetime(2020, 1, 1, tzinfo=UTC),
    lifetime_value=18_000,
)


class Desk:
    def __init__(self, agent: AgentType, intent: str, *, by_table: bool = True, **reading: Any) -> None:
        self.state = AgentState(
            session_id="s", conversation_id="c", session_start=NOW, last_activity=NOW, customer=ANNA
        )
        self.state.current_agent_type, self.state.current_intent = agent, intent
        self.reading = Classification(intent=intent, confidence=0.97, **reading)
        self.turn = TurnProgress(number=2, turn_id="2.0", message_ids=["m2"], classification=self.reading)
        self.carry = Carry(state=self.state, turn=self.turn)
        scribe = Scribe(self.carry)
        self.handovers = Handovers(self.carry, scribe, People(self.carry, EnginePolicy(), scribe), by_table=by_table)

    def failed(self, times: int) -> None:
        attempt = ResolutionAttempt(
            agent_type=AgentType(self.state.current_agent_type),
            timestamp=NOW,
            actions_taken=[],
            tools_used=[],
            outcome="did not help",
            confidence=0.9,
            success=False,
            topic=self.state.current_intent,
        )
        self.state.resolution_attempts = [attempt] * times

    def logged(self, kind: type) -> list[Any]:
        return [event for event in self.carry.pending if isinstance(event, kind)]

    @property
    def hops(self) -> list[tuple[AgentType, AgentType, str]]:
        return [(e.from_agent, e.to_agent, e.reason) for e in self.logged(Escalated)]


def complex_trouble() -> Desk:
    return Desk(T1, "technical_issue", complexity=0.7)


def three_failures() -> Desk:
    desk = Desk(T1, "technical_issue")
    desk.failed(3)
    return desk


def deadline_near() -> Desk:
    desk = Desk(BILLING, "billing_question")
    desk.state.sla_breach_risk = True
    return desk


def platinum_and_much_at_stake() -> Desk:
    desk = Desk(T2, "service_outage")
    desk.state.potential_revenue_impact = 1_000
    return desk


def likely_to_escalate() -> Desk:
    desk = Desk(BILLING, "billing_question")
    desk.state.escalation_risk = 0.71
    return desk


def reports_fraud() -> Desk:
    return Desk(BILLING, "fraud_report")


@pytest.mark.parametrize(
    ("desk", "hop"),
    [
        (complex_trouble(), (T1, T2, Trigger.TECHNICAL_COMPLEXITY)),
        (three_failures(), (T1, T2, Trigger.FAILED_ATTEMPTS)),
        (deadline_near(), (BILLING, SUPERVISOR, Trigger.SLA_RISK)),
        (platinum_and_much_at_stake(), (T2, HUMAN, Trigger.PLATINUM_HIGH_IMPACT)),
        (likely_to_escalate(), (BILLING, SUPERVISOR, Trigger.PREDICTED_RISK)),
        (reports_fraud(), (BILLING, HUMAN, Trigger.FRAUD_SUSPECTED)),
    ],
    ids=["complexity", "failures", "SLA", "platinum", "risk", "fraud"],
)
def test_what_is_measured_moves_it(desk: Desk, hop: tuple[AgentType, AgentType, str]) -> None:
    desk.handovers.if_due(desk.turn, NOW)
    assert desk.hops == [hop]
    if hop[1] is HUMAN:
        assert desk.carry.handoff is not None
        assert desk.logged(AgentMessage)[0].answers == ["m2"], "the customer is told"
    elif hop[1] is SUPERVISOR:
        assert desk.turn.assessment is not None
        assert isinstance(desk.carry.errands[0], StartEscalation)
    else:
        assert desk.state.current_agent_type == hop[1]
        assert desk.carry.turn is desk.turn, "the turn goes on"
        assert desk.turn.turn_id == "2.1", "what the former agent still says is fenced off"


@pytest.mark.parametrize("make", [deadline_near, three_failures])
def test_it_moves_nothing_while_an_offer_is_answered_or_in_conversations_of_old(make: Any) -> None:
    desk = make()
    desk.state.offer = Offer(tool="apply_credit_adjustment", arguments_json="{}", summary="A credit")
    desk.handovers.if_due(desk.turn, NOW)
    assert not desk.hops
    old = Desk(BILLING, "billing_question", by_table=False)
    old.state.sla_breach_risk = True
    old.handovers.if_due(old.turn, NOW)
    assert not old.hops


def test_a_lasting_risk_moves_it_once() -> None:
    desk = likely_to_escalate()
    desk.handovers.if_due(desk.turn, NOW)
    desk.turn.assessment = None
    desk.handovers.if_due(desk.turn, NOW)
    assert len(desk.hops) == 1


def test_the_next_agent_knows_what_was_said_at_the_very_beginning() -> None:
    desk = Desk(T1, "technical_issue")
    for text in ("My router has the serial number RX-1234-77.", "The light on it is red."):
        desk.state.record(ConversationTurn(timestamp=NOW, speaker="customer", message=text))
    desk.handovers.replied(desk.turn, AgentReply(message="One moment.", outcome="cannot_help"), NOW)
    [escalated] = desk.logged(Escalated)
    assert "RX-1234-77" in escalated.context_transfer.summary
    assert [word.message for word in desk.logged(InterimMessage)] == ["One moment."]
    assert desk.logged(AgentAssigned)[0].agent_type is T2


def test_a_person_who_gave_back_wipes_the_slate() -> None:
    """Or the agent would hand over again at the first word."""
    desk = three_failures()
    desk.handovers.to_person(Trigger.CUSTOMER_REQUEST, NOW)
    desk.carry.handoff, desk.carry.pending = None, []
    desk.handovers.if_due(desk.turn, NOW)
    assert not desk.hops


@pytest.mark.parametrize(
    ("reply", "floor", "over", "trigger"),
    [
        (AgentReply(message="x", outcome="wants_person"), 0.7, True, Trigger.CUSTOMER_REQUEST),
        (AgentReply(message="x", outcome="cannot_help"), 0.7, True, Trigger.CANNOT_HELP),
        (
            AgentReply(message="x", outcome="cannot_help", because=Trigger.LARGE_DEAL),
            0.7,
            True,
            Trigger.LARGE_DEAL,
        ),
        (AgentReply(message="x", confidence=0.69), 0.7, True, Trigger.LOW_CONFIDENCE),
        (AgentReply(message="x", confidence=0.7), 0.7, False, Trigger.LOW_CONFIDENCE),
        (AgentReply(message="x", confidence=0.1), 0.0, False, Trigger.LOW_CONFIDENCE),
    ],
)
def test_which_replies_hand_over(reply: AgentReply, floor: float, over: bool, trigger: Trigger) -> None:
    assert hands_over(reply, floor) is over
    assert trigger_of(reply) is trigger


def test_upset_is_no_trigger_by_itself() -> None:
    desk = Desk(BILLING, "billing_question", sentiment=Sentiment.FRUSTRATED)
    desk.handovers.if_due(desk.turn, NOW)
    assert not desk.hops
