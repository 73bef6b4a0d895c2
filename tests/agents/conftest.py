from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.postgres.pool import open_pool
from agents import Minds, offline_agents
from agents.classifier.classifier import IntentClassifier
from tests.activities.office import Office
from tests.conftest import MakeDatabase


@pytest.fixture(scope="session")
def minds_folder(pytestconfig: pytest.Config) -> Path:
    """Shared by all runs and processes: the classifier is trained once for each content of the repository."""
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("switchboard-minds")


@pytest.fixture(scope="session")
def minds(minds_folder: Path) -> Minds:
    return offline_agents(minds_folder)


@pytest.fixture(scope="session")
def classifier(minds: Minds) -> IntentClassifier:
    return minds.classifier


@pytest_asyncio.fixture
async def office(make_database: MakeDatabase, demo_template: str) -> AsyncIterator[Office]:
    """A back office with the demo data, of the test's own."""
    pool = await open_pool(await make_database(demo_template), min_size=1, max_size=4)
    yield Office(pool)
    await pool.close()
