"""Customers' doubts about invoices."""

from datetime import timedelta
from decimal import Decimal

from activities.ports import Effect
from adapters.postgres.database import Connection, Database, Row, fetch_row
from adapters.postgres.ledger import InvoiceBooks, invoice_books, locked_account
from domain.errors import DisputeRefused, NotFound
from domain.toolbox.payments import ANSWER_DAYS, DISPUTE_DAYS, DISPUTES_SHOWN, Dispute, Disputes, DisputeTracker

_COLUMNS = """
select dispute_id, invoice_id, amount, reason, status, (opened_at at time zone 'UTC')::date as opened_on, answer_by
from disputes where customer_id = %(customer_id)s and (%(dispute_id)s::text is null or dispute_id = %(dispute_id)s)
order by opened_at desc, dispute_id desc limit %(limit)s
"""
_OPEN = """
insert into disputes (customer_id, invoice_id, amount, reason, opened_at, answer_by, effect_key)
values (%(customer_id)s, %(invoice_id)s, %(amount)s, %(reason)s, %(at)s, %(answer_by)s, %(key)s)
on conflict (invoice_id) where status = 'open' do nothing
returning dispute_id, status, (opened_at at time zone 'UTC')::date as opened_on, answer_by
"""
_OPEN_ONE = "select dispute_id, amount from disputes where invoice_id = %(invoice_id)s and status = 'open'"
_LOCKED = """
select dispute_id, invoice_id, amount, reason, status, (opened_at at time zone 'UTC')::date as opened_on, answer_by
from disputes where dispute_id = %(dispute_id)s and customer_id = %(customer_id)s for update
"""
_CLOSE = """
update disputes set status = %(status)s, closed_at = %(at)s where dispute_id = %(dispute_id)s returning dispute_id
"""
_REOPEN = """
update disputes d set status = 'open', closed_at = null
where dispute_id = %(dispute_id)s
  and not exists (select from disputes o where o.invoice_id = d.invoice_id and o.status = 'open')
"""


class PostgresDisputes:
    """Implements ``activities.ports.DisputeBook``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_customer(self, customer_id: str, *, dispute_id: str | None) -> Disputes:
        asked = {"customer_id": customer_id, "dispute_id": dispute_id, "limit": DISPUTES_SHOWN}
        rows = await self._database.rows(_COLUMNS, asked)
        if dispute_id is not None and not rows:
            raise _no_dispute(dispute_id)
        return Disputes(disputes=[Dispute.model_validate(row) for row in rows])

    async def open(self, effect: Effect, dispute: DisputeTracker) -> Disputes:
        return await self._database.once(effect, Disputes, lambda connection: _open(connection, effect, dispute))

    async def withdraw(self, effect: Effect, dispute_id: str) -> Disputes:
        async def run(connection: Connection) -> Disputes:
            row = await _close(connection, effect, dispute_id, "withdrawn")
            return Disputes(disputes=[Dispute.model_validate(row)])

        return await self._database.once(effect, Disputes, run)


async def open_amount(connection: Connection, invoice_id: str) -> Decimal:
    """How much of an invoice is in dispute now."""
    row = await fetch_row(connection, _OPEN_ONE, {"invoice_id": invoice_id})
    return Decimal(0) if row is None else Decimal(row["amount"])


async def settle(connection: Connection, effect: Effect, dispute_id: str, invoice_id: str, amount: Decimal) -> None:
    """Close a dispute because its money is given back. Raises NotFound, and DisputeRefused if it is about another
    invoice, about less, or decided already."""
    row = await _close(connection, effect, dispute_id, "refunded")
    if row["invoice_id"] != invoice_id or amount > row["amount"]:
        raise DisputeRefused(
            f"Dispute {dispute_id} is about {row['amount']:.2f} of invoice {row['invoice_id']}. Refund at most that."
        )


async def reopen(connection: Connection, dispute_id: str) -> None:
    """The money that settled it was not given back after all. Nothing if the invoice is in dispute again by now."""
    await connection.execute(_REOPEN, {"dispute_id": dispute_id})


async def _open(connection: Connection, effect: Effect, dispute: DisputeTracker) -> Disputes:
    assert dispute.invoice_id is not None, "the arguments' validator asks for it"
    account = await locked_account(connection, dispute.customer_id)
    invoice = await invoice_books(connection, account, dispute.invoice_id)
    _refuse(invoice, dispute, effect)
    answer_by = effect.at.date() + timedelta(days=ANSWER_DAYS)
    values = effect.model_dump() | dispute.model_dump() | {"answer_by": answer_by}
    row = await fetch_row(connection, _OPEN, values)
    if row is None:
        there = await fetch_row(connection, _OPEN_ONE, {"invoice_id": dispute.invoice_id})
        raise DisputeRefused(
            f"Invoice {dispute.invoice_id} is in dispute already: {there and there['dispute_id']}. Tell the customer "
            "when it is answered, or withdraw it and open a new one."
        )
    return Disputes(disputes=[Dispute.model_validate(values | row)])


def _refuse(invoice: InvoiceBooks, dispute: DisputeTracker, effect: Effect) -> None:
    if invoice.issued_on < effect.at.date() - timedelta(days=DISPUTE_DAYS):
        raise DisputeRefused(
            f"Invoice {invoice.invoice_id} is of {invoice.issued_on}, and invoices can be disputed for eight weeks. "
            "If the mistake was ours, hand the conversation to a person."
        )
    left = invoice.total - invoice.credited
    if invoice.status == "void" or (dispute.amount or 0) > left:
        raise DisputeRefused(
            f"After credits, invoice {invoice.invoice_id} charges {max(left, Decimal(0)):.2f}. Dispute at most that."
        )


async def _close(connection: Connection, effect: Effect, dispute_id: str, status: str) -> Row:
    """The dispute with its new status. Raises NotFound, and DisputeRefused unless it is open."""
    wanted = {"dispute_id": dispute_id, "customer_id": effect.customer_id}
    row = await fetch_row(connection, _LOCKED, wanted)
    if row is None:
        raise _no_dispute(dispute_id)
    if row["status"] != "open":
        raise DisputeRefused(f"Dispute {dispute_id} is {row['status']} already: nothing can change it.")
    await fetch_row(connection, _CLOSE, {"dispute_id": dispute_id, "status": status, "at": effect.at})
    return row | {"status": status}


def _no_dispute(dispute_id: str) -> NotFound:
    return NotFound(f"There is no dispute {dispute_id} of this customer. List them to find the right id.")
