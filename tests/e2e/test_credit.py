"""Money moves once for each time the customer agreed, however often a model asks for it."""

import pytest

from tests.talks import STORY, Talk, charged_twice, credits_of, open_talk, types_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

CREDIT = "apply_credit_adjustment"


async def test_a_call_repeated_under_another_id_books_once(talk: Talk):
    await talk.tell(*STORY[:2])
    events = await talk.check_promise()
    booked = [event for event in events if event["type"] == "tool_completed" and event["tool"] == CREDIT]
    assert len({event["call_id"] for event in booked}) == 2, "the model did repeat itself"
    assert await credits_of(talk.product, talk.customer_id) == 1


async def test_a_call_that_nobody_agreed_to_books_nothing(talk: Talk):
    await talk.tell(*STORY[:3])
    events = await talk.check_promise()
    refused = [event for event in events if event["type"] == "tool_failed"]
    assert [(event["tool"], event["error_type"]) for event in refused] == [(CREDIT, "consent-required")]
    assert await credits_of(talk.product, talk.customer_id) == 1


async def test_a_second_credit_newly_agreed_is_a_second_entry(strained, client):
    talk = await open_talk(strained, client, await charged_twice(strained, like="CUST_002"))
    first = await talk.tell(*STORY[:2])
    assert await credits_of(strained, talk.customer_id) == 1
    second = await talk.tell("I was charged twice for another service, too", "Yes please")
    assert await credits_of(strained, talk.customer_id) == 2
    assert "34.99" in first[1]["message"]
    assert "22.99" in second[1]["message"]
    await talk.check_promise()


async def test_the_same_yes_twice_books_once(talk: Talk):
    """One customer, impatient; one network, repeating."""
    await talk.ask(STORY[0])
    message_id = await talk.send(STORY[1])
    for _ in range(3):
        assert (await talk.post(STORY[1], message_id)).status_code == 202
    await talk.until_answered()
    await talk.ask("Yes")
    assert types_of(await talk.check_promise()).count("customer_message") == 3
    assert await credits_of(talk.product, talk.customer_id) == 1
