from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest_asyncio

from adapters.postgres.conversation_log import PostgresConversationLog, SilentBell
from adapters.postgres.pool import open_pool
from adapters.settings import Settings
from adapters.temporal import connect_temporal
from tests.conftest import MakeDatabase
from tests.faults.scene import Scene


@pytest_asyncio.fixture
async def scene(
    temporal_address: str, redis_url: str, make_database: MakeDatabase, demo_template: str, tmp_path: Path
) -> AsyncIterator[Scene]:
    """A conversation of its own database: its ledger shows only what this test did."""
    settings = Settings(
        temporal_address=temporal_address,
        temporal_task_queue=f"faults-{uuid4().hex[:8]}",
        database_url=await make_database(demo_template),
        redis_url=redis_url,
    )
    pool = await open_pool(settings.database_url, max_size=2)
    scene = Scene(
        client=await connect_temporal(settings),
        log=PostgresConversationLog(pool, SilentBell()),
        settings=settings,
        folder=tmp_path,
    )
    yield scene
    await scene.close()
    await pool.close()
