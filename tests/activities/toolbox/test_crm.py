"""Customer care: notes stay, cases teach, accounts change with a word to the old address."""

import json
import re
from typing import Any

import pytest

from adapters.postgres.customers import digest
from tests.activities.office import NOW, Office

pytestmark = pytest.mark.integration

ME = {"customer_id": "CUST_001"}
NOTE = ME | {"note": "Rang twice about the Wi-Fi", "category": "technical"}
TICKET = ME | {"category": "technical_support", "description": "Recordings vanish after a day", "product_type": "tv"}
BIG = "A" * 10_000_000


async def run(office: Office, tool: str, arguments: dict[str, Any], **changes: Any):
    return await office.run(tool, arguments, **{"agent": "tier3"} | changes)


async def written(office: Office) -> dict[str, int]:
    tables = ("customer_notes", "opportunities", "account_changes", "password_resets", "tickets", "notifications")
    return {table: await office.value(f"select count(*) from {table}") for table in (*tables, "effects")}


@pytest.mark.parametrize(
    ("problem", "product", "words"),
    [
        ("noisy line, loses synchronisation", "internet", "cable"),
        ("mail cannot be sent, port 25", None, "587"),
        ("no mobile data with the new phone", "mobile", "apn"),
        ("backup has not run", "cloud_backup", "nightly"),
        ("charged twice", None, "Credited"),
    ],
)
async def test_similar_cases_teach(library: Office, problem: str, product: str | None, words: str):
    outcome = await run(library, "get_similar_cases", {"problem": problem, "product_type": product}, agent="tier2")
    assert words in outcome.result["cases"][0]["resolution"]
    assert len(outcome.result["cases"]) <= 3
    assert product is None or {case["product_type"] for case in outcome.result["cases"]} == {product}


async def test_no_similar_case_is_an_answer(library: Office):
    assert (await run(library, "get_similar_cases", {"problem": "xyzzy plugh"})).result == {"cases": []}


@pytest.mark.parametrize("problem", ["the and of", "'; drop table solved_cases; --", "a & | ! ( ) :* <->"])
async def test_odd_problems_are_only_words(library: Office, problem: str):
    assert (await run(library, "get_similar_cases", {"problem": problem})).success


async def test_a_closed_ticket_becomes_a_case(office: Office):
    created = await run(office, "create_ticket", TICKET)
    closing = {"ticket_id": created.result["ticket_id"], "status": "closed", "note": "Disk of the box exchanged"}
    assert (await run(office, "update_ticket_status", closing, customer_id="CUST_001")).success
    found = await run(office, "get_similar_cases", {"problem": "recordings vanish"})
    assert found.result["cases"][0]["resolution"] == "Disk of the box exchanged"


async def test_a_note_is_added_once_and_masked(office: Office):
    secret = NOTE | {"note": "Card 4111 1111 1111 1111, write to ada@example.org"}
    first, again = (
        await run(office, "update_customer_notes", secret),
        await run(office, "update_customer_notes", secret),
    )
    assert first.result == again.result
    assert first.result["notes"] == 3
    stored = await office.value("select note from customer_notes where note_id = %s", first.result["note_id"])
    assert stored == "Card ****1111, write to a***@example.org"


async def test_the_overview_shows_notes_and_opportunities(library: Office):
    outcome = await run(library, "crm_integration", {"customer_id": "CUST_003"}, agent="sales")
    assert outcome.result["opportunities"][0]["stage"] == "open"
    assert outcome.result["notes"][0]["category"] == "sales"
    assert len(json.dumps(outcome.result)) < 3_000


async def test_an_opportunity_is_opened_once_and_moved(office: Office):
    wish = ME | {"action": "open_opportunity", "title": "TV Complete", "monthly_value": "19.99"}
    first, again = await run(office, "crm_integration", wish), await run(office, "crm_integration", wish)
    assert first.result["changed"] == again.result["changed"]
    assert len(again.result["opportunities"]) == 1
    move = ME | {"action": "set_stage", "opportunity_id": first.result["changed"], "stage": "won"}
    assert (await run(office, "crm_integration", move)).result["opportunities"][0]["stage"] == "won"
    back = await run(office, "crm_integration", move | {"stage": "open"}, occasion="m-2")
    assert back.error_type == "not-possible"


async def test_a_ticket_is_created_once_with_its_deadline(office: Office):
    first, again = await run(office, "create_ticket", TICKET), await run(office, "create_ticket", TICKET)
    assert first.result == again.result
    assert first.result["sla_deadline"] == "2026-11-21T03:00:00Z", "24 hours, half of it for platinum"
    [row] = await office.rows("select * from tickets where ticket_id = %s", first.result["ticket_id"])
    assert (row["status"], row["subcategory"], row["customer_id"]) == ("new", "tv", "CUST_001")


async def test_nobody_gets_more_than_ten_tickets_beside(office: Office):
    outcomes = [await run(office, "create_ticket", TICKET, occasion=f"m-{n}") for n in range(12)]
    assert [outcome.success for outcome in outcomes].count(True) == 10
    assert outcomes[-1].error_type == "not-possible"


async def test_an_account_changes_and_the_old_address_is_told(office: Office):
    change = ME | {"email": "alice@example.net", "language": "de"}
    first, again = await run(office, "update_account", change), await run(office, "update_account", change)
    assert first.result == again.result
    assert first.result["notified"] == "a***@example.org"
    assert first.result["changed"][0] == {"field": "email", "previous": "a***@example.org", "value": "a***@example.net"}
    [account] = await office.rows("select email, preferences from customers where customer_id = 'CUST_001'")
    assert account == {
        "email": "alice@example.net",
        "preferences": {"language": "de", "contact_channel": "email"},
    }
    [told] = await office.rows("select recipient, channel from notifications")
    assert told == {"recipient": "alice.morgan@example.org", "channel": "email"}
    assert await office.value("select count(*) from account_changes") == 2


