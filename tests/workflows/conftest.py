from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from temporalio.client import Client

from adapters.postgres.pool import open_pool
from tests.workflows.stage import Stage, staged


@pytest_asyncio.fixture
async def pool(database_url: str) -> AsyncIterator[AsyncConnectionPool[AsyncConnection[Any]]]:
    pool = await open_pool(database_url, max_size=8)
    yield pool
    await pool.close()


@pytest_asyncio.fixture
async def stage(temporal_client: Client, pool: AsyncConnectionPool[AsyncConnection[Any]]) -> AsyncIterator[Stage]:
    async with staged(temporal_client, pool) as stage:
        yield stage
