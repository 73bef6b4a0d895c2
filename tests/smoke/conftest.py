"""Where to try: ``SWITCHBOARD_SMOKE_URL`` with ``SWITCHBOARD_SMOKE_TOKEN``, or else a product started here.

    SWITCHBOARD_SMOKE_URL=https://switchboard.example SWITCHBOARD_SMOKE_TOKEN=... make smoke

``SWITCHBOARD_SMOKE_CUSTOMER`` is a customer the token may speak for (CUST_001).
"""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from tests.conftest import FOR_SMOKE


@dataclass(frozen=True)
class Target:
    url: str
    token: str
    customer: str


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Target:
    url, token = os.environ.get(f"{FOR_SMOKE}URL", ""), os.environ.get(f"{FOR_SMOKE}TOKEN", "")
    if not url:
        product = request.getfixturevalue("product")
        url, token = product.api_url, product.token()
    return Target(url.rstrip("/"), token, os.environ.get(f"{FOR_SMOKE}CUSTOMER", "CUST_001"))


@pytest.fixture
async def client(target: Target) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {target.token}"}
    async with httpx.AsyncClient(base_url=target.url, headers=headers, timeout=60) as opened:
        yield opened
