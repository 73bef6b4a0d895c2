"""Quotes: prices that are kept for two weeks."""

from collections.abc import Sequence
from datetime import timedelta

from activities.ports import Effect
from adapters.postgres.catalogue import Offered, PostgresCatalogue, priced_basket
from adapters.postgres.database import Connection, fetch_row, fetch_rows
from domain.errors import QuoteRefused
from domain.pricing import PricedLine
from domain.toolbox.sales import QUOTE_DAYS, GenerateQuote, Quote

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
_IN_THE_WAY = """
select distinct p.name from services s join products p using (product_id) join product_terms t using (product_id)
where s.customer_id = %(customer_id)s and s.status <> 'cancelled' and t.plan_group = any(%(groups)s) order by p.name
"""


class PostgresSales(PostgresCatalogue):
    """Implements ``activities.ports.Sales``."""

    async def quote(self, effect: Effect, wanted: GenerateQuote) -> Quote:
        return await self._database.once(effect, Quote, lambda connection: _quote(connection, effect, wanted))


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
    replaced = await in_the_way(connection, wanted.customer_id, [product.plan_group for product in products])
    return Quote(
        quote_id=row["quote_id"], valid_until=valid_until, price=priced, changes_contract=replaced, out_of_stock=short
    )


def _refuse_two_plans(products: Sequence[Offered], lines: Sequence[PricedLine]) -> None:
    groups = [p.plan_group for p, line in zip(products, lines, strict=True) for _ in range(line.quantity)]
    for group in filter(None, groups):
        if groups.count(group) > 1:
            names = ", ".join(p.name for p in products if p.plan_group == group)
            raise QuoteRefused(f"An account has one of these: {names}. Ask the customer which one, and quote that.")


async def in_the_way(connection: Connection, customer_id: str, groups: Sequence[str | None]) -> list[str]:
    """Running services whose place the new products would take."""
    asked = {"customer_id": customer_id, "groups": [group for group in groups if group is not None]}
    return [row["name"] for row in await fetch_rows(connection, _IN_THE_WAY, asked)]
