from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.product import Product, running_product


@dataclass(frozen=True)
class Stack:
    """The running product as a visitor's browser needs it."""

    product: Product

    @property
    def chat_url(self) -> str:
        return str(self.product.dev["chat_url"])


@pytest_asyncio.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """One product for the tests that leave it standing."""
    folder: Path = tmp_path_factory.mktemp("stack")
    async with running_product(folder) as product:
        yield Stack(product)
