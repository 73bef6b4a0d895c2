"""Effects on the real database: each once, taken back once, and barred for good, whoever comes at the same time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from activities.effects import Effect
from adapters.postgres.database import Connection, Database
from adapters.postgres.pool import open_pool
from domain.errors import TakenBack
from domain.model import Record
from domain.state import AgentType

pytestmark = pytest.mark.integration


class Done(Record):
    number: int


class Deeds:
    """An effect that counts how often it happened and was reversed."""

    def __init__(self) -> None:
        self.done, self.reversed = 0, 0
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def do(self, connection: Connection) -> Done:
        self.begun.set()
        await self.go.wait()
        self.done += 1
        return Done(number=self.done)

    async def reverse(self, connection: Connection, done: Done) -> None:
        self.reversed += done.number


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    pool = await open_pool(database_url, max_size=6)
    yield Database(pool)
    await pool.close()


@pytest.fixture
def deeds() -> Deeds:
    deeds = Deeds()
    deeds.go.set()
    return deeds


@pytest.fixture
def effect() -> Effect:
    return Effect(
        key=uuid4().hex,
        tool="process_order",
        conversation_id="c-1",
        customer_id="CUST_001",
        agent=AgentType.SALES,
        at=datetime(2026, 11, 20, tzinfo=UTC),
    )


async def test_an_effect_is_undone_once_and_not_done_again(database: Database, deeds: Deeds, effect: Effect):
    assert await database.once(effect, Done, deeds.do) == Done(number=1)
    await asyncio.gather(*(database.undo(effect, Done, deeds.reverse) for _ in range(4)))
    with pytest.raises(TakenBack):
        await database.once(effect, Done, deeds.do)
    assert (deeds.done, deeds.reversed) == (1, 1)


async def test_what_has_not_happened_is_barred(database: Database, deeds: Deeds, effect: Effect):
    await database.undo(effect, Done, deeds.reverse)
    with pytest.raises(TakenBack):
        await database.once(effect, Done, deeds.do)
    assert (deeds.done, deeds.reversed) == (0, 0)


async def test_an_attempt_that_is_under_way_is_waited_for_and_undone(database: Database, deeds: Deeds, effect: Effect):
    deeds.go.clear()
    late = asyncio.ensure_future(database.once(effect, Done, deeds.do))
    await deeds.begun.wait()
    undoing = asyncio.ensure_future(database.undo(effect, Done, deeds.reverse))
    await asyncio.sleep(0.2)
    assert not undoing.done()
    deeds.go.set()
    await asyncio.gather(late, undoing)
    assert (deeds.done, deeds.reversed) == (1, 1)


async def test_a_reversal_that_fails_leaves_the_effect_as_it_was(database: Database, deeds: Deeds, effect: Effect):
    async def fail(connection: Connection, done: Any) -> None:
        raise RuntimeError("not yet")

    await database.once(effect, Done, deeds.do)
    with pytest.raises(RuntimeError):
        await database.undo(effect, Done, fail)
    assert await database.once(effect, Done, deeds.do) == Done(number=1)
    await database.undo(effect, Done, deeds.reverse)
    assert deeds.reversed == 1


async def test_giving_up_bars_or_comes_too_late(database: Database, deeds: Deeds, effect: Effect):
    assert await database.give_up(effect, Done) is None
    assert await database.give_up(effect, Done) is None
    with pytest.raises(TakenBack):
        await database.once(effect, Done, deeds.do)
    other = effect.model_copy(update={"key": uuid4().hex})
    await database.once(other, Done, deeds.do)
    assert await database.give_up(other, Done) == Done(number=1)
    assert await database.once(other, Done, deeds.do) == Done(number=1)


async def test_of_many_who_do_and_give_up_at_once_all_agree(database: Database, deeds: Deeds, effect: Effect):
    doing = [database.once(effect, Done, deeds.do) for _ in range(3)]
    giving_up = [database.give_up(effect, Done) for _ in range(3)]
    ended = await asyncio.gather(*giving_up, *doing, return_exceptions=True)
    happened = {type(end) for end in ended} == {Done}
    barred = {type(end) for end in ended} == {type(None), TakenBack}
    assert happened != barred, ended
    assert deeds.done == (1 if happened else 0)
