"""``switchboard stop``: end the launcher of this folder."""

import os
import signal
import time

from adapters.settings import Settings
from cli.instance import Instance
from cli.servers.errors import CannotStart

_POLL_SECONDS = 0.1


def stop(settings: Settings, seconds: float) -> None:
    """Ask it to stop and wait until it has. Raises ``CannotStart`` if it is still there after ``seconds``."""
    instance = Instance(settings.state_dir.resolve())
    pid = instance.holder()
    if pid is None:
        print("switchboard: nothing runs in this folder")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while instance.holder() is not None:
        if time.monotonic() > deadline:
            raise CannotStart(f"Process {pid} did not stop within {seconds:.0f} seconds: 'kill -9 {pid}' ends it.")
        time.sleep(_POLL_SECONDS)
    print("switchboard: stopped")
