"""Appends that come late or twice: what they bring is old, what a person said stands."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import pytest_asyncio

from activities.ports import Appended
from adapters.postgres.conversation_log import PostgresConversationLog, SilentBell
from adapters.postgres.pool import open_pool
from domain.events import AgentMessage, CustomerMessageLogged, Event, HumanMessage
from domain.messages import OpenInput
from domain.state import AgentState, AgentType, Channel, TicketStatus

pytestmark = pytest.mark.integration
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Book:
    """The log of one conversation."""

    def __init__(self, log: PostgresConversationLog) -> None:
        self._log = log
        self.conversation_id = f"c-{uuid4().hex[:8]}"

    async def open(self) -> None:
        await self._log.open(
            OpenInput(conversation_id=self.conversation_id, customer_id="CUST_001", channel=Channel.WEB, now=NOW)
        )

    async def append(
        self, *events: Event, summary: str, epoch: int = 0, status: TicketStatus = TicketStatus.IN_PROGRESS
    ) -> Appended:
        state = AgentState(
            session_id="s",
            conversation_id=self.conversation_id,
            session_start=NOW,
            last_activity=NOW,
            summary=summary,
            status=status,
        )
        return await self._log.append(self.conversation_id, epoch, list(events), state=state, snapshot=True)

    async def summary(self) -> str:
        return (await self._log.snapshot(self.conversation_id)).summary

    async def status(self) -> str:
        row = await self._log.registry(self.conversation_id)
        assert row is not None
        return row.status

    async def events(self) -> list[Event]:
        return [logged.event for logged in await self._log.read(self.conversation_id)]


@pytest_asyncio.fixture
async def book(database_url: str) -> AsyncIterator[Book]:
    pool = await open_pool(database_url, max_size=2)
    book = Book(PostgresConversationLog(pool, SilentBell()))
    await book.open()
    yield book
    await pool.close()


def said(message_id: str) -> Event:
    return CustomerMessageLogged(event_id=f"msg-{message_id}", at=NOW, message_id=message_id, message="hello")


def reply(turn_id: str, *answers: str) -> Event:
    return AgentMessage(
        event_id=f"reply-{turn_id}",
        at=NOW,
        turn_id=turn_id,
        agent_type=AgentType.TIER1,
        message="Hi.",
        answers=list(answers),
    )


def spoken(message_id: str, *answers: str) -> Event:
    return HumanMessage(
        event_id=f"human-{message_id}",
        at=NOW,
        message_id=message_id,
        person_id="ann",
        message="Hi",
        answers=list(answers),
    )


async def test_a_repeat_that_writes_nothing_does_not_bring_its_old_state_back(book: Book) -> None:
    first = [said("a"), reply("1.0", "a")]
    await book.append(*first, summary="old")
    await book.append(said("b"), reply("2.0", "b"), summary="new", status=TicketStatus.PENDING_CUSTOMER)
    late = await book.append(*first, summary="old")
    assert late.last_seq == 4
    assert (await book.summary(), await book.status()) == ("new", "pending_customer")


async def test_a_reply_to_what_is_answered_does_not_bring_its_state(book: Book) -> None:
    """A zombie: its reply is dropped, since another thought has answered; so must be the state it ends in."""
    await book.append(said("a"), reply("1.0", "a"), summary="new")
    await book.append(reply("1.1", "a"), summary="what the zombie thought")
    assert await book.summary() == "new"


async def test_a_newer_epoch_brings_its_state_with_it(book: Book) -> None:
    await book.append(said("a"), summary="old")
    await book.append(said("a"), summary="new", epoch=1)
    assert await book.summary() == "new"


async def test_what_a_person_said_stands_though_all_of_it_was_answered_meanwhile(book: Book) -> None:
    await book.append(said("a"), said("b"), reply("1.0", "a"), summary="")
    await book.append(spoken("h1", "a", "b"), summary="")
    await book.append(spoken("h2", "a", "b"), spoken("h3"), summary="")
    heard = [(e.message_id, e.answers) for e in await book.events() if isinstance(e, HumanMessage)]
    assert heard == [("h1", ["b"]), ("h2", []), ("h3", [])]


async def test_it_is_still_logged_once(book: Book) -> None:
    for _ in range(3):
        await book.append(said("a"), spoken("h1", "a"), summary="")
    assert [event.event_id for event in await book.events()] == ["msg-a", "human-h1"]
