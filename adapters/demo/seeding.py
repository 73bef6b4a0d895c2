"""Puts the demo data into a migrated database, once."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from adapters.demo import commerce, content, network, relations, rules, technicians
from adapters.demo.bills import SEED, DemoInvoice, DemoService, invoices_of, services_of
from adapters.demo.history import interactions_of
from adapters.postgres.customers import digest
from adapters.postgres.ledger import CREDITS_ACCOUNT
from adapters.postgres.pool import CONNECT_SECONDS, unavailable_as
from domain.errors import Unavailable
from domain.money import DEFAULT_CURRENCY

REFERENCE = date(2026, 11, 20)
"""The day on which the demo data's latest events lie; with it the data is the same everywhere."""

_TABLES: dict[str, LiteralString] = {
    "products": "copy products (product_id, name, product_type, description, monthly_price, currency) from stdin",
    "customers": """copy customers (customer_id, name, email, phone, tier, account_status, registered_at,
        lifetime_value, preferences, billing_account_id) from stdin""",
    "factors": "copy identity_factors (customer_id, factor, salt, digest) from stdin",
    "services": """copy services (service_id, customer_id, product_id, status, monthly_price, started_on, ended_on)
        from stdin""",
    "interactions": """copy customer_interactions (interaction_id, customer_id, at, channel, category, summary,
        resolved) from stdin""",
    "scores": "copy satisfaction_scores (customer_id, at, score) from stdin",
    "invoices": "copy invoices (invoice_id, customer_id, issued_on, due_on, status, total, currency) from stdin",
    "charges": """copy charges (charge_id, invoice_id, service_id, description, period, charged_on, amount)
        from stdin""",
    "payments": "copy payments (payment_id, invoice_id, paid_on, amount, currency, method, status) from stdin",
    "accounts": "copy ledger_accounts (account_id, kind, customer_id, currency) from stdin",
    "transactions": "copy ledger_transactions (transaction_id, kind, description, invoice_id, at) from stdin",
    "entries": "copy ledger_entries (transaction_id, account_id, amount, currency) from stdin",
    "articles": "copy knowledge_articles (article_id, title, category, product, keywords, body) from stdin",
    "guides": """copy troubleshooting_guides (guide_id, title, issue_category, product_type, urgent_steps, steps,
        escalate_when) from stdin""",
}
"""In an order that satisfies the foreign keys."""

Tables = dict[str, LiteralString]
Rows = dict[str, list[Sequence[Any]]]


async def seed(dsn: str, reference: date = REFERENCE) -> None:
    """Fill an empty, migrated back office. Does nothing if it was seeded before, whatever has changed since.

    All dates lie at or before ``reference``; with the default the data is the same everywhere and always. Safe to run
    from several processes at once. Raises ``Unavailable`` if Postgres is away.
    """
    with unavailable_as(Unavailable):
        async with await AsyncConnection.connect(dsn, connect_timeout=CONNECT_SECONDS) as connection:
            for name, tables, make in _SETS:
                if await _claim(connection, name):
                    await _write(connection, tables, await asyncio.to_thread(make, reference))


async def _claim(connection: AsyncConnection[Any], name: str) -> bool:
    """Whether a set is ours to seed; a concurrent seeding is waited for."""
    cursor = await connection.execute(
        "insert into demo_data (name) values (%s) on conflict do nothing returning name", (name,)
    )
    return await cursor.fetchone() is not None


async def _write(connection: AsyncConnection[Any], tables: Tables, rows: Rows) -> None:
    async with connection.cursor() as cursor:
        for table, statement in tables.items():
            async with cursor.copy(statement) as copy:
                for row in rows[table]:
                    await copy.write_row(row)


@dataclass
class _Books:
    """Collects the rows of the ledger."""

    transactions: list[Sequence[Any]] = field(default_factory=list)
    entries: list[Sequence[Any]] = field(default_factory=list)

    def book(self, key: str, invoice_id: str, on: date, *, kind: str, debit: str, credit: str, amount: Decimal) -> None:
        transaction_id = f"TX-{key}"
        self.transactions.append((transaction_id, kind, f"{kind.title()} {key}", invoice_id, _noon(on)))
        self.entries.append((transaction_id, debit, amount, DEFAULT_CURRENCY))
        self.entries.append((transaction_id, credit, -amount, DEFAULT_CURRENCY))


