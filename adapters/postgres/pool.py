"""One way to reach Postgres: a pool that starts without it, fails fast while it is away and heals by itself."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from domain.errors import Unavailable

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
