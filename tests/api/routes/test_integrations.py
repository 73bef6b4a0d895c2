import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client

from adapters.settings import Settings
from api.signatures import SIGNATURE_HEADER, TIMESTAMP_HEADER, WINDOW_SECONDS, signature
from tests.api.stage import Api, StreamingAgents, own_queue, says, serving, working
from workflows.ids import conversation_workflow_id

pytestmark = pytest.mark.integration

SECRETS = {"ticketing": "the secret of the ticketing platform", "crm": "the secret of the CRM, as long as that"}
AT = "2026-11-20T15:00:00Z"


@pytest_asyncio.fixture(scope="module")
async def running_api(settings: Settings, temporal_client: Client) -> AsyncIterator[Api]:
    settings = own_queue(settings).model_copy(update={"integration_secrets": SECRETS})
    agents = StreamingAgents()
    async with working(temporal_client, settings, agents), serving(settings, agents) as api:
        yield api


def event(event_id: str, **fields: Any) -> dict[str, Any]:
    return {"event_id": event_id, "type": "ticket_updated", "at": AT} | fields


async def report(
    api: Api, body: dict[str, Any] | bytes, system: str = "ticketing", *, ago: int = 0, **headers: str
) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    at = str(int(time.time()) - ago)
    signed = {
        TIMESTAMP_HEADER: at,
        SIGNATURE_HEADER: signature(SECRETS.get(system, "unknown").encode(), at, content),
        "Content-Type": "application/json",
    }
    async with httpx.AsyncClient(base_url=api.url + "/api/v1") as client:
        return await client.post(f"/integrations/{system}/events", content=content, headers=signed | headers)


def error_of(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["type"].removeprefix("/problems/")


async def reported(api: Api, conversation_id: str) -> list[dict[str, Any]]:
    return [e for e in await api.until(conversation_id, "integration_event") if e["type"] == "integration_event"]


async def until_kind(api: Api, conversation_id: str, kind: str) -> list[dict[str, Any]]:
    async with asyncio.timeout(15):
        while True:
            events = await reported(api, conversation_id)
            if kind in {e["kind"] for e in events}:
                return events
            await asyncio.sleep(0.05)


async def ended(temporal: Client, conversation_id: str) -> None:
    """Until the workflow has completed: the log knows a little earlier."""
    async with asyncio.timeout(15):
        await temporal.get_workflow_handle(conversation_workflow_id(conversation_id)).result()


async def test_a_report_is_logged_for_the_staff_and_known_to_the_state(api: Api):
    conversation_id = await api.start_conversation()
    body = event("t-1", conversation_id=conversation_id, external_id="INC-1", data={"status": "open", "mail": "a@b.co"})
    response = await report(api, body)
    assert response.status_code == 202
    assert response.json() == {"event_id": "t-1", "conversation_id": conversation_id, "status": "accepted"}
    (logged,) = await reported(api, conversation_id)
    assert (logged["system"], logged["kind"], logged["external_id"]) == ("ticketing", "ticket_updated", "INC-1")
    assert (logged["occurred_at"], logged["data"]) == (AT, {"status": "open", "mail": "a***@b.co"})
    state = (await api.client("supervisor").get(f"/conversations/{conversation_id}/state")).json()
    assert state["external_ticket_id"] == "INC-1"


async def test_customers_see_that_something_happened_and_not_what(api: Api):
    conversation_id = await api.start_conversation()
    await report(api, event("t-2", conversation_id=conversation_id, external_id="INC-2", data={"secret": "yes"}))
    await reported(api, conversation_id)
    page = await api.client("customer").get(
        f"/conversations/{conversation_id}/events", headers={"Accept": "application/json"}
    )
    (seen,) = [e for e in page.json()["events"] if e["type"] == "integration_event"]
    assert seen.keys() == {"seq", "type", "at", "event_id"}


async def test_a_repeat_gets_the_same_answer_and_is_logged_once(api: Api):
    conversation_id = await api.start_conversation()
    body = event("t-3", conversation_id=conversation_id, external_id="INC-3")
    answers = [await report(api, body) for _ in range(3)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, answers[0].text)}
    await report(api, event("t-4", conversation_id=conversation_id, type="the_end"))
    events = await until_kind(api, conversation_id, "the_end")
    assert [e["kind"] for e in events] == ["ticket_updated", "the_end"]


