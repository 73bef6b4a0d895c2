"""A listener that writes down what it hears."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from adapters.redis.client import open_redis
from adapters.redis.listener import RedisListener


class Notebook:
    def __init__(self) -> None:
        self.rings: list[tuple[str, int, bool]] = []
        self.pieces: list[tuple[str, str, int, str]] = []
        self.restorations = 0

    def rang(self, conversation_id: str, seq: int, *, replied: bool) -> None:
        self.rings.append((conversation_id, seq, replied))

    def streamed(self, conversation_id: str, turn_id: str, epoch: int, text: str) -> None:
        self.pieces.append((conversation_id, turn_id, epoch, text))

    def restored(self) -> None:
        self.restorations += 1


async def until(true: Callable[[], object], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[tuple[RedisListener, Notebook]]:
    redis, notebook = open_redis(url), Notebook()
    listener = RedisListener(redis, notebook)
    task = asyncio.create_task(listener.run())
    try:
        yield listener, notebook
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await redis.aclose()
