"""Tools on another system as the engine calls them: Temporal tries again, and the effect happens once."""

from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.tools import ToolActivities
from domain.messages import ToolCall, ToolOutcome, ToolRequest
from domain.state import AgentType
from tests.adapters.connectors.asking import NOW
from tests.adapters.connectors.conftest import Connect
from tests.adapters.connectors.cutting import line_to
from tests.adapters.connectors.test_http import counts, crm, legacy
from workflows.tool_run import ToolRunWorkflow

pytestmark = pytest.mark.integration


def call(tool: str, **arguments: object) -> ToolRequest:
    arguments = {"customer_id": "CUST_001"} | arguments
    return ToolRequest(
        conversation_id="c-1",
        customer_id=str(arguments["customer_id"]),
        agent=AgentType.TIER2,
        call=ToolCall(call_id="1", tool=tool, arguments=arguments),
        occasion=uuid4().hex,
        at=NOW,
    )


async def outcome_of(client: Client, task_queue: str, office, request: ToolRequest) -> ToolOutcome:
    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=[ToolRunWorkflow],
        activities=ToolActivities(office).activities(),
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker:
        return await client.execute_workflow(ToolRunWorkflow.run, request, id=f"call-{uuid4()}", task_queue=task_queue)


async def test_a_cut_connection_is_tried_again_and_the_effect_happens_once(
    temporal_client: Client, task_queue: str, connect: Connect, http_port: int
):
    before = await counts(http_port)
    async with line_to(http_port) as line:
        office = await connect(crm=crm(line.port), ticketing=legacy(line.port))
        line.cut_after = b"POST /api/customers"
        noted = await outcome_of(
            temporal_client, task_queue, office, call("update_customer_notes", note="Prefers mornings.")
        )
        assert (noted.success, line.cut_after) == (True, b"")
        line.cut_after = b"POST /api/legacy"
        request = call("create_ticket", category="technical", description="The router blinks red at night.")
        opened = await outcome_of(temporal_client, task_queue, office, request)
        assert (opened.success, line.cut_after) == (True, b"")
    after = await counts(http_port)
    assert after["notes"] == before.get("notes", 0) + 1
    assert after["tickets"] == before.get("tickets", 0) + 1


async def test_a_try_that_meets_the_one_before_it_waits_for_its_answer(
    temporal_client: Client, task_queue: str, connect: Connect, http_port: int
):
    before = await counts(http_port)
    office = await connect(crm=crm(http_port))
    request = call("update_customer_notes", note="Prefers mornings.", customer_id="CUST_002")
    noted = await outcome_of(temporal_client, task_queue, office, request)
    assert (noted.success, noted.error) == (True, "")
    after = await counts(http_port)
    assert after["notes"] == before.get("notes", 0) + 1
    assert after["conflicts"] > before.get("conflicts", 0), "the second try came too late to meet the first"


@pytest.mark.parametrize(
    ("customer_id", "error_type"),
    [("CUST_GONE", "unknown-customer"), ("CUST_FULL", "not-possible"), ("CUST_WRONG", "answer-unreadable")],
)
async def test_a_refusal_is_for_the_agent_to_read(
    temporal_client: Client, task_queue: str, connect: Connect, http_port: int, customer_id: str, error_type: str
):
    office = await connect(crm=crm(http_port))
    request = call("update_customer_notes", note="Prefers mornings.", customer_id=customer_id)
    outcome = await outcome_of(temporal_client, task_queue, office, request)
    assert (outcome.success, outcome.error_type) == (False, error_type)
    assert outcome.error
