"""Payments and payment plans: each is one transaction with its ledger entries."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from activities.ports import Effect
from adapters.postgres.cards import Method, charge, usable_method
from adapters.postgres.database import Connection, Database, fetch_row
from adapters.postgres.disputes import open_amount
from adapters.postgres.ledger import (
    CASH_ACCOUNT,
    Account,
    Booking,
    InvoiceBooks,
    balance_of,
    book,
    invoice_books,
    locked_account,
)
from domain.errors import PaymentRefused, PlanRefused
from domain.instalments import monthly, split
from domain.model import Record
from domain.toolbox.payments import (
    PLAN_MINIMUM,
    PLAN_START_DAYS,
    Instalment,
    PaymentPlanSet,
    PaymentTaken,
    ProcessPayment,
    SetupPaymentPlan,
)

_PAID = """
insert into payments (payment_id, invoice_id, paid_on, amount, currency, method, status, method_id)
values ('PAY-C' || nextval('payment_number'), %(invoice_id)s, %(on)s, %(amount)s, %(currency)s, %(kind)s, 'completed',
        %(method_id)s)
returning payment_id
"""
_SETTLED = "update invoices set status = 'paid' where invoice_id = %(invoice_id)s returning invoice_id"
_PLAN_DONE = """
update payment_plans set status = 'completed' where invoice_id = %(invoice_id)s and status = 'active' returning plan_id
"""
_RUNNING_PLAN = "select plan_id from payment_plans where customer_id = %(customer_id)s and status = 'active'"
_PLAN = """
insert into payment_plans (customer_id, invoice_id, method_id, amount, created_at, effect_key)
values (%(customer_id)s, %(invoice_id)s, %(method_id)s, %(amount)s, %(at)s, %(key)s) returning plan_id
"""
_INSTALMENT = """
insert into payment_plan_instalments (plan_id, number, due_on, amount)
values (%(plan_id)s, %(number)s, %(due_on)s, %(amount)s)
"""


class Taking(Record):
    """Money that the bank let through, for an invoice."""

    invoice_id: str
    amount: Decimal
    method: Method


class PostgresPayments:
    """Implements ``activities.ports.Payments``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pay(self, effect: Effect, payment: ProcessPayment) -> PaymentTaken:
        return await self._database.once(effect, PaymentTaken, lambda connection: _pay(connection, effect, payment))

    async def plan(self, effect: Effect, plan: SetupPaymentPlan) -> PaymentPlanSet:
        return await self._database.once(effect, PaymentPlanSet, lambda connection: _plan(connection, effect, plan))


async def _pay(connection: Connection, effect: Effect, payment: ProcessPayment) -> PaymentTaken:
    account = await locked_account(connection, payment.customer_id)
    invoice = await invoice_books(connection, account, payment.invoice_id)
    _refuse_more_than_due(invoice, payment.amount)
    on = effect.at.date()
    method = await charge(connection, account.customer_id, payment.payment_method_id, payment.amount, on)
    taking = Taking(invoice_id=invoice.invoice_id, amount=payment.amount, method=method)
    paid = await take(connection, effect, account, taking)
    still_due = invoice.due - payment.amount
    if still_due == 0:
        await _settle(connection, invoice.invoice_id)
    return PaymentTaken(
        payment_id=paid["payment_id"],
        transaction_id=paid["transaction_id"],
        invoice_id=invoice.invoice_id,
        amount=payment.amount,
        currency=account.currency,
        charged_to=method.label,
        still_due=still_due,
        new_balance=await balance_of(connection, account),
    )


async def take(connection: Connection, effect: Effect, account: Account, taking: Taking) -> dict[str, Any]:
    """Write down a payment that was charged: its ``payment_id`` and ``transaction_id``."""
    paid = {"invoice_id": taking.invoice_id, "amount": taking.amount}
    values = paid | {"on": effect.at.date(), "currency": account.currency}
    row = await fetch_row(connection, _PAID, values | taking.method.model_dump(include={"kind", "method_id"}))
    assert row is not None, "an insert returns its row"
    booking = Booking(
        kind="payment",
        description=f"Payment {row['payment_id']}",
        invoice_id=taking.invoice_id,
        debit=CASH_ACCOUNT,
        credit=account.account_id,
        amount=taking.amount,
        currency=account.currency,
    )
    return row | {"transaction_id": await book(connection, effect, booking)}


async def _settle(connection: Connection, invoice_id: str) -> None:
    await fetch_row(connection, _SETTLED, {"invoice_id": invoice_id})
    await fetch_row(connection, _PLAN_DONE, {"invoice_id": invoice_id})


def _refuse_more_than_due(invoice: InvoiceBooks, amount: Decimal) -> None:
    if invoice.status == "void" or invoice.due <= 0:
        raise PaymentRefused(f"Nothing is due on invoice {invoice.invoice_id}. Look the bill up for what is open.")
    if amount > invoice.due:
        raise PaymentRefused(f"Only {invoice.due:.2f} is due on invoice {invoice.invoice_id}. Offer at most that.")


async def _plan(connection: Connection, effect: Effect, plan: SetupPaymentPlan) -> PaymentPlanSet:
    account = await locked_account(connection, plan.customer_id)
    invoice = await invoice_books(connection, account, plan.invoice_id)
    first = _first_payment(plan, effect.at.date())
    await _refuse_plan(connection, account, invoice, plan)
    method = await usable_method(connection, account.customer_id, None, first)
    values = effect.model_dump() | plan.model_dump() | {"method_id": method.method_id}
    row = await fetch_row(connection, _PLAN, values)
    assert row is not None, "an insert returns its row"
    parts = zip(monthly(first, plan.instalments), split(plan.amount, plan.instalments), strict=True)
    instalments = [Instalment(number=n, due_on=due_on, amount=share) for n, (due_on, share) in enumerate(parts, 1)]
    await connection.cursor().executemany(_INSTALMENT, [i.model_dump() | row for i in instalments])
    return PaymentPlanSet(
        plan_id=row["plan_id"],
        invoice_id=invoice.invoice_id,
        amount=plan.amount,
        currency=account.currency,
        charged_to=method.label,
        instalments=instalments,
    )


def _first_payment(plan: SetupPaymentPlan, today: date) -> date:
    last = today + timedelta(days=PLAN_START_DAYS)
    first = plan.first_payment_on or last
    if not today <= first <= last:
        raise PlanRefused(f"The first instalment is due between {today} and {last}. Choose a day in between.")
    return first


async def _refuse_plan(connection: Connection, account: Account, invoice: InvoiceBooks, plan: SetupPaymentPlan) -> None:
    running = await fetch_row(connection, _RUNNING_PLAN, {"customer_id": account.customer_id})
    if running is not None:
        raise PlanRefused(f"Plan {running['plan_id']} is still running, and there is one at a time. Offer a payment.")
    undisputed = invoice.due - await open_amount(connection, invoice.invoice_id)
    if invoice.status == "void" or undisputed < PLAN_MINIMUM:
        raise PlanRefused(
            f"Plans start at {PLAN_MINIMUM}, and {max(undisputed, Decimal(0)):.2f} is due on invoice "
            f"{invoice.invoice_id} and not in dispute. Offer a payment instead."
        )
    if not PLAN_MINIMUM <= plan.amount <= undisputed:
        raise PlanRefused(f"A plan for this invoice is between {PLAN_MINIMUM} and {undisputed:.2f}. Offer that.")
