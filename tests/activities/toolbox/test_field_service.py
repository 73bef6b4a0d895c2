"""Appointments: free ones are shown, each is given once, and nobody is promised what cannot be."""

import asyncio
from typing import Any

import pytest

from tests.activities.office import Office

pytestmark = pytest.mark.integration

PRIYA = {"customer_id": "CUST_003", "issue": "Noisy line, needs to be measured"}
TUESDAY = {"visit_date": "2026-11-24", "time_window": "10-12"}
CALL = {"customer_id": "CUST_003", "callback_at": "2026-11-23T10:00:00Z", "reason": "Explain the repair"}
VISITS = "select count(*) from technician_visits where booked_at > '2026-11-20 14:00Z'"
CALLBACKS = "select count(*) from callbacks"


async def visit(office: Office, arguments: dict[str, Any], **changes: Any):
    return await office.run("schedule_technician_visit", PRIYA | arguments, **{"agent": "tier2"} | changes)


async def call(office: Office, arguments: dict[str, Any], **changes: Any):
    return await office.run("schedule_callback", CALL | arguments, **{"agent": "supervisor"} | changes)


async def test_free_windows_are_shown_and_nothing_is_booked(office: Office):
    outcome = await visit(office, {})
    free = [(slot["visit_date"], slot["time_window"]) for slot in outcome.result["free"]]
    assert free[:3] == [("2026-11-21", "08-10"), ("2026-11-21", "10-12"), ("2026-11-23", "08-10")]
    assert ("2026-11-24", "08-10") not in free, "both technicians of the west have visits then"
    assert outcome.result["visit_id"] is None
    assert await office.value(VISITS) == 0


async def test_a_visit_is_booked_once(office: Office):
    first, again = await visit(office, TUESDAY), await visit(office, TUESDAY)
    assert first.success, first.error
    assert first.result == again.result
    assert first.result["technician"] in {"Nadia Saleh", "Tomas Virtanen"}
    [row] = await office.rows("select * from technician_visits where visit_id = %s", first.result["visit_id"])
    assert (f"{row['visit_date']}", row["time_window"], row["status"]) == ("2026-11-24", "10-12", "booked")
    assert await office.value(VISITS) == 1


async def test_a_slot_is_taken_by_as_many_as_there_are_technicians(office: Office):
    customers = ["CUST_003", "CUST_007", "CUST_011", "CUST_023", "CUST_027", "CUST_035"]
    when = {"visit_date": "2026-11-25", "time_window": "08-10"}
    outcomes = await asyncio.gather(*(visit(office, when | {"customer_id": customer}) for customer in customers))
    assert sum(outcome.success for outcome in outcomes) == 2
    assert {o.error_type for o in outcomes if not o.success} <= {"slot-taken", "not-possible"}
    doubled = "select 1 from technician_visits group by technician_id, visit_date, time_window having count(*) > 1"
    assert await office.rows(doubled) == []


@pytest.mark.parametrize(
    ("arguments", "error_type"),
    [
        ({"visit_date": "2026-11-24", "time_window": "08-10"}, "slot-taken"),
        ({"visit_date": "2026-11-19"}, "slot-taken"),
        ({"visit_date": "2026-11-20"}, "slot-taken"),
        ({"visit_date": "1969-01-01"}, "slot-taken"),
        ({"visit_date": "2026-11-22"}, "slot-taken"),
        ({"visit_date": "2026-12-19"}, "slot-taken"),
        ({"visit_date": "9999-12-31"}, "slot-taken"),
        ({"visit_date": "2026-11-28", "time_window": "15-17"}, "slot-taken"),
        ({"visit_date": "soon"}, "invalid-arguments"),
        ({"time_window": "09-11"}, "invalid-arguments"),
        ({"visit_date": None}, "invalid-arguments"),
        ({"product_type": "email_service"}, "invalid-arguments"),
        ({"issue": "A" * 10_000_000}, "invalid-arguments"),
        ({"customer_id": "CUST_005"}, "not-possible"),
        ({"customer_id": "CUST_028"}, "not-possible"),
        ({"customer_id": "CUST_008"}, "not-possible"),
        ({"product_type": "tv"}, "not-possible"),
        ({"customer_id": "CUST_007"}, "not-possible"),
        ({"customer_id": "CUST_404"}, "unknown-customer"),
    ],
)
async def test_visits_that_cannot_be_are_refused(office: Office, arguments: dict[str, Any], error_type: str):
    outcome = await visit(office, TUESDAY | arguments)
    assert outcome.error_type == error_type
    assert len(outcome.error) > 20
    assert await office.value(VISITS) == 0
    assert await office.value("select count(*) from effects") == 0


