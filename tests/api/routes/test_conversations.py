import asyncio

import pytest

from adapters.temporal import connect_temporal
from domain.messages import MESSAGE_LIMIT
from tests.api.stage import CUSTOMER, OTHER_CUSTOMER, Api, says, serving
from workflows.ids import conversation_workflow_id

pytestmark = pytest.mark.integration

JSON = {"Accept": "application/json"}


def answers(events, message_id):
    return [event["seq"] for event in events if message_id in event.get("answers", [])]


async def test_a_conversation_starts_with_its_first_message(api: Api):
    body = {"customer_id": CUSTOMER, "channel": "mobile", "initial_message": "hello", "priority": "high"}
    response = await api.client("customer").post("/conversations", json=body)
    assert response.status_code == 201
    created = response.json()
    assert created["status"] == "new"
    assert created["session_id"]
    events = await api.until(created["conversation_id"], "agent_message")
    assert events[0]["type"] == "conversation_started"
    assert (events[0]["channel"], events[0]["priority"]) == ("mobile", "high")
    assert answers(events, created["message_id"])


async def test_a_conversation_may_start_in_silence(api: Api):
    conversation_id = await api.start_conversation()
    events = await api.until(conversation_id, "conversation_started")
    assert "customer_message" not in {event["type"] for event in events}


async def test_waiting_brings_the_reply(api: Api):
    conversation_id = await api.start_conversation()
    response = await api.client("customer").post(
        f"/conversations/{conversation_id}/messages?wait=10", json={"message": "hello", "message_id": "m-1"}
    )
    assert response.status_code == 200
    answer = response.json()
    assert answer["message_id"] == "m-1"
    assert answer["status"] == "pending_customer"
    (reply,) = answer["replies"]
    assert (reply["speaker"], reply["agent_type"], reply["message"]) == ("agent", "billing", "I heard 1.")
    assert reply["answers"] == ["m-1"]
    assert reply["seq"] == answer["last_seq"]


async def test_a_wait_that_runs_out_has_still_accepted_the_message(api: Api):
    open_gate = asyncio.Event()

    async def slow(thought, on_delta):
        await open_gate.wait()
        return says("At last.")

    api.agents.mind = slow
    conversation_id = await api.start_conversation()
    client = api.client()
    response = await client.post(f"/conversations/{conversation_id}/messages?wait=0.3", json={"message": "hello"})
    assert response.status_code == 202
    open_gate.set()
    events = await api.until(conversation_id, "agent_message")
    assert answers(events, response.json()["message_id"])


async def test_the_same_message_twenty_times_is_one(api: Api):
    conversation_id = await api.start_conversation()
    client, path = api.client("customer"), f"/conversations/{conversation_id}/messages?wait=10"
    responses = await asyncio.gather(
        *(client.post(path, json={"message": "hello", "message_id": "m-1"}) for _ in range(20))
    )
    assert {response.status_code for response in responses} == {200}
    assert len({response.json()["replies"][0]["seq"] for response in responses}) == 1
    late = await client.post(path, json={"message": "hello", "message_id": "m-1"})
    assert late.json()["replies"] == responses[0].json()["replies"]
    events = await api.log(conversation_id)
    assert [event["type"] for event in events].count("customer_message") == 1
    assert len(answers(events, "m-1")) == 1


async def test_an_idempotency_key_names_a_message(api: Api):
    conversation_id = await api.start_conversation()
    for _ in range(2):
        response = await api.client().post(
            f"/conversations/{conversation_id}/messages?wait=10",
            json={"message": "hello"},
            headers={"Idempotency-Key": "key-1"},
        )
        assert response.json()["message_id"] == "key-1"


async def test_an_idempotency_key_names_a_conversation(api: Api):
    body = {"customer_id": CUSTOMER, "channel": "web", "initial_message": "hello"}
    headers = {"Idempotency-Key": "start-1"}
    client = api.client("customer")
    first, *others = await asyncio.gather(
        *(client.post("/conversations", json=body, headers=headers) for _ in range(5))
    )
    assert {other.json()["conversation_id"] for other in others} == {first.json()["conversation_id"]}
    events = await api.until(first.json()["conversation_id"], "agent_message")
    assert [event["type"] for event in events].count("customer_message") == 1

    somebody_else = await api.client().post("/conversations", json=body, headers=headers)
    assert somebody_else.json()["conversation_id"] != first.json()["conversation_id"]

    for change in ({"channel": "phone"}, {"initial_message": "hello!"}, {"initial_message": None}):
        changed = await client.post("/conversations", json=body | change, headers=headers)
        assert changed.status_code == 422, change
        assert changed.json()["type"] == "/problems/idempotency-key-reused"


