"""One tool, run for a person or a program outside any conversation's turn: the same activity (or saga), gate, timeouts
and retries as when an agent calls it, and a history of who ran what."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.messages import ToolOutcome, ToolRequest
    from domain.toolbox import policy_of, resolve
    from workflows.options import summarized, tool_options
    from workflows.saga import run_as_saga, runs_as_saga


def tool_run_workflow_id(run_id: str) -> str:
    return f"tool-run-{run_id}"


@workflow.defn
class ToolRunWorkflow:
    @workflow.run
    async def run(self, request: ToolRequest) -> ToolOutcome:
        """A refusal is an outcome; so is a failure that did not pass in time."""
        tool = resolve(request.call.tool)
        name = tool.name if tool else request.call.tool
        if runs_as_saga(name):
            return await run_as_saga(request)
        try:
            outcome: ToolOutcome = await workflow.execute_activity(
                name,
                request,
                result_type=ToolOutcome,
                **summarized(tool_options(policy_of(name)), f"{name} for {request.agent}"),
            )
            return outcome
        except ActivityError as error:
            cause = error.cause
            return ToolOutcome(
                call_id=request.call.call_id,
                tool=name,
                success=False,
                error_type=cause.type or "unavailable" if isinstance(cause, ApplicationError) else "unavailable",
                error="The tool could not be run: what it needs is away.",
            )
