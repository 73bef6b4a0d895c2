"""Places are counted in the registry, and given in the order of coming."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from adapters.postgres import room
from adapters.postgres.conversation_log import PostgresConversationLog, SilentBell
from adapters.postgres.pool import open_pool
from adapters.postgres.room import Pool, PostgresRoom
from domain.events import ConversationClosed
from domain.messages import OpenInput
from domain.state import AgentState, Channel
from tests.conftest import MakeDatabase

pytestmark = pytest.mark.integration
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LIMIT = 4


class House:
    """Conversations that are opened and closed by name; ``room`` counts them."""

    def __init__(self, pool: Pool) -> None:
        self._log = PostgresConversationLog(pool, SilentBell())
        self.room = PostgresRoom(pool, LIMIT)

    async def open(self, name: str, second: int) -> bool:
        now = NOW + timedelta(seconds=second)
        await self._log.open(OpenInput(conversation_id=name, customer_id="C", channel=Channel.WEB, now=now))
        return await self.room.has_room(name)

    async def close(self, name: str) -> None:
        state = AgentState(session_id="s", conversation_id=name, session_start=NOW, last_activity=NOW)
        closed = ConversationClosed(event_id=f"closed-{name}", at=NOW, reason="resolved")
        await self._log.append(name, 0, [closed], state=state, snapshot=True)


@pytest_asyncio.fixture
async def house(
    make_database: MakeDatabase, migrated_template: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    monkeypatch.setattr(room, "FRESH_SECONDS", 0.0)
    pool = await open_pool(await make_database(migrated_template))
    yield House(pool)
    await pool.close()


async def test_there_is_room_up_to_the_limit(house: House) -> None:
    assert [await house.open(f"c{n}", n) for n in range(LIMIT + 2)] == [True] * LIMIT + [False] * 2


async def test_who_came_first_goes_first(house: House) -> None:
    for n in range(LIMIT + 2):
        await house.open(f"c{n}", n)
    await house.close("c1")
    assert not await house.room.has_room(f"c{LIMIT + 1}")
    assert await house.room.has_room(f"c{LIMIT}")
    await house.close("c0")
    assert await house.room.has_room(f"c{LIMIT + 1}")


async def test_of_those_who_came_in_the_same_moment_no_two_get_one_place(house: House) -> None:
    found = await asyncio.gather(*(house.open(f"c{n}", 0) for n in range(3 * LIMIT)))
    found = await asyncio.gather(*(house.room.has_room(f"c{n}") for n in range(3 * LIMIT)))
    assert found.count(True) == LIMIT


async def test_while_the_house_is_half_empty_nobody_is_looked_at_singly(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "FRESH_SECONDS", 60.0)
    asked: list[bytes] = []
    ask = house.room._ask

    async def counted(question: bytes, parameters: dict[str, object]) -> bool:
        asked.append(question)
        return await ask(question, parameters)

    monkeypatch.setattr(house.room, "_ask", counted)
    assert all(await asyncio.gather(*(house.room.has_room("c0") for _ in range(50))))
    assert len(asked) == 1
