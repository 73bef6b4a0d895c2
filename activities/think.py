"""The steps that write the log: thinking (logs what is pending first, its own reply last), and plain appends."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any

from temporalio import activity

from activities.errors import as_application_error
from activities.ports import Agents, Appended, ConversationLog, TokenStream
from domain import words
from domain.agents import AGENTS
from domain.errors import ModelFailed, ModelUnavailable, SwitchboardError
from domain.events import AgentMessage, Event, InterimMessage
from domain.handover import hands_over
from domain.ids import reply_event_id
from domain.messages import AgentReply, AppendInput, AppendResult, Decision, ThinkInput, ThinkResult
from domain.replies import take_reply
from domain.state import TicketStatus
from domain.tickets import may_change

HEARTBEAT_SECONDS = 0.7
"""Well under the heartbeat timeout of 3 s, so that one late beat is no death."""
AT_ONCE_SECONDS = 0.02
"""Models in this process answer within; others take ten times as long, and what is pending is logged meanwhile."""
DECISION_SECONDS = 38.0
"""Under the activity's own timeout of 45 s: an attempt that ends by itself counts as a failure of the model."""
MODEL_FAILURES_LIMIT = 4
"""Attempts the model gets before a person is asked for. Failures of the log do not count: those are outages."""


class ThinkActivities:
    """Everything that speaks through the fenced log."""

    def __init__(self, log: ConversationLog, agents: Agents, stream: TokenStream) -> None:
        self._log = log
        self._agents = agents
        self._stream = stream

    @activity.defn
    async def append(self, request: AppendInput) -> AppendResult:
        """Log events without a thought. Retried until the log takes them."""
        with as_application_error():
            appended = await self._log.append(
                request.conversation_id,
                request.epoch,
                request.pending,
                state=request.state,
                snapshot=True,
                asked=request.asked,
            )
        return AppendResult(
            fenced=appended.fenced,
            log_epoch=appended.epoch,
            answered=appended.answered,
            said=_replies(appended),
            last_seq=appended.last_seq,
        )

    @activity.defn
    async def think(self, thought: ThinkInput) -> ThinkResult:
        """Log what is pending, let the agent decide, log its reply. A repeat finds the reply and calls no model.

        Where a model answers at once, one append does for both; the log fences and checks it all the same.
        """
        started = time.monotonic()
        with as_application_error():
            async with _ModelCall(lambda: self._call_model(thought)) as model:
                if _is_new(thought) and (reply := await model.reply_at_once()):
                    return await self._conclude(thought, reply, started, thought.pending)
                before = await self._log_pending(thought)
                if before.fenced or before.answered:
                    # Said already, by an attempt that died or by a thought that was overtaken: what it offered must be
                    # known before anything else is thought.
                    return _result(before, started)
                decision = await self._decide(thought, model)
            if decision is None:
                return _result(before, started).model_copy(update={"fenced": True})
            if decision.tool_calls:
                return _result(before, started).model_copy(update={"tool_calls": decision.tool_calls})
            assert decision.reply is not None, "a decision is a reply or tool calls"
            return await self._conclude(thought, decision.reply, started)

    async def _conclude(
        self, thought: ThinkInput, reply: AgentReply, started: float, pending: Sequence[Event] = ()
    ) -> ThinkResult:
        """Say it, unless somebody else should answer instead."""
        if hands_over(reply, AGENTS[thought.agent].confidence_floor):
            return ThinkResult(handover=reply, run_seconds=_seconds_since(started))
        return _result(await self._say(thought, reply, pending), started)

    async def _log_pending(self, thought: ThinkInput) -> Appended:
        return await self._log.append(
            thought.state.conversation_id,
            thought.epoch,
            thought.pending,
            state=thought.state,
            snapshot=False,
            asked=[message.message_id for message in thought.messages],
        )

    async def _say(self, thought: ThinkInput, reply: AgentReply, pending: Sequence[Event] = ()) -> Appended:
        asked = [message.message_id for message in thought.messages]
        said = AgentMessage(
            event_id=reply_event_id(thought.turn_id),
            at=datetime.now(UTC),
            turn_id=thought.turn_id,
            agent_type=thought.agent,
            message=reply.message,
            answers=asked,
            tools_executed=list(dict.fromkeys(result.tool for result in thought.tool_results)),
            resolution_offered=reply.outcome == "resolution_offered" or reply.offer is not None,
            outcome=reply.outcome,
            because=reply.because,
            confidence=reply.confidence,
            offer=reply.offer,
            articles=reply.articles,
            reason=reply.reason,
            model=reply.model,
        )
        state = thought.state
        # The snapshot shows the state as the core will have it when it hears of this reply.
        take_reply(state, said)
        if may_change(state.status, TicketStatus.PENDING_CUSTOMER):
            state.status = TicketStatus.PENDING_CUSTOMER
        return await self._log.append(
            state.conversation_id,
            thought.epoch,
            [*pending, said],
            state=state,
            snapshot=True,
            asked=asked,
        )

    async def _decide(self, thought: ThinkInput, model: "_ModelCall") -> Decision | None:
        """One model call, watched: it beats, and says an interim word when it takes long. None: it was superseded."""
        failures = _failures_so_far()
        watch = _Watch(thought, self._log, self._stream, failures)
        while not await model.ends_within(HEARTBEAT_SECONDS):
            if await watch.superseded():
                return None
            if watch.seconds > DECISION_SECONDS:
                raise _model_error(ModelUnavailable("The model took too long."), failures + 1)
            await watch.say_interim_word_if_due()
        try:
            return model.result()
        except Exception as error:
            raise _model_error(error, failures + 1) from error

    async def _call_model(self, thought: ThinkInput) -> Decision:
        conversation_id = thought.state.conversation_id

        async def on_delta(text: str) -> None:
            await self._stream.delta(conversation_id, thought.turn_id, thought.epoch, text)

        return await self._agents.decide(thought, self._agents.tools_of(thought.agent), on_delta)


