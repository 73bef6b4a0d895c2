"""The pool in an outage: starts without Postgres, fails fast, heals by itself."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.pool import ACQUIRE_SECONDS, open_pool, read, unavailable_as
from cli.servers.processes import free_port
from domain.errors import BackOfficeUnavailable, LogUnavailable
from tests.adapters.postgres.outage import mortal_postgres

pytestmark = pytest.mark.integration


async def ask(pool: AsyncConnectionPool[Any]) -> int:
    with unavailable_as(BackOfficeUnavailable):
        async with pool.connection() as connection:
            row = await (await connection.execute("select 1")).fetchone()
            assert row is not None
            return int(row[0])


async def test_it_opens_without_postgres_and_fails_fast():
    began = time.monotonic()
    pool = await open_pool(f"postgresql://postgres@127.0.0.1:{free_port()}/postgres", min_size=2)
    assert time.monotonic() - began < 1.0
    with pytest.raises(BackOfficeUnavailable) as raised:
        await ask(pool)
    assert time.monotonic() - began < ACQUIRE_SECONDS + 1.5
    assert raised.value.retryable
    assert "127.0.0.1" not in raised.value.message
    await pool.close()


async def test_it_survives_a_killed_postgres(tmp_path: Path):
    async with mortal_postgres(tmp_path) as postgres:
        pool = await open_pool(postgres.cluster.url(), min_size=4, max_size=4)
        await pool.wait()
        assert await ask(pool) == 1
        postgres.kill()
        for _ in range(2):
            with pytest.raises(BackOfficeUnavailable):
                await ask(pool)
        await postgres.start()
        # No connection that died with the old server is handed out: not one call fails after the restart.
        assert [await ask(pool) for _ in range(8)] == [1] * 8
        await pool.close()


async def test_a_read_does_not_wait_for_a_frozen_postgres(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It answers not even that it will not answer, and a cancelled query waits for that."""
    monkeypatch.setattr("adapters.postgres.pool.READ_SECONDS", 0.5)
    async with mortal_postgres(tmp_path) as postgres:
        pool = await open_pool(postgres.cluster.url(), min_size=1, max_size=2)
        assert await read(pool, "select %s as one", (1,)) == [{"one": 1}]
        with postgres.frozen():
            began = time.monotonic()
            with pytest.raises(LogUnavailable), unavailable_as(LogUnavailable):
                await read(pool, "select 1", ())
            assert time.monotonic() - began < 2.0
            # Health checks give it less time, and cancel it.
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await read(pool, "select 1", ())
            assert time.monotonic() - began < 3.0
        async with asyncio.timeout(20):
            while True:
                with suppress(LogUnavailable), unavailable_as(LogUnavailable):
                    assert await read(pool, "select 2 as two", ()) == [{"two": 2}]
                    break
        await pool.close()


async def test_an_idle_pool_does_not_hand_out_dead_connections(tmp_path: Path):
    async with mortal_postgres(tmp_path) as postgres:
        pool = await open_pool(postgres.cluster.url(), min_size=4, max_size=4)
        await pool.wait()
        postgres.kill()
        await postgres.start()
        assert [await ask(pool) for _ in range(8)] == [1] * 8
        await pool.close()


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("the connection is closed"),
        psycopg.errors.AdminShutdown("terminating"),
        psycopg.errors.DeadlockDetected("deadlock"),
        psycopg.errors.ReadOnlySqlTransaction("a standby"),
    ],
)
def test_outages_become_the_callers_error(error: psycopg.Error):
    with pytest.raises(LogUnavailable) as raised, unavailable_as(LogUnavailable):
        raise error
    assert raised.value.__cause__ is error


@pytest.mark.parametrize(
    "error", [psycopg.errors.UndefinedColumn("bug"), psycopg.errors.CheckViolation("bug"), KeyError()]
)
def test_bugs_pass_unchanged(error: Exception):
    with pytest.raises(type(error)), unavailable_as(LogUnavailable):
        raise error
