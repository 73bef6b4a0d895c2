"""Reads what people wrote: customers and products as tables, articles and guides as Markdown."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class DemoProduct:
    product_id: str
    name: str
    product_type: str
    monthly_price: Decimal
    description: str


@dataclass(frozen=True)
class DemoCustomer:
    """``number`` is part of the ids of all that belongs to the customer; ``secrets`` are the answers by factor."""

    customer_id: str
    number: int
    name: str
    email: str
    phone: str
    tier: str
    account_status: str
    registered_on: date
    lifetime_value: Decimal
    preferences: dict[str, str]
    secrets: dict[str, str]
    products: tuple[str, ...]


@dataclass(frozen=True)
class DemoArticle:
    article_id: str
    title: str
    category: str
    product: str
    keywords: str
    body: str


@dataclass(frozen=True)
class DemoGuide:
    guide_id: str
    title: str
    issue_category: str
    product_type: str
    urgent_steps: list[str]
    steps: list[str]
    escalate_when: str


def products() -> dict[str, DemoProduct]:
    return {
        row["product_id"]: DemoProduct(**row | {"monthly_price": Decimal(row["monthly_price"])})  # type: ignore[arg-type]
        for row in _table("products.csv")
    }


def customers() -> list[DemoCustomer]:
    return [_customer(row) for row in _table("customers.csv")]


def articles() -> list[DemoArticle]:
    return [_article(path) for path in sorted((HERE / "articles").rglob("*.md"))]


def guides() -> list[DemoGuide]:
    return [_guide(path) for path in sorted((HERE / "guides").glob("*.md"))]


def _table(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _customer(row: dict[str, str]) -> DemoCustomer:
    digits = int(re.sub(r"\D", "", row["customer_id"]))
    return DemoCustomer(
        customer_id=row["customer_id"],
        number=digits if row["customer_id"].startswith("CUST_") else 9000 + digits,
        name=row["name"],
        email=row["email"],
        phone=row["phone"],
        tier=row["tier"],
        account_status=row["account_status"],
        registered_on=date.fromisoformat(row["registered_on"]),
        lifetime_value=Decimal(row["lifetime_value"]),
        preferences={"language": row["language"], "contact_channel": row["contact_channel"]},
        secrets={factor: row[factor] for factor in ("date_of_birth", "pin", "postcode")},
        products=tuple(row["products"].split()),
    )


def _article(path: Path) -> DemoArticle:
    title, head, body = _read(path)
    return DemoArticle(
        article_id=f"kb-{path.stem}",
        title=title,
        category=path.parent.name,
        product=head["Product"],
        keywords=head["Keywords"],
        body=_unwrapped(body),
    )


def _guide(path: Path) -> DemoGuide:
    title, head, body = _read(path)
    urgent, _, steps = body.rpartition("## Steps")
    return DemoGuide(
        guide_id=f"guide-{path.stem}",
        title=title,
        issue_category=head["Category"],
        product_type=head["Product"],
        urgent_steps=_items(urgent),
        steps=_items(steps),
        escalate_when=head["Escalate when"],
    )


def _read(path: Path) -> tuple[str, dict[str, str], str]:
    """Title, header fields and body of a file: ``# Title``, a paragraph of ``Name: value`` lines, and the rest."""
    title, head, body = path.read_text(encoding="utf-8").split("\n\n", 2)
    fields = (line.partition(": ") for line in head.splitlines())
    return title.removeprefix("# "), {name: value for name, _, value in fields}, body.strip()


def _unwrapped(text: str) -> str:
    """Paragraphs and list items on one line each: line breaks in the file are for whoever edits it."""
    return re.sub(r"\n(?!\n|- |\d+\. )(?<!\n\n)\s*", " ", text)


def _items(text: str) -> list[str]:
    return [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]
