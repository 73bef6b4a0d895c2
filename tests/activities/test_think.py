"""Thinking as a plain activity: what it appends, in which order, and when it calls a model."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.ports import Appended
from activities.think import AT_ONCE_SECONDS, ThinkActivities
from domain.errors import ModelUnavailable
from domain.events import CustomerMessageLogged
from domain.messages import AgentReply, CustomerMessage, Decision, ThinkInput, ThinkResult, ToolCall
from domain.state import AgentState, AgentType

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

    async def append(self, conversation_id: str, epoch: int, events: Any, **_: Any) -> Appended:
        self.appends.append([event.type for event in events])
        return self.answers


@dataclass
class Scripted:
    mind: Mind
    calls: int = 0

    def tools_of(self, agent: AgentType) -> tuple[()]:
        return ()

    async def decide(self, *_: Any) -> Decision:
        self.calls += 1
        return await self.mind()


class NoStream:
    async def delta(self, *_: Any) -> None:
        return None


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


async def think(
    mind: Mind, log: NotedLog | None = None, *, attempt: int = 1, texts: tuple[str, ...] = ("twice?",)
) -> Outcome:
    log, agents = log or NotedLog(), Scripted(mind)
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt)
    activities = ThinkActivities(log, agents, NoStream())  # type: ignore[arg-type]
    result = await environment.run(activities.think, thought_of(*texts))
    return Outcome(result, log.appends, agents.calls)


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
