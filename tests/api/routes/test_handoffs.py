import asyncio

import pytest

from tests.api.stage import Api, says

pytestmark = pytest.mark.integration


async def wants_person(thought, on_delta):
    return says("I'll get somebody.", outcome="wants_person")


async def handed_off(api: Api) -> tuple[str, str]:
    """A conversation whose customer has asked for a person; ids of conversation and handoff."""
    api.agents.mind = wants_person
    conversation_id = await api.start_conversation("a person, please")
    events = await api.until(conversation_id, "handoff_requested")
    return conversation_id, next(e["handoff_id"] for e in events if e["type"] == "handoff_requested")


async def waiting(api: Api, state: str, handoff_id: str) -> bool:
    page = (await api.client("agent_tier1").get(f"/handoffs?state={state}&limit=500")).json()
    return handoff_id in {item["handoff_id"] for item in page["items"]}


async def test_a_person_takes_over_answers_and_finishes(api: Api):
    conversation_id, handoff_id = await handed_off(api)
    person = api.client("agent_tier1")
    assert await waiting(api, "requested", handoff_id)

    claimed = await person.post(f"/handoffs/{handoff_id}/claim")
    assert claimed.status_code == 200
    assert (claimed.json()["person_id"], claimed.json()["state"]) == ("agent_tier1-1", "claimed")
    assert await waiting(api, "claimed", handoff_id)

    asked = await api.client("customer").post(
        f"/conversations/{conversation_id}/messages", json={"message": "who are you?", "message_id": "q-1"}
    )
    assert asked.status_code == 202
    await api.until(conversation_id, "customer_message")
    said = await person.post(
        f"/conversations/{conversation_id}/messages", json={"message": "I am Kim.", "message_id": "p-1"}
    )
    assert (said.status_code, said.json()["message_id"]) == (202, "p-1")
    again = await person.post(
        f"/conversations/{conversation_id}/messages", json={"message": "I am Kim.", "message_id": "p-1"}
    )
    assert again.status_code == 202

    done = await person.post(f"/handoffs/{handoff_id}/complete", json={"wrap_up_code": "resolved", "note": "secret"})
    assert (done.status_code, done.json()["state"]) == (200, "resolved")
    events = await api.until(conversation_id, "handoff_completed")
    told = {event["type"]: event["seq"] for event in events}
    assert claimed.json()["seq"] == told["handoff_claimed"]
    assert said.json()["seq"] == again.json()["seq"] == told["human_message"]
    assert done.json()["seq"] == told["handoff_completed"]
    said_by_person = [event for event in events if event["type"] == "human_message"]
    assert [event["message"] for event in said_by_person] == ["I am Kim."]
    assert said_by_person[0]["answers"] == ["q-1"]
    mine = await api.client("customer").get(
        f"/conversations/{conversation_id}/events", headers={"Accept": "application/json"}
    )
    assert "secret" not in mine.text


async def test_a_customer_who_waits_gets_the_persons_answer(api: Api):
    conversation_id, handoff_id = await handed_off(api)
    person = api.client("agent_tier1")
    await person.post(f"/handoffs/{handoff_id}/claim")
    waits = asyncio.create_task(
        api.client("customer").post(
            f"/conversations/{conversation_id}/messages?wait=15", json={"message": "hello?", "message_id": "q-1"}
        )
    )
    await asyncio.sleep(0.3)
    await person.post(f"/conversations/{conversation_id}/messages", json={"message": "Here I am."})
    answer = (await waits).json()
    assert answer["replies"][0]["agent_type"] == "human"
    assert answer["replies"][0]["speaker"] == "agent"


async def test_of_many_people_one_is_first(api: Api):
    _, handoff_id = await handed_off(api)
    people = [api.client("agent_tier1", sub=f"person-{number}") for number in range(25)]
    responses = await asyncio.gather(*(person.post(f"/handoffs/{handoff_id}/claim") for person in people))
    assert sorted(response.status_code for response in responses) == [200] + [409] * 24
    refused = next(response for response in responses if response.status_code == 409)
    assert refused.json()["type"] == "/problems/claim-refused"
    winner = people[[response.status_code for response in responses].index(200)]
    assert (await winner.post(f"/handoffs/{handoff_id}/claim")).status_code == 200, "a repeat is no error"


async def test_a_conversation_given_back_is_answered_by_the_ai(api: Api):
    conversation_id, handoff_id = await handed_off(api)
    person = api.client("supervisor")
    await person.post(f"/handoffs/{handoff_id}/claim")
    api.agents.mind = says_again
    returned = await person.post(f"/handoffs/{handoff_id}/return", json={"note": "was nothing"})
    assert (returned.status_code, returned.json()["state"]) == (200, "returned")
    answer = await api.client("customer").post(
        f"/conversations/{conversation_id}/messages?wait=10", json={"message": "and now?"}
    )
    assert answer.json()["replies"][0]["message"] == "Me again."


async def says_again(thought, on_delta):
    return says("Me again.")


async def test_only_the_owner_finishes(api: Api):
    _, handoff_id = await handed_off(api)
    await api.client("agent_tier1").post(f"/handoffs/{handoff_id}/claim")
    other = api.client("agent_tier2", sub="somebody-else")
    for action, body in (("complete", {"wrap_up_code": "resolved"}), ("return", {})):
        response = await other.post(f"/handoffs/{handoff_id}/{action}", json=body)
        assert (response.status_code, response.json()["type"]) == (403, "/problems/not-owner")


async def test_the_list_comes_in_pages_longest_waiting_first(api: Api):
    for _ in range(3):
        await handed_off(api)
    person, offset, items = api.client("agent_tier1"), 0, []
    while offset is not None:
        page = (await person.get(f"/handoffs?limit=2&offset={offset}")).json()
        items, offset = items + page["items"], page["next_offset"]
    assert len({item["handoff_id"] for item in items}) == len(items) >= 3
    requested = [item["requested_at"] for item in items]
    assert requested == sorted(requested)


@pytest.mark.parametrize("role", ["customer", "service"])
async def test_claiming_is_for_people(api: Api, role):
    response = await api.client(role).post("/handoffs/handoff-c-1-1/claim")
    assert response.status_code == 403


async def test_customers_do_not_see_who_waits(api: Api):
    assert (await api.client("customer").get("/handoffs")).status_code == 403


@pytest.mark.parametrize("handoff_id", ["handoff-c-nope-1", "nonsense", "handoff-%00-1", "handoff--1", "x" * 300])
async def test_unknown_handoffs(api: Api, handoff_id):
    person = api.client("agent_tier1")
    for response in (
        await person.post(f"/handoffs/{handoff_id}/claim"),
        await person.post(f"/handoffs/{handoff_id}/complete", json={"wrap_up_code": "resolved"}),
        await person.post(f"/handoffs/{handoff_id}/return", json={}),
    ):
        assert (response.status_code, response.json()["type"]) == (404, "/problems/unknown-handoff")


@pytest.mark.parametrize(
    "body", [{}, {"wrap_up_code": ""}, {"wrap_up_code": "a b"}, {"wrap_up_code": "resolved", "note": "x" * 5_000}]
)
async def test_wrong_completions(api: Api, body):
    response = await api.client("agent_tier1").post("/handoffs/handoff-c-1-1/complete", json=body)
    assert response.status_code == 422


@pytest.mark.parametrize("query", ["state=lost", "limit=0", "offset=-1"])
async def test_wrong_filters(api: Api, query):
    assert (await api.client("agent_tier1").get(f"/handoffs?{query}")).status_code == 422
