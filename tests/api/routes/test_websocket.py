import asyncio
import json
import time
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from domain.messages import MESSAGE_LIMIT, AgentReply, Decision
from tests.api.stage import OTHER_CUSTOMER, Api

pytestmark = pytest.mark.integration


class Wire:
    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[dict[str, Any]] = []

    async def send(self, frame: Any) -> None:
        await self.connection.send(frame if isinstance(frame, (str, bytes)) else json.dumps(frame))

    async def frame(self, *types: str, seconds: float = 10) -> dict[str, Any]:
        """The next frame, or the next of these types; all are kept."""
        async with asyncio.timeout(seconds):
            while True:
                frame = json.loads(await self.connection.recv())
                self.frames.append(frame)
                if not types or frame["type"] in types:
                    return frame

    async def event(self, event_type: str) -> dict[str, Any]:
        while True:
            frame = await self.frame("event")
            if frame["event"]["type"] == event_type:
                return frame

    @property
    def seqs(self) -> list[int]:
        return [frame["seq"] for frame in self.frames if frame["type"] == "event"]


@asynccontextmanager
async def line(api: Api, conversation_id: str, role: str = "customer", after: int = 0, **claims: Any):
    headers = {"Authorization": f"Bearer {api.token(role, **claims)}"}
    address = f"{api.ws_url}/api/v1/conversations/{conversation_id}/ws?after={after}"
    async with connect(address, additional_headers=headers) as connection:
        yield Wire(connection)


async def test_a_message_and_its_reply(api: Api):
    conversation_id = await api.start_conversation()
    async with line(api, conversation_id) as wire:
        await wire.send({"type": "message", "message": "hello", "message_id": "m-1"})
        assert await wire.frame("accepted") == {"type": "accepted", "message_id": "m-1"}
        reply = await wire.event("agent_message")
    assert reply["event"]["answers"] == ["m-1"]
    assert reply["event"]["seq"] == reply["seq"]
    assert wire.seqs == list(range(1, len(wire.seqs) + 1))


async def test_a_message_without_an_id_gets_one(api: Api):
    conversation_id = await api.start_conversation()
    async with line(api, conversation_id) as wire:
        await wire.send({"type": "message", "message": "hello"})
        accepted = await wire.frame("accepted")
        assert (await wire.event("customer_message"))["event"]["message_id"] == accepted["message_id"]


async def test_a_change_of_status_is_told_as_the_prd_writes_it(api: Api):
    conversation_id = await api.start_conversation("hello")
    async with line(api, conversation_id) as wire:
        update = await wire.frame("status_update")
    assert update["conversation_id"] == conversation_id
    assert update["status"] == "in_progress"
    assert {"timestamp", "seq"} <= update.keys()
    assert wire.frames[-2]["seq"] == update["seq"]


async def test_words_appear_while_the_agent_speaks(api: Api):
    release = asyncio.Event()

    async def talkative(thought, on_delta):
        await on_delta("I see ")
        await on_delta("it.")
        await release.wait()
        return Decision(reply=AgentReply(message="I see it."))

    api.agents.mind = talkative
    conversation_id = await api.start_conversation()
    async with line(api, conversation_id) as wire:
        await wire.event("conversation_started")
        await wire.send({"type": "message", "message": "hello"})
        words = (await wire.frame("delta"))["text"]
        while words != "I see it.":
            words += (await wire.frame("delta"))["text"]
        turn_id = wire.frames[-1]["turn_id"]
        release.set()
        assert (await wire.event("agent_message"))["event"]["turn_id"] == turn_id


async def test_a_thought_that_takes_its_time_is_announced(api: Api):
    async def thoughtful(thought, on_delta):
        await asyncio.sleep(1.2)
        await on_delta("Hm.")
        return Decision(reply=AgentReply(message="Hm."))

    api.agents.mind = thoughtful
    conversation_id = await api.start_conversation("hello")
    async with line(api, conversation_id) as wire:
        await wire.event("agent_message")
    fleeting = [frame["type"] for frame in wire.frames if frame["type"] in ("typing", "delta")]
    assert fleeting == ["typing", "delta"]


async def test_a_line_that_breaks_goes_on_where_it_was(api: Api):
    conversation_id = await api.start_conversation("one")
    async with line(api, conversation_id) as wire:
        await wire.event("agent_message")
        seen = wire.seqs
        wire.connection.transport.abort()
    await api.client().post(f"/conversations/{conversation_id}/messages?wait=10", json={"message": "two"})
    async with line(api, conversation_id, after=seen[-1]) as wire:
        await wire.event("agent_message")
    assert seen + wire.seqs == list(range(1, len(seen) + len(wire.seqs) + 1))


