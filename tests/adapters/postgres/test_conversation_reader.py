import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.postgres.conversation_log import PostgresConversationLog, SilentBell
from adapters.postgres.conversation_reader import PostgresConversationReader
from adapters.postgres.pool import open_pool
from cli.servers.processes import free_port
from domain.errors import LogUnavailable
from domain.events import AgentMessage, CustomerMessageLogged, Event
from domain.messages import OpenInput
from domain.state import AgentState, AgentType, Channel, TicketStatus

pytestmark = pytest.mark.integration
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator:
    pool = await open_pool(database_url)
    yield pool
    await pool.close()


@pytest.fixture
def reader(pool):
    return PostgresConversationReader(pool)


@pytest_asyncio.fixture
async def conversation_id(pool) -> str:
    conversation_id = f"c-{uuid4().hex[:8]}"
    await PostgresConversationLog(pool, SilentBell()).open(
        OpenInput(conversation_id=conversation_id, customer_id="CUST_001", channel=Channel.WEB, now=NOW)
    )
    return conversation_id


async def append(pool, conversation_id: str, *events: Event) -> None:
    state = AgentState(
        session_id="s",
        conversation_id=conversation_id,
        current_agent_type=AgentType.BILLING,
        status=TicketStatus.PENDING_CUSTOMER,
        session_start=NOW,
        last_activity=NOW,
    )
    await PostgresConversationLog(pool, SilentBell()).append(conversation_id, 0, events, state=state, snapshot=False)


def said(message_id: str) -> CustomerMessageLogged:
    return CustomerMessageLogged(event_id=f"msg-{message_id}", at=NOW, message_id=message_id, message="hello")


def reply(*answers: str) -> AgentMessage:
    return AgentMessage(
        event_id="reply-1.0",
        at=NOW,
        turn_id="1.0",
        agent_type=AgentType.BILLING,
        message="There.",
        answers=list(answers),
    )


async def test_a_message_that_nobody_has_answered(reader, pool, conversation_id):
    await append(pool, conversation_id, said("a"))
    answer = await reader.answer_to(conversation_id, "a")
    assert (answer.reply, answer.last_seq) == (None, 1)


async def test_a_message_and_its_answer(reader, pool, conversation_id):
    await append(pool, conversation_id, said("a"), said("b"), reply("a"))
    answer = await reader.answer_to(conversation_id, "a")
    assert (answer.reply.seq, answer.reply.event.answers) == (3, ["a"])
    assert (answer.status, answer.agent_type, answer.last_seq) == ("pending_customer", "billing", 3)
    assert (await reader.answer_to(conversation_id, "b")).reply is None


async def test_a_message_that_is_not_in_the_log_yet(reader, conversation_id):
    assert (await reader.answer_to(conversation_id, "nope")).reply is None
    assert await reader.answer_to("c-nope", "a") is None


async def test_how_far_the_logs_go(reader, pool, conversation_id):
    await append(pool, conversation_id, said("a"), said("b"))
    assert await reader.last_seqs([conversation_id, "c-nope"]) == {conversation_id: 2}
    assert await reader.last_seqs([]) == {}


async def test_an_outage_has_its_name():
    pool = await open_pool(f"postgresql://x@127.0.0.1:{free_port()}/x")
    try:
        with pytest.raises(LogUnavailable):
            await PostgresConversationReader(pool).last_seqs(["c-1"])
    finally:
        await pool.close()


async def test_questions_that_come_together_are_asked_together(reader, pool, conversation_id, monkeypatch):
    selects = 0
    rows = reader._rows

    async def counted(*args):
        nonlocal selects
        selects += 1
        return await rows(*args)

    monkeypatch.setattr(reader, "_rows", counted)
    await append(pool, conversation_id, said("a"), said("b"), reply("a"))
    asked = [reader.answer_to(conversation_id, message_id) for message_id in ("a", "b", "a", "nope") * 10]
    answers = await asyncio.gather(*asked)
    assert [answer.reply is not None for answer in answers] == [True, False, True, False] * 10
    assert selects <= 2


async def test_one_who_leaves_takes_nobody_along(reader, pool, conversation_id):
    await append(pool, conversation_id, said("a"), reply("a"))
    leaving = asyncio.create_task(reader.answer_to(conversation_id, "a"))
    staying = asyncio.create_task(reader.answer_to(conversation_id, "a"))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).reply is not None


async def test_everybody_who_asked_hears_of_an_outage():
    pool = await open_pool(f"postgresql://x@127.0.0.1:{free_port()}/x")
    try:
        reader = PostgresConversationReader(pool)
        asked = [reader.answer_to("c-1", message_id) for message_id in ("a", "b")]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [LogUnavailable, LogUnavailable]
    finally:
        await pool.close()
