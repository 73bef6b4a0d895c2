from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
import structlog
from temporalio.client import Client

from adapters.settings import Settings
from tests.api.stage import Api, StreamingAgents, own_queue, parrot, serving, working


@pytest.fixture(autouse=True, scope="package")
def plain_logs() -> Iterator[None]:
    """Short lines: rendering a traceback for a terminal takes seconds."""
    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.processors.JSONRenderer()])
    yield
    structlog.configure(**before)


@pytest_asyncio.fixture(scope="module")
async def running_api(settings: Settings, temporal_client: Client) -> AsyncIterator[Api]:
    settings, agents = own_queue(settings), StreamingAgents()
    async with working(temporal_client, settings, agents), serving(settings, agents) as api:
        yield api


@pytest.fixture
def api(running_api: Api) -> Api:
    running_api.agents.mind = parrot
    return running_api
