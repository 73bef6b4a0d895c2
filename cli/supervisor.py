"""Keeps a set of processes alive: what dies is started again, within a fraction of a second the first time."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cli.files import last_lines, put_aside
from cli.servers.errors import CannotStart
from cli.servers.processes import Command, spawn

_POLL_SECONDS = 0.1
_PAUSES_SECONDS = (0.0, 0.5, 1.0, 2.0)
"""Before the first, second … restart in a row. Never more than the last: a dead process is back within 3 seconds."""
_STEADY_SECONDS = 15.0
"""Who lived that long starts anew with counting."""
_TRIES_AT_START = 4
_LOG_BYTES = 20_000_000
"""Past that a log is put aside at the next start; the one before it goes."""


class KeepsDying(CannotStart):
    def __init__(self, name: str, log: Path) -> None:
        super().__init__(f"The {name} process cannot start; the end of {log}:\n{last_lines(log)}")


@dataclass
class Member:
    """One supervised process. ``clean`` runs before each restart."""

    name: str
    command: Command
    log: Path
    clean: Callable[[], None]
    process: "subprocess.Popen[bytes]"
    started: float = field(default_factory=time.monotonic)
    deaths: int = 0
    restart_at: float | None = None

    def run_again(self) -> None:
        self.clean()
        self.process = spawn(self.command, self.log)
        self.started = time.monotonic()
        self.restart_at = None

    def note_death(self) -> None:
        if time.monotonic() - self.started > _STEADY_SECONDS:
            self.deaths = 0
        pause = _PAUSES_SECONDS[min(self.deaths, len(_PAUSES_SECONDS) - 1)]
        self.deaths += 1
        self.restart_at = time.monotonic() + pause


class Supervisor:
    """``changed`` is called with all pids after a restart, ``say`` with a line for a person."""

    def __init__(self, logs: Path, say: Callable[[str], None], changed: Callable[[Mapping[str, int]], None]) -> None:
        self._logs = logs
        self._say = say
        self._changed = changed
        self._members: dict[str, Member] = {}
        self._leaving: set[str] = set()
        self.steady = False
        """Set when all is up; before, a process that keeps dying is an error instead of a fact of life."""

    @property
    def pids(self) -> dict[str, int]:
        return {name: member.process.pid for name, member in self._members.items()}

    def start(self, name: str, command: Command, clean: Callable[[], None] = lambda: None) -> None:
        clean()
        log = self._logs / f"{name}.log"
        put_aside(log, _LOG_BYTES)
        self._members[name] = Member(name, command, log, clean, spawn(command, log))
        self._changed(self.pids)

    def next_time(self, name: str, command: Command) -> None:
        """Should it have to be started again, this is how."""
        self._members[name].command = command

    async def watch(self) -> None:
        """Restart what dies, for ever. Raises ``KeepsDying`` before all was steady."""
        while True:
            for member in self._members.values():
                if member.name not in self._leaving:
                    self._look_after(member)
            await asyncio.sleep(_POLL_SECONDS)

    def _look_after(self, member: Member) -> None:
        code = member.process.poll()
        if code is None:
            return
        if member.restart_at is None:
            member.note_death()
            if not self.steady and (code == os.EX_CONFIG or member.deaths >= _TRIES_AT_START):
                raise KeepsDying(member.name, member.log)
            self._say(f"{member.name} died ({_how(code)}), starting it again")
        if time.monotonic() >= (member.restart_at or 0.0):
            member.run_again()
            self._changed(self.pids)

    async def stop(self, names: Iterable[str], seconds: float) -> None:
        """Ask these to stop, all at once; kill those that have not after ``seconds``."""
        leaving = [self._members[name] for name in names if name in self._members]
        self._leaving |= {member.name for member in leaving}
        for member in leaving:
            if member.process.poll() is None:
                member.process.send_signal(member.command.stop_signal)
        deadline = time.monotonic() + seconds
        for member in leaving:
            await _ended(member.process, deadline)
        for member in leaving:
            if member.process.poll() is None:
                self._say(f"{member.name} does not stop, killing it")
                member.process.kill()
                member.process.wait()

    def kill_all(self) -> None:
        for member in self._members.values():
            if member.process.poll() is None:
                member.process.kill()


async def _ended(process: "subprocess.Popen[bytes]", deadline: float) -> None:
    """Wait for its end, but not past ``deadline``."""
    while process.poll() is None and time.monotonic() < deadline:  # noqa: ASYNC110 - a process sets no event
        await asyncio.sleep(_POLL_SECONDS)


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
