"""The load generator: so many conversations at once, each sends its next message when it has the last one's reply."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.client import Connection, HttpError
from bench.systems import System
from bench.texts import customer_text

LEAST_WAVES = 4
"""A closed loop answers in waves: with less than this many a conversation, rates are chance."""
LONGEST_FACTOR = 4
"""A measurement is stretched to up to this many times its length to see them."""

_messages = itertools.count()


@dataclass
class Talk:
    """One conversation and the connection its customer holds."""

    conversation_id: str
    connection: Connection
    number: int
    turns: int = 0

    async def exchange(self, system: System) -> float:
        """One message and its reply; seconds between."""
        self.turns += 1
        message_id = f"b-{self.conversation_id[-12:]}-{next(_messages)}"
        started = time.perf_counter()
        await system.say(self.connection, self.conversation_id, message_id, customer_text(self.number, self.turns))
        return time.perf_counter() - started


@dataclass
class Sample:
    """Replies seen by clients between two instants."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.latencies)

    @property
    def per_second(self) -> float:
        return self.count / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """Seconds; NaN without messages."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


async def open_talks(system: System, count: int, at_once: int = 16) -> list[Talk]:
    """Conversations that have had their first turn."""
    gate = asyncio.Semaphore(at_once)

    async def one(number: int) -> Talk:
        connection = system.connect()
        async with gate:
            return Talk(await _opened(system, connection, number), connection, number)

    return list(await asyncio.gather(*(one(number) for number in range(count))))


async def _opened(system: System, connection: Connection, number: int) -> str:
    """As a client does: a server that says "not now" is asked again."""
    for pause in (0.5, 1, 2, 4, 8):
        try:
            return await system.open(connection, number)
        except HttpError as busy:
            if busy.status != 503:
                raise
        await asyncio.sleep(pause)
    return await system.open(connection, number)


class ClosedLoop:
    """Use as a context: the load runs inside it. ``measure`` watches for a while."""

    def __init__(self, system: System, talks: Sequence[Talk], warm_up_seconds: float = 3.0) -> None:
        self._system = system
        self._talks = talks
        self._warm_up = warm_up_seconds
        self._sample: Sample | None = None
        self._over = False
        self._customers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "ClosedLoop":
        # Spread, or everybody's replies come in the same wave.
        pause = self._warm_up / len(self._talks)
        self._customers = [
            asyncio.create_task(self._converse(talk, pause * index)) for index, talk in enumerate(self._talks)
        ]
        await asyncio.sleep(self._warm_up)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._over = True
        await asyncio.gather(*self._customers)

    async def measure(self, seconds: float) -> Sample:
        sample = self._sample = Sample()
        started = time.perf_counter()
        await asyncio.sleep(seconds)
        for _ in range(LONGEST_FACTOR - 1):
            if sample.count >= LEAST_WAVES * len(self._talks):
                break
            await asyncio.sleep(seconds)
        self._sample = None
        sample.seconds = _passed(started)
        return sample

    async def _converse(self, talk: Talk, pause: float) -> None:
        # Servers hang up on connections that were silent for some seconds.
        talk.connection.close()
        await asyncio.sleep(pause)
        while not self._over:
            latency = await talk.exchange(self._system)
            if self._sample is not None:
                self._sample.latencies.append(latency)


def _passed(since: float) -> float:
    return time.perf_counter() - since
