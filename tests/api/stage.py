"""The API as its clients meet it: uvicorn on a port, a real worker behind it, minds that follow a script."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import jwt
import uvicorn
from temporalio.client import Client

from activities.ports import OnDelta
from adapters.postgres.back_office import postgres_back_office
from adapters.postgres.conversation_log import PostgresConversationLog
from adapters.postgres.pool import open_pool
from adapters.redis.bell import RedisBell
from adapters.redis.client import open_redis
from adapters.redis.publisher import Publisher
from adapters.redis.stream import RedisTokenStream
from adapters.settings import Settings
from api.app import create_app
from cli.servers.processes import free_port
from domain.messages import AgentReply, Decision, ThinkInput
from domain.quality import QualityEvidence, QualityReport
from domain.state import AgentType
from domain.toolbox import tools_for
from domain.tools import AnyTool
from tests.workflows.stage import NoContinuations, PlainClassifier
from worker import Ports, build_worker

Mind = Callable[[ThinkInput, OnDelta], Awaitable[Decision]]

CUSTOMER, OTHER_CUSTOMER = "CUST_001", "CUST_002"


async def parrot(thought: ThinkInput, on_delta: OnDelta) -> Decision:
    """Answers at once, saying how many messages it saw."""
    return says(f"I heard {len(thought.messages)}.")


def says(message: str, **fields: Any) -> Decision:
    return Decision(reply=AgentReply(message=message, **fields))


@dataclass
class StreamingAgents:
    """Implements ``Agents`` by the test's function, which may stream."""

    mind: Mind = parrot

    async def review(self, evidence: QualityEvidence) -> QualityReport:
        return QualityReport.of([])

    async def decide(self, thought: ThinkInput, tools: Sequence[AnyTool], on_delta: OnDelta) -> Decision:
        return await self.mind(thought, on_delta)

    def tools_of(self, agent: AgentType) -> Sequence[AnyTool]:
        return tools_for(agent)


def token(settings: Settings, role: str = "customer", customer: str = CUSTOMER, /, **claims: Any) -> str:
    """A good token, or with ``claims`` replaced (None leaves one out) a bad one."""
    own = {"sub": customer, "customer_id": customer} if role == "customer" else {"sub": f"{role}-1"}
    standing = {"iss": settings.jwt_issuer, "aud": settings.jwt_audience, "exp": int(time.time()) + 3600}
    merged = {**own, "role": role, **standing, **claims}
    return jwt.encode({k: v for k, v in merged.items() if v is not None}, settings.jwt_secret, algorithm="HS256")


@dataclass
class Api:
    """A running API. ``agents.mind`` may be replaced by a test; it is put back after each."""

    settings: Settings
    url: str
    agents: StreamingAgents
    server: uvicorn.Server
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    def token(self, role: str = "customer", /, **claims: Any) -> str:
        return token(self.settings, role, **claims)

    def client(self, role: str = "service", /, **claims: Any) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token(role, **claims)}"}
        client = httpx.AsyncClient(base_url=self.url + "/api/v1", headers=headers, timeout=30)
        self.clients.append(client)
        return client

    async def start_conversation(self, text: str | None = None, customer: str = CUSTOMER) -> str:
        body = {"customer_id": customer, "channel": "web"} | ({"initial_message": text} if text else {})
        response = await self.client().post("/conversations", json=body)
        assert response.status_code == 201, response.text
        return response.json()["conversation_id"]

    async def log(self, conversation_id: str) -> list[dict[str, Any]]:
        response = await self.client().get(
            f"/conversations/{conversation_id}/events?limit=500", headers={"Accept": "application/json"}
        )
        assert response.status_code == 200, response.text
        return response.json()["events"]

    async def until(self, conversation_id: str, *types: str, seconds: float = 15) -> list[dict[str, Any]]:
        """Wait until the log holds events of these types; returns the log."""
        async with asyncio.timeout(seconds):
            while True:
                events = await self.log(conversation_id)
                if set(types) <= {event["type"] for event in events}:
                    return events
                await asyncio.sleep(0.05)


@asynccontextmanager
async def serving(settings: Settings, agents: StreamingAgents | None = None) -> AsyncIterator[Api]:
    """The API alone."""
    port = free_port()
    config = uvicorn.Config(
        create_app(settings), port=port, log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    api = Api(settings, f"http://127.0.0.1:{port}", agents or StreamingAgents(), server)
    try:
        yield api
    finally:
        for client in api.clients:
            await client.aclose()
        server.should_exit = True
        await running


@asynccontextmanager
async def working(temporal: Client, settings: Settings, agents: StreamingAgents) -> AsyncIterator[None]:
    """A worker for the API's task queue."""
    async with AsyncExitStack() as stack:
        pool = await open_pool(settings.database_url)
        stack.push_async_callback(pool.close)
        redis = open_redis(settings.redis_url)
        stack.push_async_callback(redis.aclose)
        publisher = Publisher(redis)
        stack.push_async_callback(publisher.aclose)
        ports = Ports(
            log=PostgresConversationLog(pool, RedisBell(publisher)),
            agents=agents,
            classifier=PlainClassifier(),
            stream=RedisTokenStream(redis, publisher),
            back_office=postgres_back_office(pool),
            continuations=NoContinuations(),
        )
        async with build_worker(temporal, settings, ports):
            yield


def own_queue(settings: Settings) -> Settings:
    return settings.model_copy(update={"temporal_task_queue": f"api-{uuid4().hex[:8]}", "worker_graceful_seconds": 0.0})
