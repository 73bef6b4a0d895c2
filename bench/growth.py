"""What a message costs late in a conversation, beside what it costs early: CPU, log bytes, history bytes.

Two cohorts of conversations talk in turn, one of them 150 turns ahead, so that whatever else the machine is doing
burdens both alike.
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

from psycopg import AsyncConnection
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from bench.load import Talk, open_talks
from bench.meters import Meters, Reading
from bench.servers import Servers, running_servers, say
from bench.systems import Product, running_product

EARLY, LATE = range(31, 61), range(181, 211)
SAMPLED_HISTORIES = 4
NEWS_TURNS = 10
SETTLING_TURNS = 6
"""Between a checkpoint and the first window: the first touch of a page after a checkpoint writes the whole page to the
WAL, and who is ahead has more pages. That is a cost of the checkpoint, not of a message."""


@dataclass(frozen=True)
class Costs:
    """Means over a window of turns, a message's share."""

    cpu_ms: float
    wal_bytes: float
    history_bytes: float


@dataclass(frozen=True)
class Result:
    conversations: int
    early: Costs
    late: Costs

    @property
    def ratios(self) -> dict[str, float]:
        """Late over early; the goal is 1.1 at most."""
        early, late = asdict(self.early), asdict(self.late)
        return {name: round(late[name] / early[name], 3) if early[name] else math.nan for name in early}

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "ratios": self.ratios}


async def measure(folder: Path, conversations: int = 16) -> Result:
    async with running_servers(folder, "dev") as servers, running_product(servers) as product:
        ahead, behind = await open_talks(product, conversations), await open_talks(product, conversations)
        await _advance(product, ahead, LATE.start - 1 - SETTLING_TURNS, "the cohort ahead")
        await _advance(product, behind, EARLY.start - 1 - SETTLING_TURNS, "the cohort behind")
        await _checkpoint(servers)
        await _advance(product, ahead, LATE.start - 1, "the cohort ahead")
        await _advance(product, behind, EARLY.start - 1, "the cohort behind")
        meters = Meters({**product.pids, **servers.pids}, servers.databases)
        early, late = _Tally(), _Tally()
        for number in range(len(EARLY)):
            await late.add(meters, product, ahead)
            await early.add(meters, product, behind)
            say(f"turns {EARLY[number]} and {LATE[number]} measured")
        early_bytes = await _history_bytes(servers, behind, EARLY)
        late_bytes = await _history_bytes(servers, ahead, LATE)
    return Result(conversations, early.costs(early_bytes), late.costs(late_bytes))


class _Tally:
    """Sums what rounds of one cohort cost."""

    def __init__(self) -> None:
        self._messages = 0
        self._cpu_seconds = 0.0
        self._wal_bytes = 0

    async def add(self, meters: Meters, product: Product, talks: Sequence[Talk]) -> None:
        before = await asyncio.to_thread(meters.read)
        await _round(product, talks)
        after = await asyncio.to_thread(meters.read)
        self._messages += len(talks)
        self._cpu_seconds += sum(after.cpu.values()) - sum(before.cpu.values())
        self._wal_bytes += _wal(after) - _wal(before)

    def costs(self, history_bytes: float) -> Costs:
        count = self._messages
        return Costs(round(self._cpu_seconds * 1000 / count, 2), round(self._wal_bytes / count), round(history_bytes))


def _wal(reading: Reading) -> int:
    return sum(reading.wal_bytes.values())


async def _advance(product: Product, talks: Sequence[Talk], turns: int, who: str) -> None:
    """The opening was turn 1."""
    for talk in talks:
        talk.connection.close()
    while talks[0].turns + 1 < turns:
        await _round(product, talks)
        if (talks[0].turns + 1) % NEWS_TURNS == 0:
            say(f"{who} is at turn {talks[0].turns + 1}")
    for talk in talks:
        talk.connection.close()


async def _checkpoint(servers: Servers) -> None:
    async with await AsyncConnection.connect(servers.databases["log"], autocommit=True) as connection:
        await connection.execute("checkpoint")


async def _round(product: Product, talks: Sequence[Talk]) -> None:
    await asyncio.gather(*(talk.exchange(product) for talk in talks))


async def _history_bytes(servers: Servers, talks: Sequence[Talk], turns: range) -> float:
    """Bytes of history a message, counted in the events themselves, over all runs of a few conversations."""
    client = await Client.connect(servers.temporal_address)
    sizes = [await _sizes_by_turn(client, talk.conversation_id) for talk in talks[:SAMPLED_HISTORIES]]
    return mean(size for each in sizes for size in each[turns.start - 1 : turns.stop - 1])


async def _sizes_by_turn(client: Client, conversation_id: str) -> list[int]:
    """Bytes from each customer message to the next, the new run's first events included."""
    query = f"WorkflowId = 'conversation-{conversation_id}'"
    runs = sorted([run async for run in client.list_workflows(query)], key=lambda run: run.start_time)
    sizes: list[int] = []
    for run in runs:
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        async for event in handle.fetch_history_events():
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                sizes.append(0)
            if sizes:
                sizes[-1] += event.ByteSize()
    return sizes
