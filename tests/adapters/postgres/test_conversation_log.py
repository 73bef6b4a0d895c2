"""The fenced log in SQL: numbering, fencing, repeats, exactly one answer, and what it projects."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio

from activities.ports import Appended
from adapters.postgres.conversation_log import PostgresConversationLog, SilentBell, StatusColumns
from adapters.postgres.pool import open_pool
from domain.events import (
    AgentMessage,
    ConversationClosed,
    CustomerMessageLogged,
    Event,
    HandoffClaimed,
    HandoffCompleted,
    HandoffRequested,
    HumanMessage,
    InterimMessage,
)
from domain.messages import OpenInput
from domain.state import AgentState, AgentType, Channel

pytestmark = pytest.mark.integration
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest_asyncio.fixture
async def log(database_url: str) -> AsyncIterator[PostgresConversationLog]:
    pool = await open_pool(database_url, max_size=8)
    yield PostgresConversationLog(pool, SilentBell())
    await pool.close()


@pytest_asyncio.fixture
async def conversation_id(log: PostgresConversationLog) -> str:
    conversation_id = f"c-{uuid4().hex[:8]}"
    await log.open(_open(conversation_id))
    return conversation_id


async def test_events_are_numbered_without_gaps_and_a_repeat_changes_nothing(
    log: PostgresConversationLog, conversation_id: str
) -> None:
    first = await _append(log, conversation_id, [_said("a"), _said("b")])
    again = await _append(log, conversation_id, [_said("a"), _said("b"), _said("c")])
    assert (first.last_seq, again.last_seq) == (2, 3)
    events = await log.read(conversation_id)
    assert [(e.seq, e.event.event_id) for e in events] == [(1, "msg-a"), (2, "msg-b"), (3, "msg-c")]
    assert [e.seq for e in await log.read(conversation_id, after=1, limit=1)] == [2]


async def test_a_stale_epoch_writes_nothing(log: PostgresConversationLog, conversation_id: str) -> None:
    await _append(log, conversation_id, [_said("a")], epoch=3)
    stale = await _append(log, conversation_id, [_reply("1.2", ["a"])], epoch=2)
    assert (stale.fenced, stale.epoch, stale.last_seq) == (True, 3, 1)
    assert len(await log.read(conversation_id)) == 1


async def test_a_message_is_answered_once_whoever_races(log: PostgresConversationLog, conversation_id: str) -> None:
    await _append(log, conversation_id, [_said("a"), _said("b")])
    racers = [_append(log, conversation_id, [_reply(f"{n}.0", ["a", "b"])], asked=["a", "b"]) for n in range(20)]
    results = await asyncio.gather(*racers)
    replies = [e for e in await log.read(conversation_id) if e.event.type == "agent_message"]
    assert len(replies) == 1
    assert all(sorted(r.answered) == ["a", "b"] and r.replies == replies for r in results)


async def test_a_reply_keeps_only_what_is_still_open(log: PostgresConversationLog, conversation_id: str) -> None:
    await _append(log, conversation_id, [_said("a"), _said("b"), _reply("1.0", ["a"])])
    appended = await _append(log, conversation_id, [_reply("1.1", ["a", "b"])], asked=["a", "b"])
    assert [r.event.answers for r in appended.replies if isinstance(r.event, AgentMessage)] == [["a"], ["b"]]


async def test_unless_stops_a_word_that_comes_too_late(log: PostgresConversationLog, conversation_id: str) -> None:
    await _append(log, conversation_id, [_said("a"), _reply("1.0", ["a"])])
    word = InterimMessage(event_id="interim-1", at=NOW, message="Still working.")
    late = await log.append(
        conversation_id, 0, [word], state=_state(conversation_id), snapshot=False, unless="reply-1.0"
    )
    assert late.last_seq == 2


async def test_concurrent_appends_leave_no_gap(log: PostgresConversationLog, conversation_id: str) -> None:
    await asyncio.gather(*(_append(log, conversation_id, [_said(f"m{n}")]) for n in range(50)))
    assert [e.seq for e in await log.read(conversation_id)] == list(range(1, 51))


async def test_opening_again_returns_the_snapshot_under_a_newer_epoch(
    log: PostgresConversationLog, conversation_id: str
) -> None:
    state = _state(conversation_id)
    state.summary = "They talked."
    closed = ConversationClosed(event_id="closed-0-1", at=NOW, reason="resolved")
    await log.append(conversation_id, 4, [closed], state=state, snapshot=True)
    found = await log.open(_open(conversation_id))
    assert found.state == state
    assert (found.epoch, found.last_seq, found.closed_at) == (5, 1, NOW)
    fenced = await _append(log, conversation_id, [_said("late")], epoch=4)
    assert fenced.fenced


async def test_the_registry_shows_the_state_s_columns(log: PostgresConversationLog, conversation_id: str) -> None:
    state = _state(conversation_id)
    state.current_agent_type, state.current_agent_id = AgentType.HUMAN, "ann"
    state.current_intent, state.requires_human = "billing_question", True
    await log.append(conversation_id, 0, [_said("a")], state=state, snapshot=False)
    row = await log.registry(conversation_id)
    assert row is not None
    assert (row.owner, row.intent, row.requires_human, row.last_seq) == ("ann", "billing_question", True, 1)
    assert await log.registry("nobody") is None


async def test_handoffs_are_a_table_of_their_own(log: PostgresConversationLog, conversation_id: str) -> None:
    handoff = f"handoff-{conversation_id}-1"
    await _append(
        log, conversation_id, [HandoffRequested(event_id="r", at=NOW, handoff_id=handoff, queue="billing", reason="x")]
    )
    assert [h.state for h in await log.handoffs("requested") if h.handoff_id == handoff] == ["requested"]
    claimed = HandoffClaimed(event_id="c", at=NOW, handoff_id=handoff, person_id="ann")
    spoken = HumanMessage(event_id="h", at=NOW, message_id="h1", person_id="ann", message="Hi", answers=[])
    ended = HandoffCompleted(event_id="e", at=NOW, handoff_id=handoff, person_id="ann", outcome="resolved", note="ok")
    await _append(log, conversation_id, [claimed, spoken, ended])
    row = next(h for h in await log.handoffs() if h.handoff_id == handoff)
    assert (row.state, row.person_id, row.ended_at) == ("resolved", "ann", NOW)


async def test_an_unregistered_conversation_is_refused_by_name(log: PostgresConversationLog) -> None:
    with pytest.raises(psycopg.DatabaseError, match="not registered"):
        await _append(log, "nobody", [_said("a")])


async def test_neither_an_append_nor_a_question_scans_the_log(database_url: str, conversation_id: str) -> None:
    """Plans are kept for a session's life, and made while tables are small, when a scan looks cheap."""
    said = json.dumps([json.loads(_said("a").model_dump_json()), json.loads(_reply("1.1", ["a"]).model_dump_json())])
    columns = StatusColumns.of(_state(conversation_id)).model_dump_json()
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute(
            "select append_events(%s, 1, %s::jsonb, %s::jsonb, '{}', array['a'], 'msg-other')",
            (conversation_id, said, columns),
        )
        answers = await connection.execute("select reply from answers_to(%s, array['msg-a'])", ([conversation_id],))
        scans = await connection.execute("select relname from pg_stat_xact_user_tables where seq_scan > 0")
        assert (await answers.fetchone() or [None])[0]["event"]["event_id"] == "reply-1.1"
        assert await scans.fetchall() == []


def _open(conversation_id: str) -> OpenInput:
    return OpenInput(conversation_id=conversation_id, customer_id="CUST_001", channel=Channel.WEB, now=NOW)


def _state(conversation_id: str) -> AgentState:
    return AgentState(session_id="s", conversation_id=conversation_id, session_start=NOW, last_activity=NOW)


def _said(message_id: str) -> Event:
    return CustomerMessageLogged(event_id=f"msg-{message_id}", at=NOW, message_id=message_id, message="hello")


def _reply(turn_id: str, answers: list[str]) -> Event:
    return AgentMessage(
        event_id=f"reply-{turn_id}", at=NOW, turn_id=turn_id, agent_type=AgentType.TIER1, message="Hi.", answers=answers
    )


async def _append(
    log: PostgresConversationLog,
    conversation_id: str,
    events: list[Event],
    *,
    epoch: int = 0,
    asked: list[str] | None = None,
) -> Appended:
    return await log.append(
        conversation_id, epoch, events, state=_state(conversation_id), snapshot=False, asked=asked or []
    )
