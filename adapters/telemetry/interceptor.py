"""What every activity gets without asking: log context, run time, queue wait, and counts of what it did.

So activities hold no telemetry. The worker is built with ``interceptors=[ObservedActivities(conversation_of)]``.
"""

import time
from collections.abc import Callable
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from adapters.telemetry.logs import log_context
from adapters.telemetry.metrics import INTENTS, QUEUE_WAIT_SECONDS, STAGE_SECONDS, STEPS, TOOL_CALLS, TURNS
from domain.classification import Classification
from domain.messages import ThinkInput, ThinkResult, ToolOutcome

ConversationOf = Callable[[str], str]
"""The conversation id of a workflow id, or an empty string."""


class ObservedActivities(Interceptor):
    def __init__(self, conversation_of: ConversationOf) -> None:
        self._conversation_of = conversation_of

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        return _Observer(next, self._conversation_of)


class _Observer(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, conversation_of: ConversationOf) -> None:
        super().__init__(following)
        self._conversation_of = conversation_of

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        info = activity.info()
        stage, started = info.activity_type, time.perf_counter()
        QUEUE_WAIT_SECONDS.labels(stage).observe(_waited_seconds(info))
        outcome = "ok"
        with log_context(conversation_id=self._conversation_of(info.workflow_id or ""), trace_id=_trace_id(info)):
            try:
                result = await super().execute_activity(input)
            except BaseException as error:
                outcome = type(error).__name__
                raise
            finally:
                STAGE_SECONDS.labels(stage, outcome).observe(time.perf_counter() - started)
        _count(input.args, result)
        return result


def _waited_seconds(info: activity.Info) -> float:
    return max(0.0, (info.started_time - info.current_attempt_scheduled_time).total_seconds())


def _trace_id(info: activity.Info) -> str:
    """A conversation's run is one trace: its run id, written as W3C writes trace ids."""
    return (info.workflow_run_id or "").replace("-", "")


def _count(arguments: Any, result: object) -> None:
    match result:
        case ThinkResult():
            _count_thought(arguments[0], result)
        case ToolOutcome():
            TOOL_CALLS.labels(result.tool, "ok" if result.success else result.error_type or "error").inc()
        case Classification():
            INTENTS.labels(str(result.sure).lower()).inc()
        case _:
            pass


def _count_thought(thought: ThinkInput, result: ThinkResult) -> None:
    came_of_it = "fenced" if result.fenced else "tools" if result.tool_calls else "reply"
    STEPS.labels(thought.agent, came_of_it).inc()
    for reply in result.said:
        if reply.turn_id == thought.turn_id:
            TURNS.labels(reply.agent_type, reply.outcome).inc()
