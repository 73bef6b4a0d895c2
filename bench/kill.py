"""The worker is killed with -9 while 256 turns are in flight: who is answered, and how much later?"""

import asyncio
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.load import Sample, Talk, open_talks
from bench.servers import running_servers, say
from bench.systems import NoReply, Product, running_product


@dataclass(frozen=True)
class Plan:
    """``workers``: 1 is restarted at once by the launcher's supervisor; with 2 another one is alive."""

    in_flight: int = 256
    kill_after_seconds: float = 0.5
    workers: int = 1


@dataclass(frozen=True)
class Drain:
    """All conversations ask at once; how long until they are answered."""

    answered: int
    p50_seconds: float
    p99_seconds: float
    last_seconds: float


@dataclass(frozen=True)
class Result:
    plan: Plan
    undisturbed: Drain
    killed: Drain
    answered_before_the_kill: int

    @property
    def extra_p99_seconds(self) -> float:
        return round(self.killed.p99_seconds - self.undisturbed.p99_seconds, 2)

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "extra_p99_seconds": self.extra_p99_seconds}


async def measure(folder: Path, plan: Plan) -> Result:
    async with (
        running_servers(folder, "dev") as servers,
        running_product(servers, workers=plan.workers) as product,
    ):
        talks = await open_talks(product, plan.in_flight)
        await _ask_all(product, talks)
        undisturbed = await _ask_all(product, talks)
        say(f"undisturbed: the last of {plan.in_flight} after {undisturbed.quantile(1.0):.1f} s")
        killer = asyncio.create_task(_kill_worker(product, plan.kill_after_seconds))
        killed = await _ask_all(product, talks)
        await killer
        say(f"killed: the last after {killed.quantile(1.0):.1f} s")
    before = sum(latency < plan.kill_after_seconds for latency in killed.latencies)
    return Result(plan, _drain(undisturbed), _drain(killed), before)


async def _ask_all(product: Product, talks: list[Talk]) -> Sample:
    """Everybody sends one message at the same time and waits for its reply, however long that takes."""
    for talk in talks:
        talk.connection.close()
    latencies = await asyncio.gather(*(_answered(product, talk) for talk in talks))
    return Sample(latencies=[latency for latency in latencies if latency is not None])


async def _answered(product: Product, talk: Talk) -> float | None:
    """Seconds until the reply; None if it never came."""
    try:
        return await talk.exchange(product)
    except NoReply:
        return None


async def _kill_worker(product: Product, after_seconds: float) -> None:
    await asyncio.sleep(after_seconds)
    os.kill(product.pids["worker"], signal.SIGKILL)


def _drain(sample: Sample) -> Drain:
    shares = (round(sample.quantile(share), 2) for share in (0.5, 0.99, 1.0))
    return Drain(sample.count, *shares)
