"""One launcher a folder: who runs here, and what a killed one left behind."""

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil

from cli.files import write_private
from cli.servers.errors import CannotStart

_CLOCK_GRAIN_SECONDS = 0.01
_WAIT_SECONDS = 3.0


class AlreadyRunning(CannotStart):
    def __init__(self, pid: int) -> None:
        super().__init__(f"Switchboard already runs in this folder (process {pid}): 'make stop' stops it.")


@dataclass(frozen=True)
class Trace:
    """A process we started. A pid is reused one day; with its start time it is not."""

    name: str
    pid: int
    created: float


class Instance:
    """Holds the folder's lock while it lives; the kernel lets go of it when the launcher dies."""

    def __init__(self, state_dir: Path) -> None:
        self._lock_path = state_dir / "launcher.pid"
        self._traces_path = state_dir / "processes.json"
        self._lock: IO[str] | None = None

    def acquire(self) -> None:
        """Raises ``AlreadyRunning``."""
        self._lock_path.parent.mkdir(parents=True, exist_ok=True)
        lock = self._lock_path.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise AlreadyRunning(self.holder() or 0) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def release(self) -> None:
        if self._lock is not None:
            self._traces_path.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def holder(self) -> int | None:
        """The pid of the launcher that runs here, if one does."""
        if not self._lock_path.exists():
            return None
        with self._lock_path.open("r") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or 0)
        return None

    def remember(self, pids: dict[str, int]) -> None:
        """Write down what runs, for the next start to clean up if we get no chance to."""
        traces = []
        for name, pid in pids.items():
            with suppress(psutil.NoSuchProcess):
                traces.append(Trace(name, pid, psutil.Process(pid).create_time()))
        write_private(self._traces_path, json.dumps([asdict(trace) for trace in traces]))

    def kill_remains(self) -> list[str]:
        """End what an earlier launcher left running; return its names."""
        found = [(trace, process) for trace in self._traces() if (process := _alive(trace)) is not None]
        for _, process in found:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs([process for _, process in found], timeout=_WAIT_SECONDS)
        self._traces_path.unlink(missing_ok=True)
        return [trace.name for trace, _ in found]

    def _traces(self) -> list[Trace]:
        try:
            return [Trace(**item) for item in json.loads(self._traces_path.read_text())]
        except (FileNotFoundError, ValueError, TypeError):
            return []


def _alive(trace: Trace) -> psutil.Process | None:
    try:
        process = psutil.Process(trace.pid)
        same = abs(process.create_time() - trace.created) < _CLOCK_GRAIN_SECONDS
    except psutil.NoSuchProcess:
        return None
    return process if same else None
