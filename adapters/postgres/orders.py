"""Orders: stock is reserved, the amount is charged, the services start. Each step is one transaction with its undo.

Whoever moves an order locks the customer's row first, then the order or its quote, then stock in the order of its ids:
two at once never wait for each other in a circle.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from activities.ports import Effect
from adapters.postgres.cards import charge, give_back
from adapters.postgres.database import Connection, Database, Row, fetch_row, fetch_rows
from adapters.postgres.ledger import (
    CASH_ACCOUNT,
    REVENUE_ACCOUNT,
    Account,
    Booking,
    Kind,
    book,
    invoice_books,
    locked_account,
)
from adapters.postgres.payments import Taking, take
from adapters.postgres.quotes import in_the_way
from domain.errors import NotFound, OutOfStock, QuoteRefused, TakenBack
from domain.sagas import CHARGE, RESERVE_STOCK
from domain.toolbox.sales import OrderCharged, OrderPlaced, ProcessOrder, StockReserved

_LOCKED_QUOTE = """
select q.*, (select order_id from orders o where o.quote_id = q.quote_id and o.status <> 'cancelled') as order_id
from quotes q where quote_id = %(quote_id)s and customer_id = %(customer_id)s for update of q
"""
_LINES = """
select l.*, p.name, t.plan_group, s.delivery_days, s.product_id is not null as stocked
from quote_lines l join products p using (product_id) left join product_terms t using (product_id)
     left join stock s using (product_id)
where quote_id = %(quote_id)s order by l.product_id
"""
_RESERVE = """
update stock set reserved = reserved + %(quantity)s
where product_id = %(product_id)s and on_hand - reserved >= %(quantity)s returning product_id
"""
_LEFT = "select on_hand - reserved as available, restock_on from stock where product_id = %(product_id)s"
_RESERVATION = """
insert into stock_reservations (order_id, product_id, quantity) values (%(order_id)s, %(product_id)s, %(quantity)s)
"""
_HELD = """
select product_id, quantity from stock_reservations where order_id = %(order_id)s and status = 'held'
order by product_id for update
"""
_RELEASE = "update stock set reserved = reserved - %(quantity)s where product_id = %(product_id)s"
_RELEASED = "update stock_reservations set status = 'released' where order_id = %(order_id)s and status = 'held'"
_ORDER = """
insert into orders (order_id, customer_id, quote_id, status, amount, monthly_total, currency, delivery_on, agent,
                    ordered_at, effect_key)
values ('ORD-' || nextval('order_number'), %(customer_id)s, %(quote_id)s, 'pending', %(amount)s, %(monthly_total)s,
        %(currency)s, %(delivery_on)s, %(agent)s, %(at)s, %(key)s)
returning order_id
"""
_PENDING = "select * from orders where effect_key = %(key)s and status = 'pending' for update"
_CANCELLED = "update orders set status = 'cancelled' where order_id = %(order_id)s returning quote_id"
_QUOTE_IS = "update quotes set status = %(status)s where quote_id = %(quote_id)s"
_INVOICE = """
insert into invoices (invoice_id, customer_id, issued_on, due_on, status, total, currency)
values (%(invoice_id)s, %(customer_id)s, %(on)s, %(on)s, 'paid', %(amount)s, %(currency)s)
"""
_INVOICED = "update orders set invoice_id = %(invoice_id)s where order_id = %(order_id)s"
_VOID = "update invoices set status = 'void' where invoice_id = %(invoice_id)s"
_LINE_CHARGED = """
insert into charges (charge_id, invoice_id, description, charged_on, amount)
values (%(charge_id)s, %(invoice_id)s, %(description)s, %(on)s, %(amount)s)
"""
_PAYMENT_REVERSED = """
update payments set status = 'reversed' where invoice_id = %(invoice_id)s and status = 'completed' returning method_id
"""
_CHARGED_TO = """
select label from payments join payment_methods using (method_id)
where invoice_id = %(invoice_id)s and payments.status = 'completed'
"""
_SERVICE = """
insert into services (service_id, customer_id, product_id, status, monthly_price, started_on)
values ('SVC-O' || nextval('ordered_service_number'), %(customer_id)s, %(product_id)s, 'active', %(monthly_price)s,
        %(on)s)
