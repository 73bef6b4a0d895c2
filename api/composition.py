"""The one place where the API's adapters are built and put behind its ports."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import lru_cache
from typing import Any, Literal

import jwt
from prometheus_client import Counter, Histogram
from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.service import RetryConfig

from adapters.postgres.approvals import PostgresApprovals
from adapters.postgres.conversation_log import PostgresConversationLog, SilentBell
from adapters.postgres.conversation_reader import PostgresConversationReader
from adapters.postgres.customers import PostgresCustomers
from adapters.postgres.database import Database
from adapters.postgres.performance import PostgresPerformance
from adapters.postgres.pool import open_pool
from adapters.redis.client import open_redis
from adapters.redis.listener import RedisListener
from adapters.settings import Settings
from adapters.telemetry.metrics import HTTP_REQUESTS, HTTP_SECONDS, MESSAGES, OPEN_STREAMS, RATE_LIMITED
from adapters.telemetry.runtime import temporal_runtime
from adapters.temporal import connect_temporal
from api.approvals import TemporalApprovals
from api.auth import TokenRules, TokenVerifier
from api.conversations import TemporalConversations
from api.feed import Feeds
from api.hub import Hub
from api.integrations import TemporalIntegrations
from api.ratelimit import RateLimiter, RedisPermits
from api.services import DemoSession, Services
from api.signatures import Signatures
from api.tool_runs import TemporalToolRuns
from domain.errors import UnknownCustomer

NO_RETRIES = RetryConfig(max_retries=1)
"""One try: a client that gets a 503 knows best whether to ask again (0 would mean without end)."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""A method is whatever a client writes; as a label it must be one of few."""
DEMO_CUSTOMER = "CUST_001"
DEMO_SESSION_SECONDS = 3600
CUSTOMERS_REMEMBERED = 20_000

__all__ = ["PrometheusMeter", "Settings", "running_services", "token_rules"]


@asynccontextmanager
async def running_services(settings: Settings) -> AsyncIterator[Services]:
    """Everything the routes use, for as long as the API runs. None of Temporal, Postgres and Redis need be up yet."""
    async with AsyncExitStack() as stack:
        pool = await open_pool(settings.database_url, max_size=settings.database_pool_size)
        stack.push_async_callback(pool.close)
        redis = open_redis(settings.redis_url)
        stack.push_async_callback(redis.aclose)
        client = await connect_temporal(settings, runtime=_runtime(), lazy=True, retry_config=NO_RETRIES)
        log, reader = PostgresConversationLog(pool, SilentBell()), PostgresConversationReader(pool)
        hub = Hub(reader)
        hub.ears = listener = RedisListener(redis, hub)
        await _keep_running(stack, listener.run(), hub.poll())
        yield Services(
            verifier=TokenVerifier(token_rules(settings)),
            limiter=RateLimiter(
                RedisPermits(redis),
                customer_per_minute=settings.customer_messages_per_minute,
                others_per_second=settings.service_requests_per_second,
            ),
            conversations=TemporalConversations(
                client, log, task_queue=settings.temporal_task_queue, policy=settings.engine
            ),
            approvals=TemporalApprovals(client, PostgresApprovals(pool)),
            tool_runs=TemporalToolRuns(client, task_queue=settings.temporal_task_queue),
            integrations=TemporalIntegrations(client, log),
            signatures=Signatures(settings.integration_secrets),
            log=log,
            answers=reader,
            performance=PostgresPerformance(pool),
            customers=KnownCustomers(PostgresCustomers(Database(pool))),
            hub=hub,
            feeds=Feeds(log, hub),
            meter=PrometheusMeter(),
            engine_check=lambda: _temporal_answers(client),
            other_checks={"postgres": reader.answers, "redis": redis.ping},
            max_frame_bytes=settings.max_request_bytes,
            demo=_demo(settings),
        )


def token_rules(settings: Settings) -> TokenRules:
    return TokenRules(
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        secret=settings.jwt_secret,
        jwks_url=settings.jwks_url,
    )


class KnownCustomers:
    """Whether customers exist. Those seen once are remembered, so that they can write while Postgres is down."""

    def __init__(self, customers: PostgresCustomers) -> None:
        self._customers = customers
        self._known: dict[str, None] = {}

    async def exists(self, customer_id: str) -> bool:
        """Raises ``BackOfficeUnavailable``."""
        if customer_id in self._known:
            return True
        try:
            await self._customers.account(customer_id)
        except UnknownCustomer:
            return False
        if len(self._known) >= CUSTOMERS_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[customer_id] = None
        return True


@lru_cache(maxsize=4096)
def _request_series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Looking a series up by its labels costs more than counting."""
    return HTTP_REQUESTS.labels(method, route, str(status)), HTTP_SECONDS.labels(method, route)


class PrometheusMeter:
    """Implements ``api.ports.Meter``."""

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        count, histogram = _request_series(method if method in _METHODS else "other", route, status)
        count.inc()
        histogram.observe(seconds)

    def stream(self, kind: Literal["sse", "websocket"], change: Literal[1, -1]) -> None:
        OPEN_STREAMS.labels(kind).inc(change)

    def rate_limited(self, role: str) -> None:
        RATE_LIMITED.labels(role).inc()

    def message(self, channel: str, speaker: str) -> None:
        MESSAGES.labels(channel, speaker).inc()


@lru_cache(maxsize=1)
def _runtime() -> Runtime:
    return temporal_runtime()


async def _keep_running(stack: AsyncExitStack, *loops: Coroutine[Any, Any, None]) -> None:
    for loop in loops:
        stack.push_async_callback(_stop, asyncio.create_task(loop))


async def _stop(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _temporal_answers(client: Client) -> bool:
    return await client.service_client.check_health()


def _demo(settings: Settings) -> DemoSession | None:
    if not (settings.demo and settings.jwt_secret):
        return None
    return DemoSession(customer_id=DEMO_CUSTOMER, mint=_minter(settings))


def _minter(settings: Settings) -> Callable[[], str]:
    def mint() -> str:
        claims = {
            "sub": DEMO_CUSTOMER,
            "role": "customer",
            "customer_id": DEMO_CUSTOMER,
            "iss": settings.jwt_issuer,
            "aud": settings.jwt_audience,
            "exp": int(time.time()) + DEMO_SESSION_SECONDS,
        }
        return jwt.encode(claims, settings.jwt_secret, algorithm="HS256")

    return mint
