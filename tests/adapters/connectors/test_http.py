"""Another company's HTTP API behind our ports: a real server, and real accidents on the way to it."""

import httpx
import pytest

from activities.ports import BackOffice
from adapters.connectors.declaration import WrongConnectors
from cli.servers.processes import free_port
from domain.errors import (
    AnswerUnreadable,
    BackOfficeUnavailable,
    InvalidArguments,
    NotFound,
    NotPossible,
    SlotTaken,
    UnknownCustomer,
)
from domain.state import Priority, TicketStatus
from tests.adapters.connectors.asking import effect, note, ticket
from tests.adapters.connectors.conftest import Connect
from tests.adapters.connectors.cutting import line_to

pytestmark = pytest.mark.integration

NOTES = {
    "request": "POST /customers/{customer_id}/notes",
    "also_send": ["conversation_id"],
    "result": "/data",
}
TICKETS = {
    "request": "POST /legacy/tickets",
    "lookup": "GET /legacy/tickets?reference={effect_key}",
    "key_field": "reference",
}


def crm(port: int, **changes: object) -> dict[str, object]:
    return {
        "kind": "http",
        "url": f"http://127.0.0.1:{port}/api",
        "token_variable": "CRM_TOKEN",
        "timeout_seconds": 1,
        "errors": {"no-such-customer": "unknown-customer", "E-77": "slot-taken"},
        "operations": {
            "relations.add_note": NOTES,
            "billing.invoices": "GET /invoices?customer={customer_id}",
            "knowledge.guide": "GET /guides/{issue_category}/{product_type}",
        },
    } | changes


def legacy(port: int, **changes: object) -> dict[str, object]:
    return crm(port, knows_idempotency_keys=False, operations={"cases.create": TICKETS | changes})


async def counts(port: int) -> dict[str, int]:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{port}/counts")).json()


async def test_a_read_is_answered_in_the_ports_own_types(connect: Connect, http_port: int):
    office = await connect(crm=crm(http_port))
    found = await office.billing.invoices("CUST_001", limit=2)
    assert [invoice.invoice_id for invoice in found] == ["INV-1", "INV-2"]
    assert str(found[0].charges[0].amount) == "49.90"


async def test_what_is_not_declared_stays_with_our_own_tables(connect: Connect, http_port: int, own: BackOffice):
    office = await connect(crm=crm(http_port))
    assert await office.billing.balance("CUST_001") == await own.billing.balance("CUST_001")
    assert await office.knowledge.guide_topics() == await own.knowledge.guide_topics()
    assert office.sales is own.sales


async def test_what_may_be_missing_is_none(connect: Connect, http_port: int):
    office = await connect(crm=crm(http_port))
    assert await office.knowledge.guide("haunted", "toaster", Priority.LOW) is None


async def test_an_effect_under_the_same_key_happens_once(connect: Connect, http_port: int):
    office, once = await connect(crm=crm(http_port)), effect()
    before = (await counts(http_port)).get("notes", 0)
    first = await office.support.relations.add_note(once, note())
    again = await office.support.relations.add_note(once, note())
    other = await office.support.relations.add_note(effect(), note())
    assert first == again != other
    assert (await counts(http_port))["notes"] == before + 2


async def test_an_effect_whose_answer_is_lost_happens_once(connect: Connect, http_port: int):
    once = effect()
    before = (await counts(http_port)).get("notes", 0)
    async with line_to(http_port) as line:
        office = await connect(crm=crm(line.port))
        line.cut_after = b"POST /api/customers"
        with pytest.raises(BackOfficeUnavailable, match="crm did not answer"):
            await office.support.relations.add_note(once, note())
        assert (await counts(http_port))["notes"] == before + 1
        added = await office.support.relations.add_note(once, note())
    assert added.category == "preference"
    assert (await counts(http_port))["notes"] == before + 1


async def test_a_system_without_keys_is_looked_at_before_it_is_asked_again(connect: Connect, http_port: int):
    once = effect()
    before = (await counts(http_port)).get("tickets", 0)
    async with line_to(http_port) as line:
        office = await connect(ticketing=legacy(line.port))
        line.cut_after = b"POST /api/legacy/tickets"
        with pytest.raises(BackOfficeUnavailable):
            await office.support.cases.create(once, ticket())
        assert (await counts(http_port))["tickets"] == before + 1
        created = await office.support.cases.create(once, ticket())
        other = await office.support.cases.create(effect(), ticket())
    assert created.status is TicketStatus.NEW
    assert created.ticket_id != other.ticket_id
    assert (await counts(http_port))["tickets"] == before + 2


def looked_up_in(shape: str, pointer: str) -> dict[str, object]:
    found_at = {"lookup": f"GET /legacy/found/{shape}?reference={{effect_key}}"}
    return found_at | ({"lookup_result": pointer} if pointer else {})


@pytest.mark.parametrize(
    ("shape", "pointer"),
    [
        ("object", "/data/ticket"),
        ("page", "/items"),
        ("bare", ""),
        ("no-content", ""),
        ("problem", ""),
        ("nobody", ""),
    ],
)
async def test_a_look_up_that_finds_nothing_lets_it_happen_once(
    connect: Connect, http_port: int, shape: str, pointer: str
):
    office, once = await connect(ticketing=legacy(http_port, **looked_up_in(shape, pointer))), effect()
    before = (await counts(http_port)).get("tickets", 0)
    created = await office.support.cases.create(once, ticket())
    assert await office.support.cases.create(once, ticket()) == created
    assert (await counts(http_port))["tickets"] == before + 1


