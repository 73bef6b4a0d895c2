"""Real activities on a real worker: what do metrics and logs say afterwards?"""

from datetime import UTC, datetime, timedelta

import pytest
import structlog
from prometheus_client import REGISTRY
from temporalio import activity, workflow
from temporalio.client import WorkflowFailureError
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from adapters.telemetry.interceptor import ObservedActivities
from domain.classification import Classification
from domain.events import AgentMessage
from domain.messages import ThinkInput, ThinkResult, ToolOutcome
from domain.state import AgentState, AgentType

pytestmark = pytest.mark.integration

NOW = datetime(2026, 1, 1, tzinfo=UTC)
contexts: list[dict] = []


@activity.defn(name="get_billing_information")
async def tool(success: bool) -> ToolOutcome:
    contexts.append(structlog.contextvars.get_contextvars())
    return ToolOutcome(
        call_id="c", tool="get_billing_information", success=success, error_type="" if success else "not-found"
    )


@activity.defn(name="think")
async def think(thought: ThinkInput) -> ThinkResult:
    said = [reply(turn_id) for turn_id in (thought.turn_id, "an-earlier-turn")]
    return ThinkResult(said=said)


@activity.defn(name="classify")
async def classify(sure: bool) -> Classification:
    return Classification(intent="billing_dispute", confidence=0.99 if sure else 0.1)


@activity.defn(name="broken")
async def broken() -> None:
    raise ApplicationError("no", non_retryable=True)


def reply(turn_id: str) -> AgentMessage:
    return AgentMessage(
        event_id=turn_id, at=NOW, turn_id=turn_id, agent_type=AgentType.BILLING, message="Hello", answers=["m"]
    )


@workflow.defn
class EachOnce:
    @workflow.run
    async def run(self, fail: bool) -> None:
        brief = {"start_to_close_timeout": timedelta(seconds=5), "retry_policy": RetryPolicy(maximum_attempts=1)}
        if fail:
            await workflow.execute_activity(broken, **brief)
        await workflow.execute_activity(tool, True, **brief)
        await workflow.execute_activity(tool, False, **brief)
        await workflow.execute_activity(classify, True, **brief)
        state = AgentState(session_id="s", conversation_id="c", session_start=NOW, last_activity=NOW)
        thought = ThinkInput(
            epoch=1, turn_id="t-1", agent=AgentType.BILLING, messages=[], pending=[], state=state, now=NOW
        )
        await workflow.execute_activity(think, thought, **brief)


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def run_once(client, task_queue, *, fail: bool) -> str:
    observed = ObservedActivities(lambda workflow_id: workflow_id.removeprefix("conversation-"))
    async with Worker(
        client,
        task_queue=task_queue,
        workflows=[EachOnce],
        activities=[tool, think, classify, broken],
        interceptors=[observed],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        handle = await client.start_workflow(EachOnce.run, fail, id=f"conversation-{task_queue}", task_queue=task_queue)
        await handle.result()
        return handle.first_execution_run_id


async def test_steps_turns_tools_and_classifications_are_counted(temporal_client, task_queue):
    def counted() -> dict[str, float]:
        tools = {"tool": "get_billing_information"}
        return {
            "tool ok": value("switchboard_tool_calls_total", outcome="ok", **tools),
            "tool not found": value("switchboard_tool_calls_total", outcome="not-found", **tools),
            "sure": value("switchboard_classifications_total", sure="true"),
            "steps": value("switchboard_steps_total", agent="billing", result="reply"),
            "turns": value("switchboard_turns_total", agent="billing", outcome="continue"),
            "run times": value("switchboard_stage_seconds_count", stage="think", outcome="ok"),
            "waits": value("switchboard_queue_wait_seconds_count", stage="think"),
        }

    before = counted()
    await run_once(temporal_client, task_queue, fail=False)
    assert {name: now - before[name] for name, now in counted().items()} == dict.fromkeys(before, 1.0)


async def test_an_activity_logs_under_its_conversation_and_run(temporal_client, task_queue):
    contexts.clear()
    run_id = await run_once(temporal_client, task_queue, fail=False)
    assert contexts[0] == {"conversation_id": task_queue, "trace_id": run_id.replace("-", "")}


async def test_a_failure_is_counted_by_its_type(temporal_client, task_queue):
    before = value("switchboard_stage_seconds_count", stage="broken", outcome="ApplicationError")
    with pytest.raises(WorkflowFailureError):
        await run_once(temporal_client, task_queue, fail=True)
    assert value("switchboard_stage_seconds_count", stage="broken", outcome="ApplicationError") == before + 1
