"""MCP servers behind our ports: the SDK's own server, over HTTP and as a program."""

import asyncio
import sys
from pathlib import Path

import pytest
from mcp import Client

from activities.ports import BackOffice
from adapters.connectors.declaration import WrongConnectors
from cli.servers.processes import free_port
from domain.errors import AnswerUnreadable, BackOfficeUnavailable, NotPossible, SlotTaken, UnknownCustomer
from domain.state import Priority
from tests.adapters.connectors.asking import effect, note, ticket
from tests.adapters.connectors.conftest import Connect
from tests.adapters.connectors.cutting import line_to

pytestmark = pytest.mark.integration

SCRIPT = Path(__file__).parent / "mcp_system.py"
OPERATIONS = {
    "knowledge.search": "kb_search",
    "knowledge.guide": "kb_guide",
    "relations.add_note": "add_note",
}


def over_http(port: int, **changes: object) -> dict[str, object]:
    url = f"http://127.0.0.1:{port}/mcp"
    common = {"kind": "mcp", "url": url, "timeout_seconds": 10, "operations": OPERATIONS}
    return common | {"errors": {"E-77": "slot-taken"}} | changes


def as_program(**changes: object) -> dict[str, object]:
    system = over_http(0, timeout_seconds=30, command=[sys.executable, str(SCRIPT), "stdio"])
    del system["url"]
    return system | changes


async def counts(port: int) -> dict[str, int]:
    async with Client(f"http://127.0.0.1:{port}/mcp") as client:
        return (await client.call_tool("tell_counts", {})).structured_content


async def test_a_read_is_answered_in_the_ports_own_types(connect: Connect, mcp_port: int, own: BackOffice):
    office = await connect(knowledge=over_http(mcp_port))
    found = await office.knowledge.search("router", categories=None, limit=3)
    assert [article.article_id for article in found] == ["KB-1", "KB-2", "KB-3"]
    assert await office.knowledge.search("router", categories=["nothing"], limit=3) == []
    assert await office.knowledge.guide_topics() == await own.knowledge.guide_topics()


async def test_what_may_be_missing_is_none(connect: Connect, mcp_port: int):
    office = await connect(knowledge=over_http(mcp_port))
    assert await office.knowledge.guide("haunted", "toaster", Priority.LOW) is None


async def test_a_program_serves_as_well_and_comes_back_after_it_died(connect: Connect):
    office, once = await connect(crm=as_program()), effect()
    first = await office.support.relations.add_note(once, note())
    assert await office.support.relations.add_note(once, note()) == first
    with pytest.raises(BackOfficeUnavailable):
        await office.support.relations.add_note(effect("CUST_DIES"), note("CUST_DIES"))
    assert (await office.support.relations.add_note(effect(), note())).note_id == "N-1"


async def test_a_program_gets_only_the_variables_that_are_declared(connect: Connect, monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_OF_OURS", "hush")
    monkeypatch.setenv("CRM_REGION", "eu")
    seen = tmp_path / "environment"
    spy = f"import os, pathlib; pathlib.Path({str(seen)!r}).write_text(repr(dict(os.environ)))"
    await connect(crm=as_program(command=[sys.executable, "-c", spy], environment=["CRM_REGION"]))
    assert "CRM_REGION" in seen.read_text()
    assert "SECRET_OF_OURS" not in seen.read_text()


async def test_calls_at_once_share_a_session(connect: Connect, mcp_port: int):
    office = await connect(knowledge=over_http(mcp_port))
    searches = [office.knowledge.search(f"q{n}", categories=None, limit=1) for n in range(10)]
    found = await asyncio.gather(*searches)
    assert [articles[0].title for articles in found] == [f"q{n}" for n in range(10)]


async def test_an_effect_whose_answer_is_lost_happens_once(connect: Connect, mcp_port: int):
    once = effect()
    before = (await counts(mcp_port)).get("notes", 0)
    async with line_to(mcp_port) as line:
        office = await connect(crm=over_http(line.port))
        line.cut_after = b"tools/call"
        with pytest.raises(BackOfficeUnavailable):
            await office.support.relations.add_note(once, note())
        added = await office.support.relations.add_note(once, note())
    assert added.notes == before + 1
    assert (await counts(mcp_port))["notes"] == before + 1


def ticketing(port: int, **looked_up: str) -> dict[str, object]:
    create = {"tool": "create_ticket", "key_field": "reference"} | looked_up
    return over_http(port, knows_idempotency_keys=False, operations={"cases.create": create})


@pytest.mark.parametrize(
    "looked_up", [{"lookup": "find_ticket"}, {"lookup": "find_in_object", "lookup_result": "/ticket"}]
)
async def test_a_system_without_keys_is_looked_at_before_it_is_asked_again(
    connect: Connect, mcp_port: int, looked_up: dict[str, str]
):
    office, once = await connect(ticketing=ticketing(mcp_port, **looked_up)), effect()
    before = (await counts(mcp_port)).get("tickets", 0)
    created = await office.support.cases.create(once, ticket())
    assert await office.support.cases.create(once, ticket()) == created
    assert (await counts(mcp_port))["tickets"] == before + 1


@pytest.mark.parametrize("lookup", ["find_in_object", "find_or_refuse", "find_or_talk"])
async def test_a_look_up_that_cannot_be_read_is_an_outage(connect: Connect, mcp_port: int, lookup: str):
    office = await connect(ticketing=ticketing(mcp_port, lookup=lookup))
    before = (await counts(mcp_port)).get("tickets", 0)
    with pytest.raises(BackOfficeUnavailable, match="ticketing does not tell what happened"):
        await office.support.cases.create(effect(), ticket())
    assert (await counts(mcp_port)).get("tickets", 0) == before


@pytest.mark.parametrize(
    ("customer_id", "error", "words"),
    [
        ("CUST_GONE", UnknownCustomer, "There is no customer CUST_GONE."),
        ("CUST_FULL", NotPossible, "The notebook is full."),
        ("CUST_CONFLICT", BackOfficeUnavailable, "crm answered with 409."),
        ("CUST_ODD_TYPE", BackOfficeUnavailable, "crm answered with 409."),
        ("CUST_ODD_CODE", SlotTaken, "E-77: the case is locked"),
        ("CUST_BROKEN", BackOfficeUnavailable, "A tool of crm failed."),
        ("CUST_SLOW", BackOfficeUnavailable, "crm failed"),
        ("CUST_WRONG", AnswerUnreadable, "do not repeat it"),
    ],
)
async def test_every_failure_has_its_type(connect: Connect, mcp_port: int, customer_id: str, error, words: str):
    office = await connect(crm=over_http(mcp_port, timeout_seconds=2))
    with pytest.raises(error) as failed:
        await office.support.relations.add_note(effect(customer_id), note(customer_id))
    assert type(failed.value) is error
    assert words in str(failed.value)
    assert (await office.knowledge.search("still there", categories=None, limit=1))[0].title == "still there"


async def test_a_tool_that_is_not_there_stops_the_start(connect: Connect, mcp_port: int):
    with pytest.raises(WrongConnectors, match=r"systems.kb.operations.knowledge.search: the server has no tool 'find'"):
        await connect(kb=over_http(mcp_port, operations={"knowledge.search": "find"}))


async def test_a_server_that_is_away_at_start_may_come_later(connect: Connect):
    office = await connect(kb=over_http(free_port(), timeout_seconds=2))
    with pytest.raises(BackOfficeUnavailable):
        await office.knowledge.search("router", categories=None, limit=3)