class _Watch:
    """What happens beside a model call that takes longer than a heartbeat."""

    def __init__(self, thought: ThinkInput, log: ConversationLog, stream: TokenStream, failures: int) -> None:
        self._thought = thought
        self._log = log
        self._stream = stream
        self._failures = failures
        self._started = time.monotonic()
        self._announced = False
        self._interim_said = False

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    async def superseded(self) -> bool:
        """Beat, and look whether a thought under a newer epoch began: the log would refuse this one's reply anyway."""
        activity.heartbeat(self._failures)
        conversation_id = self._thought.state.conversation_id
        if not self._announced:
            self._announced = True
            await self._stream.began(conversation_id, self._thought.epoch)
        return await self._stream.latest_epoch(conversation_id) > self._thought.epoch

    async def say_interim_word_if_due(self) -> None:
        thought = self._thought
        spent = thought.work_seconds + self.seconds
        if self._interim_said or spent < thought.interim_after_seconds:
            return
        self._interim_said = True
        # The number of the turn without its epoch: one word a turn, however often it is thought anew.
        word = InterimMessage(
            event_id=f"interim-{thought.turn_id.partition('.')[0]}",
            at=datetime.now(UTC),
            agent_type=thought.agent,
            message=words.STILL_WORKING,
        )
        await self._log.append(
            thought.state.conversation_id,
            thought.epoch,
            [word],
            state=thought.state,
            snapshot=False,
            unless=reply_event_id(thought.turn_id),
        )


class _ModelCall:
    """One call of the model. It begins when it is first waited for; nothing of it survives the block."""

    def __init__(self, begin: Callable[[], Coroutine[Any, Any, Decision]]) -> None:
        self._begin = begin
        self._task: asyncio.Task[Decision] | None = None

    async def __aenter__(self) -> "_ModelCall":
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=1)

    async def ends_within(self, seconds: float) -> bool:
        self._task = self._task or asyncio.create_task(self._begin())
        return bool((await asyncio.wait({self._task}, timeout=seconds))[0])

    async def reply_at_once(self) -> AgentReply | None:
        """The reply if it comes within ``AT_ONCE_SECONDS``; whatever else comes is left for ``result``."""
        if not await self.ends_within(AT_ONCE_SECONDS) or self._failed():
            return None
        return self.result().reply

    def result(self) -> Decision:
        """Of a call that has ended. Raises what it raised."""
        assert self._task is not None, "waited for before"
        return self._task.result()

    def _failed(self) -> bool:
        return self._task is not None and (self._task.cancelled() or self._task.exception() is not None)


def _is_new(thought: ThinkInput) -> bool:
    """Nobody can have answered it yet. A repeat asks the log first, since a second model call costs money, and so does
    a thought that began anew with more messages."""
    return activity.info().attempt == 1 and len(thought.messages) == 1


def _failures_so_far() -> int:
    """Model failures of earlier attempts ride in the heartbeat: attempts alone would count outages of the log too."""
    details = activity.info().heartbeat_details
    return int(details[0]) if details else 0


def _model_error(error: Exception, failures: int) -> Exception:
    """Whatever went wrong while a mind was at work: worth another attempt a few times, then final."""
    if isinstance(error, SwitchboardError) and not error.retryable:
        return error
    if failures >= MODEL_FAILURES_LIMIT:
        return ModelFailed(f"The model failed {failures} times; at last: {type(error).__name__}.")
    activity.heartbeat(failures)
    return error


def _result(appended: Appended, started: float) -> ThinkResult:
    return ThinkResult(
        fenced=appended.fenced,
        log_epoch=appended.epoch,
        answered=appended.answered,
        said=_replies(appended),
        last_seq=appended.last_seq,
        run_seconds=_seconds_since(started),
    )


def _seconds_since(started: float) -> float:
    return round(time.monotonic() - started, 4)


def _replies(appended: Appended) -> list[AgentMessage]:
    return [logged.event for logged in appended.replies if isinstance(logged.event, AgentMessage)]
