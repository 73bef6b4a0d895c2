"""The servers of one benchmark: Temporal (the dev server on a file, or a production-like one on PostgreSQL), the
product's PostgreSQL and Redis, all durable, in a folder and on ports of their own."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from adapters.settings import Settings
from cli.preparation import Preparation
from cli.prepare import prepare
from cli.servers.postgres import Postgres, postgres_ready
from cli.servers.processes import Command, free_port, spawn, stop, wait_until
from cli.servers.redis import redis_command, redis_ready, redis_url
from cli.servers.temporal import temporal_command, temporal_ready
from cli.servers.temporal_binary import find_temporal

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 240.0
PASSWORD = "bench"
NAMESPACE = "default"

ServerKind = Literal["dev", "cluster"]
"""Temporal's dev server on SQLite, or its production server on PostgreSQL."""


def say(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)


def kept_programs() -> Path:
    """Where built programs stay from one benchmark to the next."""
    return (ROOT / ".switchboard").resolve()


@dataclass
class Servers:
    """``pids`` and ``databases`` are what a measurement reads; ``files`` hold what no database does."""

    folder: Path
    kind: ServerKind
    temporal_address: str
    database_url: str
    redis_url: str
    pids: dict[str, int]
    databases: dict[str, str]
    files: dict[str, Path] = field(default_factory=dict)


@contextmanager
def running(command: Command, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    process = spawn(command, log)
    try:
        yield process
    finally:
        stop(process, command)


@asynccontextmanager
async def running_servers(folder: Path, kind: ServerKind) -> AsyncIterator[Servers]:
    """All of them, with the product's schema, demo data and search attributes in place."""
    async with AsyncExitStack() as stack:
        postgres = Postgres(folder / "postgres", free_port(), PASSWORD)
        postgres.initialise()
        database = stack.enter_context(running(postgres.command(), folder / "postgres.log"))
        redis_port = free_port()
        redis = stack.enter_context(running(redis_command(folder / "redis", redis_port), folder / "redis.log"))
        await wait_until(lambda: postgres_ready(postgres.url()), "PostgreSQL", START_SECONDS)
        await wait_until(lambda: redis_ready(redis_url(redis_port)), "Redis", START_SECONDS)
        servers = Servers(
            folder=folder,
            kind=kind,
            temporal_address="",
            database_url=postgres.url("switchboard"),
            redis_url=redis_url(redis_port),
            pids={"postgres": database.pid, "redis": redis.pid},
            databases={"log": postgres.url("switchboard")},
        )
        await _start_temporal(servers, stack)
        say("preparing the schema and the namespace")
        wanted = Preparation(wait_seconds=START_SECONDS, create=True, demo=True, temporal=True)
        await prepare(settings_of(servers), wanted)
        yield servers


def settings_of(servers: Servers) -> Settings:
    return Settings().model_copy(
        update={
            "temporal_address": servers.temporal_address,
            "temporal_namespace": NAMESPACE,
            "database_url": servers.database_url,
            "redis_url": servers.redis_url,
        }
    )


async def _start_temporal(servers: Servers, stack: AsyncExitStack) -> None:
    if servers.kind == "cluster":
        from bench.cluster import start_cluster

        await start_cluster(servers, stack)
        return
    port = free_port()
    file = servers.folder / "temporal.db"
    binary = find_temporal(kept_programs(), say, download=Settings().temporal_download)
    command = temporal_command(binary, port=port, database=file)
    process = stack.enter_context(running(command, servers.folder / "temporal.log"))
    await wait_until(lambda: temporal_ready(port), "Temporal", START_SECONDS)
    servers.temporal_address = f"127.0.0.1:{port}"
    servers.pids["temporal"] = process.pid
    servers.files["temporal"] = file
