"""The real servers that tests run against, started as the launcher starts them; one set for each pytest process."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.settings import Settings
from cli.servers.exclusive import alone
from cli.servers.postgres import Postgres, postgres_ready
from cli.servers.processes import Command, free_port, spawn, stop, wait_until
from cli.servers.redis import redis_command, redis_ready, redis_url
from cli.servers.temporal import temporal_command, temporal_ready
from cli.servers.temporal_binary import find_temporal

ROOT = Path(__file__).parent.parent
STATE = ROOT / ".switchboard"
_START_SECONDS = 60.0
"""Generous: two cores may be starting several sets at once."""


@asynccontextmanager
async def running(command: Command, log: Path) -> AsyncIterator["subprocess.Popen[bytes]"]:
    process = spawn(command, log)
    try:
        yield process
    finally:
        stop(process, command, seconds=5.0)


def temporal_binary() -> Path:
    return find_temporal(STATE, say, download=Settings().temporal_download)


@asynccontextmanager
async def running_temporal(folder: Path) -> AsyncIterator[str]:
    """A dev server in memory; gives its address."""
    binary = temporal_binary()
    port = free_port()
    async with running(temporal_command(binary, port=port, database=None), folder / "temporal.log"):
        await wait_until(lambda: temporal_ready(port), "Temporal", _START_SECONDS)
        yield f"127.0.0.1:{port}"


@asynccontextmanager
async def running_postgres(folder: Path) -> AsyncIterator[Postgres]:
    """An empty cluster that does not sync to disk."""
    cluster = Postgres(folder / "postgres", free_port(), password="for-tests", durable=False)
    cluster.initialise()
    async with running(cluster.command(), folder / "postgres.log"):
        await wait_until(lambda: postgres_ready(cluster.url()), "PostgreSQL", _START_SECONDS)
        yield cluster


@asynccontextmanager
async def running_redis(folder: Path) -> AsyncIterator[str]:
    """An empty Redis; gives its URL."""
    url = redis_url(port := free_port())
    async with running(redis_command(folder / "redis", port), folder / "redis.log"):
        await wait_until(lambda: redis_ready(url), "Redis", _START_SECONDS)
        yield url


def time_skipping_server() -> Path:
    """The program to give ``WorkflowEnvironment.start_time_skipping``; fetched from Maven Central the first time."""
    folder = STATE / "test-server"
    script = folder / "temporal-test-server"
    with alone(folder / ".lock"):
        if not script.exists():
            _fetch_test_server(folder)
            script.write_text(_WRAPPER)
            script.chmod(0o755)
    return script


_WRAPPER = """#!/bin/sh
exec java -XX:TieredStopAtLevel=1 -Xmx512m -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
"""


def _fetch_test_server(folder: Path) -> None:
    say("fetching the time-skipping test server")
    repository = folder / "m2"
    options = (f"-DoutputDirectory={folder / 'lib'}", f"-Dmaven.repo.local={repository}")
    pom = ROOT / "infra" / "test-server" / "pom.xml"
    subprocess.run(["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", *options], check=True)
    shutil.rmtree(repository)


def say(line: str) -> None:
    print(f"switchboard: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    # Before the tests, so that no test's time limit meets a build.
    temporal_binary()
    time_skipping_server()
