"""Quotes and orders. An order is one transaction: stock, money and services, all or nothing."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from activities.ports import Effect
from adapters.postgres.cards import charge
from adapters.postgres.catalogue import Offered, PostgresCatalogue, priced_basket
from adapters.postgres.database import Connection, Row, fetch_row, fetch_rows
from adapters.postgres.ledger import REVENUE_ACCOUNT, Account, Booking, book, locked_account
from adapters.postgres.payments import Taking, take
from domain.errors import NotFound, OutOfStock, QuoteRefused
from domain.pricing import PricedLine
from domain.toolbox.sales import QUOTE_DAYS, GenerateQuote, OrderPlaced, ProcessOrder, Quote

_QUOTE = """
insert into quotes (customer_id, amount, monthly_total, currency, created_at, valid_until, effect_key)
values (%(customer_id)s, %(amount)s, %(monthly_total)s, %(currency)s, %(at)s, %(valid_until)s, %(key)s)
returning quote_id, valid_until
"""
_QUOTE_LINE = """
insert into quote_lines (quote_id, product_id, quantity, monthly_price, once_price, discount, discount_months,
                         promotion)
values (%(quote_id)s, %(product_id)s, %(quantity)s, %(monthly_price)s, %(once_price)s, %(discount)s,
        %(discount_months)s, %(promotion)s)
"""
_LOCKED_QUOTE = """
select q.*, (select order_id from orders o where o.quote_id = q.quote_id) as order_id
from quotes q where quote_id = %(quote_id)s and customer_id = %(customer_id)s for update of q
"""
_LINES = """
select l.*, p.name, t.plan_group, s.delivery_days, s.product_id is not null as stocked
from quote_lines l join products p using (product_id) left join product_terms t using (product_id)
     left join stock s using (product_id)
where quote_id = %(quote_id)s order by l.product_id
"""
_IN_THE_WAY = """
select distinct p.name from services s join products p using (product_id) join product_terms t using (product_id)
where s.customer_id = %(customer_id)s and s.status <> 'cancelled' and t.plan_group = any(%(groups)s) order by p.name
"""
_RESERVE = """
update stock set reserved = reserved + %(quantity)s
where product_id = %(product_id)s and on_hand - reserved >= %(quantity)s returning product_id
"""
_LEFT = "select on_hand - reserved as available, restock_on from stock where product_id = %(product_id)s"
_RESERVATION = """
insert into stock_reservations (order_id, product_id, quantity) values (%(order_id)s, %(product_id)s, %(quantity)s)
"""
_SERVICE = """
insert into services (service_id, customer_id, product_id, status, monthly_price, started_on)
values ('SVC-O' || nextval('ordered_service_number'), %(customer_id)s, %(product_id)s, 'active', %(monthly_price)s,
        %(on)s)
returning service_id
"""
_ORDER = """
insert into orders (order_id, customer_id, quote_id, status, amount, monthly_total, currency, invoice_id, delivery_on,
                    agent, ordered_at, effect_key)
values (%(order_id)s, %(customer_id)s, %(quote_id)s, %(status)s, %(amount)s, %(monthly_total)s, %(currency)s,
        %(invoice_id)s, %(delivery_on)s, %(agent)s, %(at)s, %(key)s)
