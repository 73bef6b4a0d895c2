"""Tokens on their way from a model to the customer's screen. Implements ``activities.ports.TokenStream``; losing all
of it loses nothing, since the finished message is in the log."""

import asyncio
from dataclasses import dataclass, field

from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.redis.channels import StreamPiece, epoch_key, stream_channel
from adapters.redis.publisher import Publisher

FLUSH_SECONDS = 0.03
"""Tokens that follow each other faster than this travel together; well under what an eye notices."""
FLUSH_CHARACTERS = 160
EPOCH_SECONDS = 3600
"""Longer than any thought; a key that is gone reads as 0, and then a thought simply runs on."""

_RAISE_EPOCH = """
local known = tonumber(redis.call('GET', KEYS[1]) or '0')
if tonumber(ARGV[1]) > known then redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
return known
"""


@dataclass
class _Buffer:
    """Text of one turn that has not been sent yet."""

    turn_id: str
    epoch: int
    pieces: list[str] = field(default_factory=list)
    characters: int = 0
    timer: asyncio.TimerHandle | None = None


class RedisTokenStream:
    def __init__(self, redis: Redis, publisher: Publisher) -> None:
        self._redis = redis
        self._publisher = publisher
        self._buffers: dict[str, _Buffer] = {}

    async def delta(self, conversation_id: str, turn_id: str, epoch: int, text: str) -> None:
        """Send a piece of text with what follows within ``FLUSH_SECONDS``. The first of a turn goes at once."""
        buffer = self._buffers.get(conversation_id)
        if buffer is None or (buffer.turn_id, buffer.epoch) != (turn_id, epoch):
            self._flush(conversation_id)
            self._buffers[conversation_id] = buffer = _Buffer(turn_id, epoch)
            self._publish(conversation_id, StreamPiece(turn_id=turn_id, epoch=epoch, text=text))
        else:
            buffer.pieces.append(text)
            buffer.characters += len(text)
        self._schedule(conversation_id, buffer)

    async def began(self, conversation_id: str, epoch: int) -> None:
        """A thought begins under this epoch: older ones may stop, and the customer sees that somebody is typing."""
        self._publisher.send("EVAL", _RAISE_EPOCH, 1, epoch_key(conversation_id), epoch, EPOCH_SECONDS)
        self._publish(conversation_id, StreamPiece(epoch=epoch))

    async def latest_epoch(self, conversation_id: str) -> int:
        try:
            known = await self._redis.get(epoch_key(conversation_id))
        except (RedisError, OSError):
            return 0
        return int(known) if known and str(known).isdigit() else 0

    def _schedule(self, conversation_id: str, buffer: _Buffer) -> None:
        if buffer.characters >= FLUSH_CHARACTERS:
            self._send(conversation_id, buffer)
        if buffer.timer is None:
            buffer.timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._due, conversation_id, buffer)

    def _due(self, conversation_id: str, buffer: _Buffer) -> None:
        """Send what gathered and wait for more; a turn that fell silent is forgotten."""
        buffer.timer = None
        if self._buffers.get(conversation_id) is not buffer:
            return
        if buffer.pieces:
            self._send(conversation_id, buffer)
            self._schedule(conversation_id, buffer)
        else:
            del self._buffers[conversation_id]

    def _flush(self, conversation_id: str) -> None:
        """The turn changed: send what the old one still holds."""
        buffer = self._buffers.pop(conversation_id, None)
        if buffer is None:
            return
        if buffer.timer is not None:
            buffer.timer.cancel()
        if buffer.pieces:
            self._send(conversation_id, buffer)

    def _send(self, conversation_id: str, buffer: _Buffer) -> None:
        text = "".join(buffer.pieces)
        buffer.pieces, buffer.characters = [], 0
        self._publish(conversation_id, StreamPiece(turn_id=buffer.turn_id, epoch=buffer.epoch, text=text))

    def _publish(self, conversation_id: str, piece: StreamPiece) -> None:
        self._publisher.send("PUBLISH", stream_channel(conversation_id), piece.model_dump_json())
