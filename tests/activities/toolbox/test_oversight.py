"""Figures for supervisors, and requests that somebody else goes on: recorded once, and honest about what they are."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from adapters.postgres import oversight
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


def ago(**span: int):
    return NOW - timedelta(**span)


async def _conversation(office: Office, conversation: str, **columns: Any) -> None:
    given = {
        "conversation_id": conversation,
        "customer_id": "CUST_001",
        "channel": "web",
        "created_at": NOW,
        "updated_at": NOW,
    } | columns
    await _insert(office, "conversations", given)


async def _insert(office: Office, table: str, row: Mapping[str, Any]) -> None:
    places = ", ".join(["%s"] * len(row))
    query = f"insert into {table} ({', '.join(row)}) values ({places})"
    async with office.pool.connection() as connection:
        await connection.execute(query.encode(), list(row.values()))


@pytest_asyncio.fixture
async def queues(office: Office) -> None:
    """Two wait for billing; of those that were taken, one was yesterday, and one is over already."""
    await _conversation(office, "c-1")
    waiting = [("billing", ago(minutes=12, seconds=59)), ("billing", ago(minutes=3)), ("sales", NOW)]
    taken = [
        ("billing", "claimed", ago(days=1)),
        ("billing", "resolved", ago(hours=2)),
        ("billing", "claimed", ago(hours=15)),
        ("general", "returned", ago(hours=1)),
    ]
    rows = [(queue, "requested", asked, None) for queue, asked in waiting]
    rows += [(queue, state, claimed - timedelta(days=3), claimed) for queue, state, claimed in taken]
    for number, (queue, state, requested_at, claimed_at) in enumerate(rows):
        row = {"handoff_id": f"h-{number}", "conversation_id": "c-1", "queue": queue, "reason": "asked"}
        await _insert(
            office, "handoffs", row | {"state": state, "requested_at": requested_at, "claimed_at": claimed_at}
        )


async def test_who_waits_for_a_person_how_long_and_how_many_were_taken_today(office: Office, queues: None):
    outcome = await run(office, "get_queue_status", {})
    assert [tuple(queue.values()) for queue in outcome.result["queues"]] == [
        ("general", 0, 0, 1),
        ("billing", 2, 12, 2),
        ("technical", 0, 0, 0),
        ("sales", 1, 0, 0),
    ]


async def test_one_queue_alone(office: Office, queues: None):
    outcome = await run(office, "get_queue_status", {"queue": "billing"})
    assert [queue["waiting"] for queue in outcome.result["queues"]] == [2]


async def _sla(office: Office, ticket: str | None, **changes: Any):
    given = {} if ticket is None else {"ticket_id": ticket}
    return await run(office, "get_sla_status", given, **{"customer_id": "CUST_001"} | changes)


async def test_a_named_ticket_has_so_many_minutes_left(office: Office, ticket: str):
    left = (await _sla(office, ticket)).result
    assert (left["ticket_id"], left["priority"], left["minutes_left"], left["breached"]) == (
        ticket,
        "medium",
        await office.value("select (extract(epoch from sla_deadline - %s) / 60)::int from tickets", NOW),
        False,
    )
    late = (await _sla(office, ticket, at=NOW + timedelta(days=4))).result
    assert late["breached"]
    assert late["minutes_left"] < 0


async def test_what_is_solved_is_not_late(office: Office, ticket: str):
    await run(office, "update_ticket_status", {"ticket_id": ticket, "status": "closed"}, customer_id="CUST_001")
    solved = (await _sla(office, ticket, at=NOW + timedelta(days=4))).result
    assert (solved["status"], solved["breached"], solved.get("minutes_left")) == ("closed", False, None)


async def test_the_conversations_own_ticket_has_the_conversations_clock(office: Office, ticket: str):
    assert (await _sla(office, None)).error_type == "not-found"
    await office.rows("update tickets set conversation_id = 'conversation-of-CUST_001' returning 1")
    conversation = "conversation-of-CUST_001"
    await _conversation(office, conversation)
    assert (await _sla(office, None)).result["priority"] == "medium"
    clock = {"status": "in_progress", "priority": "high", "sla_deadline": NOW + timedelta(minutes=90)}
    await office.rows(
        "update conversations set status = %s, priority = %s, sla_deadline = %s returning 1", *clock.values()
    )
    own = (await _sla(office, None)).result
    assert (own["ticket_id"], own["status"], own["priority"], own["minutes_left"]) == (
        ticket,
        "in_progress",
        "high",
        90,
    )


async def test_tickets_of_others_are_not_there(office: Office, ticket: str):
    assert (await _sla(office, ticket, customer_id="CUST_002")).error_type == "not-found"
    stranger = {"customer_id": "CUST_002", "conversation_id": "conversation-of-CUST_001"}
    await office.rows("update tickets set conversation_id = 'conversation-of-CUST_001' returning 1")
    assert (await _sla(office, None, **stranger)).error_type == "not-found"


async def test_metrics_count_what_happened_in_that_time(office: Office):
    events: list[tuple[str, dict[str, Any]]] = [
        ("conversation_started", {}),
        ("customer_message", {}),
        ("customer_message", {}),
        ("agent_message", {}),
        ("human_message", {}),
        ("escalated", {}),
        ("handoff_requested", {}),
        ("tool_called", {}),
        ("tool_completed", {}),
        ("tool_failed", {}),
        ("quality_checked", {"score": 0.2}),
        ("quality_checked", {"score": 0.9}),
        ("conversation_closed", {"reason": "resolved"}),
    ]
    for conversation, at in (("c-now", ago(hours=1)), ("c-then", ago(days=2))):
        await _conversation(office, conversation)
        for seq, (kind, body) in enumerate(events, start=1):
            row = {"conversation_id": conversation, "seq": seq, "event_id": f"e-{seq}", "type": kind, "at": at}
            await _insert(office, "conversation_events", row | {"body": json.dumps(body)})
    day = (await run(office, "get_system_metrics", {})).result
    assert {name: value for name, value in day.items() if name != "since"} == {
        "conversations_opened": 1,
        "conversations_closed": 1,
        "customer_messages": 2,
        "replies": 2,
        "escalations": 1,
        "handoffs": 1,
        "tool_calls": 2,
        "tool_failures": 1,
        "quality": 0.9,
    }
    assert (await run(office, "get_system_metrics", {"time_range": "31d"})).result["conversations_opened"] == 2
    nothing = (await run(office, "get_system_metrics", {"time_range": "1m"})).result
    assert (nothing["replies"], nothing.get("quality")) == (0, None)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_queue_status", {"queue": "vip"}),
        ("get_queue_status", ME),
        ("get_sla_status", {"ticket_id": "' or 1=1"}),
        ("get_system_metrics", {"time_range": "32d"}),
        ("get_system_metrics", {"time_range": "0h"}),
    ],
)
async def test_no_other_queues_tickets_or_periods(library: Office, tool: str, arguments: dict[str, str]):
    assert (await run(library, tool, arguments)).error_type == "invalid-arguments"


@pytest.mark.parametrize("tool", ["get_queue_status", "get_sla_status", "get_system_metrics"])
@pytest.mark.parametrize("agent", ["tier1", "tier2", "billing", "sales", "quality_assurance"])
async def test_the_overview_is_the_supervisors(library: Office, tool: str, agent: str):
    assert (await run(library, tool, {}, agent=agent)).error_type == "not-authorized"


YEARS = """
insert into conversations (conversation_id, customer_id, channel, sla_deadline, created_at, updated_at)
select 'c-' || n, 'CUST_00' || n %% 5 + 1, 'web', now, now, now
from generate_series(1, 5000) n, (select %(now)s::timestamptz as now) t;
insert into tickets (ticket_id, conversation_id, customer_id, status, priority, category, created_at, updated_at,
                     sla_deadline)
