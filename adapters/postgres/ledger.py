"""The books: a customer's account, what is due on an invoice, and entries that balance."""

from datetime import date
from decimal import Decimal
from typing import Literal

from activities.ports import Effect
from adapters.postgres.database import Connection, fetch_row
from domain.errors import NotFound, UnknownCustomer
from domain.model import Record

CASH_ACCOUNT = "cash"
REVENUE_ACCOUNT = "revenue"
CREDITS_ACCOUNT = "credits_granted"
"""What credits cost us: the counterpart of every credit on a customer's account."""

_ACCOUNT = """
select customer_id, account_id, a.currency, c.account_status
from ledger_accounts a join customers c using (customer_id)
where customer_id = %(customer_id)s for no key update of c
"""
_INVOICE = """
select i.invoice_id, i.total, i.status, i.issued_on,
       coalesce(sum(e.amount), 0) as due,
       -coalesce(sum(e.amount) filter (where t.kind in ('payment', 'refund', 'payment_reversal', 'refund_reversal')), 0)
           as paid,
       -coalesce(sum(e.amount) filter (where t.kind in ('credit', 'credit_reversal')), 0) as credited
from invoices i left join ledger_transactions t using (invoice_id)
     left join ledger_entries e on e.transaction_id = t.transaction_id and e.account_id = %(account_id)s
where i.invoice_id = %(invoice_id)s and i.customer_id = %(customer_id)s
group by i.invoice_id
"""
_BOOK = """
with booked as (
    insert into ledger_transactions (kind, description, invoice_id, effect_key, at)
    values (%(kind)s, %(description)s, %(invoice_id)s, %(key)s, %(at)s) returning transaction_id
), entries as (
    insert into ledger_entries (transaction_id, account_id, amount, currency)
    select transaction_id, account_id, amount, %(currency)s from booked,
        (values (%(debit)s, %(amount)s::numeric), (%(credit)s, -%(amount)s::numeric)) e (account_id, amount)
)
select transaction_id from booked
"""


Kind = Literal[
    "invoice", "payment", "credit", "refund",
    "invoice_reversal", "payment_reversal", "credit_reversal", "refund_reversal",
]  # fmt: skip


class Account(Record):
    """A customer's account, locked until the transaction ends."""

    customer_id: str
    account_id: str
    currency: str
    account_status: str


class InvoiceBooks(Record):
    """An invoice as the ledger sees it: ``paid`` without what was paid back, ``credited`` whatever for."""

    invoice_id: str
    total: Decimal
    status: str
    issued_on: date
    due: Decimal
    paid: Decimal
    credited: Decimal


class Booking(Record):
    """One transaction of two entries; ``amount`` is above zero. A credit may be for no single invoice."""

    kind: Kind
    description: str
    invoice_id: str | None
    debit: str
    credit: str
    amount: Decimal
    currency: str


async def locked_account(connection: Connection, customer_id: str) -> Account:
    """The account, and with it the customer's row: whoever moves a customer's money does it one after the other.

    Raises UnknownCustomer.
    """
    row = await fetch_row(connection, _ACCOUNT, {"customer_id": customer_id})
    if row is None:
        raise UnknownCustomer(customer_id)
    return Account.model_validate(row)


async def invoice_books(connection: Connection, account: Account, invoice_id: str) -> InvoiceBooks:
    """Raises NotFound if this customer has no such invoice."""
    row = await fetch_row(connection, _INVOICE, account.model_dump() | {"invoice_id": invoice_id})
    if row is None:
        raise no_invoice(invoice_id)
    return InvoiceBooks.model_validate(row)


def no_invoice(invoice_id: str) -> NotFound:
    return NotFound(f"There is no invoice {invoice_id} on this account. Look the bill up for the right id.")


async def book(connection: Connection, effect: Effect, booking: Booking) -> str:
    """Write a transaction; return its id."""
    row = await fetch_row(connection, _BOOK, effect.model_dump() | booking.model_dump())
    assert row is not None, "an insert returns its row"
    return str(row["transaction_id"])


async def balance_of(connection: Connection, account: Account) -> Decimal:
    """What the customer owes, with what this transaction booked."""
    row = await fetch_row(
        connection,
        "select coalesce(sum(amount), 0) as balance from ledger_entries where account_id = %(account_id)s",
        {"account_id": account.account_id},
    )
    assert row is not None, "an aggregate has one row"
    return Decimal(row["balance"])
