"""One way to reach Postgres: a pool that starts without it, fails fast while it is away and heals by itself."""

import asyncio
import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from domain.errors import Unavailable

READ_SECONDS = 5.0
"""The longest a read that somebody waits for may take."""
ACQUIRE_SECONDS = 3.0
"""How long a caller waits for a connection: short, so that an outage is an error and not a hang."""
CONNECT_SECONDS = 2
RECONNECT_SECONDS = 2.0
"""After this long the pool gives a failed attempt up and the next caller starts a new one. psycopg doubles the delay
between the tries of one attempt, so its default of five minutes would also be how late a restart is noticed."""
PREPARE_THRESHOLD = 1
"""Prepare on the second use: our statements are few and hot."""

_AWAY = (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction)
"""Lost or refused connections, shutdown, a full pool, deadlocks, cancelled statements; a standby after a failover."""


async def open_pool(dsn: str, *, min_size: int = 1, max_size: int = 10) -> "AsyncConnectionPool[AsyncConnection[Any]]":
    """An open pool of autocommit connections. Returns at once even if Postgres is down; close it with ``close()``."""

    async def drop_dead_ones(connection: AsyncConnection[Any]) -> None:
        try:
            await _refuse_if_hung_up(connection)
        except psycopg.OperationalError:
            # One died, so the others probably did: drop them all at once. psycopg waits longer after each bad one.
            await pool.check()
            raise

    pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
        dsn,
        min_size=min_size,
        max_size=max_size,
        open=False,
        timeout=ACQUIRE_SECONDS,
        reconnect_timeout=RECONNECT_SECONDS,
        check=drop_dead_ones,
        kwargs={
            "autocommit": True,
            "prepare_threshold": PREPARE_THRESHOLD,
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "switchboard",
        },
    )
    await pool.open(wait=False)
    return pool


_left_behind: set["asyncio.Task[Any]"] = set()


async def read(
    pool: "AsyncConnectionPool[AsyncConnection[Any]]", query: LiteralString, parameters: Any
) -> list[dict[str, Any]]:
    """The rows, column by name. Raises psycopg.OperationalError after ``READ_SECONDS``.

    A server that is frozen or cut off answers not even a cancellation, which psycopg waits for. So nobody waits here
    for the end of a query that is late; it keeps its connection until the server is back or the connection breaks.
    """
    task = asyncio.create_task(_read(pool, query, parameters))
    try:
        await asyncio.wait({task}, timeout=READ_SECONDS)
        if not task.done():
            raise psycopg.OperationalError("no answer in time")
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            _left_behind.add(task)
            task.add_done_callback(_forget)


async def _read(
    pool: "AsyncConnectionPool[AsyncConnection[Any]]", query: LiteralString, parameters: Any
) -> list[dict[str, Any]]:
    async with pool.connection() as connection:
        cursor = connection.cursor(row_factory=dict_row)
        return await (await cursor.execute(query, parameters)).fetchall()


def _forget(task: "asyncio.Task[Any]") -> None:
    _left_behind.discard(task)
    if not task.cancelled():
        task.exception()


@contextmanager
def unavailable_as(error: type[Unavailable]) -> Iterator[None]:
    """Turn "Postgres is away" into ``error`` (retryable); bugs such as a wrong column name pass unchanged.

    The driver's text stays in ``__cause__``: it can hold addresses, which are nobody's business above.
    """
    try:
        yield
    except _AWAY as away:
        raise error(f"PostgreSQL is away ({type(away).__name__}).") from away


async def _refuse_if_hung_up(connection: AsyncConnection[Any]) -> None:
    """Notice a connection that died in the pool, without a round trip: an idle socket has nothing to read unless the
    server hung up (or sent a notice; then a real check tells). Raises psycopg.OperationalError."""
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    if poll.poll(0):
        await AsyncConnectionPool.check_connection(connection)
