"""The survey by form: one answer, by the customer alone, whatever is repeated or comes at once."""

import asyncio
from typing import Any

import pytest

from tests.api.routes.test_conversations import until_ended
from tests.api.stage import OTHER_CUSTOMER, Api, says

pytestmark = pytest.mark.integration

FULL = {"csat": 5, "nps": 9, "effort": 2, "comment": "Fast and friendly."}


async def surveyed(api: Api) -> str:
    """Id of a conversation that has just asked, and whose quality is checked."""

    async def confirmed(thought, on_delta):
        return says("Glad to hear it.", outcome="resolution_confirmed")

    api.agents.mind = confirmed
    conversation_id = await api.start_conversation("yes, thank you")
    await api.until(conversation_id, "survey_requested", "quality_checked")
    return conversation_id


async def answer(api: Api, conversation_id: str, body: dict[str, Any], role: str = "customer", **claims: Any):
    return await api.client(role, **claims).post(f"/conversations/{conversation_id}/survey", json=body)


def refusal(response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("/problems/")


async def test_an_answer_in_full_is_logged_and_closes(api: Api):
    conversation_id = await surveyed(api)
    response = await answer(api, conversation_id, FULL)
    assert response.status_code == 200, response.text
    events = await api.until(conversation_id, "conversation_closed")
    [logged] = [event for event in events if event["type"] == "survey_answered"]
    assert (logged["score"], logged["nps"], logged["effort"], logged["comment"]) == (5, 9, 2, "Fast and friendly.")
    assert response.json() == {
        "conversation_id": conversation_id,
        "survey_id": logged["survey_id"],
        "seq": logged["seq"],
    }
    assert "Thank you for your feedback!" in [event.get("message") for event in events]


async def test_the_same_again_is_the_same_answer_and_another_is_refused(api: Api):
    conversation_id = await surveyed(api)
    first = await answer(api, conversation_id, FULL)
    at_once = await answer(api, conversation_id, FULL)
    await until_ended(api, conversation_id)
    later = await answer(api, conversation_id, FULL)
    assert [response.json() for response in (at_once, later)] == [first.json()] * 2
    before = await api.log(conversation_id)
    assert refusal(await answer(api, conversation_id, FULL | {"csat": 1})) == (409, "survey-closed")
    assert await api.log(conversation_id) == before


async def test_ten_at_once_are_one(api: Api):
    conversation_id = await surveyed(api)
    responses = await asyncio.gather(*(answer(api, conversation_id, FULL) for _ in range(10)))
    assert {response.status_code for response in responses} == {200}
    assert len({response.text for response in responses}) == 1
    types = [event["type"] for event in await api.log(conversation_id)]
    assert types.count("survey_answered") == types.count("conversation_closed") == 1


async def test_of_two_different_ones_the_first_counts(api: Api):
    conversation_id = await surveyed(api)
    responses = await asyncio.gather(*(answer(api, conversation_id, {"csat": score}) for score in (1, 5)))
    assert sorted(response.status_code for response in responses) == [200, 409]
    [logged] = [event for event in await api.log(conversation_id) if event["type"] == "survey_answered"]
    assert logged["score"] == (1, 5)[[response.status_code for response in responses].index(200)]


async def test_by_form_and_in_words_at_once(api: Api):
    conversation_id = await surveyed(api)
    message = api.client("customer").post(f"/conversations/{conversation_id}/messages?wait=10", json={"message": "4"})
    await asyncio.gather(answer(api, conversation_id, FULL), message)
    types = [event["type"] for event in await api.until(conversation_id, "survey_answered")]
    assert types.count("survey_answered") == 1


async def test_a_service_passes_on_what_its_customer_answered(api: Api):
    conversation_id = await surveyed(api)
    assert (await answer(api, conversation_id, {"csat": 3}, role="service")).status_code == 200


async def test_nobody_else_answers(api: Api):
    conversation_id = await surveyed(api)
    before = await api.log(conversation_id)
    other = await answer(api, conversation_id, FULL, sub="x", customer_id=OTHER_CUSTOMER)
    staff = await answer(api, conversation_id, FULL, role="supervisor")
    assert [refusal(other), refusal(staff)] == [(403, "forbidden")] * 2
    assert await api.log(conversation_id) == before


async def test_where_no_survey_is_open(api: Api):
    conversation_id = await api.start_conversation("hello")
    await api.until(conversation_id, "agent_message")
    assert refusal(await answer(api, conversation_id, FULL)) == (409, "survey-closed")
    assert refusal(await answer(api, "c-nope", FULL)) == (404, "unknown-conversation")


async def test_an_old_answer_does_not_count_for_a_reopened_conversation(api: Api):
    conversation_id = await surveyed(api)
    await answer(api, conversation_id, FULL)
    await until_ended(api, conversation_id)

    async def goes_on(thought, on_delta):
        return says("Let me look.")

    api.agents.mind = goes_on
    path = f"/conversations/{conversation_id}/messages?wait=15"
    assert (await api.client("customer").post(path, json={"message": "one more thing"})).status_code == 200
    assert refusal(await answer(api, conversation_id, FULL)) == (409, "survey-closed")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"csat": 0},
        {"csat": 6},
        {"csat": "5"},
        {"csat": True},
        {"csat": 4.5},
        {"csat": None},
        {"csat": 5, "nps": 11},
        {"csat": 5, "nps": -1},
        {"csat": 5, "effort": 0},
        {"csat": 5, "effort": 8},
        {"csat": 5, "comment": "x" * 1_001},
        {"csat": 5, "comment": 7},
    ],
)
async def test_numbers_off_their_scale_change_nothing(api: Api, body: dict[str, Any]):
    conversation_id = await api.start_conversation()
    assert refusal(await answer(api, conversation_id, body)) == (422, "invalid-request")
    assert "survey_answered" not in [event["type"] for event in await api.log(conversation_id)]


async def test_a_comment_may_be_any_text(api: Api):
    conversation_id = await surveyed(api)
    comment = " \x00<script>alert(1)</script>'; drop table x; -- 名前 \U0001f600 "
    assert (await answer(api, conversation_id, {"csat": 2, "comment": comment})).status_code == 200
    [logged] = [event for event in await api.log(conversation_id) if event["type"] == "survey_answered"]
    assert logged["comment"] == comment.replace("\x00", "").strip()
    assert "nps" not in logged
