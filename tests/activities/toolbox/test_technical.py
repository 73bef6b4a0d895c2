"""Looking into devices and services: what is wrong is found, what is healthy is left alone, settings change once."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.activities.office import NOW, Office

pytestmark = pytest.mark.integration

JORDAN = {"customer_id": "test_customer_123"}
MAILBOX, ROUTER = "DEV-9123-2", "DEV-9123-1"
MEND = JORDAN | {"device_id": MAILBOX, "setting": "smtp_port", "value": "587", "reason": "Port 25 is closed"}
PERSON = {"agent": "human"}
BRIDGE = {"setting": "bridge_mode", "value": "on"}


async def look(office: Office, tool: str, arguments: dict[str, Any], **changes: Any) -> dict[str, Any]:
    outcome = await office.run(tool, arguments, **{"agent": "tier2"} | changes)
    assert outcome.success, outcome.error
    assert len(json.dumps(outcome.result)) < 3_100
    return outcome.result


async def test_the_chain_of_the_requirements_finds_the_cause(library: Office):
    """PRD [1834-1857]: connection problem, gold, e-mail service."""
    mail = JORDAN | {"product_type": "email_service"}
    health = await look(library, "system_health_check", mail)
    assert health["health"] == "degraded"
    way = await look(library, "connectivity_test", mail)
    assert (way["connected"], way["broken_at"]) == (False, "fault")
    logs = await look(library, "log_analysis", JORDAN | {"log_type": "mail"})
    assert logs["errors"] == logs["entries"] == 6, "every ten minutes for an hour"
    assert "port 25" in logs["lines"][0]["likely_cause"]
    report = await look(library, "configuration_validation", JORDAN)
    assert report["valid"] is False
    [wrong] = report["wrong"]
    assert (wrong["device_id"], wrong["setting"], wrong["recommended"]) == (MAILBOX, "smtp_port", "587")


@pytest.mark.parametrize(
    ("customer", "test", "code", "visit"),
    [
        ("test_customer_123", "mail_flow", "MAIL-PORT-25", False),
        ("CUST_001", "wifi", "WIFI-CROWDED", False),
        ("CUST_003", "line_quality", "LINE-NOISE", True),
        ("CUST_012", "hardware", "DEVICE-SILENT", True),
        ("CUST_015", "signal", "APN-OLD", False),
        ("CUST_018", "backup", "BACKUP-OFF", False),
    ],
)
async def test_the_right_test_finds_the_fault(library: Office, customer: str, test: str, code: str, visit: bool):
    found = await look(library, "run_diagnostic_test", {"customer_id": customer, "test_type": test})
    worst = next(device for device in found["devices"] if device["verdict"] == "failed")
    assert found["verdict"] == "failed"
    assert worst["findings"][0]["code"] == code
    assert ("schedule_technician_visit" in found["recommendation"]) is visit


@pytest.mark.parametrize("customer", ["CUST_001", "CUST_016", "CUST_040"])
async def test_a_full_test_of_everything_stays_small(library: Office, customer: str):
    found = await look(library, "diagnostic_runner", {"customer_id": customer, "test_type": "full"})
    assert found["devices"]


async def test_healthy_devices_pass(library: Office):
    arguments = {"customer_id": "CUST_010", "test_type": "full"}
    found = await look(library, "run_diagnostic_test", arguments)
    assert found["verdict"] == "passed"
    assert (await look(library, "configuration_validator", {"customer_id": "CUST_010"}))["valid"] is True
    assert (await look(library, "connectivity_test", {"customer_id": "CUST_010"}))["connected"] is True


async def test_parameters_narrow_a_test_to_one_device(library: Office):
    arguments = JORDAN | {"test_type": "full", "parameters": {"device_id": ROUTER}}
    [device] = (await look(library, "run_diagnostic_test", arguments))["devices"]
    assert device["device_id"] == ROUTER


@pytest.mark.parametrize(("test", "allowed"), [("connection", True), ("full", False), ("line_quality", False)])
async def test_first_level_runs_only_the_simple_tests(library: Office, test: str, allowed: bool):
    outcome = await library.run("run_diagnostic_test", JORDAN | {"test_type": test}, agent="tier1")
    assert outcome.success is allowed
    assert allowed or outcome.error_type == "outside-authority"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("run_diagnostic_test", {"test_type": "full", "parameters": {"device_id": "DEV-0001-1"}}),
        ("run_diagnostic_test", {"test_type": "signal"}),
        ("connectivity_test", {"product_type": "mobile"}),
        ("connectivity_test", {"product_type": "teleport"}),
        ("configuration_validator", {"device_id": "DEV-0001-1"}),
        ("configuration_validator", {"device_id": "DEV-4242-1"}),
        ("get_service_status", {"product_type": "teleport"}),
    ],
)
async def test_what_this_customer_does_not_have_is_not_found(library: Office, tool: str, arguments: dict[str, Any]):
    outcome = await library.run(tool, JORDAN | arguments, agent="tier2")
    assert outcome.error_type == "not-found"
    assert len(outcome.error) > 30, "says what there is"


@pytest.mark.parametrize(("time_range", "entries"), [("10m", 1), ("1h", 6), ("22h", 132), ("23h", 133), ("31d", 133)])
async def test_logs_are_counted_in_the_range(library: Office, time_range: str, entries: int):
    logs = await look(library, "check_system_logs", JORDAN | {"log_type": "mail", "time_range": time_range})
    assert logs["entries"] == entries, "since 17:00 the day before, every ten minutes"


async def test_logs_go_on_while_the_fault_does(library: Office):
    later = NOW + timedelta(days=100)
    logs = await look(library, "check_system_logs", JORDAN | {"log_type": "mail"}, at=later)
    assert logs["entries"] == 6
    assert logs["lines"][0]["last_at"] > "2027-02-28T13:50"


async def test_without_entries_the_time_of_the_latest_is_told(library: Office):
    logs = await look(library, "check_system_logs", {"customer_id": "CUST_010", "log_type": "all"})
    assert logs["lines"] == []
    assert logs["older_until"] < "2026-11-20"


@pytest.mark.parametrize("time_range", ["", "h", "0h", "1y", "-1h", "32d", "1 h", "99999w", "A" * 10_000_000])
async def test_no_other_time_ranges(library: Office, time_range: str):
    outcome = await library.run(
        "check_system_logs", JORDAN | {"log_type": "all", "time_range": time_range}, agent="tier2"
    )
    assert outcome.error_type == "invalid-arguments"


@pytest.mark.parametrize(("customer", "status"), [("CUST_029", "degraded"), ("CUST_002", "operational")])
async def test_an_outage_is_told_to_those_whom_it_hits(library: Office, customer: str, status: str):
    arguments = {"customer_id": customer, "product_type": "tv"}
    [tv] = (await look(library, "get_service_status", arguments, agent="tier1"))["services"]
    assert tv["status"] == status
    assert tv["expected_end"] is None


async def test_an_outage_breaks_the_way_and_the_health(library: Office):
    arguments = {"customer_id": "CUST_029", "product_type": "tv"}
    assert (await look(library, "connectivity_test", arguments))["broken_at"] == "network"
    assert (await look(library, "system_health_check", arguments))["health"] == "degraded"


async def test_a_suspended_service_is_where_the_way_ends(library: Office):
    assert (await look(library, "connectivity_test", {"customer_id": "CUST_005"}))["broken_at"] == "service"


async def test_a_setting_is_changed_once_and_ends_its_fault(office: Office):
    first = await office.run("apply_configuration_change", MEND, **PERSON)
    again = await office.run("apply_configuration_change", MEND, **PERSON)
    assert first.result == again.result
    assert first.result["previous"] == "25"
    assert first.result["faults_cleared"] == ["MAIL-PORT-25"]
    assert await office.value("select count(*) from configuration_changes") == 1
    after = {"at": NOW + timedelta(hours=2)}
    logs = await look(office, "check_system_logs", JORDAN | {"log_type": "mail"}, **after)
    assert logs["entries"] == 0, "what the fault reported has ended with it"
    assert (await look(office, "connectivity_test", JORDAN | {"product_type": "email_service"}))["connected"] is True


async def test_two_at_once_are_one_change(office: Office):
    outcomes = await asyncio.gather(
        *(office.run("apply_configuration_change", MEND, occasion=f"m-{n}", **PERSON) for n in range(4))
    )
    assert sum(outcome.success for outcome in outcomes) == 1
    assert {outcome.error_type for outcome in outcomes if not outcome.success} == {"not-possible"}


@pytest.mark.parametrize("agent", ["tier3", "tier2", "tier1", "supervisor"])
async def test_no_agent_changes_settings_without_a_person(office: Office, agent: str):
    outcome = await office.run("apply_configuration_change", MEND, agent=agent)
    assert outcome.error_type == ("approval-required" if agent == "tier3" else "not-authorized")
    assert await office.value("select count(*) from configuration_changes") == 0


@pytest.mark.parametrize(
    ("change", "error_type"),
    [
        ({"value": "31337"}, "not-possible"),
        ({"value": "25"}, "not-possible"),
        ({"setting": "smtp_colour"}, "not-found"),
        ({"device_id": "DEV-0001-1", "setting": "wifi_channel", "value": "auto"}, "not-found"),
        ({"device_id": "DEV-4242-1"}, "not-found"),
        (
            {"customer_id": "CUST_012", "device_id": "DEV-0012-1", "setting": "bridge_mode", "value": "on"},
            "not-possible",
        ),
        ({"value": "A" * 10_000_000}, "invalid-arguments"),
        ({"reason": ""}, "invalid-arguments"),
    ],
)
async def test_changes_that_cannot_be_are_refused_and_change_nothing(
    office: Office, change: dict[str, str], error_type: str
):
    before = await office.value("select md5(string_agg(s::text, '' order by s::text)) from device_settings s")
    outcome = await office.run("apply_configuration_change", MEND | change, **PERSON)
    assert outcome.error_type == error_type
    assert await office.value("select md5(string_agg(s::text, '' order by s::text)) from device_settings s") == before
    assert await office.value("select count(*) from effects") == 0


async def test_a_value_that_is_not_the_recommended_one_ends_no_fault(office: Office):
    outcome = await office.run("apply_configuration_change", MEND | {"value": "465"}, **PERSON)
    assert outcome.result["faults_cleared"] == []
