"""Tools as the engine calls them: by name, on a real Temporal, through an outage of Postgres."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from adapters.demo import seed
from adapters.postgres.migrate import migrate
from adapters.postgres.pool import open_pool
from domain.messages import ToolOutcome, ToolRequest
from domain.toolbox import policy_of
from tests.activities.office import Office, request, yes_to
from tests.adapters.postgres.outage import mortal_postgres
from workflows.options import tool_options

pytestmark = pytest.mark.integration

ME = {"customer_id": "CUST_001"}
CREDIT = ME | {"amount": "49.99", "reason": "Charged twice", "invoice_id": "INV-2026-11-0001"}


@workflow.defn
class CallTool:
    """What the conversation does with a tool call, and nothing else."""

    @workflow.run
    async def run(self, call: ToolRequest) -> ToolOutcome:
        return await workflow.execute_activity(
            call.call.tool, call, result_type=ToolOutcome, **tool_options(policy_of(call.call.tool))
        )


@asynccontextmanager
async def working(client: Client, task_queue: str, office: Office) -> AsyncIterator[None]:
    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=[CallTool],
        activities=office.tools.activities(),
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker:
        yield


async def start(client: Client, task_queue: str, call: ToolRequest) -> WorkflowHandle[CallTool, ToolOutcome]:
    return await client.start_workflow(CallTool.run, call, id=f"call-{uuid4()}", task_queue=task_queue)


async def failed_once(handle: WorkflowHandle[CallTool, ToolOutcome]) -> str:
    """The type of the error that the activity is being retried for."""
    async with asyncio.timeout(30):
        while True:
            description = await handle.describe()
            for pending in description.raw_description.pending_activities:
                if pending.attempt > 1 and pending.HasField("last_failure"):
                    return pending.last_failure.application_failure_info.type
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("tool", "expected"),
    [("get_account_services", ""), ("billing_system_api", ""), ("print_money", "unknown-tool")],
)
async def test_names_aliases_and_inventions_all_get_an_answer(
    temporal_client: Client, task_queue: str, library: Office, tool: str, expected: str
):
    async with working(temporal_client, task_queue, library):
        outcome = await (await start(temporal_client, task_queue, request(tool, ME))).result()
    assert outcome.error_type == expected
    assert outcome.success is (expected == "")


async def test_an_outage_is_waited_for_and_the_credit_is_booked_once(
    temporal_client: Client, task_queue: str, tmp_path: Path
):
    call = request("apply_credit_adjustment", CREDIT, consent=yes_to("apply_credit_adjustment", CREDIT))
    async with mortal_postgres(tmp_path) as postgres:
        await migrate(postgres.cluster.url())
        await seed(postgres.cluster.url())
        office = Office(await open_pool(postgres.cluster.url()))
        async with working(temporal_client, task_queue, office):
            postgres.kill()
            handle = await start(temporal_client, task_queue, call)
            assert await failed_once(handle) == "back-office-unavailable"
            await postgres.start()
            outcome = await handle.result()
            assert outcome.success, outcome.error
            assert await office.value("select count(*) from ledger_transactions where kind = 'credit'") == 1
        await office.pool.close()