async def test_messages_sent_together_are_all_answered_once(api: Api):
    conversation_id = await api.start_conversation()
    client = api.client()
    sent = [f"m-{number}" for number in range(20)]
    responses = await asyncio.gather(
        *(
            client.post(f"/conversations/{conversation_id}/messages?wait=20", json={"message": m, "message_id": m})
            for m in sent
        )
    )
    assert {response.status_code for response in responses} == {200}
    events = await api.log(conversation_id)
    assert all(len(answers(events, m)) == 1 for m in sent)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


async def test_status_and_state(api: Api):
    conversation_id = await api.start_conversation("hello")
    await api.until(conversation_id, "agent_message")
    status = (await api.client("customer").get(f"/conversations/{conversation_id}/status")).json()
    assert status["status"] == "pending_customer"
    assert status["current_agent_type"] == "billing"
    assert status["current_intent"] == "billing_question"
    assert status["intent_confidence"] == 0.97
    assert status["last_seq"] == len(await api.log(conversation_id))
    for name in ("sentiment", "escalation_level", "requires_human", "priority", "sla_deadline", "sla_breach_risk"):
        assert name in status
    state = (await api.client("agent_tier1").get(f"/conversations/{conversation_id}/state")).json()
    assert state["customer"]["customer_id"] == CUSTOMER
    assert [turn["speaker"] for turn in state["conversation_history"]] == ["customer", "agent"]


async def closed_conversation(api: Api) -> tuple[str, str]:
    """Ids of a conversation whose survey nobody answered, and of its one message."""

    async def confirmed(thought, on_delta):
        return says("Glad to hear it.", outcome="resolution_confirmed")

    api.agents.mind = confirmed
    short = api.settings.engine.model_copy(update={"survey_expires_seconds": 0.2})
    async with serving(api.settings.model_copy(update={"engine": short}), api.agents) as other:
        conversation_id = await other.start_conversation("yes, thank you")
        events = await other.until(conversation_id, "conversation_closed")
    async with asyncio.timeout(10):
        while (await api.client().get(f"/conversations/{conversation_id}/status")).json()["status"] != "closed":
            await asyncio.sleep(0.05)
    return conversation_id, next(event["message_id"] for event in events if event["type"] == "customer_message")


async def test_a_closed_conversation_is_reopened_by_a_message(api: Api):
    conversation_id, _ = await closed_conversation(api)
    stored = await api.client().get(f"/conversations/{conversation_id}/state")
    assert stored.json()["status"] == "closed"
    response = await api.client("customer").post(
        f"/conversations/{conversation_id}/messages?wait=15", json={"message": "one more thing"}
    )
    assert response.status_code == 200
    events = await api.until(conversation_id, "conversation_reopened")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


async def test_a_repeat_does_not_reopen_a_closed_conversation(api: Api):
    """A client that never got its 202 asks again, and the conversation has ended meanwhile."""
    conversation_id, message_id = await closed_conversation(api)
    before = await api.log(conversation_id)
    path, body = f"/conversations/{conversation_id}/messages", {"message": "yes, thank you", "message_id": message_id}
    client = api.client("customer")
    # A workflow takes a moment to end after its last event; while it runs, it drops the repeat itself.
    await until_ended(api, conversation_id)
    assert (await client.post(path, json=body)).status_code == 202
    waited = await client.post(f"{path}?wait=10", json=body)
    assert (waited.status_code, waited.json()["replies"][0]["message"]) == (200, "Glad to hear it.")
    await asyncio.sleep(0.5)
    assert await api.log(conversation_id) == before
    assert (await client.get(f"/conversations/{conversation_id}/status")).json()["status"] == "closed"


async def until_ended(api: Api, conversation_id: str) -> None:
    client = await connect_temporal(api.settings)
    handle = client.get_workflow_handle(conversation_workflow_id(conversation_id))
    await asyncio.wait_for(handle.result(), 10)


