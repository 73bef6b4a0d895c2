"""What a basket costs one customer: list prices, and for each line the one offer that saves most."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal

from pydantic import Field

from domain.errors import NotFound
from domain.model import Record
from domain.money import Amount, to_cents
from domain.state import CustomerTier

YEAR = 12
"""Months over which offers are compared and the value of an order is counted."""


class Product(Record):
    """One thing we sell. ``once_price`` is charged with the order, ``monthly_price`` from the next invoice on. Of one
    ``plan_group`` an account has one product."""

    product_id: str
    name: str
    product_type: str
    description: str
    monthly_price: Amount
    once_price: Amount
    currency: str
    term_months: int = 0
    plan_group: str | None = None
    features: list[str] = Field(default_factory=list)
    goes_with: list[str] = Field(default_factory=list)


class Promotion(Record):
    """Money off the monthly price of ``product_ids``: a share or an amount, for ``months`` (None: for good).

    With a ``code`` only for who names it; with ``with_any`` only beside one of these products, on the account or in the
    same basket; with ``tiers`` only for these customers. ``ends_on`` is its last day.
    """

    promotion_id: str
    name: str
    code: str | None = None
    product_ids: list[str]
    percent_off: Decimal = Decimal(0)
    amount_off: Decimal = Decimal(0)
    months: int | None = None
    with_any: list[str] = Field(default_factory=list)
    tiers: list[CustomerTier] = Field(default_factory=list)
    starts_on: date
    ends_on: date | None = None

    def runs_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def saves(self, monthly_price: Decimal) -> Decimal:
        """Per month and piece, never more than the price."""
        return min(monthly_price, to_cents(self.amount_off + monthly_price * self.percent_off / 100))


class Shopper(Record):
    """What prices depend on besides the basket. ``owned`` are the products of the running services."""

    tier: CustomerTier
    owned: list[str] = Field(default_factory=list)


class PricedLine(Record):
    """Prices are for one piece. ``discount`` is off the monthly price for ``discount_months`` (None: for good)."""

    product_id: str
    name: str
    quantity: int
    monthly_price: Amount
    once_price: Amount
    discount: Amount = Decimal(0)
    discount_months: int | None = None
    promotion: str | None = None


class Priced(Record):
    """``amount`` is due with the order; ``monthly_total`` is what a month costs first, with all discounts, and
    ``monthly_later`` when those that end have ended."""

    currency: str
    lines: list[PricedLine]
    amount: Amount
    monthly_total: Amount
    monthly_later: Amount


def price(
    basket: Sequence[tuple[Product, int]], promotions: Collection[Promotion], shopper: Shopper, *, code: str | None
) -> Priced:
    """The basket's price. ``promotions`` are those that run today. Raises ``NotFound`` if ``code`` is none of theirs,
    or would save nothing here."""
    products = [product.product_id for product, _ in basket]
    open_to_all = [p for p in promotions if _open_to(p, shopper, products, code)]
    lines = [_line(product, quantity, open_to_all) for product, quantity in basket]
    if code is not None and not any(
        p.code == code.upper() and p.name == line.promotion for p in open_to_all for line in lines
    ):
        raise NotFound(f"The code {code} is no running offer for these products. Price them without it.")
    return Priced(
        currency=basket[0][0].currency,
        lines=lines,
        amount=_sum(line.once_price * line.quantity for line in lines),
        monthly_total=_sum((line.monthly_price - line.discount) * line.quantity for line in lines),
        monthly_later=_sum((line.monthly_price - _lasting(line)) * line.quantity for line in lines),
    )


def _open_to(promotion: Promotion, shopper: Shopper, products: Collection[str], code: str | None) -> bool:
    if promotion.code is not None and (code is None or promotion.code != code.upper()):
        return False
    if promotion.tiers and shopper.tier not in promotion.tiers:
        return False
    return not promotion.with_any or bool(set(promotion.with_any) & {*products, *shopper.owned})


def _line(product: Product, quantity: int, promotions: Sequence[Promotion]) -> PricedLine:
    """Offers do not add up: the line takes the one that saves most in a year."""
    plain = PricedLine(
        quantity=quantity, **product.model_dump(include={"product_id", "name", "monthly_price", "once_price"})
    )
    fitting = [p for p in promotions if product.product_id in p.product_ids and p.saves(product.monthly_price) > 0]
    if not fitting:
        return plain
    best = max(fitting, key=lambda p: (_in_a_year(p, product), p.promotion_id))
    discount = {"discount": best.saves(product.monthly_price), "discount_months": best.months, "promotion": best.name}
    return plain.model_copy(update=discount)


def _in_a_year(promotion: Promotion, product: Product) -> Decimal:
    return promotion.saves(product.monthly_price) * min(promotion.months or YEAR, YEAR)


def _lasting(line: PricedLine) -> Decimal:
    return line.discount if line.discount_months is None else Decimal(0)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return to_cents(sum(amounts, Decimal(0)))
