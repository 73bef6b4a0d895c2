"""A customer's conversation with the running product, over HTTP, whatever dies meanwhile; and what must hold after."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from tests.product import Product

PATIENCE = 120.0
"""Seconds for what takes a few: the machine may be busy with other things."""
STORY = (
    "I was charged twice for the same service",
    "Yes please, credit it",
    "Yes, that solved it, thank you",
    "5",
)
"""From the first word to the closed conversation."""

PAGE = 500

Event = dict[str, Any]


@dataclass
class Talk:
    """One conversation. ``sent`` are the ids of its accepted messages, in order."""

    product: Product
    client: httpx.AsyncClient
    customer_id: str
    conversation_id: str
    sent: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/conversations/{self.conversation_id}"

    async def post(self, text: str, message_id: str = "", **query: Any) -> httpx.Response:
        """One attempt."""
        message_id = message_id or self.next_id()
        body = {"message": text, "message_id": message_id}
        return await self.client.post(f"{self.path}/messages", json=body, params=query)

    async def send(self, text: str, message_id: str = "") -> str:
        """Until it is accepted, always with the same id. Returns the id."""
        message_id = message_id or self.next_id()
        await insist(lambda: self.post(text, message_id), 202)
        self.sent.append(message_id)
        return message_id

    def next_id(self) -> str:
        return f"m{len(self.sent) + 1}"

    async def ask(self, text: str) -> Event:
        """Send it and wait for its answer."""
        message_id = await self.send(text)
        events = await self.until(lambda events: message_id in answers_of(events))
        return next(event for event in events if message_id in event.get("answers", []))

    async def ask_person(self, text: str, person: httpx.AsyncClient, answer: str) -> Event:
        """Send it, and let the person who holds the conversation answer once it is in the log."""
        message_id = await self.send(text)
        await self.until(lambda events: message_id in [event.get("message_id") for event in events])
        said = await person.post(f"{self.path}/messages", json={"message": answer})
        assert said.status_code == 202, said.text
        events = await self.until(lambda events: message_id in answers_of(events))
        return next(event for event in events if message_id in event.get("answers", []))

    async def tell(self, *texts: str) -> list[Event]:
        """Say these one after the other, each after the answer to the one before. Returns the answers."""
        return [await self.ask(text) for text in texts]

    async def events(self) -> list[Event]:
        """The whole log."""
        found: list[Event] = []
        while True:
            page = (await insist(partial(self._page, len(found)), 200)).json()["events"]
            found += page
            if len(page) < PAGE:
                return found

    async def _page(self, after: int) -> httpx.Response:
        query = {"after": after, "limit": PAGE}
        return await self.client.get(f"{self.path}/events", params=query, headers={"Accept": "application/json"})

    async def until(self, holds: Callable[[list[Event]], object], seconds: float = PATIENCE) -> list[Event]:
        """Wait until this holds of the log; returns the log."""
        events: list[Event] = []
        try:
            async with asyncio.timeout(seconds):
                while not holds(events := await self.events()):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"sent {self.sent}; the log: {events}") from None
        return events

    async def until_answered(self) -> list[Event]:
        return await self.until(lambda events: set(self.sent) <= set(answers_of(events)))

    async def until_logged(self, event_type: str) -> list[Event]:
        return await self.until(lambda events: event_type in types_of(events))

    async def check_promise(self) -> list[Event]:
        """seq without a gap, each message once, in the order of acceptance, and in exactly one ``answers``."""
        events = await self.until_answered()
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert [event["message_id"] for event in events if event["type"] == "customer_message"] == self.sent
        assert sorted(answers_of(events)) == sorted(self.sent)
        return events

    async def check_story(self) -> None:
        """The promise, and what the story does, each once."""
        await self.until_logged("conversation_closed")
        types = types_of(await self.check_promise())
        once = ("conversation_started", "survey_requested", "survey_answered", "conversation_closed")
        assert [types.count(event_type) for event_type in once] == [1] * len(once)
        assert types.count("agent_message") == len(STORY)
        assert await credits_of(self.product, self.customer_id) == 1


async def insist(attempt: Callable[[], Any], status: int) -> httpx.Response:
    """Try until the answer has this status. While the product recovers it may be away, or say that something is (503);
    anything else is wrong."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(httpx.TransportError):
                answer: httpx.Response = await attempt()
                if answer.status_code == status:
                    return answer
                assert answer.status_code == 503, f"{answer.status_code}: {answer.text}"
                assert answer.headers["content-type"] == "application/problem+json"
            await asyncio.sleep(0.1)


