import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio

from tests.e2e import minds
from tests.product import Product, running_product
from tests.talks import Talk, caller, charged_twice, open_talk

MODELS = {"billing": minds.Repeating, "tier1": minds.Slow, "supervisor": minds.Slow}


@dataclass(frozen=True)
class Stack:
    """The running product as a visitor's browser needs it."""

    product: Product

    @property
    def chat_url(self) -> str:
        return str(self.product.dev["chat_url"])


@pytest.fixture(scope="session")
def stack(product: Product) -> Stack:
    return Stack(product)


@pytest_asyncio.fixture(scope="session")
async def strained(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """One product for all tests that strain it: its models misbehave, and every second turn is a new run."""
    models = {agent: f"class:{minds.__name__}:{kind.__name__}" for agent, kind in MODELS.items()}
    async with running_product(
        tmp_path_factory.mktemp("strained"),
        SWITCHBOARD_AGENT_MODELS=json.dumps(models),
        SWITCHBOARD_ENGINE_CONTINUE_AS_NEW_TURNS="2",
    ) as product:
        yield product


@pytest_asyncio.fixture
async def client(strained: Product) -> AsyncIterator[httpx.AsyncClient]:
    """As a service, which may speak for every customer."""
    async with caller(strained) as client:
        yield client


@pytest_asyncio.fixture
async def talk(strained: Product, client: httpx.AsyncClient) -> Talk:
    """A conversation whose customer was charged twice."""
    return await open_talk(strained, client, await charged_twice(strained))
