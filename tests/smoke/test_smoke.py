"""A minute's check of a running system, whichever it is. It leaves one short conversation behind."""

from uuid import uuid4

import pytest

pytestmark = pytest.mark.e2e


async def test_it_is_alive_and_ready(client):
    assert (await client.get("/health")).status_code == 200
    assert (await client.get("/ready")).status_code == 200


async def test_it_describes_itself(client):
    described = (await client.get("/openapi.json")).raise_for_status().json()
    assert "/api/v1/conversations" in described["paths"]


async def test_it_serves_the_chat_page(client):
    page = await client.get("/chat", follow_redirects=True)
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]


async def test_a_customer_is_answered(client, target):
    made = await client.post("/api/v1/conversations", json={"customer_id": target.customer, "channel": "web"})
    conversation = made.raise_for_status().json()["conversation_id"]
    message_id = f"smoke-{uuid4().hex}"
    body = {"message": "Hello, what are your opening hours?", "message_id": message_id}
    answer = await client.post(f"/api/v1/conversations/{conversation}/messages?wait=30", json=body)
    assert answer.status_code == 200
    assert answer.json()["replies"]
    page = await client.get(
        f"/api/v1/conversations/{conversation}/events", headers={"Accept": "application/json"}, params={"after": 0}
    )
    events = page.raise_for_status().json()["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    answers = [id_ for event in events if event["type"] == "agent_message" for id_ in event["answers"]]
    assert answers.count(message_id) == 1


async def test_who_has_no_token_is_told_so(client, target):
    body = {"customer_id": target.customer, "channel": "web"}
    refused = await client.post("/api/v1/conversations", json=body, headers={"Authorization": "Bearer nonsense"})
    assert refused.status_code == 401
    assert refused.headers["content-type"].startswith("application/problem+json")
