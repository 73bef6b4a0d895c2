"""Evidence from a log written by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.classification import Urgency
from domain.events import (
    AgentMessage,
    ApprovalRequested,
    ConversationStarted,
    CustomerMessageLogged,
    Event,
    HandoffRequested,
    HumanMessage,
    IntentClassified,
    InterimMessage,
    LoggedEvent,
    ToolCompleted,
    ToolFailed,
)
from domain.evidence import TEXT_LIMIT, EffectBooked, gather
from domain.idempotency import effect_key, step_key
from domain.quality import Deed, DeedKind, EffectShown, QualityEvidence
from domain.sagas import CHARGE, RESERVE_STOCK
from domain.state import AgentType, Channel, Offer, Priority, Sentiment

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
BILLING, SALES = AgentType.BILLING, AgentType.SALES
CREDIT = Offer(tool="apply_credit_adjustment", arguments_json='{"amount":"49.99"}', summary="Credit of $49.99")
ORDER = Offer(tool="process_order", arguments_json='{"quote_id":"Q-1"}', summary="Order")


def log_of(*events: Event, first: int = 1) -> list[LoggedEvent]:
    return [LoggedEvent(seq=seq, event=event) for seq, event in enumerate(events, first)]


def asks(message_id: str, text: str = "Hello") -> CustomerMessageLogged:
    return CustomerMessageLogged(event_id=f"msg-{message_id}", at=NOW, message_id=message_id, message=text)


def says(text: str = "Hello", offer: Offer | None = None, articles: tuple[str, ...] = ()) -> AgentMessage:
    return AgentMessage(
        event_id=f"r-{text}", at=NOW, turn_id="1", agent_type=BILLING, message=text, answers=[], offer=offer,
        articles=list(articles),
    )  # fmt: skip


def feels(sentiment: Sentiment) -> IntentClassified:
    return IntentClassified(
        event_id=f"i-{sentiment}", at=NOW, turn_id="1", intent="complaint", confidence=1, sentiment=sentiment,
        sentiment_score=-1, urgency=Urgency.MEDIUM, language="en",
    )  # fmt: skip


def ran(tool: str = CREDIT.tool, figures: tuple[str, ...] = ()) -> ToolCompleted:
    return ToolCompleted(
        event_id=f"t-{tool}", at=NOW, call_id="1", tool=tool, agent_type=BILLING, execution_seconds=0.1,
        audit_level="high", figures=list(figures),
    )  # fmt: skip


def refused(error: str, error_type: str = "not-possible") -> ToolFailed:
    return ToolFailed(
        event_id="f", at=NOW, call_id="1", tool="schedule_callback", agent_type=BILLING, execution_seconds=0.1,
        audit_level="medium", error_type=error_type, error=error,
    )  # fmt: skip


def booked(message_id: str = "m-2", offer: Offer = CREDIT, conversation_id: str = "c-1") -> EffectBooked:
    key = effect_key(conversation_id, message_id, offer.tool, offer.arguments_json)
    return EffectBooked(key=key, tool=offer.tool, agent=BILLING)


def evidence_of(*events: Event, effects: tuple[EffectBooked, ...] = (), since_seq: int = 0) -> QualityEvidence:
    return gather("c-1", log_of(*events), effects, since_seq=since_seq)


def test_who_said_what_and_where() -> None:
    person = HumanMessage(event_id="h", at=NOW, message_id="h", person_id="p", message="I take $5 off", answers=[])
    interim = InterimMessage(event_id="w", at=NOW, agent_type=SALES, message="Let me bring in billing.")
    evidence = evidence_of(asks("1", "You took 50"), says("Hm", articles=("kb-1",)), interim, person, since_seq=2)
    assert [(said.seq, said.speaker, said.text) for said in evidence.utterances] == [
        (1, "customer", "You took 50"),
        (2, "agent", "Hm"),
        (3, "agent", "Let me bring in billing."),
        (4, "person", "I take $5 off"),
    ]
    assert [said.agent for said in evidence.utterances] == [None, BILLING, SALES, None]
    assert [said.figures for said in evidence.utterances] == [["50.00"], [], [], ["5.00"]]
    assert evidence.utterances[1].articles == ["kb-1"]
    assert [said.seq for said in evidence.judged()] == [3, 4]
    assert evidence.days == ["2026-11-20"]


def test_a_long_message_is_cut_and_its_figures_are_kept() -> None:
    [said] = evidence_of(asks("1", "x" * TEXT_LIMIT + " and 77 dollars")).utterances
    assert len(said.text) == TEXT_LIMIT
    assert said.figures == ["77.00"]


def test_a_mood_belongs_to_the_message_it_was_read_of() -> None:
    evidence = evidence_of(
        asks("1"), feels(Sentiment.NEUTRAL), says(), asks("2"), asks("3"), feels(Sentiment.FRUSTRATED), says("Sorry")
    )
    moods = {said.seq: said.sentiment for said in evidence.utterances if said.speaker == "customer"}
    assert moods == {1: Sentiment.NEUTRAL, 4: None, 5: Sentiment.FRUSTRATED}


def test_tool_runs_with_figures_of_result_or_refusal() -> None:
    done, failed = evidence_of(ran(figures=("49.99",)), refused("Free is 2026-11-24; above 100.00 ask.")).tool_runs
    assert (done.tool, done.success, done.audit_level, done.figures) == (CREDIT.tool, True, "high", ["49.99"])
    assert (failed.success, failed.error_type, failed.figures) == (False, "not-possible", ["2026-11-24", "100.00"])


def test_what_the_engine_did() -> None:
    started = ConversationStarted(
        event_id="s", at=NOW, customer_id="C", channel=Channel.WEB, priority=Priority.LOW, ticket_id="T-1",
        sla_deadline=NOW,
    )  # fmt: skip
    handoff = HandoffRequested(event_id="h", at=NOW, handoff_id="h", queue="billing", reason="r")
    approval = ApprovalRequested(event_id="a", at=NOW, approval_id="a", tool="x", reason="r")
    assert evidence_of(started, handoff, approval).deeds == [
        Deed(seq=1, kind=DeedKind.TICKET),
        Deed(seq=2, kind=DeedKind.HANDOFF),
        Deed(seq=3, kind=DeedKind.APPROVAL),
    ]


def test_an_effect_is_traced_to_the_yes_its_key_was_made_of() -> None:
    story = (asks("m-1"), says("Shall I?", CREDIT), asks("m-2", "Yes"), ran(), says("Done"))
    [effect] = evidence_of(*story, effects=(booked(),)).effects
    assert effect == EffectShown(tool=CREDIT.tool, agent=BILLING, consent_message_id="m-2", agreed_at_seq=3, seq=4)


@pytest.mark.parametrize(
    ("story", "effect"),
    [
        ((asks("m-2", "Yes"), says("Shall I?", CREDIT), ran()), booked()),
        ((says("Shall I?"), asks("m-2", "Yes"), ran()), booked()),
        ((says("Shall I?", CREDIT), asks("m-2", "Yes"), ran()), booked("m-9")),
        ((says("Shall I?", CREDIT), asks("m-2", "Yes"), ran()), booked(conversation_id="c-2")),
        (
            (says("Shall I?", CREDIT), asks("m-2", "Yes"), ran()),
            booked(offer=CREDIT.model_copy(update={"arguments_json": '{"amount":"99.99"}'})),
        ),
    ],
    ids=["the yes was before the offer", "no offer", "another message", "another conversation", "other arguments"],
)
def test_an_effect_without_its_yes(story: tuple[Event, ...], effect: EffectBooked) -> None:
    [shown] = evidence_of(*story, effects=(effect,)).effects
    assert (shown.consent_message_id, shown.agreed_at_seq, shown.seq) == ("", 0, 3)


def test_the_steps_of_a_saga_are_one_effect_of_one_yes() -> None:
    order = booked(offer=ORDER)
    steps = [order.model_copy(update={"key": step_key(order.key, step.do)}) for step in (RESERVE_STOCK, CHARGE)]
    story = (says("Shall I?", ORDER), asks("m-2", "Yes"), ran(ORDER.tool))
    [effect] = evidence_of(*story, effects=(*steps, order)).effects
    assert (effect.consent_message_id, effect.seq) == ("m-2", 3)


def test_an_effect_that_no_agent_ran_has_no_place() -> None:
    [effect] = evidence_of(says("Shall I?", CREDIT), asks("m-2", "Yes"), effects=(booked(),)).effects
    assert (effect.consent_message_id, effect.seq) == ("m-2", 0)


def test_each_of_two_effects_has_its_own_run() -> None:
    story = (says("1?", CREDIT), asks("m-2"), ran(), says("2?", CREDIT), asks("m-5"), ran())
    shown = evidence_of(*story, effects=(booked(), booked("m-5"))).effects
    assert [(effect.agreed_at_seq, effect.seq) for effect in shown] == [(2, 3), (5, 6)]


def test_what_is_left_out_is_noted() -> None:
    assert evidence_of(asks("1")).complete
    assert not gather("c-1", log_of(asks("1"), first=7), []).complete
    long = [asks(str(number)) for number in range(130)]
    cut = evidence_of(*long)
    assert not cut.complete
    assert cut.utterances[-1].seq == 130
    assert gather("c-1", [], []).complete
    assert evidence_of(says(), asks("2").model_copy(update={"at": NOW + timedelta(days=1)})).days == [
        "2026-11-20",
        "2026-11-21",
    ]
