"""``switchboard up``: the whole product on this machine, supervised, until Ctrl-C."""

import asyncio
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from adapters.settings import Settings
from cli.dev_file import DevFile, addresses
from cli.files import kept_secret
from cli.instance import Instance
from cli.servers.errors import NotReady, PortTaken
from cli.servers.postgres import Postgres, clear_remains
from cli.servers.processes import Command, port_answers, port_is_free, wait_until
from cli.servers.redis import redis_command, redis_url
from cli.servers.temporal import temporal_command
from cli.servers.temporal_binary import find_temporal
from cli.supervisor import Supervisor

ROOT = Path(__file__).resolve().parent.parent
SERVERS = ("temporal", "postgres", "redis")
OURS = ("api", "worker")
DATABASE = "switchboard"
_READY_SECONDS = 120.0
_SERVERS_STOP_SECONDS = 20.0
_CHECK_SECONDS = 3.0
_OWN_PORTS = (
    "api_port",
    "temporal_port",
    "ui_port",
    "postgres_port",
    "redis_port",
    "worker_metrics_port",
    "worker_sdk_metrics_port",
)


def say(line: str) -> None:
    print(f"switchboard: {line}", file=sys.stderr, flush=True)


def up(settings: Settings, *, demo: bool) -> None:
    """Run until a signal. Raises ``CannotStart`` with a sentence for a person."""
    state_dir = settings.state_dir.resolve()
    instance = Instance(state_dir)
    instance.acquire()
    try:
        for name in instance.kill_remains():
            say(f"ended a {name} that an earlier launcher left behind")
        check_ports(settings)
        temporal = find_temporal(state_dir, say, download=settings.temporal_download)
        # The rest is on an event loop; children must be made by the main thread, and asyncio keeps to it.
        asyncio.run(Launcher(local(settings, state_dir, demo=demo), state_dir, instance, temporal).run())
    finally:
        instance.release()


def check_ports(settings: Settings) -> None:
    """Raises ``PortTaken`` for the first of our ports that something else uses."""
    for name in _OWN_PORTS:
        port = getattr(settings, name)
        if port and not port_is_free(port):
            raise PortTaken(port, f"SWITCHBOARD_{name.upper()}")


def local(settings: Settings, state_dir: Path, *, demo: bool) -> Settings:
    """The settings of worker and API on this machine: our servers, our key; nothing of a cluster elsewhere."""
    postgres = _postgres(settings, state_dir)
    ours = {
        "state_dir": state_dir,
        "temporal_address": f"127.0.0.1:{settings.temporal_port}",
        "temporal_tls": False,
        "temporal_tls_cert": None,
        "temporal_tls_key": None,
        "temporal_tls_server_root": None,
        "temporal_tls_server_name": "",
        "temporal_api_key": "",
        "database_url": postgres.url(DATABASE),
        "redis_url": redis_url(settings.redis_port),
        "jwt_secret": settings.jwt_secret or kept_secret(state_dir / "jwt.secret"),
        "demo": demo,
    }
    return settings.model_copy(update=ours)


def environment(settings: Settings) -> dict[str, str | None]:
    """What tells a child these settings; everything else it inherits."""
    told = ("temporal_address", "database_url", "redis_url", "jwt_secret", "state_dir", "demo")
    untold = [name for name in type(settings).model_fields if name.startswith(("temporal_tls", "temporal_api"))]
    return {
        **{f"SWITCHBOARD_{name.upper()}": str(getattr(settings, name)) for name in told},
        **{f"SWITCHBOARD_{name.upper()}": None for name in untold},
    }


def _postgres(settings: Settings, state_dir: Path) -> Postgres:
    return Postgres(state_dir / "postgres", settings.postgres_port, kept_secret(state_dir / "postgres.secret"))