returning service_id
"""
_FULFILLED = "update orders set status = %(status)s where order_id = %(order_id)s"


class PostgresOrders:
    """Implements ``activities.ports.Orders``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve_stock(self, effect: Effect, order: ProcessOrder) -> StockReserved:
        step = effect.of_step(RESERVE_STOCK.do)
        return await self._database.once(step, StockReserved, lambda connection: _reserve(connection, step, order))

    async def release_stock(self, effect: Effect) -> None:
        step = effect.of_step(RESERVE_STOCK.do)
        await self._database.undo(step, StockReserved, lambda connection, done: _release(connection, step, done))

    async def charge(self, effect: Effect, order: ProcessOrder) -> OrderCharged:
        step, reserved = effect.of_step(CHARGE.do), effect.of_step(RESERVE_STOCK.do)
        return await self._database.once(
            step, OrderCharged, lambda connection: _charge(connection, step, reserved, order)
        )

    async def reverse_charge(self, effect: Effect) -> None:
        step = effect.of_step(CHARGE.do)
        await self._database.undo(step, OrderCharged, lambda connection, done: _reverse(connection, step, done))

    async def fulfil(self, effect: Effect, order: ProcessOrder) -> OrderPlaced:
        reserved = effect.of_step(RESERVE_STOCK.do)
        return await self._database.once(
            effect, OrderPlaced, lambda connection: _fulfil(connection, effect, reserved, order)
        )


# ---------------------------------------------------------------------------------------------------- reserve stock


async def _reserve(connection: Connection, step: Effect, order: ProcessOrder) -> StockReserved:
    account = await locked_account(connection, order.customer_id)
    quote = await fetch_row(connection, _LOCKED_QUOTE, order.model_dump())
    _refuse(order, quote, account, step)
    lines = await fetch_rows(connection, _LINES, {"quote_id": order.quote_id})
    await _refuse_changes(connection, order, lines)
    await _take_from_stock(connection, lines)
    delivery_on = _delivery(lines, step.at.date())
    values = step.model_dump() | order.model_dump() | {"currency": account.currency, "delivery_on": delivery_on}
    row = await fetch_row(connection, _ORDER, values)
    assert row is not None, "an insert returns its row"
    await connection.execute(_QUOTE_IS, {"quote_id": order.quote_id, "status": "ordered"})
    if reserved := [line | row for line in lines if line["stocked"]]:
        await connection.cursor().executemany(_RESERVATION, reserved)
    return StockReserved(order_id=row["order_id"], delivery_on=delivery_on)


def _refuse(order: ProcessOrder, quote: Row | None, account: Account, effect: Effect) -> None:
    if quote is None:
        raise NotFound(f"There is no quote {order.quote_id} of this customer. Generate one first.")
    if quote["status"] == "ordered":
        raise QuoteRefused(f"Quote {order.quote_id} was ordered already: {quote['order_id']}. Order nothing twice.")
    if quote["valid_until"] < effect.at:
        raise QuoteRefused(
            f"Quote {order.quote_id} expired on {quote['valid_until']:%Y-%m-%d}. Generate a new one and offer that."
        )
    if (order.amount, order.monthly_total) != (quote["amount"], quote["monthly_total"]):
        raise QuoteRefused(
            f"Quote {order.quote_id} says {quote['amount']} now and {quote['monthly_total']} a month. "
            "Offer exactly these."
        )
    if account.account_status != "active":
        raise QuoteRefused(
            f"The account is {account.account_status}, so it can order nothing. Let billing settle that first."
        )


async def _refuse_changes(connection: Connection, order: ProcessOrder, lines: Sequence[Row]) -> None:
    replaced = await in_the_way(connection, order.customer_id, [line["plan_group"] for line in lines])
    if replaced:
        raise QuoteRefused(
            f"This would replace {', '.join(replaced)}: a change of contract, which a person confirms. "
            "Tell the customer so and hand the conversation to a person."
        )


async def _take_from_stock(connection: Connection, lines: Sequence[Row]) -> None:
    for line in lines:
        if line["stocked"] and await fetch_row(connection, _RESERVE, line) is None:
            left = await fetch_row(connection, _LEFT, line)
            assert left is not None, "rows of stock stay"
            more = f" More comes on {left['restock_on']}." if left["restock_on"] else ""
            raise OutOfStock(
                f"Of {line['name']} {left['available']} are left, {line['quantity']} were wanted.{more} Nothing was "
                "ordered or charged. Offer fewer, something like it from the catalog, or a call when it is back."
            )


def _delivery(lines: Sequence[Row], on: date) -> date | None:
    days = [line["delivery_days"] for line in lines if line["stocked"]]
    return on + timedelta(days=max(days)) if days else None


async def _release(connection: Connection, step: Effect, done: StockReserved) -> None:
    await locked_account(connection, step.customer_id)
    order = {"order_id": done.order_id}
    for held in await fetch_rows(connection, _HELD, order):
        await connection.execute(_RELEASE, held)
    await connection.execute(_RELEASED, order)
    cancelled = await fetch_row(connection, _CANCELLED, order)
    assert cancelled is not None, "orders are never deleted"
    await connection.execute(_QUOTE_IS, cancelled | {"status": "open"})


# ----------------------------------------------------------------------------------------------------------- charge


