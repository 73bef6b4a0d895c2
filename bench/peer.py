"""The product beside LangGraph with its Postgres saver: the same turn, the same client, the same PostgreSQL, in turn.

Throughput of a closed loop while all conversations are at about turn 10, and again at about turn 200.
"""

import asyncio
import math
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from bench.client import Connection
from bench.load import Talk, open_talks
from bench.servers import ROOT, Servers, kept_programs, running, running_servers, say
from bench.systems import System, running_product, until_open
from bench.texts import OPENING
from cli.servers.exclusive import alone
from cli.servers.postgres import create_database
from cli.servers.processes import Command, free_port

REQUIREMENTS = Path(__file__).with_name("peer-requirements.txt")
MODELS = {"plain": "Instant", "tool": "OneTool"}
"""The product's chat model for each shape of a turn."""
VARIANTS = ("shipped", "fair")
ROUNDS = 10
"""Turns measured at each mark, in alternating rounds of one turn for every conversation."""


@dataclass(frozen=True)
class Plan:
    shape: str = "plain"
    conversations: int = 32
    marks: tuple[int, ...] = (10, 200)


@dataclass(frozen=True)
class Mark:
    """Messages a second of each system while its conversations are at this turn; ratios are the product's to it."""

    turn: int
    per_second: dict[str, float]
    ratios: dict[str, float]


@dataclass
class Result:
    plan: Plan
    marks: list[Mark] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass
class Peer:
    base_url: str
    pids: dict[str, int]
    name: str

    def connect(self) -> Connection:
        return Connection(self.base_url)

    async def open(self, connection: Connection, number: int) -> str:
        conversation_id = f"peer-{secrets.token_hex(8)}"
        await self.say(connection, conversation_id, f"open-{conversation_id}", OPENING)
        return conversation_id

    async def say(self, connection: Connection, conversation_id: str, message_id: str, text: str) -> str:
        path = f"/conversations/{conversation_id}/messages"
        answer = await connection.call("POST", path, {"message": text, "message_id": message_id})
        return str(answer["reply"])


async def measure(folder: Path, plan: Plan) -> Result:
    python = peer_python()
    result = Result(plan)
    async with AsyncExitStack() as stack:
        servers = await stack.enter_async_context(running_servers(folder, "dev"))
        product = await stack.enter_async_context(running_product(servers, MODELS[plan.shape]))
        peers = [_running_peer(servers, python, plan.shape, variant) for variant in VARIANTS]
        systems: list[System] = [product, *[await stack.enter_async_context(peer) for peer in peers]]
        talks = {system.name: await open_talks(system, plan.conversations) for system in systems}
        for mark in plan.marks:
            for system in systems:
                await _advance(system, talks[system.name], mark - ROUNDS // 2)
            result.marks.append(await _measure_at(mark, systems, talks))
            say(f"turn {mark}: {result.marks[-1]}")
    return result


def peer_python() -> Path:
    """The interpreter of the peer's own environment, made the first time."""
    folder = kept_programs() / "peer"
    python = folder / "bin" / "python"
    done = folder / "installed"
    with alone(kept_programs() / ".peer-lock"):
        if not done.exists() or done.stat().st_mtime < REQUIREMENTS.stat().st_mtime:
            say("installing LangGraph in an environment of its own")
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "--requirement", str(REQUIREMENTS)], check=True)
            done.touch()
    return python


@asynccontextmanager
async def _running_peer(servers: Servers, python: Path, shape: str, variant: str) -> AsyncIterator[Peer]:
    database = f"peer_{variant}"
    await create_database(servers.database_url, database)
    port = free_port()
    given = {
        "BENCH_DATABASE": servers.database_url.rpartition("/")[0] + f"/{database}",
        "BENCH_SHAPE": shape,
        "BENCH_VARIANT": variant,
        "BENCH_PORT": str(port),
        "LANGSMITH_TRACING": "false",
        "PYTHONPATH": str(ROOT),
    }
    command = Command((str(python), "-m", "bench.langgraph_server"), given, directory=ROOT)
    with running(command, servers.folder / f"peer-{variant}.log") as process:
        await until_open(port, "LangGraph")
        yield Peer(f"http://127.0.0.1:{port}", {"peer": process.pid}, variant)


async def _advance(system: System, talks: list[Talk], turn: int) -> None:
    """Bring all conversations to this turn; the opening was their first."""
    _hang_up(talks)
    while talks[0].turns + 1 < turn:
        await _round(system, talks)
        if (talks[0].turns + 1) % 20 == 0:
            say(f"{system.name} is at turn {talks[0].turns + 1}")


async def _measure_at(mark: int, systems: list[System], talks: dict[str, list[Talk]]) -> Mark:
    rates: dict[str, list[float]] = {system.name: [] for system in systems}
    for _ in range(ROUNDS):
        for system in systems:
            _hang_up(talks[system.name])
            rates[system.name].append(await _round(system, talks[system.name]))
    ours = rates[systems[0].name]
    others = [system.name for system in systems[1:]]
    return Mark(
        mark,
        {name: round(len(each) / math.fsum(1 / rate for rate in each), 1) for name, each in rates.items()},
        {name: round(median(a / b for a, b in zip(ours, rates[name], strict=True)), 2) for name in others},
    )


async def _round(system: System, talks: list[Talk]) -> float:
    """One turn of every conversation at once; messages a second."""
    started = asyncio.get_running_loop().time()
    await asyncio.gather(*(talk.exchange(system) for talk in talks))
    return len(talks) / (asyncio.get_running_loop().time() - started)


def _hang_up(talks: list[Talk]) -> None:
    for talk in talks:
        talk.connection.close()
