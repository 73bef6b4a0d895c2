"""What there is to sell, how customers pay, and some business that is under way."""

import csv
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, LiteralString

from adapters.demo.bills import SEED, latest_month
from adapters.demo.content import HERE, DemoCustomer
from domain.money import DEFAULT_CURRENCY

TABLES: dict[str, LiteralString] = {
    "products": "copy products (product_id, name, product_type, description, monthly_price, currency) from stdin",
    "terms": """copy product_terms (product_id, once_price, term_months, plan_group, features, goes_with)
        from stdin""",
    "stock": "copy stock (product_id, on_hand, delivery_days, restock_on) from stdin",
    "promotions": """copy promotions (promotion_id, name, code, product_ids, percent_off, amount_off, months, with_any,
        tiers, starts_on, ends_on) from stdin""",
    "methods": "copy payment_methods (method_id, customer_id, kind, label, expires_on, is_default) from stdin",
    "limits": "copy bank_limits (method_id, funds, blocked) from stdin",
    "quotes": """copy quotes (quote_id, customer_id, amount, monthly_total, currency, created_at, valid_until)
        from stdin""",
    "lines": "copy quote_lines (quote_id, product_id, quantity, monthly_price, once_price) from stdin",
    "disputes": """copy disputes (dispute_id, customer_id, invoice_id, amount, reason, opened_at, answer_by)
        from stdin""",
}
"""In an order that satisfies the foreign keys."""

FUNDS = Decimal("2500.00")
BRANDS = ("Visa", "Mastercard", "American Express")
GOOD_UNTIL = date(2029, 6, 30)

Method = tuple[str, str, date | None, Decimal, bool]
"""Kind, label, last day of a card, what the bank lets through, whether it lets nothing through."""

KNOWN: dict[str, list[Method]] = {
    "CUST_001": [
        ("card", "Visa ending 4242", GOOD_UNTIL, Decimal("5000.00"), False),
        ("card", "Mastercard ending 4444", GOOD_UNTIL, FUNDS, False),
    ],
    "CUST_002": [
        ("card", "Visa ending 0002", GOOD_UNTIL, Decimal("0.00"), False),
        ("card", "Mastercard ending 5100", GOOD_UNTIL, FUNDS, False),
    ],
    "CUST_005": [("card", "Visa ending 0030", GOOD_UNTIL, Decimal("30.00"), False)],
    "CUST_006": [
        ("card", "Visa ending 0826", date(2026, 8, 31), FUNDS, False),
        ("direct_debit", "Bank account ending 6006", None, FUNDS, False),
    ],
    "CUST_012": [],
    "CUST_019": [("direct_debit", "Bank account ending 1919", None, Decimal("500.00"), False)],
    "CUST_033": [("card", "Visa ending 0033", GOOD_UNTIL, FUNDS, True)],
}
"""By customer, the default first; everybody else has one that works."""

Rows = dict[str, list[Sequence[Any]]]


def rows(customers: Sequence[DemoCustomer], reference: date) -> Rows:
    made: Rows = {table: [] for table in TABLES}
    made["products"] = [
        (p["product_id"], p["name"], p["product_type"], p["description"], p["monthly_price"], DEFAULT_CURRENCY)
        for p in _table("devices.csv")
    ]
    for row in _table("terms.csv"):
        _add_terms(made, row)
    made["promotions"] = [_promotion(row) for row in _table("promotions.csv")]
    for customer in customers:
        _add_methods(made, customer)
    _add_business(made, reference)
    return made


def _add_terms(made: Rows, row: dict[str, str]) -> None:
    product, features, goes_with = row["product_id"], row["features"].split(";"), row["goes_with"].split()
    group = row["plan_group"] or None
    made["terms"].append((product, row["once_price"], int(row["term_months"]), group, features, goes_with))
    if row["on_hand"]:
        made["stock"].append((product, int(row["on_hand"]), int(row["delivery_days"]), row["restock_on"] or None))


def _promotion(row: dict[str, str]) -> Sequence[Any]:
    lists = {"product_ids", "with_any", "tiers"}
    return tuple(value.split() if name in lists else value or None for name, value in row.items())


def _add_methods(made: Rows, customer: DemoCustomer) -> None:
    methods = KNOWN.get(customer.customer_id)
    for number, (kind, label, until, funds, blocked) in enumerate(_usual(customer) if methods is None else methods, 1):
        method_id = f"PM-{customer.number:04d}-{number}"
        made["methods"].append((method_id, customer.customer_id, kind, label, until, number == 1))
        made["limits"].append((method_id, funds, blocked))


def _usual(customer: DemoCustomer) -> list[Method]:
    chance = random.Random(f"{SEED}-methods-{customer.customer_id}")  # noqa: S311 not for secrets
    ending = chance.randint(1000, 9999)
    if chance.random() < 0.3:
        return [("direct_debit", f"Bank account ending {ending}", None, FUNDS, False)]
    return [("card", f"{chance.choice(BRANDS)} ending {ending}", GOOD_UNTIL, FUNDS, False)]


def _add_business(made: Rows, reference: date) -> None:
    """A quote that has expired, and a dispute that waits for its answer."""
    quoted = datetime.combine(reference - timedelta(days=30), time(hour=12), UTC)
    price = Decimal("79.00")
    made["quotes"].append(("QT-901", "CUST_010", price, 0, DEFAULT_CURRENCY, quoted, quoted + timedelta(days=14)))
    made["lines"].append(("QT-901", "mesh_point", 1, 0, price))
    opened = datetime.combine(reference - timedelta(days=4), time(hour=12), UTC)
    about = ("DSP-901", "CUST_004", f"INV-{latest_month(reference):%Y-%m}-0004-B", Decimal("34.99"))
    answer_by = opened.date() + timedelta(days=14)
    made["disputes"].append((*about, "Charged a second time by a second invoice.", opened, answer_by))


def _table(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)
