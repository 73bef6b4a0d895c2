"""Thinking as a plain activity: what it appends, in which order, and when it calls a model."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import think as thinking
from activities.ports import Appended
from activities.think import AT_ONCE_SECONDS, DECISION_SECONDS, MODEL_FAILURES_LIMIT, ThinkActivities
from domain.errors import ModelFailed, ModelUnavailable
from domain.events import CustomerMessageLogged
from domain.messages import AgentReply, CustomerMessage, Decision, ThinkInput, ThinkResult, ToolCall
from domain.quality import QualityEvidence, QualityReport
from domain.state import AgentState, AgentType, TicketStatus
from workflows.options import THINK

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REPLY = Decision(reply=AgentReply(message="It was charged once."))
LOOK_UP = Decision(tool_calls=[ToolCall(call_id="c1", tool="get_billing_information", arguments={})])

Mind = Callable[[], Awaitable[Decision]]


@dataclass
class NotedLog:
    """Implements the ``append`` of ``ConversationLog``; notes the types of the events in each."""

    answers: Appended = field(default_factory=Appended)
    appends: list[list[str]] = field(default_factory=list)
    snapshots: list[AgentState] = field(default_factory=list)

    async def append(self, conversation_id: str, epoch: int, events: Any, *, state: AgentState, **_: Any) -> Appended:
        self.appends.append([event.type for event in events])
        self.snapshots.append(state.model_copy(deep=True))
        return self.answers


@dataclass
class Scripted:
    mind: Mind
    calls: int = 0

    def tools_of(self, agent: AgentType) -> tuple[()]:
        return ()

    async def review(self, evidence: QualityEvidence) -> QualityReport:
        return QualityReport.of([])

    async def decide(self, *_: Any) -> Decision:
        self.calls += 1
        return await self.mind()


class NoStream:
    async def delta(self, *_: Any) -> None:
        return None

    async def began(self, *_: Any) -> None:
        return None

    async def latest_epoch(self, *_: Any) -> int:
        return 0


@dataclass
class Outcome:
    result: ThinkResult
    appends: list[list[str]]
    calls: int


async def at_once() -> Decision:
    return REPLY


async def slowly() -> Decision:
    await asyncio.sleep(3 * AT_ONCE_SECONDS)
    return REPLY


async def with_tools() -> Decision:
    return LOOK_UP


async def failing() -> Decision:
    raise ModelUnavailable("away")


async def never() -> Decision:
    await asyncio.sleep(60)
    raise AssertionError("nobody waits that long")


async def think(
    mind: Mind, log: NotedLog | None = None, *, attempt: int = 1, texts: tuple[str, ...] = ("twice?",)
) -> Outcome:
    log, agents = log or NotedLog(), Scripted(mind)
    activities = ThinkActivities(log, agents, NoStream())  # type: ignore[arg-type]
    result = await environment(attempt).run(activities.think, thought_of(*texts))
    return Outcome(result, log.appends, agents.calls)


def environment(attempt: int = 1, *heartbeat_details: Any) -> ActivityEnvironment:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt, heartbeat_details=heartbeat_details)
    return environment


def thought_of(*texts: str) -> ThinkInput:
    messages = [CustomerMessage(message_id=f"m{i}", message=text, sent_at=NOW) for i, text in enumerate(texts)]
    pending = [
        CustomerMessageLogged(event_id=f"msg-{m.message_id}", at=NOW, message_id=m.message_id, message=m.message)
        for m in messages
    ]
    return ThinkInput(
        epoch=0,
        turn_id="1.0",
        agent=AgentType.BILLING,
        messages=messages,
        pending=pending,
        state=AgentState(session_id="s", conversation_id="c", session_start=NOW, last_activity=NOW),
        now=NOW,
    )


async def test_a_quick_reply_is_logged_with_what_is_pending():
    outcome = await think(at_once)
    assert outcome.appends == [["customer_message", "agent_message"]]


async def test_what_is_pending_does_not_wait_for_a_slow_model():
    outcome = await think(slowly)
    assert outcome.appends == [["customer_message"], ["agent_message"]]
    assert outcome.calls == 1


async def test_tool_calls_leave_only_what_is_pending():
    outcome = await think(with_tools)
    assert outcome.appends == [["customer_message"]]
    assert outcome.result.tool_calls == LOOK_UP.tool_calls


async def test_a_model_that_fails_leaves_what_is_pending():
    log = NotedLog()
    with pytest.raises(Exception, match="away"):
        await think(failing, log)
    assert log.appends == [["customer_message"]]


async def test_a_repeat_that_finds_its_reply_calls_no_model():
    outcome = await think(at_once, NotedLog(Appended(answered=["m0"])), attempt=2)
    assert (outcome.appends, outcome.calls) == ([["customer_message"]], 0)


async def test_a_repeat_that_finds_none_thinks():
    outcome = await think(at_once, attempt=2)
    assert (outcome.appends, outcome.calls) == ([["customer_message"], ["agent_message"]], 1)


async def test_a_thought_begun_anew_with_more_messages_looks_for_answers_first():
    outcome = await think(at_once, NotedLog(Appended(answered=["m0"])), texts=("twice?", "hello?"))
    assert (outcome.appends, outcome.calls) == ([["customer_message", "customer_message"]], 0)


@pytest.mark.parametrize("attempt", [1, 2])
async def test_a_stale_thought_says_nothing(attempt: int):
    outcome = await think(at_once, NotedLog(Appended(fenced=True, epoch=4)), attempt=attempt)
    assert outcome.result.fenced
    assert outcome.result.log_epoch == 4
    assert outcome.result.said == []


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds become hundredths."""
    monkeypatch.setattr(thinking, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(thinking, "DECISION_SECONDS", 0.05)


@pytest.mark.parametrize(
    ("failures_before", "error_type", "final"),
    [(0, ModelUnavailable, False), (1, ModelUnavailable, False), (MODEL_FAILURES_LIMIT - 1, ModelFailed, True)],
)
async def test_a_model_that_never_answers_counts_as_failed(
    impatient: None, failures_before: int, error_type: type[Exception], final: bool
):
    """An attempt that Temporal times out would forget its count, and the model would be asked for ever."""
    watched, beats = environment(failures_before + 1, failures_before), []
    watched.on_heartbeat = lambda *details: beats.append(details)
    agents = Scripted(never)
    activities = ThinkActivities(NotedLog(), agents, NoStream())  # type: ignore[arg-type]
    with pytest.raises(ApplicationError) as failed:
        await asyncio.wait_for(watched.run(activities.think, thought_of("twice?")), 5)
    assert (failed.value.type, failed.value.non_retryable) == (error_type.type, final)  # type: ignore[attr-defined]
    assert final or beats[-1] == (failures_before + 1,)


def test_an_attempt_ends_by_itself_before_temporal_ends_it():
    timeout = THINK["start_to_close_timeout"]
    assert timeout is not None
    assert timeout.total_seconds() > DECISION_SECONDS + 5


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (TicketStatus.IN_PROGRESS, TicketStatus.PENDING_CUSTOMER),
        (TicketStatus.RESOLVED, TicketStatus.RESOLVED),
    ],
)
async def test_the_snapshot_s_status_moves_only_as_the_table_allows(before: TicketStatus, after: TicketStatus):
    log, thought = NotedLog(), thought_of("twice?")
    thought.state.status = before
    activities = ThinkActivities(log, Scripted(at_once), NoStream())  # type: ignore[arg-type]
    await environment().run(activities.think, thought)
    assert log.snapshots[-1].status == after
