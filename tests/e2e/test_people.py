"""A person takes over on the running product: the first has it, the AI falls silent, and nothing is lost on the way."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.e2e.minds import SLOWLY
from tests.talks import PATIENCE, Event, Talk, answers_of, caller, types_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

ASKS_FOR_PERSON = "I want to talk to a human being"


@pytest.fixture
async def kim(strained) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(strained, "agent_tier1") as client:
        yield client


@pytest.fixture
async def lee(strained) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(strained, "agent_tier2") as client:
        yield client


async def handoff_of(talk: Talk) -> str:
    events = await talk.until_logged("handoff_requested")
    return next(event["handoff_id"] for event in events if event["type"] == "handoff_requested")


def held_span(events: list[Event]) -> list[Event]:
    """From the claim to the handoff's end (or to now)."""
    types = types_of(events)
    end = types.index("handoff_completed") if "handoff_completed" in types else len(events)
    return events[types.index("handoff_claimed") : end]


async def test_two_people_race_while_the_customer_goes_on_writing(talk, kim, lee):
    await talk.ask(ASKS_FOR_PERSON)
    handoff_id = await handoff_of(talk)
    writing = asyncio.create_task(write_on(talk))
    await talk.until(lambda events: types_of(events).count("customer_message") > 3)
    claims = await asyncio.gather(*(person.post(f"/handoffs/{handoff_id}/claim") for person in (kim, lee)))
    assert sorted(claim.status_code for claim in claims) == [200, 409]
    winner, loser = (kim, lee) if claims[0].status_code == 200 else (lee, kim)
    refused = next(claim for claim in claims if claim.status_code == 409)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/claim-refused"
    await writing

    not_theirs = await loser.post(f"{talk.path}/messages", json={"message": "Let me."})
    assert (not_theirs.status_code, not_theirs.json()["type"]) == (403, "/problems/not-owner")
    said = await winner.post(f"{talk.path}/messages", json={"message": "I am here now.", "message_id": "p-1"})
    assert (said.status_code, said.json()["message_id"]) == (202, "p-1")
    answered = await talk.ask_person("Who are you?", winner, "I am Kim.")
    assert answered["type"] == "human_message"

    done = await winner.post(f"/handoffs/{handoff_id}/complete", json={"wrap_up_code": "resolved", "note": "Called."})
    assert (done.status_code, done.json()["state"]) == (200, "resolved")
    await talk.until_logged("survey_requested")
    await talk.ask("5")
    await talk.until_logged("conversation_closed")
    events = await talk.check_promise()
    held = types_of(held_span(events))
    assert "agent_message" not in held
    assert held.count("human_message") == 2
    ending = ["handoff_completed", "survey_requested", "survey_answered", "conversation_closed"]
    assert [event_type for event_type in types_of(events) if event_type in ending] == ending
    status = (await talk.client.get(f"{talk.path}/status")).json()
    assert (status["status"], status["requires_human"]) == ("closed", False)


async def write_on(talk: Talk) -> None:
    """More and more, until the claim is known and some more."""
    while "handoff_claimed" not in types_of(await talk.events()):
        await talk.send("Is anybody there?")
    for _ in range(3):
        await talk.send("Hello?")


async def test_a_claim_in_mid_thought_has_nothing_to_take(talk, kim):
    """There is no handoff yet while the AI thinks about the wish for one; who guesses its id is refused."""
    await talk.send(f"{ASKS_FOR_PERSON}, but {SLOWLY}")
    await talk.until_logged("customer_message")
    early = await kim.post(f"/handoffs/handoff-{talk.conversation_id}-1/claim")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/claim-refused")
    await talk.until_answered()
    assert (await kim.post(f"/handoffs/{await handoff_of(talk)}/claim")).status_code == 200


async def test_what_a_person_gives_back_in_mid_thought_is_taken_again(talk, kim, lee):
    """Given back, the AI thinks about what nobody answered; its customer asks for a person again."""
    await talk.ask(ASKS_FOR_PERSON)
    first = await handoff_of(talk)
    assert (await kim.post(f"/handoffs/{first}/claim")).status_code == 200
    await talk.send(f"What are your opening hours? Think {SLOWLY}")
    assert (await kim.post(f"/handoffs/{first}/return", json={"note": "Only asks for the hours."})).status_code == 200
    events = await talk.until_answered()
    held = held_span(events)
    assert "agent_message" not in types_of(held)
    late = await kim.post(f"{talk.path}/messages", json={"message": "One more word."})
    assert (late.status_code, late.json()["type"]) == (403, "/problems/not-owner")

    await talk.ask(ASKS_FOR_PERSON)
    async with asyncio.timeout(PATIENCE):
        while types_of(await talk.events()).count("handoff_requested") < 2:
            await asyncio.sleep(0.1)
    second = [event["handoff_id"] for event in await talk.events() if event["type"] == "handoff_requested"][1]
    assert second != first
    assert (await lee.post(f"/handoffs/{second}/claim")).status_code == 200
    await talk.check_promise()


async def test_messages_that_wait_for_a_person_survive_new_runs(talk, kim):
    """Every second turn is a new run here; the handoff and its queue go along."""
    await talk.tell("What are your opening hours?", ASKS_FOR_PERSON, "Hello?", "Is anybody there?")
    handoff_id = await handoff_of(talk)
    assert (await kim.post(f"/handoffs/{handoff_id}/claim")).status_code == 200
    sent = [await talk.send("Now?") for _ in range(3)]
    answer = await talk.ask_person("Still waiting", kim, "Here I am.")
    assert set(sent) <= set(answers_of([answer]))
    await talk.check_promise()
