"""What is sold, what it costs, and how much of it is there."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from adapters.postgres.database import Connection, Database, Row, fetch_row, fetch_rows
from domain.errors import InvalidArguments, NotFound, UnknownCustomer
from domain.pricing import Priced, Product, Promotion, Shopper, price
from domain.toolbox.sales import (
    OFFERS_SHOWN,
    PRODUCTS_SHOWN,
    Basket,
    CatalogPage,
    InventoryAvailability,
    Offer,
    ProductCatalog,
    ProductInformation,
    ProductListed,
)

# The cheapest first year comes first.
_CATALOG = """
select p.product_id, p.name, p.product_type, p.monthly_price, coalesce(t.once_price, 0) as once_price, p.currency,
       coalesce(s.on_hand - s.reserved > 0, true) as in_stock, count(*) over () as total
from products p left join product_terms t using (product_id) left join stock s using (product_id)
where p.sold and (%(product_type)s::text is null or p.product_type = %(product_type)s)
      and (%(max_monthly_price)s::numeric is null or p.monthly_price <= %(max_monthly_price)s)
      and (select bool_and(strpos(lower(concat_ws(' ', p.name, p.description, array_to_string(t.features, ' '))), word)
                           > 0)
           from unnest(%(words)s::text[]) word) is not false
order by p.monthly_price * 12 + coalesce(t.once_price, 0), p.product_id limit %(limit)s
"""
_PRODUCTS = """
select p.*, coalesce(t.once_price, 0) as once_price, coalesce(t.term_months, 0) as term_months, t.plan_group,
       coalesce(t.features, '{}') as features, coalesce(t.goes_with, '{}') as goes_with,
       s.on_hand - s.reserved as available, s.delivery_days, s.restock_on
from products p left join product_terms t using (product_id) left join stock s using (product_id)
where p.sold and (p.product_id = any(%(names)s) or lower(p.name) = any(%(names)s))
"""
_PROMOTIONS = """
select * from promotions where starts_on <= %(on)s and coalesce(ends_on >= %(on)s, true) order by promotion_id
"""
_SHOPPER = """
select tier, array(select distinct product_id from services s
                   where s.customer_id = c.customer_id and s.status = 'active') as owned
from customers c where customer_id = %(customer_id)s
"""


class Offered(Product):
    """A product with its stock; ``available`` is None if it needs none."""

    available: int | None = None
    delivery_days: int | None = None
    restock_on: date | None = None


class PostgresCatalogue:
    """The reading half of ``activities.ports.Sales``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def catalog(self, wanted: ProductCatalog) -> CatalogPage:
        words = wanted.query.casefold().split()
        asked = wanted.model_dump() | {"words": words, "limit": PRODUCTS_SHOWN}
        rows = await self._database.rows(_CATALOG, asked)
        if not rows:
            raise NotFound("We sell nothing like that. List the catalog with fewer conditions.")
        listed = [ProductListed.model_validate(row) for row in rows]
        return CatalogPage(currency=rows[0]["currency"], total=rows[0]["total"], products=listed)

    async def product(self, product_id: str, *, on: date) -> ProductInformation:
        async with self._database.connection() as connection:
            [found] = await offered(connection, [product_id])
            running = await promotions(connection, on)
        offers = [_offer(p) for p in running if found.product_id in p.product_ids]
        return ProductInformation.model_validate(found.model_dump() | {"offers": offers[:OFFERS_SHOWN]})

    async def availability(self, product_id: str, quantity: int, *, on: date) -> InventoryAvailability:
        async with self._database.connection() as connection:
            [found] = await offered(connection, [product_id])
        enough = found.available is None or found.available >= quantity
        return InventoryAvailability(
            product_id=found.product_id,
            name=found.name,
            enough=enough,
            available=found.available,
            delivery_on=on + timedelta(days=found.delivery_days or 0) if enough else None,
            restock_on=None if enough else found.restock_on,
        )

    async def price(self, basket: Basket, *, on: date) -> Priced:
        async with self._database.connection() as connection:
            priced, _, _ = await priced_basket(connection, basket, on)
            return priced


async def offered(connection: Connection, names: Sequence[str]) -> list[Offered]:
    """The products of these ids or names, in their order.

    Raises NotFound for one that is not sold, InvalidArguments if two of them are the same.
    """
    rows = await fetch_rows(connection, _PRODUCTS, {"names": list(names)})
    found = [_named(name, rows) for name in names]
    if len({product.product_id for product in found}) < len(found):
        raise InvalidArguments("Name each product once, with its quantity.")
    return found


async def promotions(connection: Connection, on: date) -> list[Promotion]:
    """Those that run on this day, with a code or without."""
    return [Promotion.model_validate(row) for row in await fetch_rows(connection, _PROMOTIONS, {"on": on})]


async def priced_basket(connection: Connection, basket: Basket, on: date) -> tuple[Priced, list[Offered], Shopper]:
    """What it costs, of which products, and for whom. Raises UnknownCustomer, NotFound, InvalidArguments."""
    row = await fetch_row(connection, _SHOPPER, {"customer_id": basket.customer_id})
    if row is None:
        raise UnknownCustomer(basket.customer_id)
    shopper = Shopper.model_validate(row)
    products = await offered(connection, [item.product_id for item in basket.items])
    lines = [(product, item.quantity) for product, item in zip(products, basket.items, strict=True)]
    running = await promotions(connection, on)
    return price(lines, running, shopper, code=basket.promotion_code), products, shopper


def _named(name: str, rows: Sequence[Row]) -> Offered:
    for row in rows:
        if name in {row["product_id"], row["name"].lower()}:
            return Offered.model_validate(row)
    raise NotFound(f"We do not sell {name!r}. List the product_catalog for the right id.")


def _offer(promotion: Promotion) -> Offer:
    told: dict[str, Any] = promotion.model_dump(include={"name", "code", "ends_on"})
    much = f"{promotion.amount_off:.2f}" if promotion.amount_off else f"{promotion.percent_off.normalize():f}%"
    how_long = "a month" if promotion.months is None else f"a month for {promotion.months} months"
    return Offer(
        off=f"{much} {how_long}", only_with=promotion.with_any, only_for=[f"{tier}" for tier in promotion.tiers], **told
    )