@pytest.mark.parametrize(
    ("shape", "pointer"),
    [
        ("object", ""),
        ("object", "/data/tickets"),
        ("page", ""),
        ("bad-request", ""),
        ("empty", ""),
        ("html", ""),
        ("other", ""),
        ("holes", ""),
    ],
)
async def test_a_look_up_that_cannot_be_read_is_an_outage(connect: Connect, http_port: int, shape: str, pointer: str):
    office = await connect(ticketing=legacy(http_port, **looked_up_in(shape, pointer)))
    before = (await counts(http_port)).get("tickets", 0)
    with pytest.raises(BackOfficeUnavailable, match="ticketing does not tell what happened"):
        await office.support.cases.create(effect(), ticket())
    assert (await counts(http_port)).get("tickets", 0) == before


@pytest.mark.parametrize(
    ("customer_id", "error", "words"),
    [
        ("CUST_GONE", UnknownCustomer, "There is no customer CUST_GONE."),
        ("CUST_FULL", NotPossible, "Mail a***@example.com first: the notebook is full."),
        ("CUST_ODD_CODE", SlotTaken, "The case is locked."),
        ("CUST_CONFLICT", BackOfficeUnavailable, "crm answered with 409."),
        ("CUST_BAD", InvalidArguments, "no such field"),
        ("CUST_TEAPOT", NotPossible, "crm refused this (418)."),
        ("CUST_DOWN", BackOfficeUnavailable, "crm answered with 503."),
        ("CUST_BUSY", BackOfficeUnavailable, "crm answered with 429."),
        ("CUST_MOVED", BackOfficeUnavailable, "crm answered with 302."),
        ("CUST_SLOW", BackOfficeUnavailable, "crm did not answer (ReadTimeout)."),
        ("CUST_HTML", AnswerUnreadable, "do not repeat it"),
        ("CUST_EMPTY", AnswerUnreadable, "do not repeat it"),
        ("CUST_WRONG", AnswerUnreadable, "do not repeat it"),
        ("CUST_ENDLESS", AnswerUnreadable, "do not repeat it"),
    ],
)
async def test_every_failure_has_its_type(connect: Connect, http_port: int, customer_id: str, error, words: str):
    office = await connect(crm=crm(http_port))
    with pytest.raises(error) as failed:
        await office.support.relations.add_note(effect(customer_id), note(customer_id))
    assert type(failed.value) is error
    assert words in str(failed.value)


async def test_a_conflict_is_a_refusal_where_nothing_is_changed_or_the_file_says_so(connect: Connect, http_port: int):
    office = await connect(crm=crm(http_port))
    with pytest.raises(NotPossible):
        await office.billing.invoices("CUST_CONFLICT", limit=1)
    office = await connect(crm=crm(http_port, errors={"409": "slot-taken"}))
    with pytest.raises(SlotTaken):
        await office.support.relations.add_note(effect("CUST_CONFLICT"), note("CUST_CONFLICT"))
    with pytest.raises(NotPossible):
        await office.support.relations.add_note(effect("CUST_FULL"), note("CUST_FULL"))


@pytest.mark.parametrize("customer_id", ["CUST_HTML", "CUST_WRONG", "CUST_EMPTY"])
async def test_what_cannot_be_read_is_not_guessed(connect: Connect, http_port: int, customer_id: str):
    office = await connect(crm=crm(http_port))
    with pytest.raises(AnswerUnreadable, match="Do not guess it"):
        await office.billing.invoices(customer_id, limit=1)


async def test_an_unknown_token_is_an_outage(connect: Connect, http_port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CRM_OLD_TOKEN", "of last year")
    office = await connect(crm=crm(http_port, token_variable="CRM_OLD_TOKEN"))
    with pytest.raises(BackOfficeUnavailable, match="401"):
        await office.billing.invoices("CUST_001", limit=1)


async def test_an_id_is_one_step_of_a_path(connect: Connect, http_port: int):
    office = await connect(crm=crm(http_port, operations={"billing.invoice": "GET /invoices/{invoice_id}"}))
    with pytest.raises(InvalidArguments, match="invoice_id"):
        await office.billing.invoice("CUST_001", "..")
    with pytest.raises(NotFound):
        await office.billing.invoice("CUST_001", "../../counts")


async def test_its_own_description_is_compared_at_start(connect: Connect, http_port: int):
    described = {"openapi": f"http://127.0.0.1:{http_port}/openapi.json"}
    await connect(crm=crm(http_port, **described))
    misspelt = {"billing.invoices": "GET /invoice?customer={customer_id}"}
    with pytest.raises(
        WrongConnectors, match=r"connectors.yaml: systems.crm.operations.billing.invoices.request: .* no GET /invoice$"
    ):
        await connect(crm=crm(http_port, operations=misspelt, **described))


async def test_the_token_goes_to_the_system_s_own_host(connect: Connect, http_port: int):
    async with line_to(http_port) as stranger:
        await connect(crm=crm(http_port, openapi=f"{stranger.url}/openapi.json"))
        assert f"tokens sent to 127.0.0.1:{stranger.port}" not in await counts(http_port)
    ours = f"tokens sent to 127.0.0.1:{http_port}"
    before = (await counts(http_port)).get(ours, 0)
    await connect(crm=crm(http_port, openapi=f"http://127.0.0.1:{http_port}/openapi.json"))
    assert (await counts(http_port))[ours] == before + 1


async def test_a_system_that_is_away_at_start_may_come_later(connect: Connect):
    office = await connect(crm=crm(free_port(), openapi="/openapi.json"))
    with pytest.raises(BackOfficeUnavailable, match="crm did not answer"):
        await office.billing.invoices("CUST_001", limit=1)
