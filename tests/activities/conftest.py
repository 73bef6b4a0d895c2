from collections.abc import AsyncIterator

import pytest_asyncio

from adapters.postgres.pool import open_pool
from tests.activities.office import Office
from tests.conftest import MakeDatabase


@pytest_asyncio.fixture
async def office(make_database: MakeDatabase, demo_template: str) -> AsyncIterator[Office]:
    """A back office of the test's own: it may change what it likes."""
    pool = await open_pool(await make_database(demo_template), min_size=1, max_size=8)
    yield Office(pool)
    await pool.close()


@pytest_asyncio.fixture(scope="module")
async def library(demo_database_url: str) -> AsyncIterator[Office]:
    """A back office that the tests of a module share: they only read."""
    pool = await open_pool(demo_database_url, min_size=1, max_size=4)
    yield Office(pool)
    await pool.close()
