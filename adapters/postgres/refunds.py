"""Refunds: the money goes back, the customer hears of it, a note says why. Each step is one transaction with its undo.

Whoever moves a refund locks the customer's row first, as all do who move a customer's money.
"""

from datetime import date
from decimal import Decimal

from activities.ports import CreditOrder, Effect
from adapters.postgres.billing import refuse_unsupported
from adapters.postgres.cards import Method, give_back, recall, usable_method
from adapters.postgres.crm import write_note
from adapters.postgres.database import Connection, Database, Row, fetch_row
from adapters.postgres.disputes import reopen, settle
from adapters.postgres.ledger import (
    CASH_ACCOUNT,
    CREDITS_ACCOUNT,
    Account,
    Booking,
    InvoiceBooks,
    balance_of,
    book,
    invoice_books,
    locked_account,
)
from adapters.postgres.support import queue_notification, withdraw_notification
from domain.errors import CreditTooLarge, PaymentRefused, RefundTooLarge, TakenBack
from domain.sagas import NOTIFY, REVERSE
from domain.toolbox.crm import UpdateCustomerNotes
from domain.toolbox.payments import MoneyReturned, RefundMade, RefundManager
from domain.toolbox.tickets import NotificationQueued, SendCustomerNotification

_PAID_FROM = """
select method_id from payments join payment_methods using (method_id)
where invoice_id = %(invoice_id)s and payments.status = 'completed' and payment_methods.status = 'active'
order by paid_on desc, payment_id desc limit 1
"""
_REFUND = """
insert into refunds (customer_id, invoice_id, dispute_id, method_id, amount, reason, transaction_id, at, effect_key)
values (%(customer_id)s, %(invoice_id)s, %(dispute_id)s, %(method_id)s, %(amount)s, %(reason)s, %(transaction_id)s,
        %(at)s, %(key)s)
returning refund_id
"""
_MADE = """
select r.*, m.label from refunds r join payment_methods m using (method_id)
where r.effect_key = %(key)s and recalled_at is null
"""
_RECALLED = """
update refunds set recalled_at = clock_timestamp() where refund_id = %(refund_id)s
returning invoice_id, dispute_id, method_id, amount
"""
_CONFIRMATION = "select notification_id from notifications where effect_key = %(key)s and status <> 'withdrawn'"


