"""How the back office's adapters talk to Postgres: rows in, rows out, outages as ``BackOfficeUnavailable``."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, LiteralString, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

from activities.ports import Effect
from adapters.postgres.pool import unavailable_as
from domain.errors import BackOfficeUnavailable, TakenBack

Connection = AsyncConnection[Any]
Row = dict[str, Any]
ResultT = TypeVar("ResultT", bound=BaseModel)


class Database:
    """The pool, as the adapters use it."""

    def __init__(self, pool: AsyncConnectionPool[Connection]) -> None:
        self._pool = pool

    async def rows(self, query: LiteralString, parameters: Mapping[str, Any]) -> list[Row]:
        async with self.connection() as connection:
            return await fetch_rows(connection, query, parameters)

    async def row(self, query: LiteralString, parameters: Mapping[str, Any]) -> Row | None:
        async with self.connection() as connection:
            return await fetch_row(connection, query, parameters)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        with unavailable_as(BackOfficeUnavailable):
            async with self._pool.connection() as connection:
                yield connection

    async def once(
        self, effect: Effect, result: type[ResultT], run: Callable[[Connection], Awaitable[ResultT]]
    ) -> ResultT:
        """Run an effect in one transaction with its key, or return what it answered the first time.

        Of several at once with one key, one runs; the others wait for its commit. If ``run`` raises, nothing remains,
        the key neither. Raises ``TakenBack`` if the effect was undone or given up.
        """
        async with self.connection() as connection, connection.transaction():
            if not await _is_first(connection, effect):
                stored = await _stored(connection, effect)
                if stored["undone_at"] is not None:
                    raise TakenBack
                return result.model_validate(stored["result"])
            outcome = await run(connection)
            await connection.execute(
                "update effects set result = %s where key = %s", (Jsonb(outcome.model_dump(mode="json")), effect.key)
            )
            return outcome

    async def enter(self, effect: Effect, result: ResultT) -> None:
        """Note an effect that another system had, once, beside those we had ourselves. Raises ``TakenBack``."""

        async def answered(_connection: Connection) -> ResultT:
            return result

        await self.once(effect, type(result), answered)

    async def undo(
        self, effect: Effect, result: type[ResultT], reverse: Callable[[Connection, ResultT], Awaitable[None]]
    ) -> None:
        """Take an effect back in one transaction, once; ``reverse`` is given what the effect had answered. One that has
        not happened does not happen any more: an attempt at it that is still under way is waited for or barred."""
        async with self.connection() as connection, connection.transaction():
            if not await _is_first(connection, effect):
                stored = await _stored(connection, effect)
                if stored["undone_at"] is not None:
                    return
                await reverse(connection, result.model_validate(stored["result"]))
            await connection.execute(_UNDONE, {"key": effect.key})

    async def give_up(self, effect: Effect, result: type[ResultT]) -> ResultT | None:
        """Bar an effect that has not happened. Returns its result if it has: then it stands."""
        async with self.connection() as connection, connection.transaction():
            if await _is_first(connection, effect):
                await connection.execute(_UNDONE, {"key": effect.key})
                return None
            stored = await _stored(connection, effect)
            return result.model_validate(stored["result"]) if stored["undone_at"] is None else None


async def fetch_rows(connection: Connection, query: LiteralString, parameters: Mapping[str, Any]) -> list[Row]:
    cursor = connection.cursor(row_factory=dict_row)
    return await (await cursor.execute(query, parameters)).fetchall()


async def fetch_row(connection: Connection, query: LiteralString, parameters: Mapping[str, Any]) -> Row | None:
    cursor = connection.cursor(row_factory=dict_row)
    return await (await cursor.execute(query, parameters)).fetchone()


_FIRST = """
insert into effects (key, tool, conversation_id, customer_id, agent)
values (%(key)s, %(tool)s, %(conversation_id)s, %(customer_id)s, %(agent)s)
on conflict (key) do nothing returning key
"""
_STORED = "select result, undone_at from effects where key = %(key)s for update"
_UNDONE = "update effects set undone_at = clock_timestamp() where key = %(key)s"


async def _is_first(connection: Connection, effect: Effect) -> bool:
    """Claim the key. A concurrent claim of the same key is waited for, then loses or wins by its outcome."""
    return await fetch_row(connection, _FIRST, effect.model_dump()) is not None


async def _stored(connection: Connection, effect: Effect) -> Row:
    row = await fetch_row(connection, _STORED, {"key": effect.key})
    assert row is not None, "effects are never deleted"
    return row
