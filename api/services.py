"""Everything a route may use, in one typed bundle. ``composition.py`` builds it; tests build their own."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from api.approvals import Approvals
from api.auth import Principal, TokenVerifier, authenticated
from api.conversations import Conversations
from api.feed import Feeds
from api.hub import Hub
from api.integrations import Integrations
from api.ports import Answers, Customers, Log, Meter, Performance
from api.problems import RateLimited
from api.ratelimit import RateLimiter
from api.signatures import Signatures
from api.tool_runs import ToolRuns

Check = Callable[[], Awaitable[bool]]
"""Whether something we depend on answers."""


@dataclass(frozen=True)
class DemoSession:
    """Signs a visitor of the chat page in as the demo's customer."""

    customer_id: str
    mint: Callable[[], str]


@dataclass(frozen=True)
class Services:
    verifier: TokenVerifier
    limiter: RateLimiter
    conversations: Conversations
    tool_runs: ToolRuns
    approvals: Approvals
    integrations: Integrations
    signatures: Signatures
    log: Log
    answers: Answers
    performance: Performance
    customers: Customers
    hub: Hub
    feeds: Feeds
    meter: Meter
    engine_check: Check
    other_checks: Mapping[str, Check]
    max_frame_bytes: int
    demo: DemoSession | None = None


def services_of(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


async def limited(request: Request) -> Principal:
    """The caller, after taking one permit of their rate limit. Raises ``Unauthenticated``, ``RateLimited``."""
    principal = await authenticated(request)
    await take_permit(services_of(request), principal)
    return principal


async def take_permit(services: Services, principal: Principal) -> None:
    try:
        await services.limiter.check(principal)
    except RateLimited:
        services.meter.rate_limited(principal.role)
        raise


LimitedCaller = Annotated[Principal, Depends(limited)]


def fresh_id(prefix: str) -> str:
    return f"{prefix}-{uuid4().hex}"


def id_for_key(prefix: str, principal: Principal, key: str) -> str:
    """The same for the same key of the same caller, unguessable for others."""
    digest = hashlib.sha256(f"{prefix}\n{principal.key}\n{key}".encode()).hexdigest()
    return f"{prefix}-{digest[:32]}"
