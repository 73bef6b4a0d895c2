"""The one sender of a process: callers put down what is to be said and go on; one task carries it to Redis.

While one round trip is under way the next batch gathers, so the price of a ring falls as the load grows, and what one
process says arrives in order. What cannot be delivered is dropped: listeners re-read the log.
"""

import asyncio
import contextlib
from collections import deque

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.redis.channels import BELL, Ring, encode_rings

BATCH = 256
BACKLOG = 10_000
"""Commands kept while Redis does not answer; the oldest are dropped first."""
PAUSE_SECONDS = 0.2
"""After a failure, so that a dead Redis is asked five times a second and not in a busy loop."""

Command = tuple[str | int, ...]
_log = structlog.get_logger(__name__)


class Publisher:
    """Fire and forget. No method raises or waits, except ``aclose``."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._rings: dict[str, Ring] = {}
        self._commands: deque[Command] = deque(maxlen=BACKLOG)
        self._sender: asyncio.Task[None] | None = None
        self._away = False

    def ring(self, ring: Ring) -> None:
        """Tell every API process that a log has grown. Rings of one conversation that wait together become one."""
        waiting = self._rings.get(ring.conversation_id)
        if waiting is not None:
            ring = Ring(
                conversation_id=ring.conversation_id,
                seq=max(ring.seq, waiting.seq),
                replied=ring.replied or waiting.replied,
            )
        self._rings[ring.conversation_id] = ring
        self._wake()

    def send(self, *command: str | int) -> None:
        """Put down any other command whose answer nobody needs."""
        self._commands.append(command)
        self._wake()

    async def aclose(self) -> None:
        """Send what is left, if Redis takes it within a moment."""
        if self._sender is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._sender, timeout=1.0)

    def _wake(self) -> None:
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send_all(), name="redis-publisher")

    async def _send_all(self) -> None:
        while self._rings or self._commands:
            batch = self._take_batch()
            try:
                await self._send_batch(batch)
            except (RedisError, OSError) as away:
                self._note(away)
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                self._away = False

    def _take_batch(self) -> list[Command]:
        batch = [self._commands.popleft() for _ in range(min(BATCH, len(self._commands)))]
        if self._rings:
            batch.append(("PUBLISH", BELL, encode_rings(self._rings.values())))
            self._rings = {}
        return batch

    async def _send_batch(self, batch: list[Command]) -> None:
        if len(batch) == 1:
            await self._redis.execute_command(*batch[0])
            return
        async with self._redis.pipeline(transaction=False) as pipeline:
            for command in batch:
                pipeline.execute_command(*command)
            await pipeline.execute(raise_on_error=False)

    def _note(self, away: Exception) -> None:
        if not self._away:
            _log.warning("redis is away, streams fall back to reading the log", error=type(away).__name__)
        self._away = True
