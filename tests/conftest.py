"""Fixtures that every suite may use: real servers, a database a module, days that pass in milliseconds.

Everything runs in one event loop a pytest process, so that clients live as long as their servers.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from adapters.postgres.migrate import migrate
from adapters.settings import PREFIX, Settings
from adapters.temporal import add_search_attributes, connect_temporal, prepare_namespace
from cli.servers.postgres import Postgres, create_database
from tests.product import Product, running_product
from tests.servers import running_postgres, running_redis, running_temporal, time_skipping_server
from workflows.search_attributes import SEARCH_ATTRIBUTES

FOR_SMOKE = "SWITCHBOARD_SMOKE_"
"""Where tests/smoke finds the system it is to try."""


def pytest_configure() -> None:
    """Settings come from the tests, not from the developer's shell."""
    for name in list(os.environ):
        if name.startswith(PREFIX) and not name.startswith(FOR_SMOKE):
            del os.environ[name]


@pytest.fixture(scope="session")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest_asyncio.fixture(scope="session")
async def temporal_address(server_folder: Path) -> AsyncIterator[str]:
    """A dev server whose default namespace knows our search attributes."""
    async with running_temporal(server_folder) as address:
        client = await connect_temporal(Settings(temporal_address=address))
        await prepare_namespace(client, SEARCH_ATTRIBUTES)
        yield address


@pytest_asyncio.fixture(scope="session")
async def temporal_client(temporal_address: str) -> Client:
    return await connect_temporal(Settings(temporal_address=temporal_address))


@pytest.fixture
def task_queue() -> str:
    """A task queue of the test's own."""
    return f"test-{uuid4().hex[:12]}"


@pytest_asyncio.fixture(scope="session")
async def postgres(server_folder: Path) -> AsyncIterator[Postgres]:
    async with running_postgres(server_folder) as cluster:
        yield cluster


@pytest_asyncio.fixture(scope="session")
async def migrated_template(postgres: Postgres) -> str:
    """Name of a database with our schema; copies of it cost milliseconds."""
    await create_database(postgres.url(), "template_migrated")
    await migrate(postgres.url("template_migrated"))
    return "template_migrated"


@pytest_asyncio.fixture(scope="session")
async def demo_template(postgres: Postgres, migrated_template: str) -> str:
    """The same with the demo data."""
    from adapters.demo import seed

    await create_database(postgres.url(), "template_demo", migrated_template)
    await seed(postgres.url("template_demo"))
    return "template_demo"


MakeDatabase = Callable[[str], Awaitable[str]]


@pytest.fixture(scope="session")
def make_database(postgres: Postgres) -> MakeDatabase:
    """Call with a template's name for the URL of a fresh copy."""

    async def make(template: str) -> str:
        name = f"test_{uuid4().hex[:12]}"
        await create_database(postgres.url(), name, template)
        return postgres.url(name)

    return make


@pytest_asyncio.fixture(scope="module")
async def database_url(make_database: MakeDatabase, migrated_template: str) -> str:
    """A fresh database a module: our schema, no rows."""
    return await make_database(migrated_template)


@pytest_asyncio.fixture(scope="module")
async def demo_database_url(make_database: MakeDatabase, demo_template: str) -> str:
    """A fresh database a module: our schema and the demo data."""
    return await make_database(demo_template)


@pytest_asyncio.fixture(scope="session")
async def redis_url(server_folder: Path) -> AsyncIterator[str]:
    async with running_redis(server_folder) as url:
        yield url


@pytest.fixture(scope="module")
def settings(temporal_address: str, demo_database_url: str, redis_url: str) -> Settings:
    """Settings of a process under test: real servers, demo data, workflows in the sandbox."""
    return Settings(
        temporal_address=temporal_address,
        database_url=demo_database_url,
        redis_url=redis_url,
        jwt_secret="a-secret-of-the-tests-that-is-long-enough",
        sandboxed=True,
        demo=True,
        worker_metrics_port=0,
        worker_sdk_metrics_port=0,
    )


@pytest_asyncio.fixture
async def time_skipping_env() -> AsyncIterator[WorkflowEnvironment]:
    """Temporal with a clock that jumps while nothing happens.

    A server of each test's own: a workflow that is ended with a task in hand leaves the server's clock locked for good.
    Give it a few workflows, not hundreds.
    """
    program = time_skipping_server()
    environment = await WorkflowEnvironment.start_time_skipping(
        data_converter=pydantic_data_converter,
        test_server_existing_path=str(program),
        # On a busy machine the JVM takes longer than the default of 5 s.
        test_server_startup_timeout=timedelta(seconds=60),
    )
    async with environment:
        await add_search_attributes(environment.client, SEARCH_ATTRIBUTES)
        yield environment


@pytest_asyncio.fixture(scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The whole product, started as ``make run`` starts it; shared, so leave it running."""
    async with running_product(tmp_path_factory.mktemp("product")) as running:
        yield running