async def test_its_own_id_finds_the_conversation_once_it_is_known(api: Api):
    conversation_id = await api.start_conversation()
    assert error_of(await report(api, event("t-5", external_id="INC-5"))) == (404, "unknown-conversation")
    await report(api, event("t-6", conversation_id=conversation_id, external_id="INC-5"))
    await reported(api, conversation_id)
    found = await report(api, event("t-7", external_id="INC-5", type="ticket_commented"))
    assert (found.status_code, found.json()["conversation_id"]) == (202, conversation_id)
    of_another_system = await report(api, event("t-8", external_id="INC-5"), "crm")
    assert error_of(of_another_system) == (404, "unknown-conversation")


async def test_a_closed_conversation_stays_closed(api: Api, temporal_client: Client):
    async def done(thought, on_delta):
        return says("Goodbye.", outcome="resolution_confirmed")

    api.agents.mind = done
    conversation_id = await api.start_conversation("thanks, that was all")
    await api.until(conversation_id, "survey_requested")
    told = event("t-9", conversation_id=conversation_id, external_id="INC-9")
    assert (await report(api, told)).status_code == 202
    await reported(api, conversation_id)
    await api.client("customer").post(f"/conversations/{conversation_id}/messages", json={"message": "5"})
    await ended(temporal_client, conversation_id)
    late = await report(api, event("t-10", conversation_id=conversation_id))
    assert error_of(late) == (409, "conversation-closed")
    assert (await report(api, told)).status_code == 202
    events = await api.log(conversation_id)
    assert events[-1]["type"] == "conversation_closed"


async def test_an_unknown_conversation_is_404(api: Api):
    assert error_of(await report(api, event("t-11", conversation_id="c-none"))) == (404, "unknown-conversation")


async def test_who_reports_must_be_known_and_sign(api: Api):
    body = event("t-12", conversation_id="c-none")
    assert error_of(await report(api, body, "erp")) == (404, "unknown-system")
    assert error_of(await report(api, body, **{SIGNATURE_HEADER: "v1=00"})) == (401, "bad-signature")
    assert error_of(await report(api, body, **{SIGNATURE_HEADER: ""})) == (401, "bad-signature")
    late = await report(api, body, ago=WINDOW_SECONDS + 5)
    assert error_of(late) == (401, "signature-too-old")
    assert "WWW-Authenticate" in late.headers
    token = await api.client("admin").post("/integrations/ticketing/events", json=body)
    assert error_of(token) == (401, "bad-signature")


@pytest.mark.parametrize(
    ("body", "status", "error_type"),
    [
        (b"", 422, "invalid-request"),
        (b"{", 400, "malformed-body"),
        (b"\xff", 400, "malformed-body"),
        (event("t-13"), 422, "invalid-request"),
        (event("t 13", conversation_id="c-1"), 422, "invalid-request"),
        (event("t-13", conversation_id="c-1", type="Ticket Updated"), 422, "invalid-request"),
        (event("t-13", conversation_id="c-1", at="yesterday"), 422, "invalid-request"),
        (event("t-13", conversation_id="c-1", at="2026-11-20T15:00:00"), 422, "invalid-request"),
        (event("t-13", conversation_id="c-1", data={"a": {"b": 1}}), 422, "invalid-request"),
        (event("t-13", conversation_id="c-1", data={"a": "\x00"}), 422, "invalid-request"),
        (event("t-13", conversation_id="c-1", data={f"f{n}": n for n in range(21)}), 422, "invalid-request"),
        (event("t-13", conversation_id="../../etc"), 422, "invalid-request"),
    ],
)
async def test_bad_input_is_refused(api: Api, body, status, error_type):
    assert error_of(await report(api, body)) == (status, error_type)


async def test_a_body_has_its_limits(api: Api):
    large = event("t-14", conversation_id="c-1", data={"a": "x" * 300_000})
    assert error_of(await report(api, large)) == (413, "too-large")
    plain = await report(api, event("t-15", conversation_id="c-1"), **{"Content-Type": "text/plain"})
    assert error_of(plain) == (415, "unsupported-media-type")