select 'T-' || n, 'c-' || n, 'CUST_00' || n %% 5 + 1, 'new', 'low', 'tv', now, now, now
from generate_series(1, 5000) n, (select %(now)s::timestamptz as now) t;
insert into handoffs (handoff_id, conversation_id, queue, reason, state, requested_at, claimed_at)
select 'h-' || n, 'c-' || n, 'billing', 'asked', 'resolved', now - n * interval '1 hour', now - n * interval '1 hour'
from generate_series(1, 5000) n, (select %(now)s::timestamptz as now) t
"""


@pytest.mark.parametrize(
    ("query", "indexes"),
    [
        (oversight._QUEUES, {"handoffs_by_state", "handoffs_claimed"}),
        (oversight._NAMED_TICKET, {"tickets_pkey", "conversations_pkey"}),
        (oversight._OWN_TICKET, {"tickets_of_conversation", "conversations_pkey"}),
    ],
)
async def test_after_years_queues_and_deadlines_are_still_found_by_an_index(
    office: Office, query: str, indexes: set[str]
):
    values = {"names": ["billing"], "now": NOW, "today": NOW, "customer_id": "CUST_001", "conversation_id": "c-5"}
    async with office.pool.connection() as connection:
        for statement in YEARS.split(";"):
            await connection.execute(statement.encode(), {"now": NOW})
        await connection.execute("analyze conversations, tickets, handoffs")
        plan = await connection.execute(f"explain {query}".encode(), values | {"ticket_id": "T-5"})
        told = "\n".join(str(line) for [line] in await plan.fetchall())
    assert {index for index in indexes if index in told} == indexes
    assert "Seq Scan" not in told