class PostgresRefunds:
    """Implements ``activities.ports.Refunds``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reverse(self, effect: Effect, refund: RefundManager) -> MoneyReturned:
        step = effect.of_step(REVERSE.do)
        return await self._database.once(step, MoneyReturned, lambda connection: _reverse(connection, step, refund))

    async def recall(self, effect: Effect) -> None:
        step = effect.of_step(REVERSE.do)
        await self._database.undo(step, MoneyReturned, lambda connection, done: _recall(connection, step, done))

    async def notify(self, effect: Effect, refund: RefundManager) -> NotificationQueued:
        step, reversed_by = effect.of_step(NOTIFY.do), effect.of_step(REVERSE.do)
        return await self._database.once(
            step, NotificationQueued, lambda connection: _notify(connection, step, reversed_by, refund)
        )

    async def withdraw_notice(self, effect: Effect) -> None:
        step = effect.of_step(NOTIFY.do)
        await self._database.undo(step, NotificationQueued, lambda connection, done: _withdraw(connection, step, done))

    async def note(self, effect: Effect, refund: RefundManager) -> RefundMade:
        return await self._database.once(effect, RefundMade, lambda connection: _note(connection, effect, refund))


async def _reverse(connection: Connection, step: Effect, refund: RefundManager) -> MoneyReturned:
    account = await locked_account(connection, refund.customer_id)
    invoice = await invoice_books(connection, account, refund.invoice_id)
    await _refuse_refund(connection, step, account, invoice, refund)
    method = await _paid_from(connection, account, invoice, step.at.date())
    if refund.dispute_id is not None:
        await settle(connection, step, refund.dispute_id, refund.invoice_id, refund.amount)
    transaction_id = await _book_refund(connection, step, account, refund)
    await give_back(connection, method.method_id, refund.amount)
    values = step.model_dump() | refund.model_dump()
    row = await fetch_row(
        connection, _REFUND, values | {"method_id": method.method_id, "transaction_id": transaction_id}
    )
    assert row is not None, "an insert returns its row"
    return MoneyReturned(refund_id=row["refund_id"], transaction_id=transaction_id)


async def _recall(connection: Connection, step: Effect, done: MoneyReturned) -> None:
    account = await locked_account(connection, step.customer_id)
    refund = await fetch_row(connection, _RECALLED, {"refund_id": done.refund_id})
    assert refund is not None, "refunds are never deleted"
    common = {"invoice_id": refund["invoice_id"], "amount": refund["amount"], "currency": account.currency}
    common |= {"description": f"Refund {done.refund_id} was not carried out"}
    payout = {"kind": "refund_reversal", "debit": CASH_ACCOUNT, "credit": account.account_id}
    credit = {"kind": "credit_reversal", "debit": account.account_id, "credit": CREDITS_ACCOUNT}
    await book(connection, step, Booking.model_validate(common | payout))
    await book(connection, step, Booking.model_validate(common | credit))
    await recall(connection, refund["method_id"], refund["amount"])
    if refund["dispute_id"] is not None:
        await reopen(connection, refund["dispute_id"])


async def _notify(
    connection: Connection, step: Effect, reversed_by: Effect, refund: RefundManager
) -> NotificationQueued:
    account = await locked_account(connection, refund.customer_id)
    made = await _made(connection, reversed_by)
    return await queue_notification(connection, step, _confirmation(refund, account, made))


async def _withdraw(connection: Connection, step: Effect, done: NotificationQueued) -> None:
    correction = SendCustomerNotification(
        customer_id=step.customer_id,
        subject="Your refund could not be carried out",
        message=(
            "We are sorry: the refund that we confirmed to you could not be carried out, and no money is on its way. "
            "Your account is as it was before. Please contact us, and we will look at it together."
        ),
    )
    await withdraw_notification(connection, done.notification_id, correction)


async def _note(connection: Connection, effect: Effect, refund: RefundManager) -> RefundMade:
    account = await locked_account(connection, refund.customer_id)
    made = await _made(connection, effect.of_step(REVERSE.do))
    told = await fetch_row(connection, _CONFIRMATION, {"key": effect.of_step(NOTIFY.do).key})
    if told is None:
        raise TakenBack
    await write_note(connection, effect, _words(refund, account, made["refund_id"]))
    invoice = await invoice_books(connection, account, refund.invoice_id)
    return RefundMade(
        refund_id=made["refund_id"],
        transaction_id=made["transaction_id"],
        invoice_id=invoice.invoice_id,
        amount=refund.amount,
        currency=account.currency,
        paid_to=made["label"],
        still_refundable=_refundable(invoice),
        new_balance=await balance_of(connection, account),
        notification_id=told["notification_id"],
    )


async def _made(connection: Connection, reversed_by: Effect) -> Row:
    """The refund that the first step made. Raises TakenBack if it is no longer to be."""
    row = await fetch_row(connection, _MADE, {"key": reversed_by.key})
    if row is None:
        raise TakenBack
    return row


async def _book_refund(connection: Connection, effect: Effect, account: Account, refund: RefundManager) -> str:
    """A credit that is paid out at once: so credits and refunds share one bound, and the bill knows both."""
    common = {"invoice_id": refund.invoice_id, "amount": refund.amount, "currency": account.currency}
    credit = {"kind": "credit", "description": refund.reason, "debit": CREDITS_ACCOUNT, "credit": account.account_id}
    payout = {"kind": "refund", "description": refund.reason, "debit": account.account_id, "credit": CASH_ACCOUNT}
    await book(connection, effect, Booking.model_validate(common | credit))
    return await book(connection, effect, Booking.model_validate(common | payout))


async def _refuse_refund(
    connection: Connection, effect: Effect, account: Account, invoice: InvoiceBooks, refund: RefundManager
) -> None:
    if invoice.due > 0:
        raise PaymentRefused(
            f"{invoice.due:.2f} is still due on invoice {invoice.invoice_id}, so nothing is paid out. "
            "A credit lowers it: offer apply_credit_adjustment."
        )
    if refund.amount > _refundable(invoice):
        raise RefundTooLarge(
            f"Of invoice {invoice.invoice_id} {_refundable(invoice):.2f} can be paid back at most, after earlier "
            "credits and refunds. Look the bill up again and offer less."
        )
    order = CreditOrder.model_validate(refund.model_dump())
    try:
        await refuse_unsupported(connection, effect, order, account.account_id)
    except CreditTooLarge as too_large:
        raise RefundTooLarge(too_large.message) from None


def _refundable(invoice: InvoiceBooks) -> Decimal:
    return max(Decimal(0), min(invoice.paid, invoice.total - invoice.credited))


async def _paid_from(connection: Connection, account: Account, invoice: InvoiceBooks, on: date) -> Method:
    """Where the money came from if that is still there, else the customer's default."""
    row = await fetch_row(connection, _PAID_FROM, {"invoice_id": invoice.invoice_id})
    return await usable_method(connection, account.customer_id, None if row is None else row["method_id"], on)


def _confirmation(refund: RefundManager, account: Account, made: Row) -> SendCustomerNotification:
    return SendCustomerNotification(
        customer_id=refund.customer_id,
        subject=f"Your refund {made['transaction_id']}",
        message=(
            f"We have paid {refund.amount:.2f} {account.currency} back to {made['label']} for invoice "
            f"{refund.invoice_id}: {refund.reason} It arrives in five to seven working days. "
            f"Your reference is {made['transaction_id']}."
        ),
    )


def _words(refund: RefundManager, account: Account, refund_id: str) -> UpdateCustomerNotes:
    said = f"Refund {refund_id}: {refund.amount:.2f} {account.currency} of invoice {refund.invoice_id}. {refund.reason}"
    return UpdateCustomerNotes(customer_id=refund.customer_id, note=said, category="billing")
