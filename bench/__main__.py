"""``python -m bench``: run benchmarks of the whole product and write their results."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from bench.report import write
from bench.servers import ROOT, ServerKind, say
from cli.servers.errors import CannotStart

app = typer.Typer(
    name="bench",
    help="Benchmarks of the whole product on this machine. bench/README.md says how to read them.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

RESULTS = ROOT / "bench" / "results"
Out = Annotated[Path, typer.Option(help="Folder of the results.")]
Pairs = Annotated[int, typer.Option(min=1, help="Alternating pairs at each level.")]
Seconds = Annotated[float, typer.Option(min=1, help="Length of one measurement.")]
Concurrent = Annotated[str, typer.Option(help="Conversations at once, as a list.")]


class Measured(Protocol):
    def as_json(self) -> Mapping[str, object]: ...


@app.command()
def throughput(
    server: Annotated[str, typer.Option(help="Temporal: dev (SQLite file) or cluster (server on PostgreSQL).")] = "dev",
    concurrent: Concurrent = "64,256",
    pairs: Pairs = 3,
    seconds: Seconds = 12.0,
    out: Out = RESULTS,
) -> None:
    """Messages a second and CPU a message, beside a control without auth, agents or domain code."""
    from bench.throughput import Plan, measure

    kind: ServerKind = "cluster" if server == "cluster" else "dev"
    levels = tuple(int(level) for level in concurrent.split(","))
    _run(f"throughput-{kind}", out, lambda folder: measure(folder, kind, Plan(levels, pairs, seconds)))


@app.command()
def growth(
    conversations: Annotated[int, typer.Option(min=1, help="In each of the two cohorts.")] = 16, out: Out = RESULTS
) -> None:
    """What a message costs at turns 181–210 beside turns 31–60."""
    from bench.growth import measure

    _run("growth", out, lambda folder: measure(folder, conversations))


@app.command()
def idle(
    for_memory: Annotated[int, typer.Option(help="Open conversations when memory is read.")] = 1_000,
    for_cpu: Annotated[int, typer.Option(help="Open conversations when CPU is read.")] = 5_000,
    out: Out = RESULTS,
) -> None:
    """Memory and CPU of open conversations in which nobody writes."""
    from bench.idle import Plan, measure

    _run("idle", out, lambda folder: measure(folder, Plan(for_memory, for_cpu)))


@app.command()
def kill(
    in_flight: Annotated[int, typer.Option(min=1, help="Turns under way when the worker dies.")] = 256,
    workers: Annotated[int, typer.Option(min=1, max=2, help="1: restarted at once; 2: another one is alive.")] = 1,
    out: Out = RESULTS,
) -> None:
    """kill -9 of the worker with turns in flight: who is answered, and when."""
    from bench.kill import Plan, measure

    name = "kill-restarted" if workers == 1 else "kill-second-alive"
    _run(name, out, lambda folder: measure(folder, Plan(in_flight, workers=workers)))


@app.command()
def peer(
    shape: Annotated[str, typer.Option(help="A turn: plain (one thought) or tool (thought, tool, thought).")] = "plain",
    conversations: Annotated[int, typer.Option(min=1, help="At once.")] = 32,
    turns: Annotated[str, typer.Option(help="At which turns to measure, as a list.")] = "10,200",
    out: Out = RESULTS,
) -> None:
    """Throughput beside LangGraph with its Postgres saver, early and late in conversations."""
    from bench.peer import Plan, measure

    plan = Plan(shape, conversations, tuple(int(turn) for turn in turns.split(",")))
    _run(f"peer-{shape}", out, lambda folder: measure(folder, plan))


@app.command("all")
def everything(out: Out = RESULTS) -> None:
    """All of them, one after the other; more than an hour."""
    throughput(out=out)
    throughput(server="cluster", out=out)
    growth(out=out)
    idle(out=out)
    kill(out=out)
    kill(workers=2, out=out)
    peer(out=out)
    peer(shape="tool", out=out)


def _run(name: str, out: Path, benchmark: Callable[[Path], Awaitable[Measured]]) -> None:
    """Run it in a folder that goes away afterwards, and write down what it found."""
    load_before = os.getloadavg()[0]
    say(f"{name}; the load of this machine is {load_before:.1f}")
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as folder:
        # PostgreSQL runs as another user when we are root.
        Path(folder).chmod(0o755)
        result = _completed(benchmark(Path(folder)))
        write(out, name, result.as_json(), load_before)
    say(f"{name}: results are in {out}")


def _completed(benchmark: Awaitable[Measured]) -> Measured:
    async def run() -> Any:
        return await benchmark

    return asyncio.run(run())


def main() -> None:
    """Without a command: all of them, as ``make bench`` does."""
    try:
        app(args=sys.argv[1:] or ["all"])
    except CannotStart as error:
        say(str(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
