"""Who waits for what in this process: rings and tokens come in from Redis, and wake those who listen.

The bell may be late, lost or silent; so every two seconds one query asks for all conversations listened to how far
their logs go. Nobody waits longer than that for what is in the log.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from api.ports import Answers, Ears
from domain.errors import LogUnavailable

POLL_SECONDS = 2.0
POLL_CHUNK = 1_000
DELTA_BACKLOG = 1_000
"""Pieces kept for a slow client; the oldest go first, since the finished message follows anyway."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Delta:
    """A piece of the turn in progress; without text: somebody began to think under this epoch."""

    turn_id: str
    epoch: int
    text: str


@dataclass(eq=False)
class Ear:
    """One who waits. ``seen`` is the seq it has read up to; ``replies_only`` ignores rings that answer nothing."""

    replies_only: bool = False
    wants_deltas: bool = False
    seen: int = 0
    grown: bool = False
    deltas: deque[Delta] = field(default_factory=lambda: deque(maxlen=DELTA_BACKLOG))
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self, *, grown: bool) -> None:
        self.grown = self.grown or grown
        self._woken.set()

    async def wait(self, seconds: float) -> bool:
        """True when woken, False after ``seconds``. Being woken is remembered until somebody waits."""
        if not self._woken.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await self._woken.wait()
            except TimeoutError:
                return False
        self._woken.clear()
        return True

    def take_growth(self) -> bool:
        """Whether the log may have grown since the last time this was asked."""
        grown, self.grown = self.grown, False
        return grown


class Silence:
    """Ears for a process without Redis."""

    async def watch(self, conversation_id: str) -> None:
        return None

    async def unwatch(self, conversation_id: str) -> None:
        return None


class Hub:
    """Implements ``adapters.redis.listener.Sink``. ``ears`` is set once the listener, which needs a sink, exists."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.ears: Ears = Silence()
        self._by_conversation: dict[str, set[Ear]] = {}

    def __len__(self) -> int:
        return sum(len(ears) for ears in self._by_conversation.values())

    @asynccontextmanager
    async def listen(
        self, conversation_id: str, *, replies_only: bool = False, deltas: bool = False
    ) -> AsyncIterator[Ear]:
        """Listen from now on: read the log only after this, so that nothing falls between."""
        ear = Ear(replies_only=replies_only, wants_deltas=deltas)
        listening = self._by_conversation.setdefault(conversation_id, set())
        listening.add(ear)
        try:
            if deltas:
                await self.ears.watch(conversation_id)
            yield ear
        finally:
            listening.discard(ear)
            if not listening:
                self._by_conversation.pop(conversation_id, None)
            if deltas and not any(other.wants_deltas for other in listening):
                await self.ears.unwatch(conversation_id)

    def rang(self, conversation_id: str, seq: int, *, replied: bool) -> None:
        for ear in self._by_conversation.get(conversation_id, ()):
            if seq > ear.seen and (replied or not ear.replies_only):
                ear.wake(grown=True)

    def streamed(self, conversation_id: str, turn_id: str, epoch: int, text: str) -> None:
        for ear in self._by_conversation.get(conversation_id, ()):
            if ear.wants_deltas:
                ear.deltas.append(Delta(turn_id, epoch, text))
                ear.wake(grown=False)

    def restored(self) -> None:
        """Rings were missed: everybody looks."""
        for listening in self._by_conversation.values():
            for ear in listening:
                ear.wake(grown=True)

    async def poll(self) -> None:
        """Runs until cancelled."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._look()
            except LogUnavailable:
                _log.info("the log is away, streams wait for it", listeners=len(self))

    async def _look(self) -> None:
        ids = list(self._by_conversation)
        for start in range(0, len(ids), POLL_CHUNK):
            for conversation_id, seq in (await self._answers.last_seqs(ids[start : start + POLL_CHUNK])).items():
                for ear in self._by_conversation.get(conversation_id, ()):
                    if seq > ear.seen:
                        ear.seen = seq if ear.replies_only else ear.seen
                        ear.wake(grown=True)