class TestWhoMay:
    async def test_customers_start_conversations_for_themselves_only(self, api: Api):
        response = await api.client("customer").post(
            "/conversations", json={"customer_id": OTHER_CUSTOMER, "channel": "web"}
        )
        assert response.status_code == 403

    @pytest.mark.parametrize("path", ["status", "events", "messages"])
    async def test_customers_see_only_their_own(self, api: Api, path):
        conversation_id = await api.start_conversation("hello", customer=OTHER_CUSTOMER)
        await api.until(conversation_id, "agent_message")
        client, url = api.client("customer"), f"/conversations/{conversation_id}/{path}"
        for _ in range(2):  # the second time the owner is known
            if path == "messages":
                response = await client.post(url, json={"message": "let me in"})
            else:
                response = await client.get(url, headers=JSON)
            assert response.status_code == 403
            assert response.json()["type"] == "/problems/forbidden"

    async def test_the_owner_is_known_to_a_process_that_did_not_start_it(self, api: Api):
        from tests.api.stage import serving

        conversation_id = await api.start_conversation("hello", customer=OTHER_CUSTOMER)
        async with serving(api.settings) as other:
            response = await other.client("customer").post(
                f"/conversations/{conversation_id}/messages", json={"message": "let me in"}
            )
            assert response.status_code == 403
            mine = await other.client("customer", sub="x", customer_id=OTHER_CUSTOMER).post(
                f"/conversations/{conversation_id}/messages?wait=10", json={"message": "it is me"}
            )
            assert mine.status_code == 200

    async def test_the_state_is_for_staff_and_services(self, api: Api):
        conversation_id = await api.start_conversation("hello")
        for role, expected in (("customer", 403), ("service", 200), ("agent_tier1", 200), ("admin", 200)):
            response = await api.client(role).get(f"/conversations/{conversation_id}/state")
            assert response.status_code == expected, role

    async def test_a_person_writes_only_where_they_are_the_owner(self, api: Api):
        conversation_id = await api.start_conversation("hello")
        response = await api.client("agent_tier1").post(
            f"/conversations/{conversation_id}/messages", json={"message": "hi, it's me"}
        )
        assert response.status_code == 403
        assert response.json()["type"] == "/problems/not-owner"


class TestUnknown:
    @pytest.mark.parametrize(
        "conversation_id",
        ["c-nope", "c-nope%0a", "..%2f..%2fetc%2fpasswd", "%00", "c%20d", "x" * 300, "%ff%fe", "'; drop table x; --"],
    )
    @pytest.mark.parametrize("role", ["customer", "service", "agent_tier1"])
    async def test_conversations(self, api: Api, conversation_id, role):
        client = api.client(role)
        responses = [
            await client.post(f"/conversations/{conversation_id}/messages", json={"message": "hello"}),
            await client.get(f"/conversations/{conversation_id}/status"),
            await client.get(f"/conversations/{conversation_id}/events", headers=JSON),
        ]
        assert {response.status_code for response in responses} == {404}
        assert responses[0].json()["type"] in ("/problems/unknown-conversation", "/problems/unknown-path")

    async def test_customers(self, api: Api):
        response = await api.client().post("/conversations", json={"customer_id": "CUST_999", "channel": "web"})
        assert response.status_code == 404
        assert response.json()["type"] == "/problems/unknown-customer"


MALICIOUS = [
    "<script>alert('xss')</script>",
    "'; DROP TABLE users; --",
    "{{7*7}}",
    "../../../etc/passwd",
    "javascript:alert('xss')",
    "a\x00b",
    "x" * MESSAGE_LIMIT,
]


