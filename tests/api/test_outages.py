"""Servers that die and come back while clients use the API. Each test has servers of its own to kill."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.client import Client
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from adapters.demo import seed
from adapters.postgres.migrate import migrate
from adapters.settings import Settings
from adapters.temporal import connect_temporal, prepare_namespace
from cli.servers.postgres import Postgres, postgres_ready
from cli.servers.processes import Command, free_port, spawn, stop, wait_until
from cli.servers.redis import redis_command, redis_ready, redis_url
from cli.servers.temporal import temporal_command, temporal_ready
from tests.api.routes.test_websocket import line
from tests.api.stage import CUSTOMER, Api, StreamingAgents, own_queue, serving, token, working
from tests.servers import temporal_binary
from workflows.search_attributes import SEARCH_ATTRIBUTES

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]


class Mortal:
    """A server that a test kills and brings back with its data."""

    def __init__(self, command: Command, ready: Any, log: Path) -> None:
        self._command, self._ready, self._log = command, ready, log
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self._process = spawn(self._command, self._log)
        await wait_until(self._ready, self._log.stem, 60)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def shut_down(self) -> None:
        if self._process is not None:
            stop(self._process, self._command, seconds=5.0)


@asynccontextmanager
async def mortal(command: Command, ready: Any, log: Path) -> AsyncIterator[Mortal]:
    server = Mortal(command, ready, log)
    await server.start()
    try:
        yield server
    finally:
        server.shut_down()


@asynccontextmanager
async def whole(settings: Settings, temporal: Client) -> AsyncIterator[Api]:
    """API and worker on these servers."""
    settings, agents = own_queue(settings), StreamingAgents()
    async with working(temporal, settings, agents), serving(settings, agents) as api:
        yield api


def assert_without_gap(seqs: list[int]) -> None:
    assert seqs == list(range(1, len(seqs) + 1))


async def test_redis_dies_and_comes_back(settings: Settings, temporal_client: Client, tmp_path: Path):
    url = redis_url(port := free_port())
    command = redis_command(tmp_path / "redis", port)
    async with (
        mortal(command, lambda: redis_ready(url), tmp_path / "redis.log") as redis,
        whole(settings.model_copy(update={"redis_url": url}), temporal_client) as api,
    ):
        conversation_id = await api.start_conversation()
        async with line(api, conversation_id) as wire:
            await wire.event("conversation_started")
            redis.kill()
            for number in range(3):
                await wire.send({"type": "message", "message": "hello", "message_id": f"m-{number}"})
                await wire.frame("accepted")
                assert (await wire.event("agent_message"))["event"]["answers"] == [f"m-{number}"]
            answer = await api.client("customer").post(
                f"/conversations/{conversation_id}/messages?wait=10", json={"message": "and over HTTP?"}
            )
            assert answer.status_code == 200
            await wire.event("agent_message")
            await redis.start()
            await asyncio.sleep(3)
            started = time.monotonic()
            await wire.send({"type": "message", "message": "hello", "message_id": "m-last"})
            await wire.event("agent_message")
            assert time.monotonic() - started < 2, "the bell rings again"
        assert_without_gap(wire.seqs)


async def test_postgres_dies_and_comes_back(settings: Settings, temporal_client: Client, tmp_path: Path):
    cluster = Postgres(tmp_path / "postgres", free_port(), password="for-tests", durable=True)
    cluster.initialise()
    async with mortal(cluster.command(), lambda: postgres_ready(cluster.url()), tmp_path / "postgres.log") as postgres:
        await migrate(cluster.url())
        await seed(cluster.url())
        ours = settings.model_copy(update={"database_url": cluster.url()})
        async with whole(ours, temporal_client) as api, serving(api.settings) as newcomer:
            conversation_id = await api.start_conversation("one")
            async with line(api, conversation_id) as wire:
                await wire.event("agent_message")
                postgres.kill()
                for process in (api, newcomer):
                    accepted = await process.client("customer").post(
                        f"/conversations/{conversation_id}/messages", json={"message": "are you there?"}
                    )
                    assert accepted.status_code == 202, "messages are accepted without Postgres"
                status = await api.client("customer").get(f"/conversations/{conversation_id}/status")
                assert status.json()["conversation_id"] == conversation_id
                for path, expected in ((f"/conversations/{conversation_id}/events", 503), ("/handoffs", 503)):
                    response = await api.client("admin").get(path, headers={"Accept": "application/json"})
                    assert (response.status_code, response.headers["retry-after"]) == (expected, "2")
                known = await api.client().post("/conversations", json={"customer_id": CUSTOMER, "channel": "web"})
                unknown = await api.client().post("/conversations", json={"customer_id": "CUST_007", "channel": "web"})
                assert (known.status_code, unknown.status_code) == (201, 503)
                await postgres.start()
                await wire.event("agent_message")
            events = await api.until(known.json()["conversation_id"], "conversation_started")
            assert events
        assert_without_gap(wire.seqs)
        said = [frame["event"] for frame in wire.frames if frame["type"] == "event"]
        asked = [event["message_id"] for event in said if event["type"] == "customer_message"]
        answered = [m for event in said if event["type"] == "agent_message" for m in event["answers"]]
        assert sorted(asked) == sorted(answered)
        assert len(asked) == 3


async def test_temporal_dies_and_comes_back(settings: Settings, tmp_path: Path):
    port = free_port()
    command = temporal_command(temporal_binary(), port=port, database=tmp_path / "temporal.db")
    async with mortal(command, lambda: temporal_ready(port), tmp_path / "temporal.log") as temporal:
        ours = settings.model_copy(update={"temporal_address": f"127.0.0.1:{port}"})
        client = await connect_temporal(ours)
        await prepare_namespace(client, SEARCH_ATTRIBUTES)
        async with whole(ours, client) as api:
            conversation_id = await api.start_conversation("one")
            before = await api.until(conversation_id, "agent_message")
            temporal.kill()
            customer, path = api.client("customer"), f"/conversations/{conversation_id}/messages"
            refused = await customer.post(path, json={"message": "two", "message_id": "m-2"})
            assert (refused.status_code, refused.json()["type"]) == (503, "/problems/engine-unavailable")
            assert refused.headers["retry-after"] == "2"
            created = await customer.post("/conversations", json={"customer_id": CUSTOMER, "channel": "web"})
            assert created.status_code == 503
            status = await customer.get(f"/conversations/{conversation_id}/status")
            assert status.status_code == 200, "reading needs no engine"
            state = await api.client("admin").get(f"/conversations/{conversation_id}/state")
            assert state.status_code == 200, "the stored state"
            assert (await api.log(conversation_id)) == before
            await temporal.start()
            async with asyncio.timeout(60):
                while (await customer.post(path, json={"message": "two", "message_id": "m-2"})).status_code != 202:
                    await asyncio.sleep(0.5)
                answer = await customer.post(path + "?wait=40", json={"message": "two", "message_id": "m-2"})
            assert answer.status_code == 200
            assert_without_gap([event["seq"] for event in await api.log(conversation_id)])


class ApiProcess:
    """The API as a process of its own, as ``switchboard api`` runs it."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self.settings = settings.model_copy(update={"api_port": free_port()})
        self.url = f"http://127.0.0.1:{self.settings.api_port}"
        names = ("temporal_address", "temporal_task_queue", "database_url", "redis_url", "jwt_secret", "api_port")
        environment = {f"SWITCHBOARD_{name.upper()}": str(getattr(self.settings, name)) for name in names}
        self._command = Command(
            (sys.executable, "-c", "from cli.main import main; main()", "api"), environment, Path.cwd()
        )
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        self._process = spawn(self._command, self._log)
        async with httpx.AsyncClient() as client:
            for _ in range(300):
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{self.url}/ready")).status_code == 200:
                        return
                await asyncio.sleep(0.1)
        raise AssertionError(self._log.read_text()[-2_000:])

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()


