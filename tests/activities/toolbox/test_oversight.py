"""Figures for supervisors, and requests that somebody else goes on: recorded once, and honest about what they are."""

import json
from typing import Any

import pytest
import pytest_asyncio

from adapters.postgres.conversation_log import PostgresConversationLog, SilentBell
from domain.events import SurveyAnswered
from domain.messages import OpenInput
from domain.state import AgentState, AgentType, Channel
from tests.activities.office import NOW, Office

pytestmark = pytest.mark.integration

ME = {"customer_id": "CUST_001"}
TRANSFER = ME | {"reason": "Customer asks for an exception", "summary": "Third visit failed; wants the fee back."}
TICKET = ME | {"category": "technical_support", "description": "Recordings vanish after a day"}
REQUESTS = "select count(*) from escalation_requests"

EVENT = (
    "insert into conversation_events (conversation_id, seq, event_id, type, at, body) values (%s, %s, %s, %s, %s, %s)"
)


async def run(office: Office, tool: str, arguments: dict[str, Any], **changes: Any):
    return await office.run(tool, arguments, **{"agent": "supervisor"} | changes)


@pytest_asyncio.fixture
async def ticket(office: Office) -> str:
    return (await run(office, "create_ticket", TICKET)).result["ticket_id"]


async def _conversation_with_replies(office: Office) -> None:
    async with office.pool.connection() as connection:
        await connection.execute(
            "insert into conversations (conversation_id, customer_id, channel, created_at, updated_at)"
            " values ('c-1', 'CUST_001', 'web', %s, %s)",
            (NOW, NOW),
        )
        for seq, agent in enumerate(AgentType, start=1):
            body = json.dumps({"agent_type": agent, "model": "playbook@1"})
            await connection.execute(
                EVENT, ("c-1", seq, f"e-{seq}", "agent_message", NOW.replace(minute=0, hour=9), body)
            )


async def test_performance_of_all_agents_is_told_in_few_words(office: Office):
    await _conversation_with_replies(office)
    outcome = await run(office, "get_agent_performance_data", {})
    assert {figures["agent_type"] for figures in outcome.result["agents"]} == set(AgentType)
    assert len(json.dumps(outcome.result)) < 3_500


async def test_performance_of_one_agent_and_of_nobody(office: Office):
    await _conversation_with_replies(office)
    one = await run(office, "get_agent_performance_data", {"agent_type": "billing"})
    assert [figures["conversations"] for figures in one.result["agents"]] == [1]
    short = await run(office, "get_agent_performance_data", {"time_range": "1h"})
    assert short.result["agents"] == []


@pytest.mark.parametrize("arguments", [{"time_range": "forever"}, {"time_range": "1y"}, {"agent_type": "wizard"}])
async def test_no_other_periods_or_agents(library: Office, arguments: dict[str, str]):
    assert (await run(library, "get_agent_performance_data", arguments)).error_type == "invalid-arguments"


async def test_satisfaction_sees_what_is_open(office: Office, ticket: str):
    after = (await run(office, "calculate_customer_satisfaction", ME, agent="sales")).result
    await run(office, "update_ticket_status", {"ticket_id": ticket, "status": "closed"}, customer_id="CUST_001")
    before = (await run(office, "calculate_customer_satisfaction", ME)).result
    assert after["drivers"] == ["1 open tickets"]
    assert before["drivers"] == []
    assert round(before["predicted"] - after["predicted"], 2) == 0.2


async def test_satisfaction_knows_what_was_just_answered(office: Office):
    """From the log's event, once, with what goes beyond the score."""
    before = (await run(office, "calculate_customer_satisfaction", ME)).result
    log = PostgresConversationLog(office.pool, SilentBell())
    await log.open(OpenInput(conversation_id="c-1", customer_id="CUST_001", channel=Channel.WEB, now=NOW))
    state = AgentState(session_id="s", conversation_id="c-1", session_start=NOW, last_activity=NOW)
    answered = SurveyAnswered(event_id="answered-s", at=NOW, survey_id="s", score=1, nps=3, effort=6)
    for _ in range(2):
        await log.append("c-1", 0, [answered], state=state, snapshot=False)
    [stored] = await office.rows("select * from satisfaction_scores where nps is not null")
    assert (stored["customer_id"], stored["score"], stored["nps"], stored["effort"]) == ("CUST_001", 1, 3, 6)
    after = (await run(office, "calculate_customer_satisfaction", ME)).result
    assert (after["nps"], after["effort"]) == (-100, 6)
    assert after["score"] < before["score"]
    assert "nps" not in before or before["nps"] is None