"""
_ORDERED = "update quotes set status = 'ordered' where quote_id = %(quote_id)s"
_INVOICE = """
insert into invoices (invoice_id, customer_id, issued_on, due_on, status, total, currency)
values (%(invoice_id)s, %(customer_id)s, %(on)s, %(on)s, 'paid', %(amount)s, %(currency)s)
"""
_CHARGE = """
insert into charges (charge_id, invoice_id, description, charged_on, amount)
values (%(charge_id)s, %(invoice_id)s, %(description)s, %(on)s, %(amount)s)
"""


class PostgresSales(PostgresCatalogue):
    """Implements ``activities.ports.Sales``."""

    async def quote(self, effect: Effect, wanted: GenerateQuote) -> Quote:
        return await self._database.once(effect, Quote, lambda connection: _quote(connection, effect, wanted))

    async def order(self, effect: Effect, order: ProcessOrder) -> OrderPlaced:
        return await self._database.once(effect, OrderPlaced, lambda connection: _order(connection, effect, order))


async def _quote(connection: Connection, effect: Effect, wanted: GenerateQuote) -> Quote:
    priced, products, _ = await priced_basket(connection, wanted, effect.at.date())
    _refuse_two_plans(products, priced.lines)
    values = priced.model_dump(include={"amount", "monthly_total", "currency"})
    valid_until = effect.at + timedelta(days=QUOTE_DAYS)
    row = await fetch_row(connection, _QUOTE, effect.model_dump() | values | {"valid_until": valid_until})
    assert row is not None, "an insert returns its row"
    await connection.cursor().executemany(_QUOTE_LINE, [line.model_dump() | row for line in priced.lines])
    short = [
        product.product_id
        for product, line in zip(products, priced.lines, strict=True)
        if product.available is not None and product.available < line.quantity
    ]
    replaced = await _in_the_way(connection, wanted.customer_id, [product.plan_group for product in products])
    return Quote(
        quote_id=row["quote_id"], valid_until=valid_until, price=priced, changes_contract=replaced, out_of_stock=short
    )


def _refuse_two_plans(products: Sequence[Offered], lines: Sequence[PricedLine]) -> None:
    groups = [p.plan_group for p, line in zip(products, lines, strict=True) for _ in range(line.quantity)]
    for group in filter(None, groups):
        if groups.count(group) > 1:
            names = ", ".join(p.name for p in products if p.plan_group == group)
            raise QuoteRefused(f"An account has one of these: {names}. Ask the customer which one, and quote that.")


async def _in_the_way(connection: Connection, customer_id: str, groups: Sequence[str | None]) -> list[str]:
    """Running services whose place the new products would take."""
    asked = {"customer_id": customer_id, "groups": [group for group in groups if group is not None]}
    return [row["name"] for row in await fetch_rows(connection, _IN_THE_WAY, asked)]


async def _order(connection: Connection, effect: Effect, order: ProcessOrder) -> OrderPlaced:
    # The customer's row first, then the quote, then stock in the order of its ids: two orders at once never wait for
    # each other in a circle.
    account = await locked_account(connection, order.customer_id)
    quote = await fetch_row(connection, _LOCKED_QUOTE, order.model_dump())
    _refuse(order, quote, account, effect)
    lines = await fetch_rows(connection, _LINES, {"quote_id": order.quote_id})
    await _refuse_changes(connection, order, lines)
    order_id = await _new_order_id(connection)
    await _reserve(connection, lines)
    charged_to, invoice_id = await _charge(connection, effect, account, order, lines)
    services = await _start(connection, effect, order, lines)
    delivery_on = _delivery(lines, effect.at.date())
    placed = OrderPlaced(
        order_id=order_id,
        quote_id=order.quote_id,
        status="fulfilled" if delivery_on is None else "confirmed",
        amount=order.amount,
        monthly_total=order.monthly_total,
        currency=account.currency,
        invoice_id=invoice_id,
        charged_to=charged_to,
        new_services=services,
        delivery_on=delivery_on,
    )
    await _write(connection, effect, placed, lines)
    return placed


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
    replaced = await _in_the_way(connection, order.customer_id, [line["plan_group"] for line in lines])
    if replaced:
        raise QuoteRefused(
            f"This would replace {', '.join(replaced)}: a change of contract, which a person confirms. "
            "Tell the customer so and hand the conversation to a person."
        )


async def _new_order_id(connection: Connection) -> str:
    row = await fetch_row(connection, "select 'ORD-' || nextval('order_number') as order_id", {})
    assert row is not None, "a select without from has one row"
    return str(row["order_id"])


async def _reserve(connection: Connection, lines: Sequence[Row]) -> None:
    for line in lines:
        if line["stocked"] and await fetch_row(connection, _RESERVE, line) is None:
            left = await fetch_row(connection, _LEFT, line)
            assert left is not None, "rows of stock stay"
            more = f" More comes on {left['restock_on']}." if left["restock_on"] else ""
            raise OutOfStock(
                f"Of {line['name']} {left['available']} are left, {line['quantity']} were wanted.{more} Nothing was "
                "ordered or charged. Offer fewer, something like it from the catalog, or a call when it is back."
            )


async def _charge(
    connection: Connection, effect: Effect, account: Account, order: ProcessOrder, lines: Sequence[Row]
) -> tuple[str | None, str | None]:
    """What was charged, and the invoice that says for what. Nothing of both if nothing is due now."""
    if order.amount == 0:
        return None, None
    on, invoice_id = effect.at.date(), f"INV-{order.quote_id}"
    method = await charge(connection, order.customer_id, order.payment_method_id, order.amount, on)
    values = {"invoice_id": invoice_id, "on": on, "currency": account.currency}
    await connection.execute(_INVOICE, order.model_dump() | values)
    await connection.cursor().executemany(_CHARGE, [values | charged for charged in _charges(invoice_id, lines)])
    booking = Booking(
        kind="invoice",
        description=f"Invoice {invoice_id}",
        invoice_id=invoice_id,
        debit=account.account_id,
        credit=REVENUE_ACCOUNT,
        amount=order.amount,
        currency=account.currency,
    )
    await book(connection, effect, booking)
    await take(connection, effect, account, Taking(invoice_id=invoice_id, amount=order.amount, method=method))
    return method.label, invoice_id


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


def _delivery(lines: Sequence[Row], on: date) -> date | None:
    days = [line["delivery_days"] for line in lines if line["stocked"]]
    return on + timedelta(days=max(days)) if days else None


async def _write(connection: Connection, effect: Effect, placed: OrderPlaced, lines: Sequence[Row]) -> None:
    await connection.execute(_ORDER, effect.model_dump() | placed.model_dump())
    await connection.execute(_ORDERED, {"quote_id": placed.quote_id})
    reserved = [line | {"order_id": placed.order_id} for line in lines if line["stocked"]]
    if reserved:
        await connection.cursor().executemany(_RESERVATION, reserved)
