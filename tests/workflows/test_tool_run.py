from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from domain.messages import ToolCall, ToolOutcome, ToolRequest
from domain.state import AgentType
from tests.workflows.stage import Stage
from workflows.tool_run import ToolRunWorkflow, tool_run_workflow_id

pytestmark = pytest.mark.integration


async def run(stage: Stage, tool: str, **arguments: Any) -> ToolOutcome:
    request = ToolRequest(
        conversation_id="t-1",
        customer_id="CUST_001",
        agent=AgentType.TIER1,
        call=ToolCall(call_id="call-1", tool=tool, arguments=arguments),
        at=datetime.now(UTC),
    )
    return await stage.client.execute_workflow(
        ToolRunWorkflow.run, request, id=tool_run_workflow_id(uuid4().hex), task_queue=stage.task_queue
    )


async def test_a_tool_runs_and_its_refusal_is_an_outcome(stage: Stage) -> None:
    outcome = await run(stage, "get_customer_profile", customer_id="CUST_001")
    assert (outcome.tool, outcome.call_id) == ("get_customer_profile", "call-1")
    assert outcome.success or outcome.error_type == "unknown-customer"


async def test_wrong_arguments_and_made_up_tools_are_outcomes_too(stage: Stage) -> None:
    assert (await run(stage, "get_customer_profile")).error_type == "invalid-arguments"
    assert (await run(stage, "make_coffee")).error_type == "unknown-tool"


async def test_an_alias_runs_the_tool_it_stands_for(stage: Stage) -> None:
    assert (await run(stage, "billing_system_lookup", customer_id="CUST_001")).tool == "get_billing_information"
