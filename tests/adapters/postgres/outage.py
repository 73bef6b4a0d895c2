"""A PostgreSQL that a test may kill."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from cli.servers.postgres import Postgres, postgres_ready
from cli.servers.processes import free_port, spawn, stop

START_SECONDS = 60.0


@dataclass
class Mortal:
    """One cluster and its process."""

    cluster: Postgres
    log: Path
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nothing of it runs meanwhile, as if the network to it were cut."""
        root = psutil.Process(self.process.pid)
        family = [root, *root.children(recursive=True)]
        for process in family:
            process.suspend()
        try:
            yield
        finally:
            for process in family:
                process.resume()

    async def start(self) -> None:
        """Start it; again and again, while processes of a killed one still hold its memory."""
        async with asyncio.timeout(START_SECONDS):
            while not await postgres_ready(self.cluster.url()):
                if self.process.poll() is not None:
                    self.process = spawn(self.cluster.command(), self.log)
                await asyncio.sleep(0.1)


@asynccontextmanager
async def mortal_postgres(folder: Path) -> AsyncIterator[Mortal]:
    """A cluster that keeps what it has committed when it is killed."""
    cluster = Postgres(folder / "mortal", free_port(), password="for-tests")
    cluster.initialise()
    mortal = Mortal(cluster, folder / "mortal.log", spawn(cluster.command(), folder / "mortal.log"))
    try:
        await mortal.start()
        yield mortal
    finally:
        stop(mortal.process, cluster.command(), seconds=5.0)
