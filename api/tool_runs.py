"""Tools on demand: start the run as a workflow of its own and wait for what comes of it."""

import asyncio
from contextlib import suppress
from typing import Protocol

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from api.conversations import RPC_TIMEOUT, engine_errors
from api.problems import EngineUnavailable
from domain.messages import ToolOutcome, ToolRequest
from workflows.options import WORKFLOW_TASK_TIMEOUT
from workflows.tool_run import ToolRunWorkflow, tool_run_workflow_id

RUN_SECONDS = 30.0
"""Longer than any tool's own timeouts; a run that outlasts it goes on, and the same key finds its outcome."""


class ToolRuns(Protocol):
    async def run(self, run_id: str, request: ToolRequest) -> ToolOutcome:
        """Run it, or wait for the run of this id that exists. Raises ``EngineUnavailable``."""
        ...


class TemporalToolRuns:
    def __init__(self, client: Client, *, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def run(self, run_id: str, request: ToolRequest) -> ToolOutcome:
        with engine_errors():
            await self._start(tool_run_workflow_id(run_id), request)
            handle = self._client.get_workflow_handle_for(ToolRunWorkflow.run, tool_run_workflow_id(run_id))
            try:
                async with asyncio.timeout(RUN_SECONDS):
                    return await handle.result()
            except TimeoutError:
                raise EngineUnavailable("The run goes on; the same request finds what comes of it.") from None
            except WorkflowFailureError as failed:
                raise EngineUnavailable("The run was ended from outside.") from failed

    async def _start(self, workflow_id: str, request: ToolRequest) -> None:
        with suppress(WorkflowAlreadyStartedError):
            await self._client.start_workflow(
                ToolRunWorkflow.run,
                request,
                id=workflow_id,
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=f"{request.call.tool} for {request.agent}",
                task_timeout=WORKFLOW_TASK_TIMEOUT,
                rpc_timeout=RPC_TIMEOUT,
            )