async def test_a_reset_sends_a_code_that_no_result_knows(office: Office):
    first, again = await run(office, "reset_password", ME), await run(office, "reset_password", ME)
    assert first.result == again.result
    assert first.result["recipient"] == "a***@example.org"
    [message] = await office.rows("select recipient, body from notifications")
    [code] = re.findall(r"\b\d{8}\b", message["body"])
    [reset] = await office.rows("select salt, digest, expires_at from password_resets")
    assert reset["digest"] == digest(code, bytes(reset["salt"]))
    assert (reset["expires_at"] - NOW).total_seconds() == 1800
    assert code not in json.dumps(first.result)
    assert code not in await office.value("select string_agg(result::text, '') from effects")


async def test_three_codes_a_day(office: Office):
    outcomes = [await run(office, "reset_password", ME, occasion=f"m-{n}") for n in range(4)]
    assert [outcome.success for outcome in outcomes] == [True, True, True, False]
    assert outcomes[-1].error_type == "too-many-attempts"


async def test_first_level_resets_passwords_for_who_cannot_sign_in(office: Office):
    assert (await run(office, "reset_password", ME, agent="tier1", identity="claimed")).success


OPEN = {"action": "open_opportunity", "title": "TV Complete"}
MOVE = {"action": "set_stage", "stage": "quoted"}


@pytest.mark.parametrize(
    ("tool", "arguments", "error_type"),
    [
        ("update_customer_notes", NOTE | {"note": BIG}, "invalid-arguments"),
        ("update_customer_notes", NOTE | {"note": "x"}, "invalid-arguments"),
        ("update_customer_notes", NOTE | {"category": "gossip"}, "invalid-arguments"),
        ("update_customer_notes", NOTE | {"customer_id": "CUST_404"}, "unknown-customer"),
        ("get_similar_cases", {"problem": BIG}, "invalid-arguments"),
        ("get_similar_cases", {"problem": "broken", "max_results": 6}, "invalid-arguments"),
        ("crm_integration", ME | {"action": "open_opportunity"}, "invalid-arguments"),
        ("crm_integration", ME | {"action": "set_stage", "stage": "won"}, "invalid-arguments"),
        ("crm_integration", ME | OPEN | {"monthly_value": -1}, "invalid-arguments"),
        ("crm_integration", ME | OPEN | {"monthly_value": "NaN"}, "invalid-arguments"),
        ("crm_integration", ME | OPEN | {"title": BIG}, "invalid-arguments"),
        ("crm_integration", ME | MOVE | {"opportunity_id": "OPP-101"}, "not-found"),
        ("crm_integration", ME | MOVE | {"opportunity_id": "OPP-404"}, "not-found"),
        ("crm_integration", OPEN | {"customer_id": "CUST_028"}, "not-possible"),
        ("crm_integration", {"customer_id": "CUST_404"}, "unknown-customer"),
        ("create_ticket", TICKET | {"description": "short"}, "invalid-arguments"),
        ("create_ticket", TICKET | {"description": BIG}, "invalid-arguments"),
        ("create_ticket", TICKET | {"priority": "apocalyptic"}, "invalid-arguments"),
        ("create_ticket", TICKET | {"customer_id": "CUST_404"}, "unknown-customer"),
        ("update_account", ME, "invalid-arguments"),
        ("update_account", ME | {"email": "nobody"}, "invalid-arguments"),
        ("update_account", ME | {"email": BIG}, "invalid-arguments"),
        ("update_account", ME | {"email": "a@b.example\nBcc: c@d.example"}, "invalid-arguments"),
        ("update_account", ME | {"phone": "911"}, "invalid-arguments"),
        ("update_account", ME | {"tier": "platinum"}, "invalid-arguments"),
        ("update_account", ME | {"language": "tlh"}, "invalid-arguments"),
        ("update_account", ME | {"email": "alice.morgan@example.org"}, "not-possible"),
        ("update_account", {"customer_id": "CUST_028", "language": "en"}, "not-possible"),
        ("update_account", {"customer_id": "CUST_404", "language": "en"}, "unknown-customer"),
        ("reset_password", ME | {"channel": "pigeon"}, "invalid-arguments"),
        ("reset_password", ME | {"recipient": "me@example.com"}, "invalid-arguments"),
        ("reset_password", {"customer_id": "CUST_041"}, "not-possible"),
        ("reset_password", {"customer_id": "CUST_404"}, "unknown-customer"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_written(
    office: Office, tool: str, arguments: dict[str, Any], error_type: str
):
    before = await written(office)
    outcome = await run(office, tool, arguments)
    assert outcome.error_type == error_type
    assert len(outcome.error) > 20
    assert await written(office) == before


@pytest.mark.parametrize("tool", ["update_customer_notes", "crm_integration", "create_ticket", "update_account"])
async def test_other_customers_are_left_alone(office: Office, tool: str):
    arguments = {"update_customer_notes": NOTE, "create_ticket": TICKET, "update_account": ME | {"language": "de"}}
    before = await written(office)
    outcome = await run(office, tool, arguments.get(tool, ME), customer_id="CUST_002")
    assert outcome.error_type == "not-found"
    assert await written(office) == before