async def test_who_has_a_visit_gets_no_second_one(office: Office):
    await visit(office, TUESDAY)
    second = await visit(office, {"visit_date": "2026-11-25", "time_window": "10-12"}, occasion="m-2")
    assert second.error_type == "not-possible"
    assert "2026-11-24" in second.error
    assert await office.value(VISITS) == 1


async def test_another_customers_visit_is_not_booked(office: Office):
    outcome = await visit(office, TUESDAY, customer_id="CUST_001")
    assert outcome.error_type == "not-found"
    assert await office.value(VISITS) == 0


async def test_a_callback_is_planned_once_for_the_number_on_file(office: Office):
    first, again = await call(office, {}), await call(office, {"callback_at": "2026-11-23T11:00:00+01:00"})
    assert first.success, first.error
    assert first.result == again.result, "the same time, spelled otherwise"
    assert first.result["phone"] == "+***"
    [row] = await office.rows("select * from callbacks")
    assert (row["phone"], row["status"]) == ("+1-555-0103", "scheduled")


@pytest.mark.parametrize(
    ("arguments", "error_type"),
    [
        ({"callback_at": "2026-11-20T14:59:00Z"}, "slot-taken"),
        ({"callback_at": "2026-11-20T15:10:00Z"}, "slot-taken"),
        ({"callback_at": "2026-11-23T07:59:00Z"}, "slot-taken"),
        ({"callback_at": "2026-11-23T20:00:00Z"}, "slot-taken"),
        ({"callback_at": "2026-11-22T10:00:00Z"}, "slot-taken"),
        ({"callback_at": "2026-12-05T10:00:00Z"}, "slot-taken"),
        ({"callback_at": "2026-11-23T10:00:00"}, "invalid-arguments"),
        ({"callback_at": "tomorrow"}, "invalid-arguments"),
        ({"callback_at": "9999-12-31T23:59:59-01:00"}, "invalid-arguments"),
        ({"callback_at": "0001-01-01T00:00:00+01:00"}, "invalid-arguments"),
        ({"reason": "x"}, "invalid-arguments"),
        ({"reason": "A" * 10_000_000}, "invalid-arguments"),
        ({"phone": "+49 30 1234567"}, "invalid-arguments"),
        ({"customer_id": "CUST_404"}, "unknown-customer"),
    ],
)
async def test_callbacks_that_cannot_be_are_refused(office: Office, arguments: dict[str, Any], error_type: str):
    outcome = await call(office, arguments)
    assert outcome.error_type == error_type
    assert await office.value(CALLBACKS) == 0


async def test_an_hour_has_room_for_five_calls(office: Office):
    customers = [f"CUST_{n:03}" for n in range(1, 9)]
    outcomes = await asyncio.gather(*(call(office, {"customer_id": customer}) for customer in customers))
    assert sum(outcome.success for outcome in outcomes) == 5
    full = next(outcome for outcome in outcomes if not outcome.success)
    assert full.error_type == "slot-taken"
    assert "2026-11-23 11:00" in full.error


async def test_one_open_callback_a_customer(office: Office):
    await call(office, {})
    second = await call(office, {"callback_at": "2026-11-24T10:00:00Z"}, occasion="m-2")
    assert second.error_type == "not-possible"
    assert await office.value(CALLBACKS) == 1


@pytest.mark.parametrize("agent", ["tier1", "tier2", "billing", "sales"])
async def test_callbacks_are_the_supervisors(office: Office, agent: str):
    assert (await call(office, {}, agent=agent)).error_type == "not-authorized"
