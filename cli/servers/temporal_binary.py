"""The ``temporal`` program: from PATH, from our folder, its makers' download, or built from source, in this order."""

import platform
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from cli.servers.errors import Missing
from cli.servers.exclusive import alone
from cli.servers.go_build import go_install

VERSION = "v1.5.1"
"""Server 1.29.1. Newer tags cannot be built with ``go install``: their go.mod has a replace directive."""
LEAST_SERVER = (1, 28)
MODULE = f"github.com/temporalio/cli/cmd/temporal@{VERSION}"
DOWNLOAD = f"https://temporal.download/cli/archive/{VERSION}"
_CONNECT_SECONDS = 10
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

Say = Callable[[str], None]
"""Shows a person one line of progress."""


def find_temporal(state_dir: Path, say: Say, *, download: bool = True) -> Path:
    """The path of a usable ``temporal``; the first time this may take minutes and tells ``say`` about it.

    Safe to call from several processes at once: one gets it, the others wait. Raises ``Missing``.
    """
    on_path = shutil.which("temporal")
    if on_path and new_enough(_version_text(Path(on_path))):
        return Path(on_path)
    cached = state_dir / "bin" / "temporal"
    if cached.exists():
        return cached
    with alone(state_dir / "bin" / ".lock"):
        if not cached.exists() and not (download and _downloaded(cached, say)):
            _build(cached, state_dir, say)
    return cached


def new_enough(version_text: str) -> bool:
    """Whether the server in this ``temporal --version`` knows what we use.

    >>> new_enough("temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)")
    True
    """
    found = re.search(r"Server (\d+)\.(\d+)", version_text)
    return found is not None and tuple(map(int, found.groups())) >= LEAST_SERVER


def _version_text(binary: Path) -> str:
    try:
        return subprocess.run([binary, "--version"], check=False, capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _downloaded(target: Path, say: Say) -> bool:
    """Try the makers' archive; False if this machine cannot reach it or it holds nothing for this machine."""
    machine = _MACHINES.get(platform.machine().lower())
    if machine is None:
        return False
    system = "darwin" if sys.platform == "darwin" else "linux"
    url = f"{DOWNLOAD}?platform={system}&arch={machine}"
    try:
        with urllib.request.urlopen(url, timeout=_CONNECT_SECONDS) as answer:  # noqa: S310 - the URL is ours
            say(f"downloading Temporal's server {VERSION}")
            unpack(answer.read(), target)
    except (urllib.error.URLError, OSError, tarfile.TarError, KeyError):
        return False
    return new_enough(_version_text(target))


def unpack(archive: bytes, target: Path) -> None:
    """Write the archive's ``temporal`` to ``target``, whole or not at all. Raises KeyError when it has none."""
    with tarfile.open(fileobj=BytesIO(archive), mode="r:gz") as files:
        program = files.extractfile(files.getmember("temporal"))
        if program is None:
            raise KeyError("temporal")
        _install(program.read(), target)


def _install(program: bytes, target: Path) -> None:
    fresh = target.with_suffix(".new")
    fresh.write_bytes(program)
    fresh.chmod(0o755)
    fresh.replace(target)


def _build(target: Path, state_dir: Path, say: Say) -> None:
    built = go_install(MODULE, state_dir, say, "Temporal's server")
    if not new_enough(_version_text(built)):
        raise Missing(f"Temporal was built but does not run here: install it yourself ({_own_way()}).")
    built.replace(target)


def _own_way() -> str:
    return "https://docs.temporal.io/cli says how; `temporal` on PATH is enough"
