"""The whole product as ``make run`` starts it, in a folder and on ports of its own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.servers.processes import Command, free_port, spawn, stop
from tests.servers import ROOT, STATE, temporal_binary

PORTS = ("API", "TEMPORAL", "UI", "POSTGRES", "REDIS", "WORKER_METRICS", "WORKER_SDK_METRICS")
START_SECONDS = 120.0


@dataclass
class Product:
    """A running launcher. ``dev`` is what its dev.json says now."""

    folder: Path
    environment: dict[str, str]
    process: "subprocess.Popen[bytes]"

    @property
    def dev(self) -> dict[str, Any]:
        return json.loads((self.folder / "dev.json").read_text())

    @property
    def api_url(self) -> str:
        return self.dev["api_url"]

    def token(self, role: str = "customer") -> str:
        return self.dev["tokens"][role]

    def pid(self, name: str) -> int:
        return self.dev["pids"][name]

    def signal(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a process of the product a signal; give the pid it had."""
        pid = self.pid(name)
        os.kill(pid, number)
        return pid

    async def replaced(self, name: str, dead: int, seconds: float = 3.0) -> int:
        """Wait until dev.json holds another pid than ``dead``."""
        async with asyncio.timeout(seconds):
            while self.pid(name) == dead:
                await asyncio.sleep(0.02)
        return self.pid(name)

    def log(self, name: str) -> str:
        return (self.folder / "logs" / f"{name}.log").read_text()

    def said(self) -> str:
        """What the launcher printed."""
        return (self.folder / "launcher.log").read_text()


def free_ports() -> dict[str, str]:
    return {f"SWITCHBOARD_{name}_PORT": str(free_port()) for name in PORTS}


def start_launcher(folder: Path, environment: dict[str, str]) -> "tuple[Command, subprocess.Popen[bytes]]":
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    link = folder / "bin" / "temporal"
    if not link.exists():
        link.symlink_to(temporal_binary())
        # Whoever trains the classifier first trains it for all.
        (STATE / "classifier").mkdir(parents=True, exist_ok=True)
        (folder / "classifier").symlink_to(STATE / "classifier")
    command = Command((sys.executable, "-m", "cli.main", "up"), environment, directory=ROOT)
    return command, spawn(command, folder / "launcher.log")


@asynccontextmanager
async def running_product(folder: Path, **settings: str) -> AsyncIterator[Product]:
    """Start it and wait until it is ready; stop it at the end.

    ``settings`` are further SWITCHBOARD_ variables; those of an earlier product in the folder make it start again.
    """
    environment = {**free_ports(), "SWITCHBOARD_STATE_DIR": str(folder), **settings}
    # One that was killed leaves its own.
    (folder / "dev.json").unlink(missing_ok=True)
    command, process = start_launcher(folder, environment)
    try:
        await ready(folder, process)
        yield Product(folder, environment, process)
    finally:
        stop(process, command, seconds=60.0)


async def ready(folder: Path, process: "subprocess.Popen[bytes]", seconds: float = START_SECONDS) -> None:
    async with asyncio.timeout(seconds):
        while not (folder / "dev.json").exists():
            assert process.poll() is None, (folder / "launcher.log").read_text()
            await asyncio.sleep(0.05)
