"""The demo's network, technicians, notes, cases and rules: enough of them, the same everywhere, true to themselves."""

from datetime import date
from pathlib import Path

import pytest

from adapters.demo import REFERENCE, content, network, relations, rules, seed, seeding, technicians
from tests.adapters.demo.test_seeding import query, value
from tests.conftest import MakeDatabase

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("table", "least"),
    [
        ("devices", 80),
        ("device_readings", 200),
        ("device_settings", 100),
        ("device_faults", 6),
        ("device_logs", 90),
        ("setting_rules", 11),
        ("outages", 3),
        ("technicians", 8),
        ("technician_shifts", 150),
        ("technician_visits", 3),
        ("customer_notes", 5),
        ("opportunities", 3),
        ("solved_cases", 20),
        ("compliance_rules", 15),
    ],
)
async def test_there_is_enough_of_everything(demo_database_url: str, table: str, least: int):
    assert value(demo_database_url, f"select count(*) from {table}") >= least


WRONG: dict[str, str] = {
    "customers whose area nobody knows": """
        select 1 from customers left join customer_sites using (customer_id) where area is null""",
    "running services without a device": """
        select 1 from services s left join devices using (service_id)
        where s.status <> 'cancelled' and device_id is null""",
    "devices of cancelled services": """
        select 1 from devices join services s using (service_id) where s.status = 'cancelled'""",
    "devices of somebody else's service": """
        select 1 from devices d join services s using (service_id) where d.customer_id <> s.customer_id""",
    "settings without a rule, or with a value that is not allowed": """
        select 1 from device_settings v join devices d using (device_id)
        left join setting_rules r on r.kind = d.kind and r.name = v.name
        where r.name is null or not v.value = any(allowed)""",
    "recommended values that are not allowed": "select 1 from setting_rules where not recommended = any(allowed)",
    "wrong settings without their fault": """
        select 1 from device_settings v join devices d using (device_id)
        join setting_rules r on r.kind = d.kind and r.name = v.name
        left join device_faults f on f.device_id = d.device_id and f.setting = v.name
        where v.value <> recommended and fault_id is null""",
    "readings out of range without a fault": """
        select 1 from device_readings r left join device_faults using (device_id)
        where not value between low and high and fault_id is null""",
    "degraded devices without a fault": """
        select 1 from devices left join device_faults using (device_id)
        where status = 'degraded' and fault_id is null""",
    "faults that no log tells of": """
        select 1 from device_faults left join device_logs using (fault_id) where entry_id is null""",
    "events after the reference day": f"""
        select 1 from device_faults where began_at::date > '{REFERENCE}'
        union all select 1 from device_logs where first_at::date > '{REFERENCE}'
        union all select 1 from outages where began_at::date > '{REFERENCE}'
        union all select 1 from solved_cases where closed_at::date > '{REFERENCE}'""",
    "visits outside a shift": """
        select 1 from technician_visits v left join technician_shifts s on s.technician_id = v.technician_id
        and s.weekday = extract(isodow from visit_date) and s.time_window = v.time_window where s.weekday is null""",
    "technicians in areas without customers": """
        select 1 from technicians left join customer_sites using (area) where customer_id is null""",
    "areas without a technician for each product": """
        select 1 from (select distinct area from customer_sites) a cross join unnest(array['internet', 'tv']) p
        where not exists (select from technicians t where t.area = a.area and p = any(skills))""",
}


@pytest.mark.parametrize("what", WRONG)
async def test_the_data_holds_together(demo_database_url: str, what: str):
    assert query(demo_database_url, WRONG[what]) == []


@pytest.mark.parametrize("reference", [REFERENCE, date(2027, 3, 31), date(2028, 2, 29)])
def test_the_same_day_gives_the_same_rows(reference: date):
    def made() -> list[object]:
        devices = network.rows(content.customers(), content.products(), reference)
        return [devices, technicians.rows(reference), relations.rows(reference), rules.rows(reference)]

    assert made() == made()


def test_the_page_about_the_demo_data_names_the_troubles():
    page = (Path(__file__).parents[3] / "docs" / "demo-data.md").read_text()
    for customer, troubles in network.KNOWN.items():
        [row] = [line for line in page.splitlines() if line.startswith(f"| `{customer}` ") and "fault" in line]
        for trouble in troubles.values():
            assert network.TROUBLES[trouble].code in row


async def test_a_database_of_an_earlier_release_gets_what_it_lacks(
    make_database: MakeDatabase, migrated_template: str, monkeypatch: pytest.MonkeyPatch
):
    dsn = await make_database(migrated_template)
    with monkeypatch.context() as earlier:
        earlier.setattr(seeding, "_SETS", seeding._SETS[:1])
        await seed(dsn)
    assert value(dsn, "select count(*) from devices") == 0
    query(dsn, "update customers set name = 'Changed' where customer_id = 'CUST_001' returning 1")
    await seed(dsn)
    assert value(dsn, "select count(*) from devices") >= 80
    assert value(dsn, "select name from customers where customer_id = 'CUST_001'") == "Changed"