def _rows(reference: date) -> Rows:
    catalogue, customers = content.products(), content.customers()
    rows: Rows = {table: [] for table in _TABLES}
    rows["products"] = [
        (p.product_id, p.name, p.product_type, p.description, p.monthly_price, DEFAULT_CURRENCY)
        for p in catalogue.values()
    ]
    rows["accounts"] = [
        (name, kind, None, DEFAULT_CURRENCY)
        for name, kind in (("cash", "asset"), ("revenue", "income"), (CREDITS_ACCOUNT, "expense"))
    ]
    rows["articles"] = [(a.article_id, a.title, a.category, a.product, a.keywords, a.body) for a in content.articles()]
    rows["guides"] = [
        (g.guide_id, g.title, g.issue_category, g.product_type, g.urgent_steps, g.steps, g.escalate_when)
        for g in content.guides()
    ]
    rows["factors"] = _factors(customers)
    for customer in customers:
        services = services_of(customer, catalogue, reference)
        _add_customer(rows, customer, services, reference)
        _add_bills(rows, customer, invoices_of(customer, services, reference))
    return rows


def _add_customer(rows: Rows, customer: content.DemoCustomer, services: Iterable[DemoService], reference: date) -> None:
    account = (
        customer.customer_id, customer.name, customer.email, customer.phone, customer.tier, customer.account_status,
        _noon(customer.registered_on), customer.lifetime_value, Jsonb(customer.preferences),
        f"BA-{10000 + customer.number}",
    )  # fmt: skip
    rows["customers"].append(account)
    rows["accounts"].append((_receivable(customer), "asset", customer.customer_id, DEFAULT_CURRENCY))
    rows["services"] += [
        (s.service_id, customer.customer_id, s.product.product_id, s.status, s.product.monthly_price, s.started_on,
         s.ended_on)
        for s in services
    ]  # fmt: skip
    for contact in interactions_of(customer, reference):
        about = (contact.at, contact.channel, contact.category, contact.summary, contact.resolved)
        rows["interactions"].append((contact.interaction_id, customer.customer_id, *about))
        if contact.score is not None:
            rows["scores"].append((customer.customer_id, contact.at, contact.score))


def _add_bills(rows: Rows, customer: content.DemoCustomer, invoices: Iterable[DemoInvoice]) -> None:
    books = _Books()
    receivable = _receivable(customer)
    for invoice in invoices:
        key, total = invoice.invoice_id, invoice.total
        rows["invoices"].append(
            (key, customer.customer_id, invoice.issued_on, invoice.due_on, invoice.status, total, DEFAULT_CURRENCY)
        )
        rows["charges"] += [
            (c.charge_id, key, c.service_id, c.description, c.period, c.charged_on, c.amount) for c in invoice.charges
        ]
        rows["payments"] += [
            (p.payment_id, key, p.paid_on, p.amount, DEFAULT_CURRENCY, p.method, p.status) for p in invoice.payments
        ]
        books.book(key, key, invoice.issued_on, kind="invoice", debit=receivable, credit="revenue", amount=total)
        for payment in invoice.payments:
            if payment.status == "completed":
                books.book(
                    payment.payment_id,
                    key,
                    payment.paid_on,
                    kind="payment",
                    debit="cash",
                    credit=receivable,
                    amount=payment.amount,
                )
    rows["transactions"] += books.transactions
    rows["entries"] += books.entries


def _factors(customers: Iterable[content.DemoCustomer]) -> list[Sequence[Any]]:
    """The slow digests, on all cores. Salts are made from the ids: secrets that stand in a file need no better ones."""
    answers = [(c.customer_id, factor, answer) for c in customers for factor, answer in c.secrets.items()]
    salts = [hashlib.sha256(f"{SEED}-{customer}-{factor}".encode()).digest()[:16] for customer, factor, _ in answers]
    with ThreadPoolExecutor() as pool:
        digests = pool.map(digest, [answer for _, _, answer in answers], salts)
        return [(c, factor, salt, made) for (c, factor, _), salt, made in zip(answers, salts, digests, strict=True)]


def _receivable(customer: content.DemoCustomer) -> str:
    return f"receivable:{customer.customer_id}"


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(hour=12), UTC)


def _network_rows(reference: date) -> Rows:
    return network.rows(content.customers(), content.products(), reference)


def _commerce_rows(reference: date) -> Rows:
    return commerce.rows(content.customers(), reference)


_SETS: tuple[tuple[str, Tables, Callable[[date], Rows]], ...] = (
    (SEED, _TABLES, _rows),
    ("switchboard-demo-network-1", network.TABLES, _network_rows),
    ("switchboard-demo-technicians-1", technicians.TABLES, technicians.rows),
    ("switchboard-demo-relations-1", relations.TABLES, relations.rows),
    ("switchboard-demo-rules-1", rules.TABLES, rules.rows),
    ("switchboard-demo-commerce-1", commerce.TABLES, _commerce_rows),
)
"""A database that was seeded by an earlier release gets the sets it lacks, in this order."""
