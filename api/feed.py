"""A conversation as a stream: the log from a given seq on, without a gap or a repeat, and between its events what is
happening right now. Only the log counts; everything from Redis may be missing."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field

from api.hub import Delta, Hub
from api.ports import Log
from domain.errors import LogUnavailable
from domain.events import AgentMessage, HandoffClaimed, HandoffCompleted, LoggedEvent

PAGE = 200
HEARTBEAT_SECONDS = 15.0
"""Proxies cut connections that are silent for 30 or 60 seconds."""
RETRY_SECONDS = 1.0
TURNS_REMEMBERED = 32


@dataclass(frozen=True)
class Typing:
    """Somebody began to think about an answer."""


@dataclass(frozen=True)
class Quiet:
    """Nothing happened for a while; the connection is kept warm."""


Item = LoggedEvent | Delta | Typing | Quiet


@dataclass
class DeltaFilter:
    """Lets through only pieces of the newest turn: none of an older epoch, of a turn that has its reply, or while a
    person holds the conversation (DESIGN, the way of a message, 4)."""

    epoch: int = 0
    held_by_person: bool = False
    _turn_id: str = ""
    _over: deque[str] = field(default_factory=lambda: deque(maxlen=TURNS_REMEMBERED))

    def saw(self, logged: LoggedEvent) -> None:
        """The log moved on: what it says ends what was being typed."""
        match logged.event:
            case AgentMessage(turn_id=turn_id):
                self._end(turn_id)
            case HandoffClaimed():
                self.held_by_person = True
                self._end(self._turn_id)
            case HandoffCompleted():
                self.held_by_person = False
            case _:
                pass

    def admits(self, delta: Delta) -> bool:
        if self.held_by_person or delta.epoch < self.epoch or delta.turn_id in self._over:
            return False
        if delta.epoch > self.epoch:
            self.epoch = delta.epoch
            self._end(self._turn_id)
        if not delta.turn_id:
            # Who speaks already is not announced.
            return self._turn_id in ("", *self._over)
        if delta.turn_id != self._turn_id:
            self._end(self._turn_id)
            self._turn_id = delta.turn_id
        return True

    def _end(self, turn_id: str) -> None:
        if turn_id and turn_id not in self._over:
            self._over.append(turn_id)


class Feeds:
    def __init__(self, log: Log, hub: Hub) -> None:
        self._log = log
        self._hub = hub

    async def follow(
        self, conversation_id: str, *, after: int, until: float, deltas: bool
    ) -> AsyncGenerator[Item, None]:
        """Everything after ``after``, then what comes, until the epoch second ``until`` (when the token expires).

        While the log is away the stream waits for it. Close the iterator to stop listening.
        """
        async with self._hub.listen(conversation_id, deltas=deltas) as ear:
            gate = await self._gate(conversation_id) if deltas else DeltaFilter()
            ear.wake(grown=True)
            while time.time() < until:
                if not await ear.wait(min(HEARTBEAT_SECONDS, until - time.time())):
                    yield Quiet()
                while ear.deltas:
                    delta = ear.deltas.popleft()
                    if gate.admits(delta):
                        yield delta if delta.text else Typing()
                if not ear.take_growth():
                    continue
                try:
                    async for logged in self._read(conversation_id, after):
                        gate.saw(logged)
                        after = ear.seen = logged.seq
                        yield logged
                except LogUnavailable:
                    await asyncio.sleep(RETRY_SECONDS)
                    ear.wake(grown=True)

    async def _read(self, conversation_id: str, after: int) -> AsyncIterator[LoggedEvent]:
        """What is in the log now, page by page."""
        while True:
            page = await self._log.read(conversation_id, after=after, limit=PAGE)
            for logged in page:
                yield logged
            if len(page) < PAGE:
                return
            after = page[-1].seq

    async def _gate(self, conversation_id: str) -> DeltaFilter:
        """Start from what the registry knows: a stream opened after a claim must not hear the AI's last words."""
        try:
            record = await self._log.registry(conversation_id)
        except LogUnavailable:
            return DeltaFilter()
        return DeltaFilter(epoch=record.epoch, held_by_person=record.agent_type == "human") if record else DeltaFilter()
