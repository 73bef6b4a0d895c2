"""Invoices, payments and the ledger on our own tables."""

from typing import Any

from activities.ports import AccountBalance, CreditOrder, Effect
from adapters.postgres.database import Connection, Database, fetch_row, fetch_rows
from adapters.postgres.ledger import CREDITS_ACCOUNT, Booking, balance_of, book, locked_account, no_invoice
from domain.billing import Credit, Invoice, find_duplicate_charges, is_given_back
from domain.errors import CreditTooLarge, UnknownCustomer
from domain.toolbox.billing import CREDITS_SEARCHED, INVOICES_SEARCHED, CreditApplied

SUPPORT_DAYS = 365
"""A credit without an invoice can give back what this many days charged."""

_BALANCE = """
select c.billing_account_id, a.currency,
       coalesce((select sum(amount) from ledger_entries e where e.account_id = a.account_id), 0) as balance
from customers c join ledger_accounts a using (customer_id) where customer_id = %(customer_id)s
"""
_INVOICES = """
select invoice_id, issued_on, due_on, status, total,
       coalesce((select jsonb_agg(to_jsonb(l) order by charge_id) from
             (select charge_id, service_id, description, period, charged_on, amount::text
              from charges c where c.invoice_id = i.invoice_id) l), '[]') as charges,
       coalesce((select jsonb_agg(to_jsonb(l) order by paid_on, payment_id) from
             (select payment_id, paid_on, amount::text, method, status
              from payments p where p.invoice_id = i.invoice_id) l), '[]') as payments
from invoices i
where customer_id = %(customer_id)s and (%(invoice_id)s::text is null or invoice_id = %(invoice_id)s)
order by issued_on desc, invoice_id desc limit %(limit)s
"""
_CREDITS = """
select transaction_id, t.invoice_id, -e.amount as amount, t.description as reason, (t.at at time zone 'UTC')::date
       as credited_on
from ledger_accounts a join ledger_entries e using (account_id) join ledger_transactions t using (transaction_id)
left join effects f on f.key = t.effect_key
where a.customer_id = %(customer_id)s and t.kind = 'credit' and f.undone_at is null
  and (%(elsewhere_than)s::text is null or f.conversation_id is distinct from %(elsewhere_than)s)
order by t.at desc, transaction_id desc limit %(limit)s
"""
# Twice: for the scope of the credit, and for the account as a whole, which credits of all scopes share.
_SUPPORT = """
with charged as (
    select total, case when %(invoice_id)s::text is null then issued_on > %(on)s::date - %(days)s
                       else invoice_id = %(invoice_id)s end as in_scope
    from invoices where customer_id = %(customer_id)s and status <> 'void'
), credited as (
    select -e.amount as amount,
           case when %(invoice_id)s::text is null then at > %(on)s - make_interval(days => %(days)s)
                else invoice_id = %(invoice_id)s end as in_scope
    from ledger_entries e join ledger_transactions t using (transaction_id)
    where e.account_id = %(account_id)s and t.kind in ('credit', 'credit_reversal')
)
select exists (select from charged where in_scope) as known,
       greatest(0, least(
           coalesce((select sum(total) from charged where in_scope), 0)
               - coalesce((select sum(amount) from credited where in_scope), 0),
           coalesce((select sum(total) from charged), 0) - coalesce((select sum(amount) from credited), 0)
       )) as supported
"""


class PostgresBilling:
    """Implements ``activities.ports.Billing``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def balance(self, customer_id: str) -> AccountBalance:
        row = await self._database.row(_BALANCE, {"customer_id": customer_id})
        if row is None:
            raise UnknownCustomer(customer_id)
        return AccountBalance.model_validate(row)

    async def invoices(self, customer_id: str, *, limit: int) -> list[Invoice]:
        return await self._invoices({"customer_id": customer_id, "invoice_id": None, "limit": limit})

    async def invoice(self, customer_id: str, invoice_id: str) -> Invoice:
        found = await self._invoices({"customer_id": customer_id, "invoice_id": invoice_id, "limit": 1})
        if not found:
            raise no_invoice(invoice_id)
        return found[0]

    async def credits_given(self, customer_id: str, *, limit: int) -> list[Credit]:
        rows = await self._database.rows(_CREDITS, {"customer_id": customer_id, "elsewhere_than": None, "limit": limit})
        return [Credit.model_validate(row) for row in rows]

    async def credit(self, effect: Effect, order: CreditOrder) -> CreditApplied:
        return await self._database.once(effect, CreditApplied, lambda connection: _credit(connection, effect, order))

    async def _invoices(self, parameters: dict[str, Any]) -> list[Invoice]:
        return [Invoice.model_validate(row) for row in await self._database.rows(_INVOICES, parameters)]


async def _credit(connection: Connection, effect: Effect, order: CreditOrder) -> CreditApplied:
    account = await locked_account(connection, order.customer_id)
    await refuse_unsupported(connection, effect, order, account.account_id)
    booking = Booking(
        kind="credit",
        description=order.reason,
        invoice_id=order.invoice_id,
        debit=CREDITS_ACCOUNT,
        credit=account.account_id,
        amount=order.amount,
        currency=account.currency,
    )
    return CreditApplied(
        transaction_id=await book(connection, effect, booking),
        amount=order.amount,
        currency=account.currency,
        invoice_id=order.invoice_id,
        new_balance=await balance_of(connection, account),
    )


async def refuse_unsupported(connection: Connection, effect: Effect, order: CreditOrder, account_id: str) -> None:
    """Raises NotFound for an unknown invoice, CreditTooLarge for more than was charged and not given back, or for what
    was given back since it was offered. The account's row must be locked."""
    question = order.model_dump() | {"account_id": account_id, "on": effect.at, "days": SUPPORT_DAYS}
    support = await fetch_row(connection, _SUPPORT, question)
    assert support is not None, "a select without from has one row"
    if order.invoice_id is not None and not support["known"]:
        raise no_invoice(order.invoice_id)
    if order.amount > support["supported"]:
        what = f"invoice {order.invoice_id}" if order.invoice_id else "the account's invoices of the last year"
        raise CreditTooLarge(
            f"After earlier credits, {what} supports at most {support['supported']:.2f}. "
            "Look the bill up again and offer less."
        )
    await _refuse_given_back(connection, effect, order)


async def _refuse_given_back(connection: Connection, effect: Effect, order: CreditOrder) -> None:
    """Raises CreditTooLarge when another conversation gave the duplicate charge back that this credit is for. What this
    conversation has given itself its agent knows, and a second credit may be agreed on all the same."""
    customer = {"customer_id": order.customer_id}
    bills = await fetch_rows(connection, _INVOICES, {**customer, "invoice_id": None, "limit": INVOICES_SEARCHED})
    elsewhere = {**customer, "elsewhere_than": effect.conversation_id, "limit": CREDITS_SEARCHED}
    given = await fetch_rows(connection, _CREDITS, elsewhere)
    invoices = [Invoice.model_validate(row) for row in bills]
    duplicates = find_duplicate_charges(invoices, [Credit.model_validate(row) for row in given])
    if is_given_back(duplicates, order.amount, order.invoice_id):
        raise CreditTooLarge(
            f"The duplicate charge of {order.amount:.2f} has been given back already. Tell the customer so; "
            "the bill has the credit's date."
        )