@asynccontextmanager
async def caller(product: Product, role: str = "service") -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {product.token(role)}"}
    async with httpx.AsyncClient(base_url=f"{product.api_url}/api/v1", headers=headers, timeout=30) as client:
        yield client


async def open_talk(product: Product, client: httpx.AsyncClient, customer_id: str = "CUST_001") -> Talk:
    """A new conversation."""
    body = {"customer_id": customer_id, "channel": "web"}
    headers = {"Idempotency-Key": uuid4().hex}
    created = await insist(lambda: client.post("/conversations", json=body, headers=headers), 201)
    return Talk(product, client, customer_id, created.json()["conversation_id"])


def answers_of(events: list[Event]) -> list[str]:
    return [message_id for event in events for message_id in event.get("answers", [])]


def types_of(events: list[Event]) -> list[str]:
    return [event["type"] for event in events]


async def charged_twice(product: Product, like: str = "CUST_001") -> str:
    """A new customer with the double charges of a demo customer, none of them credited yet. Returns the id."""
    customer_id = f"twice_{uuid4().hex[:8]}"
    async with await psycopg.AsyncConnection.connect(product.dev["database_url"]) as connection:
        for statement in _COPY_OF_A_CUSTOMER:
            await connection.execute(statement, {"new": customer_id, "like": like})
    return customer_id


_COPY_OF_A_CUSTOMER = (
    """insert into customers (customer_id, name, email, phone, tier, account_status, registered_at, lifetime_value,
                              preferences, billing_account_id)
       select %(new)s, name, email, phone, tier, account_status, registered_at, lifetime_value, preferences,
              'BA-' || %(new)s from customers where customer_id = %(like)s""",
    """insert into ledger_accounts (account_id, kind, customer_id, currency)
       select 'receivable:' || %(new)s, kind, %(new)s, currency from ledger_accounts where customer_id = %(like)s""",
    """insert into services (service_id, customer_id, product_id, status, monthly_price, started_on, ended_on)
       select service_id || %(new)s, %(new)s, product_id, status, monthly_price, started_on, ended_on
       from services where customer_id = %(like)s""",
    """insert into invoices (invoice_id, customer_id, issued_on, due_on, status, total, currency)
       select invoice_id || '-' || %(new)s, %(new)s, issued_on, due_on, status, total, currency
       from invoices where customer_id = %(like)s""",
    """insert into charges (charge_id, invoice_id, service_id, description, period, charged_on, amount)
       select charge_id || %(new)s, invoice_id || '-' || %(new)s, service_id || %(new)s, description, period,
              charged_on, c.amount
       from charges c join invoices i using (invoice_id) where i.customer_id = %(like)s""",
)


async def credits_of(product: Product, customer_id: str) -> int:
    """How often the ledger shows a credit on this customer's account. Its transactions must balance."""
    async with await psycopg.AsyncConnection.connect(product.dev["database_url"]) as connection:
        cursor = await connection.execute(
            """select count(*), coalesce(sum(unbalanced), 0) from
                   (select t.transaction_id, (select sum(amount) from ledger_entries e
                        where e.transaction_id = t.transaction_id) as unbalanced
                    from ledger_transactions t join ledger_entries e using (transaction_id)
                    join ledger_accounts a using (account_id) where a.customer_id = %s and t.kind = 'credit') x""",
            (customer_id,),
        )
        row = await cursor.fetchone()
    assert row is not None
    assert row[1] == 0
    return int(row[0])
