"""The API's ear: one subscription a process, on the bell and on the streams of those conversations somebody watches."""

import asyncio
import contextlib
from typing import Protocol

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from adapters.redis.channels import BELL, StreamPiece, conversation_of_channel, decode_rings, stream_channel

BACKOFF_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)
SILENCE_SECONDS = 5.0
"""After this long without a word the connection is tested, so that a frozen or cut-off Redis is noticed."""

_log = structlog.get_logger(__name__)


class Sink(Protocol):
    """Who is told. None of these may block."""

    def rang(self, conversation_id: str, seq: int, *, replied: bool) -> None: ...

    def streamed(self, conversation_id: str, turn_id: str, epoch: int, text: str) -> None:
        """A piece of the turn in progress; without text: somebody began to think."""
        ...

    def restored(self) -> None:
        """The subscription stands (again): whatever rang before was not heard."""
        ...


class RedisListener:
    """Runs until cancelled, whatever happens to Redis."""

    def __init__(self, redis: Redis, sink: Sink) -> None:
        self._redis = redis
        self._sink = sink
        self._watched: set[str] = set()
        self._pubsub: PubSub | None = None
        self._opening: PubSub | None = None

    @property
    def connected(self) -> bool:
        return self._pubsub is not None

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                await self._listen()
            except (RedisError, OSError, TimeoutError) as away:
                if self.connected or failures == 0:
                    _log.warning(
                        "the bell is silent, streams read the log every two seconds", error=type(away).__name__
                    )
                failures = 0 if self.connected else failures + 1
            finally:
                await self._drop()
            await asyncio.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])

    async def watch(self, conversation_id: str) -> None:
        """Hear the stream of this conversation too. Best effort; a new connection subscribes to all watched."""
        self._watched.add(stream_channel(conversation_id))
        await self._tell("SUBSCRIBE", stream_channel(conversation_id))

    async def unwatch(self, conversation_id: str) -> None:
        self._watched.discard(stream_channel(conversation_id))
        await self._tell("UNSUBSCRIBE", stream_channel(conversation_id))

    async def _tell(self, command: str, channel: str) -> None:
        if self._pubsub is None:
            return
        with contextlib.suppress(RedisError, OSError, TimeoutError):
            if command == "SUBSCRIBE":
                await self._pubsub.subscribe(channel)
            else:
                await self._pubsub.unsubscribe(channel)

    async def _listen(self) -> None:
        pubsub = self._opening = self._redis.pubsub()
        await self._subscribe(pubsub)
        self._pubsub = pubsub
        self._sink.restored()
        tested = False
        while True:
            message = await pubsub.get_message(timeout=SILENCE_SECONDS)
            if message is None and tested:
                raise TimeoutError("Redis does not answer a ping")
            tested = message is None
            if message is None:
                await pubsub.ping()
            elif message["type"] == "message":
                self._deliver(message["channel"], message["data"])

    async def _subscribe(self, pubsub: PubSub) -> None:
        """Ends without an await between its last look at what is watched and the moment ``_tell`` takes over."""
        done: set[str] = set()
        while wanted := {BELL, *self._watched} - done:
            await pubsub.subscribe(*wanted)
            done |= wanted

    def _deliver(self, channel: str, payload: str) -> None:
        if channel == BELL:
            for ring in decode_rings(payload):
                self._sink.rang(ring.conversation_id, ring.seq, replied=ring.replied)
            return
        try:
            piece = StreamPiece.model_validate_json(payload)
            self._sink.streamed(conversation_of_channel(channel), piece.turn_id, piece.epoch, piece.text)
        except (ValidationError, ValueError):
            _log.warning("a stream carried something that is not ours", channel=channel)

    async def _drop(self) -> None:
        pubsub, self._pubsub, self._opening = self._opening, None, None
        if pubsub is not None:
            with contextlib.suppress(RedisError, OSError):
                await pubsub.aclose()
