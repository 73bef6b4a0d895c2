import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from domain.messages import AgentReply, Decision
from tests.api.stage import OTHER_CUSTOMER, Api

pytestmark = pytest.mark.integration

JSON = {"Accept": "application/json"}


class Stream:
    """Server-sent events as a client reads them."""

    def __init__(self, response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def event(self, seconds: float = 10) -> dict:
        """The next event that carries data."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(seconds):
            async for line in self._lines:
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value.strip()
                elif "data" in fields:
                    return fields
                else:
                    fields = {}
        raise AssertionError("the stream ended")

    async def until(self, event_type: str) -> list[dict]:
        """Logged events up to the first of this type."""
        events = []
        while not events or events[-1]["type"] != event_type:
            fields = await self.event()
            event = json.loads(fields["data"])
            assert fields["id"] == str(event["seq"])
            events.append(event)
        return events


@asynccontextmanager
async def following(client, path, headers=None):
    async with client.stream("GET", path, headers=headers or {}) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Stream(response)


async def test_the_log_as_pages(api: Api):
    conversation_id = await api.start_conversation("hello")
    whole = await api.until(conversation_id, "agent_message")
    client, after, collected = api.client("customer"), 0, []
    while True:
        page = await client.get(f"/conversations/{conversation_id}/events?after={after}&limit=2", headers=JSON)
        if not page.json()["events"]:
            break
        assert len(page.json()["events"]) <= 2
        collected += page.json()["events"]
        after = page.json()["next_after"]
    assert [event["seq"] for event in collected] == [event["seq"] for event in whole]
    assert page.json() == {"events": [], "next_after": after}
    assert {"seq", "type", "at"} <= collected[0].keys()


async def test_the_log_as_a_stream(api: Api):
    conversation_id = await api.start_conversation()
    client = api.client("customer")
    async with following(client, f"/conversations/{conversation_id}/events") as stream:
        assert (await stream.until("conversation_started"))[0]["seq"] == 1
        await api.client().post(f"/conversations/{conversation_id}/messages", json={"message": "hello"})
        events = await stream.until("agent_message")
    assert [event["seq"] for event in events] == list(range(2, 2 + len(events)))


async def test_a_broken_stream_goes_on_where_it_was(api: Api):
    conversation_id = await api.start_conversation("one")
    path, client = f"/conversations/{conversation_id}/events", api.client("customer")
    async with following(client, path) as stream:
        first = await stream.until("agent_message")
    await api.client().post(f"/conversations/{conversation_id}/messages?wait=10", json={"message": "two"})
    async with following(client, path + "?after=0", {"Last-Event-ID": str(first[-1]["seq"])}) as stream:
        second = await stream.until("agent_message")
    async with following(client, f"{path}?after={first[-1]['seq']}") as stream:
        assert await stream.until("agent_message") == second
    seqs = [event["seq"] for event in first + second]
    assert seqs == list(range(1, len(seqs) + 1))


async def test_tokens_come_on_request(api: Api):
    release = asyncio.Event()

    async def talkative(thought, on_delta):
        for word in ("I ", "see ", "it."):
            await on_delta(word)
        await release.wait()
        return Decision(reply=AgentReply(message="I see it."))

    api.agents.mind = talkative
    conversation_id = await api.start_conversation()
    await api.until(conversation_id, "conversation_started")
    path = f"/conversations/{conversation_id}/events?after=1"
    async with following(api.client(), path + "&deltas=true") as live, following(api.client(), path) as plain:
        await asyncio.sleep(0.1)
        await api.client().post(f"/conversations/{conversation_id}/messages", json={"message": "hello"})
        text = ""
        while text != "I see it.":
            fields = await live.event()
            if fields.get("event") == "delta":
                assert "id" not in fields
                text += json.loads(fields["data"])["text"]
        release.set()
        logged = await plain.until("agent_message")
    assert logged[-1]["message"] == text


async def test_those_who_leave_are_forgotten(api: Api):
    conversation_id = await api.start_conversation("hello")
    client = api.client("customer")
    async with following(client, f"/conversations/{conversation_id}/events") as stream:
        await stream.event()
    hub = api.server.config.app.state.services.hub
    async with asyncio.timeout(20):
        while len(hub):
            await asyncio.sleep(0.05)


async def test_a_stream_ends_with_its_token(api: Api):
    import time

    conversation_id = await api.start_conversation("hello")
    client = api.client("customer", exp=time.time() + 1.0)
    async with asyncio.timeout(10), client.stream("GET", f"/conversations/{conversation_id}/events") as response:
        body = "".join([text async for text in response.aiter_text()])
    assert "conversation_started" in body


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/json", "application/json"),
        ("application/json;q=0.9, application/xml", "application/json"),
        ("text/html", "application/problem+json"),
    ],
)
async def test_what_the_client_accepts_decides(api: Api, accept, expected):
    conversation_id = await api.start_conversation()
    response = await api.client().get(f"/conversations/{conversation_id}/events", headers={"Accept": accept})
    assert response.headers["content-type"] == expected
    assert response.status_code == (406 if "problem" in expected else 200)


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=99999999999999999999", "limit=0", "limit=501", "after=1.5"]
)
async def test_wrong_cursors(api: Api, query):
    conversation_id = await api.start_conversation()
    response = await api.client().get(f"/conversations/{conversation_id}/events?{query}", headers=JSON)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"].startswith("query/")


async def test_a_wrong_last_event_id(api: Api):
    conversation_id = await api.start_conversation()
    response = await api.client().get(f"/conversations/{conversation_id}/events", headers={"Last-Event-ID": "<script>"})
    assert response.status_code == 422
    assert "script" not in response.text


async def test_somebody_elses_stream(api: Api):
    conversation_id = await api.start_conversation(customer=OTHER_CUSTOMER)
    response = await api.client("customer").get(f"/conversations/{conversation_id}/events")
    assert response.status_code == 403
