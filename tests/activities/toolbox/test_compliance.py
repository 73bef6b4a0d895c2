"""What is allowed is checked against the facts; what was done is written down for good."""

import csv
import json
from typing import Any

import psycopg
import pytest

from adapters.demo.content import HERE
from domain.compliance import Facts, Topic
from tests.activities.office import Office

pytestmark = pytest.mark.integration

ME = {"customer_id": "CUST_001"}
ENTRY = {"action": "exception_granted", "details": "Fee waived after a third visit; write to ada@example.org"}


async def check(office: Office, topic: str, customer: str = "CUST_001", **changes: Any) -> dict[str, Any]:
    outcome = await office.run(
        "check_compliance_requirements",
        {"customer_id": customer, "topic": topic},
        **{"agent": "tier3"} | changes,
    )
    assert outcome.success, outcome.error
    assert len(json.dumps(outcome.result)) < 3_000
    return outcome.result


@pytest.mark.parametrize("topic", list(Topic))
async def test_there_are_rules_about_every_topic(library: Office, topic: str):
    assert (await check(library, topic))["requirements"]


def test_rules_of_the_demo_are_about_known_facts():
    with (HERE / "rules.csv").open(newline="", encoding="utf-8") as file:
        rules = list(csv.DictReader(file))
    assert {rule["fact"] for rule in rules} <= {"", *Facts.model_fields}
    assert {rule["topic"] for rule in rules} == set(Topic)


async def test_erasure_needs_a_clean_account(library: Office):
    report = await check(library, "data_erasure", "CUST_005")
    missing = {r["rule_id"] for r in report["requirements"] if r["met"] is False}
    assert missing == {"DE-1", "DE-2", "DE-3"}, "not verified, two unpaid invoices, services still there"
    assert (report["allowed"], report["needs_person"]) == (False, True)
    assert report["requirements"][0]["next_step"]


async def test_a_verified_customer_may_see_their_data(office: Office):
    assert (await check(office, "data_access"))["allowed"] is False
    answer = ME | {"factor": "pin", "answer": "4826"}
    assert (await office.run("verify_customer_identity", answer)).result["verified"]
    assert (await check(office, "data_access"))["allowed"] is True
    other = await check(office, "data_access", conversation_id="c-2")
    assert other["allowed"] is False, "verified in one conversation is not verified in another"


async def test_no_offers_without_an_agreement(library: Office):
    assert (await check(library, "marketing_contact"))["allowed"] is False


async def test_without_rules_nothing_is_allowed(office: Office):
    await office.rows("delete from compliance_rules where topic = 'call_recording' returning 1")
    outcome = await office.run("check_compliance_requirements", ME | {"topic": "call_recording"}, agent="supervisor")
    assert outcome.error_type == "not-found"


async def test_an_audit_entry_is_written_once_masked_and_stays(office: Office):
    first = await office.run("audit_log_action", ENTRY, agent="tier3")
    again = await office.run("audit_log_action", ENTRY, agent="tier3")
    assert first.result == again.result
    [entry] = await office.rows("select * from audit_entries")
    assert (entry["entry_id"], entry["agent"], entry["customer_id"]) == (first.result["entry_id"], "tier3", "CUST_001")
    assert entry["details"].endswith("a***@example.org")
    for change in ("update audit_entries set details = ''", "delete from audit_entries"):
        with pytest.raises(psycopg.errors.CheckViolation, match="append-only"):
            await office.rows(change)


@pytest.mark.parametrize(
    ("tool", "arguments", "error_type"),
    [
        ("check_compliance_requirements", ME | {"topic": "world_domination"}, "invalid-arguments"),
        ("check_compliance_requirements", ME | {"topic": "A" * 10_000_000}, "invalid-arguments"),
        ("check_compliance_requirements", {"customer_id": "CUST_404", "topic": "data_access"}, "unknown-customer"),
        ("check_compliance_requirements", ME | {"topic": "data_access", "force": True}, "invalid-arguments"),
        ("audit_log_action", ENTRY | {"action": "Free Text"}, "invalid-arguments"),
        ("audit_log_action", ENTRY | {"details": "A" * 10_000_000}, "invalid-arguments"),
        ("audit_log_action", ENTRY | {"details": ""}, "invalid-arguments"),
    ],
)
async def test_what_cannot_be_is_refused(office: Office, tool: str, arguments: dict[str, Any], error_type: str):
    outcome = await office.run(tool, arguments, agent="tier3")
    assert outcome.error_type == error_type
    assert await office.value("select count(*) from audit_entries") == 0


async def test_another_customers_compliance_is_nobodys_business(library: Office):
    outcome = await library.run(
        "check_compliance_requirements", ME | {"topic": "data_access"}, agent="tier3", customer_id="CUST_002"
    )
    assert outcome.error_type == "not-found"


@pytest.mark.parametrize("agent", ["tier1", "tier2", "billing", "sales", "quality_assurance"])
@pytest.mark.parametrize("tool", ["check_compliance_requirements", "audit_log_action"])
async def test_compliance_is_the_experts(library: Office, tool: str, agent: str):
    assert (await library.run(tool, ME, agent=agent)).error_type == "not-authorized"
