import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.postgres.conversation_log import PostgresConversationLog, SilentBell
from adapters.postgres.pool import open_pool
from adapters.settings import Settings
from adapters.temporal import connect_temporal
from agents import offline_agents
from tests.conftest import MakeDatabase
from tests.faults.scene import Scene
from tests.servers import STATE

NewScene = Callable[[], AbstractAsyncContextManager[Scene]]
Played = Callable[[str], Awaitable[None]]
AT_ONCE = 4
"""Scenes played at the same time: most of each is waiting until a timeout has passed."""


@pytest.fixture(scope="session")
def new_scene(
    temporal_address: str,
    redis_url: str,
    make_database: MakeDatabase,
    demo_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> NewScene:
    """A conversation of its own database: its ledger shows only what this scene did."""
    # So that the workers find the classifier trained.
    offline_agents(STATE)

    @asynccontextmanager
    async def scene() -> AsyncIterator[Scene]:
        settings = Settings(
            temporal_address=temporal_address,
            temporal_task_queue=f"faults-{uuid4().hex[:8]}",
            database_url=await make_database(demo_template),
            redis_url=redis_url,
            state_dir=STATE,
        )
        pool = await open_pool(settings.database_url, max_size=2)
        set_up = Scene(
            client=await connect_temporal(settings),
            log=PostgresConversationLog(pool, SilentBell()),
            settings=settings,
            folder=tmp_path_factory.mktemp("scene"),
        )
        try:
            yield set_up
        finally:
            await set_up.close()
            await pool.close()

    return scene


@pytest_asyncio.fixture(scope="module")
async def played(request: pytest.FixtureRequest, new_scene: NewScene) -> AsyncIterator[Played]:
    """How the scene of this name from the module's ``SCENES`` went. Those of the selected tests play together."""
    turnstile = asyncio.Semaphore(AT_ONCE)

    async def play(name: str) -> None:
        async with turnstile, new_scene() as scene:
            await request.module.SCENES[name](scene)

    chosen = [item.callspec.params["name"] for item in request.session.items if item.path == request.path]
    scenes = {name: asyncio.create_task(play(name)) for name in chosen}
    yield lambda name: scenes[name]
    for unfinished in scenes.values():
        unfinished.cancel()
    await asyncio.gather(*scenes.values(), return_exceptions=True)
