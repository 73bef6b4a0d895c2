"""The running product as a script needs it, over its public API, patient with one that is just being restarted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
from pydantic import BaseModel

from domain.state import Channel, TicketStatus
from domain.toolbox.billing import GET_BILLING_INFORMATION

PATIENCE_SECONDS = 120.0
"""For what takes a second: a killed process is back in three, and a busy machine takes its time."""
_WAIT_SECONDS = 30
_REQUEST_SECONDS = _WAIT_SECONDS + 15.0
_PAUSE_SECONDS = 0.25
_PAGE = 500
_BUSY = frozenset({429, 502, 503, 504})
"""Nothing was accepted: send it again."""

Event = dict[str, Any]


class NoProduct(Exception):
    """Nothing usable answers at the address. The text is one sentence."""


class Unexpected(Exception):
    """The product answered what no script expects. The text is one sentence."""


class Status(BaseModel):
    """The part of a conversation's status that scripts look at."""

    status: TicketStatus
    requires_human: bool


class _Credit(BaseModel):
    amount: Decimal


class _Bills(BaseModel):
    """The part of a customer's bills that scripts look at; a product of another version may say more."""

    balance: Decimal
    recent_credits: list[_Credit]


@dataclass(frozen=True)
class Account:
    """``balance``: what the customer owes; ``credits``: the amounts of the latest credits."""

    balance: Decimal
    credits: list[Decimal]


class Product:
    """Every call is repeated with the same id until it is accepted: a script never does a thing twice."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def check(self) -> None:
        """Raises ``NoProduct``."""
        try:
            ready = await self._client.get("/ready")
            known = await self._client.get("/api/v1/agents/performance")
        except httpx.HTTPError as error:
            raise NoProduct(f"Nothing answers at {self._client.base_url} ({type(error).__name__}).") from None
        if ready.status_code != httpx.codes.OK:
            raise NoProduct(f"The product at {self._client.base_url} is not ready ({ready.status_code}).")
        if known.status_code != httpx.codes.OK or "json" not in known.headers.get("content-type", ""):
            raise NoProduct(f"The token is not good for {self._client.base_url}: scripts need one of a service.")

    async def open(self, customer: str, channel: Channel) -> str:
        """Start a conversation; return its id."""
        body = {"customer_id": customer, "channel": channel.value}
        headers = {"Idempotency-Key": uuid4().hex}
        created = await self._insist("POST", "/conversations", json=body, headers=headers)
        return str(created.json()["conversation_id"])

    async def say(self, conversation: str, text: str, message_id: str) -> None:
        """Send it and wait for its answer."""
        path, body = f"/conversations/{conversation}/messages", {"message": text, "message_id": message_id}

        async def answered() -> bool:
            answer = await self._insist("POST", path, json=body, params={"wait": _WAIT_SECONDS})
            return answer.status_code == httpx.codes.OK and bool(answer.json()["replies"])

        if not await within_patience(answered):
            raise Unexpected(f"no answer within {PATIENCE_SECONDS:.0f} s")

    async def events(self, conversation: str) -> list[Event]:
        """The whole log."""
        found: list[Event] = []
        while True:
            query = {"after": found[-1]["seq"] if found else 0, "limit": _PAGE}
            headers = {"Accept": "application/json"}
            page = await self._insist("GET", f"/conversations/{conversation}/events", params=query, headers=headers)
            found += (events := page.json()["events"])
            if len(events) < _PAGE:
                return found

    async def status(self, conversation: str) -> Status:
        return Status.model_validate((await self._insist("GET", f"/conversations/{conversation}/status")).json())

    async def account(self, customer: str) -> Account:
        """As the back office has it."""
        tool = GET_BILLING_INFORMATION.name
        body = {
            "tool_name": tool,
            "parameters": {"customer_id": customer},
            "agent_context": {"agent_type": "billing"},
        }
        ran = (await self._insist("POST", "/tools/execute", json=body, headers={"Idempotency-Key": uuid4().hex})).json()
        if not ran["success"]:
            raise Unexpected(f"{tool} failed: {ran['error']['message']}")
        found = _Bills.model_validate(ran["result"])
        return Account(found.balance, [credit.amount for credit in found.recent_credits])

    async def _insist(self, method: str, path: str, **request: Any) -> httpx.Response:
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            problem, answer = "nothing answers", None
            try:
                answer = await self._client.request(method, f"/api/v1{path}", **request)
                problem = _problem(answer)
            except httpx.TransportError:
                pass
            if answer is not None and answer.status_code not in _BUSY:
                if answer.is_success:
                    return answer
                raise Unexpected(f"{method} {path}: {problem}")
            if asyncio.get_running_loop().time() > deadline:
                raise Unexpected(f"{method} {path}: {problem}, for {PATIENCE_SECONDS:.0f} s")
            await asyncio.sleep(_PAUSE_SECONDS)


@asynccontextmanager
async def reached(url: str, token: str) -> AsyncIterator[Product]:
    """Raises ``NoProduct`` if there is none, or if it does not know the token."""
    headers = {"Authorization": f"Bearer {token}"}
    try:
        client = httpx.AsyncClient(base_url=url.rstrip("/"), headers=headers, timeout=_REQUEST_SECONDS)
    except (httpx.InvalidURL, ValueError):
        raise NoProduct("The address is no URL, or the token no token.") from None
    async with client:
        product = Product(client)
        await product.check()
        yield product


async def within_patience(holds: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether it comes to hold in time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await holds():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(_PAUSE_SECONDS)
    return True


def _problem(answer: httpx.Response) -> str:
    try:
        told = answer.json()
        return f"{answer.status_code} {told['title']}"
    except (ValueError, KeyError, TypeError):
        return str(answer.status_code)
