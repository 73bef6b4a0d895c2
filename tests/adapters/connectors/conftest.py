import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import yaml

from activities.ports import BackOffice
from adapters.connectors import connected_back_office
from adapters.postgres.back_office import postgres_back_office
from adapters.postgres.pool import open_pool
from cli.servers.processes import free_port
from tests.adapters.connectors.http_system import TOKEN

HERE = Path(__file__).parent

Connect = Callable[..., Awaitable[BackOffice]]
"""Called with systems as the file declares them; returns the back office they are in front of."""


@asynccontextmanager
async def served(script: str, path: str) -> AsyncIterator[int]:
    """The port of a system in a process of its own."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, str(HERE / script), str(port))
    try:
        async with httpx.AsyncClient() as client, asyncio.timeout(60):
            while True:
                try:
                    await client.get(f"http://127.0.0.1:{port}{path}")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        yield port
    finally:
        process.kill()
        await process.wait()


@pytest_asyncio.fixture(scope="module")
async def http_port() -> AsyncIterator[int]:
    async with served("http_system.py", "/counts") as port:
        yield port


@pytest_asyncio.fixture(scope="module")
async def mcp_port() -> AsyncIterator[int]:
    async with served("mcp_system.py", "/mcp") as port:
        yield port


@pytest_asyncio.fixture(scope="module")
async def own(demo_database_url: str) -> AsyncIterator[BackOffice]:
    pool = await open_pool(demo_database_url)
    yield postgres_back_office(pool)
    await pool.close()


@pytest_asyncio.fixture
async def connect(own: BackOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connect]:
    monkeypatch.setenv("CRM_TOKEN", TOKEN)
    async with AsyncExitStack() as stack:

        async def connect(**systems: object) -> BackOffice:
            file = tmp_path / "connectors.yaml"
            file.write_text(yaml.safe_dump({"systems": systems}))
            return await connected_back_office(own, file, stack)

        yield connect
