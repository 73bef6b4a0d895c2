"""What is sold and paid with in the demo data holds together, and its page is true."""

import re
from datetime import date
from pathlib import Path

import psycopg
import pytest

from adapters.demo import REFERENCE, commerce, content

pytestmark = pytest.mark.integration


def query(dsn: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(sql.encode()).fetchall()


WRONG: dict[str, str] = {
    "products without terms": "select 1 from products p left join product_terms t using (product_id) where t is null",
    "products that cost nothing": """
        select 1 from products p join product_terms t using (product_id) where p.monthly_price + t.once_price = 0""",
    "recommendations of what is not sold": """
        select 1 from product_terms t, unnest(goes_with) other
        where not exists (select from products p where p.product_id = other and p.sold)""",
    "promotions of or with what is not sold": """
        select 1 from promotions, unnest(product_ids || with_any) named
        where not exists (select from products p where p.product_id = named)""",
    "customers with two products of one group": """
        select 1 from services join product_terms using (product_id)
        where status = 'active' and plan_group is not null group by customer_id, plan_group having count(*) > 1""",
    "payment methods without a bank": """
        select 1 from payment_methods left join bank_limits b using (method_id) where b is null""",
    "customers with methods and no default": """
        select 1 from payment_methods group by customer_id having count(*) filter (where is_default) <> 1""",
    "quotes that are not the sum of their lines": """
        select 1 from quotes q where (amount, monthly_total) <> (
            select sum(once_price * quantity), sum((monthly_price - discount) * quantity)
            from quote_lines l where l.quote_id = q.quote_id)""",
    "disputes about more than was charged": """
        select 1 from disputes d join invoices i using (invoice_id)
        where d.amount > i.total or d.customer_id <> i.customer_id""",
    "business after the reference day": f"""
        select 1 from quotes where created_at::date > '{REFERENCE}'
        union all select 1 from disputes where opened_at::date > '{REFERENCE}'""",
}


@pytest.mark.parametrize("what", WRONG)
async def test_the_data_holds_together(demo_database_url: str, what: str):
    assert query(demo_database_url, WRONG[what]) == []


def test_any_day_will_do():
    for reference in (date(2027, 1, 1), date(2028, 2, 29)):
        made = commerce.rows(content.customers(), reference)
        assert all(created_at.date() <= reference for *_, created_at, _ in made["quotes"])
        assert all(opened_at.date() <= reference for *_, opened_at, _ in made["disputes"])


def test_the_page_about_the_demo_data_knows_these_people_and_things(demo_database_url: str):
    page = (Path(__file__).parents[3] / "docs" / "demo-data.md").read_text()
    named = re.findall(r"^\| (CUST_\d{3}) \| ", page, re.MULTILINE)
    assert named == list(commerce.KNOWN)
    for code in ("NORTH10", "SUMMER25"):
        assert f"`{code}`" in page
        assert query(demo_database_url, f"select 1 from promotions where code = '{code}'")
    for method_id in re.findall(r"`(PM-\d{4}-\d)`", page):
        assert query(demo_database_url, f"select 1 from payment_methods where method_id = '{method_id}'")