async def test_an_escalation_is_recorded_once(office: Office, ticket: str):
    arguments = {"ticket_id": ticket, "reason": "Needs a firmware engineer, write to ada@example.org"}
    first = await run(office, "escalate_ticket", arguments, customer_id="CUST_001")
    again = await run(office, "escalate_ticket", arguments, customer_id="CUST_001")
    assert first.result == again.result
    assert (first.result["status"], first.result["target"]) == ("escalated", "tier3")
    [request] = await office.rows("select * from escalation_requests")
    assert request["reason"].endswith("a***@example.org")
    assert await office.value("select status from tickets where ticket_id = %s", ticket) == "escalated"
    assert await office.value("select count(*) from ticket_changes") == 1
    later = await run(office, "escalate_ticket", arguments, customer_id="CUST_001", occasion="m-2")
    assert later.error_type == "not-possible"
    other = await run(office, "escalate_ticket", arguments | {"target": "human"}, customer_id="CUST_001")
    assert other.success
    assert await office.value(REQUESTS) == 2


async def test_the_status_of_the_conversations_own_ticket_is_left_to_the_engine(office: Office, ticket: str):
    await office.rows("update tickets set conversation_id = 'conversation-of-CUST_001' returning 1")
    arguments = {"ticket_id": ticket, "reason": "Too complex"}
    outcome = await run(office, "escalate_ticket", arguments, customer_id="CUST_001")
    assert outcome.result["status"] == "new"
    assert "cannot_help" in outcome.result["next_step"]
    assert await office.value("select status from tickets where ticket_id = %s", ticket) == "new"


async def test_a_person_is_asked_for_once_and_nobody_is_promised(office: Office):
    first, again = (
        await run(office, "transfer_to_human_agent", TRANSFER),
        await run(office, "transfer_to_human_agent", TRANSFER),
    )
    assert first.result == again.result
    assert "wants_person" in first.result["next_step"]
    later = await run(office, "transfer_to_human_agent", TRANSFER, occasion="m-2")
    assert later.error_type == "not-possible"
    assert await office.value(REQUESTS) == 1


async def test_who_waits_for_a_person_is_not_queued_again(office: Office):
    conversation = "conversation-of-CUST_001"
    async with office.pool.connection() as connection:
        await connection.execute(
            "insert into conversations (conversation_id, customer_id, channel, created_at, updated_at)"
            " values (%s, 'CUST_001', 'web', %s, %s)",
            (conversation, NOW, NOW),
        )
        await connection.execute(
            "insert into handoffs (handoff_id, conversation_id, queue, reason, requested_at)"
            " values ('h-1', %s, 'general', 'asked', %s)",
            (conversation, NOW),
        )
    assert (await run(office, "transfer_to_human_agent", TRANSFER)).error_type == "not-possible"


@pytest.mark.parametrize("agent", sorted(set(AgentType) - {AgentType.SUPERVISOR}))
async def test_transfers_are_the_supervisors(library: Office, agent: str):
    assert (await run(library, "transfer_to_human_agent", TRANSFER, agent=agent)).error_type == "not-authorized"


@pytest.mark.parametrize(
    ("tool", "arguments", "customer", "error_type"),
    [
        ("escalate_ticket", {"reason": "x"}, "CUST_001", "invalid-arguments"),
        ("escalate_ticket", {"reason": "A" * 10_000_000}, "CUST_001", "invalid-arguments"),
        ("escalate_ticket", {"target": "billing"}, "CUST_001", "invalid-arguments"),
        ("escalate_ticket", {"ticket_id": "T-404"}, "CUST_001", "not-found"),
        ("escalate_ticket", {}, "CUST_002", "not-found"),
        ("transfer_to_human_agent", TRANSFER | {"queue": "vip"}, "CUST_001", "invalid-arguments"),
        ("transfer_to_human_agent", TRANSFER | {"summary": "A" * 10_000_000}, "CUST_001", "invalid-arguments"),
        ("transfer_to_human_agent", TRANSFER, "CUST_002", "not-found"),
        ("transfer_to_human_agent", TRANSFER | {"customer_id": "CUST_404"}, "CUST_404", "unknown-customer"),
        ("calculate_customer_satisfaction", ME, "CUST_002", "not-found"),
        ("calculate_customer_satisfaction", {"customer_id": "CUST_404"}, "CUST_404", "unknown-customer"),
    ],
)
async def test_what_cannot_be_is_refused(
    office: Office, ticket: str, tool: str, arguments: dict[str, Any], customer: str, error_type: str
):
    given = {"ticket_id": ticket, "reason": "Too complex"} | arguments if tool == "escalate_ticket" else arguments
    outcome = await run(office, tool, given, customer_id=customer)
    assert outcome.error_type == error_type
    assert await office.value(REQUESTS) == 0


async def test_a_closed_ticket_is_not_escalated(office: Office, ticket: str):
    await run(office, "update_ticket_status", {"ticket_id": ticket, "status": "closed"}, customer_id="CUST_001")
    arguments = {"ticket_id": ticket, "reason": "Too complex"}
    outcome = await run(office, "escalate_ticket", arguments, customer_id="CUST_001")
    assert outcome.error_type == "status-refused"