class TestBadInput:
    async def test_malicious_texts_are_texts(self, api: Api):
        conversation_id = await api.start_conversation()
        client = api.client("customer")
        for text in MALICIOUS:
            response = await client.post(f"/conversations/{conversation_id}/messages?wait=10", json={"message": text})
            assert response.status_code == 200
            assert text not in response.text
        said = [event["message"] for event in await api.log(conversation_id) if event["type"] == "customer_message"]
        assert said == [text.replace("\x00", "") for text in MALICIOUS]

    @pytest.mark.parametrize(
        ("content", "content_type", "status", "error_type"),
        [
            (b'{"message": ""}', "application/json", 422, "invalid-request"),
            (b'{"message": "  "}', "application/json", 422, "invalid-request"),
            (b"{}", "application/json", 422, "invalid-request"),
            (b"[1,2]", "application/json", 422, "invalid-request"),
            (b'{"message": {"a": 1}}', "application/json", 422, "invalid-request"),
            (b'{"message": "a", "message_id": "a b"}', "application/json", 422, "invalid-request"),
            (b"", "application/json", 422, "invalid-request"),
            (b'{"message": "a"', "application/json", 400, "malformed-body"),
            (b'{"message": "\xff\xfe"}', "application/json", 400, "malformed-body"),
            (b'{"message": "\\ud83d"}', "application/json", 400, "malformed-body"),
            (b'{"a":' * 5_000, "application/json", 400, "malformed-body"),
            (b'{"message": "a"}', "text/plain", 415, "unsupported-media-type"),
            (b"message=a", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
            (b'{"message": "' + b"x" * (MESSAGE_LIMIT + 1) + b'"}', "application/json", 413, "too-large"),
            (b'{"message": "' + b"x" * 300_000 + b'"}', "application/json", 413, "too-large"),
        ],
    )
    async def test_the_right_problem_and_the_conversation_goes_on(
        self, api: Api, content, content_type, status, error_type
    ):
        conversation_id = await api.start_conversation()
        client, path = (
            api.client("customer", customer_id=CUSTOMER, sub="bad-input"),
            f"/conversations/{conversation_id}/messages",
        )
        response = await client.post(path, content=content, headers={"Content-Type": content_type})
        assert (response.status_code, response.json()["type"]) == (status, f"/problems/{error_type}")
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["trace_id"] == response.headers["x-request-id"]
        good = await api.client().post(path + "?wait=10", json={"message": "still here?"})
        assert good.status_code == 200

    async def test_a_large_body_in_chunks(self, api: Api):
        async def endless():
            for _ in range(100):
                yield b"x" * 10_000

        conversation_id = await api.start_conversation()
        response = await api.client().post(
            f"/conversations/{conversation_id}/messages",
            content=endless(),
            headers={"Content-Type": "application/json"},
        )
        assert response.status_code == 413

    @pytest.mark.parametrize(
        "body", [{"channel": "fax"}, {"priority": "extreme"}, {"customer_id": "a\x00b"}, {"customer_id": 7}]
    )
    async def test_unknown_values_of_a_conversation(self, api: Api, body):
        response = await api.client().post("/conversations", json={"customer_id": CUSTOMER, "channel": "web", **body})
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == "/" + next(iter(body))

    @pytest.mark.parametrize("query", ["wait=-1", "wait=nan", "wait=soon"])
    async def test_wrong_waits(self, api: Api, query):
        conversation_id = await api.start_conversation()
        response = await api.client().post(f"/conversations/{conversation_id}/messages?{query}", json={"message": "a"})
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == "query/wait"

    @pytest.mark.parametrize("key", ["", "two words", "x" * 200])
    async def test_wrong_idempotency_keys(self, api: Api, key):
        response = await api.client().post(
            "/conversations", json={"customer_id": CUSTOMER, "channel": "web"}, headers={"Idempotency-Key": key}
        )
        assert response.status_code == 422


class TestTokens:
    @pytest.mark.parametrize(
        "header",
        [None, "", "Bearer", "Bearer x", "Bearer a.b.c", "Basic dTpw", "Bearer " + "x" * 9_000],
    )
    async def test_missing_and_malformed(self, api: Api, header):
        client = api.client()
        del client.headers["Authorization"]
        headers = {} if header is None else {"Authorization": header}
        for response in (
            await client.post("/conversations", content=b"not even json", headers=headers),
            await client.get("/conversations/c-1/status", headers=headers),
            await client.get("/conversations/c-1/events", headers=headers),
            await client.post("/tools/execute", json={}, headers=headers),
            await client.get("/handoffs", headers=headers),
            await client.get("/agents/performance", headers=headers),
        ):
            assert response.status_code == 401
            assert response.json()["type"] == "/problems/unauthenticated"
            assert response.headers["www-authenticate"].startswith("Bearer")

    @pytest.mark.parametrize(
        "claims", [{"exp": 1}, {"iss": "x"}, {"aud": "x"}, {"role": "root"}, {"customer_id": None}]
    )
    async def test_expired_and_wrong(self, api: Api, claims):
        response = await api.client("customer", **claims).get("/conversations/c-1/status")
        assert response.status_code == 401

    async def test_unknown_paths_and_methods(self, api: Api):
        client = api.client()
        assert (await client.get("/nothing/here")).json()["type"] == "/problems/unknown-path"
        response = await client.put("/conversations", json={})
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"
