"""The demo data: enough of it, the same everywhere, true to itself, and never forced on anybody."""

import asyncio
import re
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from adapters.demo import REFERENCE, content, seed
from adapters.demo.bills import invoices_of, latest_month, services_of
from tests.conftest import MakeDatabase

pytestmark = pytest.mark.integration


def query(dsn: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(sql.encode()).fetchall()


def value(dsn: str, sql: str) -> Any:
    [(only,)] = query(dsn, sql)
    return only


@pytest_asyncio.fixture
async def fresh(make_database: MakeDatabase, migrated_template: str) -> str:
    return await make_database(migrated_template)


@pytest.mark.parametrize(
    ("table", "least"),
    [
        ("customers", 40),
        ("invoices", 200),
        ("payments", 200),
        ("services", 80),
        ("customer_interactions", 80),
        ("knowledge_articles", 60),
        ("troubleshooting_guides", 12),
    ],
)
async def test_there_is_enough_of_everything(demo_database_url: str, table: str, least: int):
    assert value(demo_database_url, f"select count(*) from {table}") >= least


async def test_all_tiers_and_several_languages_are_there(demo_database_url: str):
    tiers = {tier for (tier,) in query(demo_database_url, "select distinct tier from customers")}
    languages = query(demo_database_url, "select distinct preferences->>'language' from customers")
    assert tiers == {"bronze", "silver", "gold", "platinum"}
    assert len(languages) >= 4


WRONG: dict[str, str] = {
    "invoices that are not the sum of their charges": """
        select 1 from invoices i join charges using (invoice_id) group by i.invoice_id having sum(amount) <> i.total""",
    "ledger transactions that do not balance": """
        select 1 from ledger_entries group by transaction_id having sum(amount) <> 0""",
    "invoices without their ledger transaction": """
        select 1 from invoices i left join ledger_transactions t on t.invoice_id = i.invoice_id and t.kind = 'invoice'
        where t.transaction_id is null""",
    "paid invoices without their payment": """
        select 1 from invoices i where status = 'paid' and total <> (
            select sum(amount) from payments p where p.invoice_id = i.invoice_id and p.status = 'completed')""",
    "unpaid invoices with a payment": """
        select 1 from invoices join payments p using (invoice_id)
        where invoices.status <> 'paid' and p.status = 'completed'""",
    "balances that are not what is unpaid": """
        select 1 from ledger_accounts a where customer_id is not null
        and coalesce((select sum(amount) from ledger_entries e where e.account_id = a.account_id), 0) <> coalesce(
            (select sum(total) from invoices i where i.customer_id = a.customer_id and status <> 'paid'), 0)""",
    "events after the reference day": f"""
        select 1 from invoices where issued_on > '{REFERENCE}'
        union all select 1 from payments where paid_on > '{REFERENCE}'
        union all select 1 from customer_interactions where at::date > '{REFERENCE}'""",
    "services that started before their customer came": """
        select 1 from services join customers using (customer_id) where started_on < registered_at::date""",
    "active customers without a service": """
        select 1 from customers c where account_status = 'active' and not exists (
            select from services s where s.customer_id = c.customer_id and status = 'active')""",
}


@pytest.mark.parametrize("what", WRONG)
async def test_the_data_holds_together(demo_database_url: str, what: str):
    assert query(demo_database_url, WRONG[what]) == []


CONTENT = (
    "select md5(string_agg(t::text, '' order by t::text)) from "
    "(select to_jsonb(c) - 'updated_at' from customers c union all select to_jsonb(i) from invoices i"
    " union all select to_jsonb(h) from charges h union all select to_jsonb(p) from payments p"
    " union all select to_jsonb(e) from ledger_entries e union all select to_jsonb(f) from identity_factors f"
    " union all select to_jsonb(n) from customer_interactions n"
    " union all select to_jsonb(k) - 'updated_at' from knowledge_articles k) t"
)


async def test_it_is_the_same_everywhere(demo_database_url: str, fresh: str):
    await seed(fresh)
    assert value(fresh, CONTENT) == value(demo_database_url, CONTENT)


async def test_seeding_again_overwrites_nothing(fresh: str):
    await seed(fresh)
    query(fresh, "update customers set name = 'Changed' where customer_id = 'CUST_001' returning 1")
    query(fresh, "delete from knowledge_articles where article_id = 'kb-premium-plan' returning 1")
    await seed(fresh)
    assert value(fresh, "select name from customers where customer_id = 'CUST_001'") == "Changed"
    assert value(fresh, "select count(*) from knowledge_articles where article_id = 'kb-premium-plan'") == 0


async def test_several_at_once_seed_once(fresh: str):
    await asyncio.gather(*(seed(fresh) for _ in range(3)))
    assert value(fresh, "select count(*) from customers") == len(content.customers())


@pytest.mark.parametrize("reference", [date(2027, 1, 1), date(2027, 3, 31), date(2028, 2, 29), date(2026, 12, 5)])
def test_any_day_will_do_and_nothing_lies_after_it(reference: date):
    catalogue = content.products()
    for customer in content.customers():
        invoices = invoices_of(customer, services_of(customer, catalogue, reference), reference)
        assert all(invoice.issued_on <= reference for invoice in invoices)
        assert all(payment.paid_on <= reference for invoice in invoices for payment in invoice.payments)
    assert latest_month(reference) <= reference


@pytest.mark.parametrize("article", content.articles(), ids=lambda article: article.article_id)
def test_articles_are_useful(article: content.DemoArticle):
    assert article.category in {"faq", "billing", "technical", "account", "sales", "policy"}
    assert 80 <= len(article.body.split()) <= 200
    assert article.keywords
    assert "\n\n" in article.body, "paragraphs survive"
    assert not re.search(r"[a-z,]\n[a-z]", article.body), "lines are joined"


def test_prices_in_articles_are_those_of_the_catalogue():
    said = " ".join(article.body for article in content.articles() if article.category == "sales")
    for product in content.products().values():
        assert f"{product.monthly_price}" in said, product.name


def test_the_page_about_the_demo_data_is_true():
    page = (Path(__file__).parents[3] / "docs" / "demo-data.md").read_text()
    for counted in (content.customers(), content.articles(), content.guides()):
        assert f" {len(counted)} " in " ".join(page.split())
    people = {customer.customer_id: customer for customer in content.customers()}
    for customer_id, name in re.findall(r"^\| `(\w+)` \| (\w+ \w+),", page, re.MULTILINE):
        assert people[customer_id].name == name
    for status in ("suspended", "closed"):
        named = re.findall(r"CUST_\d{3}", re.findall(rf"^\| (.*) \| {status} \|", page, re.MULTILINE)[0])
        assert named == [who for who, customer in people.items() if customer.account_status == status]
