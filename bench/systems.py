"""What is measured, behind one face: the product as its own processes, and the control. Both on the same servers."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from bench.client import Connection
from bench.servers import NAMESPACE, ROOT, START_SECONDS, Servers, kept_programs, running, say, settings_of
from bench.texts import OPENING
from cli.servers.processes import Command, free_port, port_answers, wait_until
from cli.supervisor import Supervisor
from cli.tokens import mint
from domain.state import AgentType

DAY_SECONDS = 24 * 3600.0
TURNS_IN_RUN = 30
WAIT_SECONDS = 60
STOP_SECONDS = 15.0
CUSTOMERS = 40
"""Seeded ones."""
AGENTS = (AgentType.TIER1, AgentType.BILLING, AgentType.CLARIFICATION)


class System(Protocol):
    """``pids``: its own processes by name, the servers not among them."""

    name: str
    pids: dict[str, int]

    def connect(self) -> Connection: ...

    async def open(self, connection: Connection, number: int) -> str:
        """Start a conversation; its id. Returns once it has answered a first message."""
        ...

    async def say(self, connection: Connection, conversation_id: str, message_id: str, text: str) -> str:
        """Send a message and wait for its reply."""
        ...


class NoReply(Exception):
    """The message was accepted, but its reply did not come in time."""


@dataclass
class Product:
    """Worker and API as ``switchboard worker`` and ``switchboard api`` run them."""

    base_url: str
    token: str
    pids: dict[str, int] = field(default_factory=dict)
    name: str = "switchboard"

    def connect(self) -> Connection:
        return Connection(self.base_url, self.token)

    async def open(self, connection: Connection, number: int) -> str:
        conversation_id = await self.start(connection, number)
        await self.say(connection, conversation_id, f"open-{conversation_id}", OPENING)
        return conversation_id

    async def start(self, connection: Connection, number: int) -> str:
        """Start a conversation without a word in it."""
        customer = f"CUST_{number % CUSTOMERS + 1:03}"
        created = await connection.call("POST", "/api/v1/conversations", {"customer_id": customer, "channel": "web"})
        return str(created["conversation_id"])

    async def say(self, connection: Connection, conversation_id: str, message_id: str, text: str) -> str:
        path = f"/api/v1/conversations/{conversation_id}/messages?wait={WAIT_SECONDS}"
        answer = await connection.call("POST", path, {"message": text, "message_id": message_id})
        if not answer.get("replies"):
            raise NoReply(message_id)
        return str(answer["replies"][-1]["message"])


@dataclass
class Control:
    base_url: str
    pids: dict[str, int]
    name: str = "control"

    def connect(self) -> Connection:
        return Connection(self.base_url)

    async def open(self, connection: Connection, number: int) -> str:
        conversation_id = f"control-{secrets.token_hex(8)}"
        await connection.call("POST", f"/conversations/{conversation_id}")
        await self.say(connection, conversation_id, f"open-{conversation_id}", OPENING)
        return conversation_id

    async def say(self, connection: Connection, conversation_id: str, message_id: str, text: str) -> str:
        answer = await connection.call(
            "POST", f"/conversations/{conversation_id}/messages", {"message": text, "message_id": message_id}
        )
        return str(answer["reply"])


def environment(servers: Servers, model: str, **settings: object) -> dict[str, str | None]:
    """The product's settings: 0 ms models, clocks that no benchmark waits for, no rate limit in the way."""
    chosen: dict[str, object] = {
        "temporal_address": servers.temporal_address,
        "temporal_namespace": NAMESPACE,
        "database_url": servers.database_url,
        "redis_url": servers.redis_url,
        "state_dir": kept_programs(),
        "agent_models": json.dumps(dict.fromkeys(AGENTS, f"class:bench.models:{model}")),
        "service_requests_per_second": 1_000_000,
        "engine_continue_as_new_turns": TURNS_IN_RUN,
        "engine_idle_warning_seconds": DAY_SECONDS,
        "engine_idle_close_seconds": 2 * DAY_SECONDS,
        "engine_sla_scale": 100,
        "worker_metrics_port": free_port(),
        "worker_sdk_metrics_port": 0,
        **settings,
    }
    return {f"SWITCHBOARD_{name.upper()}": str(value) for name, value in chosen.items()}


@asynccontextmanager
async def running_product(
    servers: Servers, model: str = "Instant", *, workers: int = 1, **settings: object
) -> AsyncIterator[Product]:
    """Workers and one API under the launcher's supervisor, which starts again at once what dies.

    The first worker is called ``worker``, further ones ``worker2`` and so on.
    """
    api_port, secret = free_port(), secrets.token_hex(32)
    product = Product(f"http://127.0.0.1:{api_port}", service_token(servers, secret))
    supervisor = Supervisor(servers.folder, say, product.pids.update)
    for name in ("worker", *(f"worker{number}" for number in range(2, workers + 1)), "api"):
        given = environment(servers, model, api_port=api_port, jwt_secret=secret, **settings)
        supervisor.start(name, _ours(given, name.rstrip("0123456789")))
        await until_open(api_port if name == "api" else _metrics_port(given), f"The {name}")
    supervisor.steady = True
    watching = asyncio.create_task(supervisor.watch())
    try:
        yield product
    finally:
        await supervisor.stop(list(product.pids), STOP_SECONDS)
        watching.cancel()


def _metrics_port(given: Mapping[str, str | None]) -> int:
    """The worker serves its metrics once it polls."""
    return int(given["SWITCHBOARD_WORKER_METRICS_PORT"] or 0)


def service_token(servers: Servers, secret: str) -> str:
    settings = settings_of(servers).model_copy(update={"jwt_secret": secret})
    return mint(settings, "service", {"sub": "bench"})


@asynccontextmanager
async def running_control(servers: Servers) -> AsyncIterator[Control]:
    port = free_port()
    given = {
        "BENCH_TEMPORAL": servers.temporal_address,
        "BENCH_NAMESPACE": NAMESPACE,
        "BENCH_DATABASE": servers.database_url,
        "BENCH_TURNS": str(TURNS_IN_RUN),
        "BENCH_PORT": str(port),
    }
    command = Command((sys.executable, "-m", "bench.control"), given, directory=ROOT)
    with running(command, servers.folder / "control.log") as process:
        await until_open(port, "The control")
        yield Control(f"http://127.0.0.1:{port}", {"control": process.pid})


def _ours(given: Mapping[str, str | None], *arguments: str) -> Command:
    path = {"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}
    return Command((sys.executable, "-m", "cli.main", *arguments), {**given, **path}, directory=ROOT)


async def until_open(port: int, what: str) -> None:
    async def open_() -> bool:
        return port_answers(port)

    await wait_until(open_, what, START_SECONDS)
