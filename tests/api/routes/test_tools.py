import time
from datetime import UTC, datetime

import pytest
from temporalio.client import Client

from api.problems import EngineUnavailable
from api.tool_runs import TemporalToolRuns
from domain.messages import ToolCall, ToolRequest
from domain.state import AgentType
from tests.api.stage import CUSTOMER, OTHER_CUSTOMER, Api

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PROFILE = {"tool_name": "get_customer_profile", "parameters": {"customer_id": CUSTOMER}}


async def test_a_tool_runs_and_says_how_long_it_took(api: Api):
    response = await api.client("agent_tier1").post("/tools/execute", json=PROFILE)
    assert response.status_code == 200
    told = response.json()
    assert (told["tool_name"], told["success"]) == ("get_customer_profile", True)
    assert told["result"]["customer_id"] == CUSTOMER
    assert told["execution_time"] > 0
    assert "error" not in told


async def test_an_alias_is_the_tool(api: Api):
    body = {"tool_name": "billing_system_lookup", "parameters": {"customer_id": CUSTOMER}}
    response = await api.client("service").post(
        "/tools/execute", json=body | {"agent_context": {"agent_type": "billing_agent"}}
    )
    assert response.json()["tool_name"] == "get_billing_information"


async def test_a_refusal_by_the_tool_is_an_answer(api: Api):
    body = {"tool_name": "get_customer_profile", "parameters": {"customer_id": "CUST_999"}}
    response = await api.client("agent_tier1").post("/tools/execute", json=body)
    told = response.json()
    assert (response.status_code, told["success"], told["error"]["type"]) == (200, False, "unknown-customer")
    assert "result" not in told


async def test_an_effect_needs_the_customers_yes(api: Api):
    body = {
        "tool_name": "apply_credit_adjustment",
        "parameters": {"customer_id": CUSTOMER, "amount": 10, "reason": "goodwill"},
        "agent_context": {"agent_type": "billing"},
    }
    told = (await api.client("service").post("/tools/execute", json=body)).json()
    assert told["success"] is False
    assert told["error"]["type"] in ("consent-required", "invalid-arguments")


async def test_a_repeat_with_the_same_key_is_the_same_run(api: Api):
    headers = {"Idempotency-Key": "run-1"}
    client = api.client("agent_tier1")
    first = (await client.post("/tools/execute", json=PROFILE, headers=headers)).json()
    again = (await client.post("/tools/execute", json=PROFILE, headers=headers)).json()
    assert again == first


@pytest.mark.parametrize(
    ("role", "body", "status", "error_type"),
    [
        ("customer", PROFILE, 403, "forbidden"),
        ("agent_tier1", PROFILE | {"tool_name": "drop_tables"}, 404, "unknown-tool"),
        ("agent_tier1", PROFILE | {"tool_name": "a\x00b"}, 404, "unknown-tool"),
        ("agent_tier1", PROFILE | {"parameters": {}}, 422, "invalid-arguments"),
        ("agent_tier1", PROFILE | {"parameters": {"customer_id": 7}}, 422, "invalid-arguments"),
        ("agent_tier1", PROFILE | {"parameters": []}, 422, "invalid-request"),
        ("agent_tier1", PROFILE | {"tool_name": ""}, 422, "invalid-request"),
        ("agent_tier1", {}, 422, "invalid-request"),
        ("service", PROFILE | {"agent_context": {"agent_type": "wizard"}}, 422, "invalid-request"),
        ("service", PROFILE | {"agent_context": {"customer_id": OTHER_CUSTOMER}}, 422, "invalid-request"),
        (
            "agent_tier1",
            {
                "tool_name": "apply_credit_adjustment",
                "parameters": {"customer_id": CUSTOMER, "amount": 5, "reason": "x"},
            },
            403,
            "not-authorized",
        ),
    ],
)
async def test_what_may_not_run_is_a_problem(api: Api, role, body, status, error_type):
    response = await api.client(role).post("/tools/execute", json=body)
    assert (response.status_code, response.json()["type"]) == (status, f"/problems/{error_type}")


async def test_a_persons_rights_come_from_their_role_and_not_from_the_body(api: Api):
    body = {
        "tool_name": "apply_credit_adjustment",
        "parameters": {"customer_id": CUSTOMER, "amount": 5, "reason": "x"},
        "agent_context": {"agent_type": "billing"},
    }
    response = await api.client("agent_tier1").post("/tools/execute", json=body)
    assert response.status_code == 403


async def test_nobody_waits_for_ever_for_a_run_that_no_worker_takes(temporal_client: Client, monkeypatch):
    monkeypatch.setattr("api.tool_runs.RUN_SECONDS", 0.5)
    call = ToolCall(call_id="call-1", tool="get_customer_profile", arguments={"customer_id": CUSTOMER})
    request = ToolRequest(
        conversation_id="", customer_id=CUSTOMER, agent=AgentType.TIER1, call=call, occasion="x", at=NOW
    )
    began = time.monotonic()
    with pytest.raises(EngineUnavailable):
        await TemporalToolRuns(temporal_client, task_queue="nobody-works-here").run("lonely", request)
    assert time.monotonic() - began < 5