async def test_the_api_dies_with_clients_streaming(settings: Settings, temporal_client: Client, tmp_path: Path):
    ours, agents = own_queue(settings), StreamingAgents()
    async with working(temporal_client, ours, agents):
        process = ApiProcess(ours, tmp_path / "api.log")
        await process.start()
        try:
            api = Api(process.settings, process.url, agents, None)  # type: ignore[arg-type]
            conversation_ids = [await api.start_conversation() for _ in range(3)]
            stop_writing = asyncio.Event()
            readers = [asyncio.create_task(follow_through(api, c, stop_writing)) for c in conversation_ids]
            writers = [asyncio.create_task(write_through(api, c, stop_writing)) for c in conversation_ids]
            for _ in range(2):
                await asyncio.sleep(1.5)
                process.kill()
                await process.start()
            await asyncio.sleep(1.0)
            stop_writing.set()
            sent = await asyncio.gather(*writers)
            for conversation_id, accepted in zip(conversation_ids, sent, strict=True):
                await until_all_answered(api, conversation_id, accepted)
            seen = await asyncio.wait_for(asyncio.gather(*readers), 30)
            for conversation_id, seqs in zip(conversation_ids, seen, strict=True):
                assert_without_gap(seqs)
                assert len(seqs) == len(await api.log(conversation_id))
        finally:
            process.kill()
            for client in api.clients:
                await client.aclose()


async def write_through(api: Api, conversation_id: str, stopped: asyncio.Event) -> list[str]:
    """Send messages until told to stop, each until it is accepted, with the same id; returns the ids."""
    headers, accepted = {"Authorization": f"Bearer {token(api.settings, 'service')}"}, []
    async with httpx.AsyncClient(base_url=f"{api.url}/api/v1", headers=headers, timeout=5) as client:
        while not stopped.is_set():
            message_id = f"m-{len(accepted)}"
            with contextlib.suppress(httpx.TransportError):
                response = await client.post(
                    f"/conversations/{conversation_id}/messages", json={"message": "hello", "message_id": message_id}
                )
                if response.status_code == 202:
                    accepted.append(message_id)
            await asyncio.sleep(0.15)
    return accepted


async def follow_through(api: Api, conversation_id: str, stopped: asyncio.Event) -> list[int]:
    """Read the live line, reconnecting from the last seq seen, until writing has stopped and nothing more comes."""
    seqs: list[int] = []
    while True:
        with contextlib.suppress(OSError, ConnectionClosed, InvalidHandshake):
            async with line(api, conversation_id, after=seqs[-1] if seqs else 0) as wire:
                while True:
                    try:
                        seqs.append((await wire.frame("event", seconds=4))["seq"])
                    except TimeoutError:
                        if stopped.is_set():
                            return seqs
        await asyncio.sleep(0.1)


async def until_all_answered(api: Api, conversation_id: str, sent: list[str]) -> None:
    async with asyncio.timeout(40):
        while True:
            events = await api.log(conversation_id)
            answered = [m for event in events for m in event.get("answers", [])]
            if set(sent) <= set(answered):
                assert len(answered) == len(set(answered))
                return
            await asyncio.sleep(0.2)
