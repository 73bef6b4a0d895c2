"""Storms, repeats and reopenings: each accepted message is logged once, in order, and answered once."""

import asyncio

import pytest
from temporalio.client import Client

from adapters.settings import Settings
from adapters.temporal import connect_temporal
from tests.talks import PATIENCE, STORY, Talk, answers_of, open_talk, types_of
from workflows.ids import conversation_workflow_id

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

STORM, STORM_SECONDS = 50, 2.0


@pytest.fixture
async def temporal(strained) -> Client:
    return await connect_temporal(Settings(temporal_address=strained.dev["temporal_address"]))


async def until_runs(temporal: Client, talk: Talk, least: int) -> None:
    """Wait until the conversation's workflow has had this many runs; Temporal lists them a moment late."""
    query = f'WorkflowId = "{conversation_workflow_id(talk.conversation_id)}"'
    async with asyncio.timeout(PATIENCE):
        while (await temporal.count_workflows(query)).count < least:
            await asyncio.sleep(0.1)


async def test_fifty_messages_in_two_seconds_across_new_runs(talk, temporal):
    """Sent one after the other at even distances, so that their order is known; every second turn is a new run."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    for number in range(STORM):
        await asyncio.sleep(started + number * STORM_SECONDS / STORM - loop.time())
        await talk.send(f"Message {number}: what are your opening hours?")
    events = await talk.check_promise()
    assert types_of(events).count("customer_message") == STORM
    await until_runs(temporal, talk, 2)
    await talk.ask("And are you still there?")


async def test_fifty_messages_at_once(talk):
    """From many connections: in no known order, but each once."""
    ids = [f"storm-{number}" for number in range(STORM)]
    accepted = await asyncio.gather(*(talk.post("What are your opening hours?", message_id) for message_id in ids))
    assert {answer.status_code for answer in accepted} == {202}
    events = await talk.until(lambda events: set(ids) <= set(answers_of(events)))
    assert sorted(event["message_id"] for event in events if event["type"] == "customer_message") == sorted(ids)
    assert sorted(answers_of(events)) == sorted(ids)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


async def test_one_message_sent_twenty_times_at_once(talk):
    answers = await asyncio.gather(*(talk.post("What are your opening hours?", "same", wait=30) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    replies = [answer.json()["replies"] for answer in answers]
    assert all(reply == replies[0] for reply in replies)
    talk.sent.append("same")
    await talk.check_promise()


async def test_one_message_sent_again_after_many_others_and_a_new_run(talk):
    first = await talk.ask("What are your opening hours?")
    for _ in range(3):
        await talk.ask("And on Sundays?")
    again = await talk.post("What are your opening hours?", "m1", wait=30)
    assert again.status_code == 200
    assert [reply["seq"] for reply in again.json()["replies"]] == [first["seq"]]
    await talk.check_promise()


async def test_a_conversation_created_twenty_times_with_one_key(client, strained):
    body = {"customer_id": "CUST_001", "channel": "web", "initial_message": "What are your opening hours?"}
    created = await asyncio.gather(
        *(client.post("/conversations", json=body, headers={"Idempotency-Key": "twenty"}) for _ in range(20))
    )
    assert {answer.status_code for answer in created} == {201}
    (conversation_id,) = {answer.json()["conversation_id"] for answer in created}
    talk = Talk(strained, client, "CUST_001", conversation_id, [created[0].json()["message_id"]])
    await talk.check_promise()


async def test_a_closed_conversation_is_reopened_by_a_storm(strained, client):
    """Signal-with-start from many connections at once, while the run before may be ending."""
    talk = await open_talk(strained, client)
    await talk.tell("What are your opening hours?", "No, that's all. Goodbye!")
    await talk.until_logged("survey_requested")
    await talk.send("5")
    ids = [f"late-{number}" for number in range(10)]
    accepted = await asyncio.gather(*(talk.post("One more thing: your prices?", message_id) for message_id in ids))
    assert {answer.status_code for answer in accepted} == {202}
    everything = [*talk.sent, *ids]
    events = await talk.until(lambda events: set(everything) <= set(answers_of(events)))
    assert sorted(answers_of(events)) == sorted(everything)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


async def test_the_story_across_new_runs(talk, temporal):
    await talk.tell(*STORY[:2])
    await until_runs(temporal, talk, 2)  # else a machine slower than the customer never rests between two turns
    await talk.tell("Yes, that solved it", STORY[3])
    await talk.check_story()