async def _charge(connection: Connection, step: Effect, reserved: Effect, order: ProcessOrder) -> OrderCharged:
    """What was charged, and the invoice that says for what. Nothing of both if nothing is due now."""
    account = await locked_account(connection, order.customer_id)
    pending = await _pending(connection, reserved)
    if order.amount == 0:
        return OrderCharged(invoice_id=None, charged_to=None)
    on, invoice_id = step.at.date(), f"INV-{pending['order_id']}"
    method = await charge(connection, order.customer_id, order.payment_method_id, order.amount, on)
    values = {"invoice_id": invoice_id, "on": on, "currency": account.currency}
    await connection.execute(_INVOICE, order.model_dump() | values)
    lines = await fetch_rows(connection, _LINES, {"quote_id": order.quote_id})
    await connection.cursor().executemany(_LINE_CHARGED, [values | charged for charged in _charges(invoice_id, lines)])
    await book(connection, step, _booking("invoice", account, invoice_id, order.amount))
    await take(connection, step, account, Taking(invoice_id=invoice_id, amount=order.amount, method=method))
    await connection.execute(_INVOICED, pending | {"invoice_id": invoice_id})
    return OrderCharged(invoice_id=invoice_id, charged_to=method.label)


async def _pending(connection: Connection, reserved: Effect) -> Row:
    """The order that the first step made. Raises TakenBack if it is no longer to be."""
    row = await fetch_row(connection, _PENDING, {"key": reserved.key})
    if row is None:
        raise TakenBack
    return row


def _charges(invoice_id: str, lines: Sequence[Row]) -> list[dict[str, Any]]:
    charged = [line for line in lines if line["once_price"] > 0]
    return [
        {
            "charge_id": f"{invoice_id}-{number}",
            "description": f"{line['quantity']} × {line['name']}",
            "amount": Decimal(line["once_price"]) * line["quantity"],
        }
        for number, line in enumerate(charged, start=1)
    ]


async def _reverse(connection: Connection, step: Effect, done: OrderCharged) -> None:
    """Give the money back and void the invoice: as much as the books still have of both."""
    if done.invoice_id is None:
        return
    account = await locked_account(connection, step.customer_id)
    invoice = await invoice_books(connection, account, done.invoice_id)
    paid = await fetch_row(connection, _PAYMENT_REVERSED, {"invoice_id": invoice.invoice_id})
    assert paid is not None, "the invoice came with its payment"
    await give_back(connection, paid["method_id"], invoice.paid)
    for booking in (
        _booking("payment_reversal", account, invoice.invoice_id, invoice.paid),
        _booking("invoice_reversal", account, invoice.invoice_id, invoice.total - invoice.credited),
    ):
        # Of what somebody has refunded meanwhile nothing may be left.
        if booking.amount > 0:
            await book(connection, step, booking)
    await connection.execute(_VOID, {"invoice_id": invoice.invoice_id})


def _booking(kind: Kind, account: Account, invoice_id: str, amount: Decimal) -> Booking:
    debit, credit, words = {
        "invoice": (account.account_id, REVENUE_ACCOUNT, f"Invoice {invoice_id}"),
        "payment_reversal": (account.account_id, CASH_ACCOUNT, f"Payment of {invoice_id} given back: no order"),
        "invoice_reversal": (REVENUE_ACCOUNT, account.account_id, f"Invoice {invoice_id} void: no order"),
    }[kind]
    return Booking(
        kind=kind,
        description=words,
        invoice_id=invoice_id,
        debit=debit,
        credit=credit,
        amount=amount,
        currency=account.currency,
    )


# ----------------------------------------------------------------------------------------------------------- fulfil


async def _fulfil(connection: Connection, effect: Effect, reserved: Effect, order: ProcessOrder) -> OrderPlaced:
    account = await locked_account(connection, order.customer_id)
    pending = await _pending(connection, reserved)
    lines = await fetch_rows(connection, _LINES, {"quote_id": order.quote_id})
    # Once more: another order may have started its service since the first step.
    await _refuse_changes(connection, order, lines)
    services = await _start(connection, effect, order, lines)
    charged = await fetch_row(connection, _CHARGED_TO, pending)
    placed = OrderPlaced(
        order_id=pending["order_id"],
        quote_id=order.quote_id,
        status="fulfilled" if pending["delivery_on"] is None else "confirmed",
        amount=order.amount,
        monthly_total=order.monthly_total,
        currency=account.currency,
        invoice_id=pending["invoice_id"],
        charged_to=None if charged is None else charged["label"],
        new_services=services,
        delivery_on=pending["delivery_on"],
    )
    await connection.execute(_FULFILLED, placed.model_dump(include={"order_id", "status"}))
    return placed


async def _start(connection: Connection, effect: Effect, order: ProcessOrder, lines: Sequence[Row]) -> list[str]:
    """A service for each piece that costs something a month; discounts come on the invoices."""
    started = []
    for line in lines:
        for _ in range(line["quantity"] if line["monthly_price"] > 0 else 0):
            values = line | {"customer_id": order.customer_id, "on": effect.at.date()}
            row = await fetch_row(connection, _SERVICE, values)
            assert row is not None, "an insert returns its row"
            started.append(row["service_id"])
    return started
