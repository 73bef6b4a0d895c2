"""Start a child process that cannot outlive us, in a session of its own, its output in a file."""

import asyncio
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cli.servers.errors import NotReady

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Identity:
    """The system user a process runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Command:
    """How to start one process, and which signal asks it to stop in good order.

    ``environment`` is added to ours; a value of None removes a variable.
    """

    argv: tuple[str, ...]
    environment: Mapping[str, str | None] = field(default_factory=dict)
    directory: Path | None = None
    identity: Identity | None = None
    stop_signal: signal.Signals = signal.SIGTERM


def spawn(command: Command, log: Path) -> subprocess.Popen[bytes]:
    """Start it; call this from the main thread, since the kernel ties the child's life to the thread that made it.

    The session of its own keeps a terminal's Ctrl-C from it: stopping in the right order is our business. What it
    writes only its user may read: conversations are in there.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    identity = command.identity
    with log.open("ab") as output:
        return subprocess.Popen(
            command.argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=command.directory,
            env=_environment(command.environment),
            user=identity.uid if identity else None,
            group=identity.gid if identity else None,
            extra_groups=() if identity else None,
            start_new_session=True,
            umask=0o077,
            preexec_fn=dying_with_us(),  # noqa: PLW1509 - one prctl, no lock
        )


def _environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**os.environ, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def dying_with_us() -> Callable[[], None]:
    """For ``preexec_fn``: the kernel kills the child when we die, even by ``kill -9``.

    Where it cannot, the next start cleans up.
    """
    parent = os.getpid()

    def in_child() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

    return in_child


def stop(process: subprocess.Popen[bytes], command: Command, seconds: float = 10.0) -> None:
    """Ask it to stop; kill it when it has not after ``seconds``."""
    if process.poll() is None:
        process.send_signal(command.stop_signal)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def port_answers(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((host, port)) == 0


async def wait_until(
    ready: Callable[[], Awaitable[bool]], what: str, seconds: float, pause_seconds: float = 0.1
) -> None:
    """Ask ``ready`` until it says yes. Raises ``NotReady`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not await ready():
        if time.monotonic() > deadline:
            raise NotReady(f"{what} did not get ready within {seconds:.0f} seconds.")
        await asyncio.sleep(pause_seconds)