@pytest.mark.parametrize(
    ("frame", "error_type"),
    [
        ("{", "malformed-body"),
        ("hello", "malformed-body"),
        (b"\x00\x01", "malformed-body"),
        ('{"type":"message","message":"\\ud800"}', "malformed-body"),
        ("[]", "invalid-request"),
        ("{}", "invalid-request"),
        ({"type": "shout", "message": "a"}, "invalid-request"),
        ({"type": "message"}, "invalid-request"),
        ({"type": "message", "message": ""}, "invalid-request"),
        ({"type": "message", "message": 5}, "invalid-request"),
        ({"type": "message", "message": "a", "message_id": "\x00"}, "invalid-request"),
        ({"type": "message", "message": "x" * (MESSAGE_LIMIT + 1)}, "too-large"),
        ("x" * 300_000, "too-large"),
    ],
)
async def test_a_bad_frame_is_a_problem_and_the_line_stays(api: Api, frame, error_type):
    conversation_id = await api.start_conversation()
    async with line(api, conversation_id) as wire:
        await wire.send(frame)
        problem = await wire.frame("problem")
        assert problem["problem"] == f"/problems/{error_type}"
        assert problem["status"] in (400, 413, 422)
        await wire.send({"type": "message", "message": "hello", "message_id": "m-1"})
        await wire.frame("accepted")


async def test_too_many_messages_are_told_so(api: Api):
    conversation_id = await api.start_conversation(customer="CUST_003")
    async with line(api, conversation_id, sub="c3", customer_id="CUST_003") as wire:
        for number in range(70):
            await wire.send({"type": "message", "message": "hello", "message_id": f"m-{number}"})
        problem = await wire.frame("problem")
    assert (problem["problem"], problem["status"]) == ("/problems/rate-limited", 429)
    assert problem["retry_after"] >= 1
    assert problem["message_id"].startswith("m-")


class TestWhoMay:
    async def refused(self, api: Api, path: str, **options) -> InvalidStatus:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"{api.ws_url}/api/v1/conversations/{path}", **options):
                pass
        return refused.value

    async def test_a_browser_offers_its_token_as_a_subprotocol_or_in_the_query(self, api: Api):
        conversation_id = await api.start_conversation()
        address = f"{api.ws_url}/api/v1/conversations/{conversation_id}/ws"
        async with connect(address, subprotocols=["bearer", api.token()]) as connection:
            assert connection.subprotocol == "bearer"
        async with connect(f"{address}?access_token={api.token()}"):
            pass

    @pytest.mark.parametrize("query", ["", "?access_token=", "?access_token=a.b.c", "?access_token=%00"])
    async def test_without_a_good_token(self, api: Api, query):
        conversation_id = await api.start_conversation()
        error = await self.refused(api, f"{conversation_id}/ws{query}")
        assert error.response.status_code == 401
        assert error.response.headers["www-authenticate"].startswith("Bearer")
        assert json.loads(error.response.body)["type"] == "/problems/unauthenticated"

    async def test_somebody_elses(self, api: Api):
        conversation_id = await api.start_conversation(customer=OTHER_CUSTOMER)
        error = await self.refused(api, f"{conversation_id}/ws?access_token={api.token()}")
        assert error.response.status_code == 403

    @pytest.mark.parametrize("conversation_id", ["c-nope", "%00", "a%20b"])
    async def test_unknown(self, api: Api, conversation_id):
        error = await self.refused(api, f"{conversation_id}/ws?access_token={api.token()}")
        assert error.response.status_code == 404

    @pytest.mark.parametrize("after", ["-1", "x", "9" * 20])
    async def test_wrong_after(self, api: Api, after):
        conversation_id = await api.start_conversation()
        error = await self.refused(api, f"{conversation_id}/ws?after={after}&access_token={api.token()}")
        assert error.response.status_code == 422

    async def test_the_line_ends_with_its_token(self, api: Api):
        conversation_id = await api.start_conversation()
        async with line(api, conversation_id, exp=time.time() + 1.0) as wire:
            assert (await wire.frame("problem"))["status"] == 401
            with pytest.raises(ConnectionClosed) as closed:
                await wire.frame()
        assert closed.value.rcvd.code == 4401

    async def test_a_person_who_is_not_the_owner_may_listen_and_not_speak(self, api: Api):
        conversation_id = await api.start_conversation("hello")
        async with line(api, conversation_id, "agent_tier1") as wire:
            await wire.event("agent_message")
            await wire.send({"type": "message", "message": "hi", "message_id": "p-1"})
            problem = await wire.frame("problem")
        assert (problem["problem"], problem["message_id"]) == ("/problems/not-owner", "p-1")
