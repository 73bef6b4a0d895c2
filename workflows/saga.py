"""An effect of several steps: each is an activity, tried until its fate is known; a refusal takes back what was done.

The saga is a workflow of its own, so that it ends well even if nobody waits for it any more: its conversation may be
closed, or gone. ``domain/sagas.py`` has the steps and their order.
"""

from dataclasses import dataclass
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    ChildWorkflowError,
    WorkflowAlreadyStartedError,
    is_cancelled_exception,
)
from temporalio.workflow import ActivityConfig, ChildWorkflowCancellationType, ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.sagas import ADMIT, GIVE_UP, Admission, GivenUp, SagaRun
    from domain.admission import effect_key_of, named_tool
    from domain.messages import ToolOutcome, ToolRequest
    from domain.sagas import Step, carry_out
    from domain.toolbox import policy_of, saga_of
    from workflows import options
    from workflows.ids import saga_workflow_id

ResultT = TypeVar("ResultT")

PATCH = "tools-as-sagas"
STOPPED = (
    "This could not be finished. What had begun was taken back: nothing was ordered, charged or paid out. "
    "Say so, and offer the customer a person."
)
UNKNOWN = (
    "Nobody knows yet whether this was done. Do not try it again and promise nothing: "
    "say so, and hand the conversation to a person."
)


@workflow.defn
class SagaWorkflow:
    @workflow.run
    async def run(self, request: ToolRequest) -> ToolOutcome:
        """The outcome of the whole. A refusal is one: by the gate, or by a step, and then nothing remains."""
        saga = named_tool(request).saga
        assert saga is not None, f"{request.call.tool} is one step"
        try:
            admission: Admission = await workflow.execute_activity(
                ADMIT, request, result_type=Admission, **_options(request, f"May {request.agent} do this?")
            )
        except ActivityError as error:
            return _failed(request, error)
        if admission.run is None:
            return admission.outcome
        return await carry_out(saga, _Activities(admission.run))


@dataclass(frozen=True)
class _Activities:
    """Implements ``domain.sagas.Hands``."""

    run: SagaRun

    async def do(self, name: str) -> ToolOutcome:
        try:
            outcome: ToolOutcome = await workflow.execute_activity(
                name, self.run, result_type=ToolOutcome, **_options(self.run.request, name)
            )
            return outcome
        except ActivityError as error:
            return _failed(self.run.request, error)

    async def give_up(self) -> ToolOutcome | None:
        return (await self._until_done(GIVE_UP, GivenUp)).happened

    async def undo(self, step: Step) -> None:
        await self._until_done(step.undo, type(None))

    async def _until_done(self, name: str, result: type[ResultT]) -> ResultT:
        """Also when somebody cancels the saga: that means to take it back, not to leave it half done."""
        while True:
            try:
                done: ResultT = await workflow.execute_activity(
                    name, self.run, result_type=result, **options.summarized(options.UNDO, name)
                )
                return done
            except ActivityError as error:
                if not is_cancelled_exception(error):
                    raise


def runs_as_saga(tool_name: str) -> bool:
    """Whether a workflow has this tool run by ``run_as_saga``. One that ran it as an activity goes on with that."""
    return saga_of(tool_name) is not None and workflow.patched(PATCH)


async def run_as_saga(request: ToolRequest) -> ToolOutcome:
    """Have a saga run as a child, and wait for its outcome. One that runs for the same effect already is waited for;
    after it, another finds every step done, or taken back."""
    saga_id = saga_workflow_id(request.conversation_id, effect_key_of(request))
    while True:
        try:
            outcome = await workflow.execute_child_workflow(
                SagaWorkflow.run,
                request,
                id=saga_id,
                parent_close_policy=ParentClosePolicy.ABANDON,
                cancellation_type=ChildWorkflowCancellationType.ABANDON,
                task_timeout=options.WORKFLOW_TASK_TIMEOUT,
                static_summary=f"{request.call.tool} for {request.agent}, step by step",
            )
        except WorkflowAlreadyStartedError:
            await workflow.sleep(options.SAGA_LOOK, summary="The same effect is under way")
        except ChildWorkflowError:
            return _outcome(request, "unknown", UNKNOWN)
        else:
            return outcome.model_copy(update={"call_id": request.call.call_id})


def _options(request: ToolRequest, summary: str) -> ActivityConfig:
    return options.summarized(options.tool_options(policy_of(request.call.tool)), summary)


def _failed(request: ToolRequest, error: ActivityError) -> ToolOutcome:
    """An activity that ended otherwise than by its own word: somebody cancelled the saga, or its error was final."""
    cause = error.cause
    return _outcome(request, cause.type or "unknown" if isinstance(cause, ApplicationError) else "cancelled", STOPPED)


def _outcome(request: ToolRequest, error_type: str, error: str) -> ToolOutcome:
    return ToolOutcome(
        call_id=request.call.call_id,
        tool=named_tool(request).name,
        success=False,
        error_type=error_type,
        error=error,
    )
