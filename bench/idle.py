"""What open conversations cost while nobody writes: the worker's memory, and everybody's CPU."""

import asyncio
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.load import open_talks
from bench.meters import cpu_seconds, resident_mebibytes
from bench.servers import running_servers, say
from bench.systems import Product, running_product

SETTLE_SECONDS = 8.0
WARM_UP_CONVERSATIONS = 64
CHUNK = 500


@dataclass(frozen=True)
class Plan:
    for_memory: int = 1_000
    for_cpu: int = 5_000
    watch_seconds: float = 60.0


@dataclass
class Result:
    """``memory_mib``: what the worker holds for the conversations; ``idle_cores``: by process."""

    plan: Plan
    fresh_mib: float = 0.0
    warm_mib: float = 0.0
    full_mib: float = 0.0
    idle_cores: dict[str, float] = field(default_factory=dict)

    @property
    def over_fresh_mib(self) -> float:
        return round(self.full_mib - self.fresh_mib, 1)

    @property
    def over_warm_mib(self) -> float:
        """Beyond a worker that has had work before; the rest is the price of the first conversations."""
        return round(self.full_mib - self.warm_mib, 1)

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "over_fresh_mib": self.over_fresh_mib, "over_warm_mib": self.over_warm_mib}


async def measure(folder: Path, plan: Plan) -> Result:
    result = Result(plan)
    async with running_servers(folder, "dev") as servers, running_product(servers) as product:
        worker = product.pids["worker"]
        await asyncio.sleep(SETTLE_SECONDS)
        result.fresh_mib = round(resident_mebibytes(worker), 1)
        await _open_quietly(product, WARM_UP_CONVERSATIONS)
        result.warm_mib = round(resident_mebibytes(worker), 1)
        await _open_quietly(product, plan.for_memory - WARM_UP_CONVERSATIONS)
        result.full_mib = round(resident_mebibytes(worker), 1)
        say(f"{plan.for_memory} open: {result.full_mib:.0f} MiB, {result.over_fresh_mib:.0f} over a fresh worker")
        await _open_quietly(product, plan.for_cpu - plan.for_memory)
        pids = {**product.pids, **servers.pids}
        before = {name: cpu_seconds(pid) for name, pid in pids.items()}
        await asyncio.sleep(plan.watch_seconds)
        result.idle_cores = {
            name: round((cpu_seconds(pid) - before[name]) / plan.watch_seconds, 4) for name, pid in pids.items()
        }
        say(f"{plan.for_cpu} open and idle: cores {result.idle_cores}")
    return result


async def _open_quietly(product: Product, count: int) -> None:
    """So many more conversations, each with its first turn behind it, and then quiet."""
    while count > 0:
        talks = await open_talks(product, min(CHUNK, count))
        for talk in talks:
            talk.connection.close()
        count -= len(talks)
        say(f"{count} conversations to go")
    await asyncio.sleep(SETTLE_SECONDS)
