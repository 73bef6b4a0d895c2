"""Messages a second of the product and of the control, in turn, on the same servers: A B A B, a ratio for each pair."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from bench.load import ClosedLoop, Sample, Talk, open_talks
from bench.meters import Meters, Reading
from bench.servers import ServerKind, Servers, running_servers, say
from bench.systems import System, running_control, running_product

BREATH_SECONDS = 2.0
"""Between two blocks, so that what the one left undone does not burden the other."""


@dataclass(frozen=True)
class Block:
    """One system under load for a while. CPU, transactions and bytes are a message's share."""

    system: str
    concurrent: int
    messages: int
    seconds: float
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_ms: dict[str, float]
    own_cpu_ms: float
    transactions: dict[str, float]
    wal_bytes: dict[str, float]


@dataclass(frozen=True)
class Pair:
    """A block of the product and the control's next to it."""

    product: Block
    control: Block

    @property
    def throughput_ratio(self) -> float:
        return self.product.per_second / self.control.per_second

    @property
    def extra_cpu_ms(self) -> float:
        return self.product.own_cpu_ms - self.control.own_cpu_ms


@dataclass
class Result:
    kind: ServerKind
    pairs: list[Pair] = field(default_factory=list)

    def at(self, concurrent: int) -> list[Pair]:
        return [pair for pair in self.pairs if pair.product.concurrent == concurrent]

    def summary(self, concurrent: int) -> dict[str, float]:
        """Medians over the pairs."""
        pairs = self.at(concurrent)
        return {
            "product_per_second": median(pair.product.per_second for pair in pairs),
            "control_per_second": median(pair.control.per_second for pair in pairs),
            "throughput_ratio": median(pair.throughput_ratio for pair in pairs),
            "extra_cpu_ms": median(pair.extra_cpu_ms for pair in pairs),
        }

    def as_json(self) -> dict[str, object]:
        levels = sorted({pair.product.concurrent for pair in self.pairs})
        return {
            "kind": self.kind,
            "summary": {str(level): self.summary(level) for level in levels},
            "pairs": [asdict(pair) for pair in self.pairs],
        }


@dataclass(frozen=True)
class Plan:
    concurrent: tuple[int, ...] = (64, 256)
    pairs: int = 3
    seconds: float = 12.0


async def measure(folder: Path, kind: ServerKind, plan: Plan) -> Result:
    async with (
        running_servers(folder, kind) as servers,
        running_product(servers) as product,
        running_control(servers) as control,
    ):
        return await _alternate(servers, product, control, plan)


async def _alternate(servers: Servers, product: System, control: System, plan: Plan) -> Result:
    result = Result(servers.kind)
    most = max(plan.concurrent)
    say(f"opening {most} conversations on each side")
    talks = {system.name: await open_talks(system, most) for system in (product, control)}
    for concurrent in plan.concurrent:
        for _ in range(plan.pairs):
            blocks = [
                await run_block(servers, system, talks[system.name][:concurrent], plan.seconds)
                for system in (product, control)
            ]
            pair = Pair(*blocks)
            say(f"{concurrent} at once: ratio {pair.throughput_ratio:.2f}, CPU {pair.extra_cpu_ms:+.1f} ms a message")
            result.pairs.append(pair)
    return result


async def run_block(servers: Servers, system: System, talks: list[Talk], seconds: float) -> Block:
    meters = Meters({**system.pids, **servers.pids, "load": os.getpid()}, servers.databases)
    async with ClosedLoop(system, talks) as loop:
        before = await asyncio.to_thread(meters.read)
        sample = await loop.measure(seconds)
        after = await asyncio.to_thread(meters.read)
    await asyncio.sleep(BREATH_SECONDS)
    return _block(system, len(talks), sample, before, after)


def _block(system: System, concurrent: int, sample: Sample, before: Reading, after: Reading) -> Block:
    count = max(1, sample.count)
    cpu_ms = _shares(before.cpu, after.cpu, count / 1000)
    block = Block(
        system=system.name,
        concurrent=concurrent,
        messages=sample.count,
        seconds=round(sample.seconds, 2),
        per_second=round(sample.per_second, 2),
        p50_ms=round(sample.quantile(0.5) * 1000, 1),
        p95_ms=round(sample.quantile(0.95) * 1000, 1),
        p99_ms=round(sample.quantile(0.99) * 1000, 1),
        cpu_ms=cpu_ms,
        own_cpu_ms=round(sum(cpu_ms[name] for name in system.pids), 2),
        transactions=_shares(before.transactions, after.transactions, count),
        wal_bytes=_shares(before.wal_bytes, after.wal_bytes, count),
    )
    say(f"{block.system} at {concurrent}: {block.per_second:.1f}/s, p50 {block.p50_ms:.0f} ms, CPU {cpu_ms}")
    return block


def _shares(before: Mapping[str, float], after: Mapping[str, float], count: float) -> dict[str, float]:
    return {name: round((after[name] - before[name]) / count, 2) for name in before}