class Launcher:
    """One run of everything."""

    def __init__(self, settings: Settings, state_dir: Path, instance: Instance, temporal: Path) -> None:
        self._settings = settings
        self._state_dir = state_dir
        self._instance = instance
        self._temporal = temporal
        self._logs = state_dir / "logs"
        self._dev_file = DevFile(state_dir / "dev.json", settings)
        self._supervisor = Supervisor(self._logs, say, self._note_pids)
        self._asked_to_stop = asyncio.Event()

    async def run(self) -> None:
        self._dev_file.remove()
        self._listen_for_signals()
        watching = asyncio.create_task(self._supervisor.watch())
        starting = asyncio.create_task(self._start())
        asked = asyncio.create_task(self._asked_to_stop.wait())
        try:
            await self._until_asked(starting, watching, asked)
        finally:
            starting.cancel()
            asked.cancel()
            await self._stop(watching)

    async def _until_asked(self, *tasks: "asyncio.Task[object]") -> None:
        """Until told to stop; an error of any part is raised."""
        starting, watching, asked = tasks
        await asyncio.wait((starting, watching, asked), return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            await asyncio.wait((watching, asked), return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()

    async def _start(self) -> None:
        started = asyncio.get_running_loop().time()
        self._start_servers()
        # The API needs no server to start; the worker waits for them and prepares them: it loads that code anyway.
        self._supervisor.start("api", self._own_command("api"))
        self._supervisor.start("worker", self._own_command("worker", *self._preparation()))
        await asyncio.gather(self._await_api(), self._await_worker())
        self._supervisor.next_time("worker", self._own_command("worker"))
        self._supervisor.steady = True
        self._dev_file.write(self._supervisor.pids)
        self._greet(asyncio.get_running_loop().time() - started)

    def _start_servers(self) -> None:
        settings, folder = self._settings, self._state_dir
        postgres = _postgres(settings, folder)
        self._supervisor.start(
            "temporal",
            temporal_command(
                self._temporal,
                port=settings.temporal_port,
                ui_port=settings.ui_port,
                namespace=settings.temporal_namespace,
                database=folder / "temporal.db",
            ),
        )
        self._supervisor.start("redis", redis_command(folder / "redis", settings.redis_port))
        postgres.initialise()
        self._supervisor.start("postgres", postgres.command(), clean=lambda: clear_remains(postgres.data))

    def _preparation(self) -> tuple[str, ...]:
        demo = "--demo" if self._settings.demo else "--no-demo"
        return "--prepare", "--create", demo, "--wait", str(_READY_SECONDS)

    def _own_command(self, *arguments: str) -> Command:
        argv = (sys.executable, "-m", "cli.main", *arguments)
        return Command(argv, environment(self._settings), directory=ROOT)

    async def _await_api(self) -> None:
        url = addresses(self._settings)["api_url"] + "/ready"

        async def answers() -> bool:
            return await asyncio.to_thread(_answers, url)

        await wait_until(answers, f"The API ({self._logs / 'api.log'})", _READY_SECONDS)

    async def _await_worker(self) -> None:
        """The worker serves its metrics once it polls."""
        port = self._settings.worker_metrics_port

        async def answers() -> bool:
            return not port or port_answers(port, self._settings.worker_metrics_host)

        await wait_until(answers, f"The worker ({self._logs / 'worker.log'})", _READY_SECONDS)

    def _note_pids(self, pids: Mapping[str, int]) -> None:
        self._instance.remember(dict(pids))
        if self._supervisor.steady:
            self._dev_file.write(pids)

    def _greet(self, seconds: float) -> None:
        where = addresses(self._settings)
        say(f"ready in {seconds:.1f} s")
        print(_GREETING.format(**where, logs=self._logs, customer=self._dev_file.tokens["customer"]), flush=True)

    def _listen_for_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        if self._asked_to_stop.is_set():
            say("stopping at once")
            self._supervisor.kill_all()
            return
        say("stopping; once more stops at once")
        self._asked_to_stop.set()

    async def _stop(self, watching: "asyncio.Task[None]") -> None:
        """First those who use the servers, then the servers."""
        self._dev_file.remove()
        await self._supervisor.stop(OURS, self._settings.worker_graceful_seconds + _CHECK_SECONDS)
        await self._supervisor.stop(SERVERS, _SERVERS_STOP_SECONDS)
        watching.cancel()
        say("stopped")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=_CHECK_SECONDS) as answer:  # noqa: S310 - our own API
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, NotReady):
        return False


_GREETING = """
  Chat page        {chat_url}
  API              {api_url}/docs
  Temporal Web UI  {temporal_ui_url}
  Logs             {logs}

  Try it:

    curl -s '{api_url}/api/v1/conversations' -H 'Authorization: Bearer {customer}' \\
      -H 'Content-Type: application/json' \\
      -d '{{"customer_id": "CUST_001", "channel": "web", "initial_message": "I was charged twice"}}'

  Ctrl-C stops everything; conversations are kept.
"""
