"""Prices: which offer a line takes, and what does not count."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.errors import NotFound
from domain.pricing import Priced, Product, Promotion, Shopper, price
from domain.state import CustomerTier

pytestmark = pytest.mark.unit


def product(product_id: str, monthly: str = "50.00", once: str = "0.00") -> Product:
    return Product(
        product_id=product_id,
        name=product_id.title(),
        product_type="internet",
        description="",
        monthly_price=Decimal(monthly),
        once_price=Decimal(once),
        currency="USD",
    )


def promotion(name: str, **changes: Any) -> Promotion:
    base = {"promotion_id": name, "name": name, "product_ids": ["plan"], "starts_on": date(2026, 1, 1)}
    return Promotion.model_validate(base | changes)


def priced(*promotions: Promotion, code: str | None = None, **shopper: Any) -> Priced:
    who = Shopper.model_validate({"tier": CustomerTier.SILVER} | shopper)
    return price([(product("plan"), 2), (product("box", "0.00", "79.00"), 1)], promotions, who, code=code)


@pytest.mark.parametrize(
    ("promotions", "monthly", "later"),
    [
        ([], "100.00", "100.00"),
        ([promotion("a", amount_off=5)], "90.00", "90.00"),
        ([promotion("a", percent_off=10, months=3)], "90.00", "100.00"),
        # 50% for 2 months saves 50.00 in a year, 5.00 for good saves 60.00.
        ([promotion("a", percent_off=50, months=2), promotion("b", amount_off=5)], "90.00", "90.00"),
        ([promotion("a", percent_off=50, months=3), promotion("b", amount_off=5)], "50.00", "100.00"),
        # Never below nothing.
        ([promotion("a", amount_off=80)], "0.00", "0.00"),
        ([promotion("a", product_ids=["box"], percent_off=50)], "100.00", "100.00"),
    ],
)
def test_a_line_takes_the_offer_that_saves_most_in_a_year(promotions: list[Promotion], monthly: str, later: str):
    found = priced(*promotions)
    assert (f"{found.monthly_total}", f"{found.monthly_later}", f"{found.amount}") == (monthly, later, "79.00")


@pytest.mark.parametrize(
    ("conditions", "shopper", "counts"),
    [
        ({"with_any": ["mobile"]}, {}, False),
        ({"with_any": ["mobile", "tv"]}, {"owned": ["tv"]}, True),
        ({"with_any": ["box"]}, {}, True),
        ({"tiers": ["gold"]}, {}, False),
        ({"tiers": ["gold", "silver"]}, {}, True),
        ({"code": "NORTH10"}, {}, False),
        ({"code": "NORTH10"}, {"code": "north10"}, True),
    ],
)
def test_offers_count_for_whom_they_are_made(conditions: dict[str, Any], shopper: dict[str, Any], counts: bool):
    found = priced(promotion("a", amount_off=5, **conditions), **shopper)
    assert (found.lines[0].promotion == "a") is counts


@pytest.mark.parametrize("code", ["WRONG", "WEAK"])
def test_a_code_that_does_nothing_is_refused(code: str):
    with pytest.raises(NotFound, match=code):
        priced(promotion("weak", code="WEAK", amount_off=1), promotion("strong", amount_off=5), code=code)


def test_an_offer_runs_from_its_first_to_its_last_day():
    offer = promotion("a", amount_off=5, ends_on=date(2026, 1, 31))
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1))
    assert [offer.runs_on(day) for day in days] == [False, True, True, False]
