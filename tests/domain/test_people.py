"""What people do, done twice: Temporal knows update ids of one run only, so after continue-as-new a repeat comes in."""

from typing import Any

import pytest

from domain import words
from domain.errors import ClaimRefused, NotOwner
from domain.events import AgentMessage, HumanMessage, InterimMessage
from domain.messages import MESSAGE_LIMIT, HandoffClaim
from domain.people import WAITING_CHARACTERS
from domain.state import AgentType
from tests.domain.desk import PERSON, claimed, completion, handed_off
from tests.domain.simulation import START

pytestmark = pytest.mark.unit

REPLY: dict[str, Any] = {
    "event_id": "reply-9.9",
    "at": START,
    "turn_id": "9.9",
    "agent_type": AgentType.BILLING,
    "message": "I am an AI.",
}


def test_a_claim_repeated_after_continue_as_new_is_no_second_one() -> None:
    desk = claimed()
    before = (desk.core.epoch, list(desk.types))
    desk.renew()
    desk.core.check_claim(HandoffClaim(handoff_id=desk.handoff.handoff_id, person_id=PERSON))
    desk.claim()
    assert (desk.core.epoch, desk.types) == before
    with pytest.raises(ClaimRefused):
        desk.claim("somebody else")


def test_a_claim_under_way_is_in_the_log_for_its_repeat_too() -> None:
    """The first attempt's append never returned: the event still waits, and the repeat asks for it again."""
    desk = handed_off()
    claim = HandoffClaim(handoff_id=desk.handoff.handoff_id, person_id=PERSON)
    desk.core.claim(claim, desk.now)
    desk.renew()
    desk.append(desk.core.claim(claim, desk.now))
    assert not desk.core.is_pending(f"claimed-{claim.handoff_id}")
    assert desk.types.count("handoff_claimed") == 1


def test_words_of_a_person_repeated_after_continue_as_new_are_said_once() -> None:
    desk = claimed()
    desk.say("who are you?")
    desk.person_says("I am Kim.", "h1")
    desk.say("good")
    desk.renew()
    desk.person_says("I am Kim.", "h1")
    assert desk.types.count("human_message") == 1
    assert [turn.message for turn in desk.core.state.conversation_history].count("I am Kim.") == 1
    assert [message.message for message in desk.core.carry.inbox] == ["good"], "not answered by words said before it"


@pytest.mark.parametrize("outcome", ["resolved", "returned"])
def test_an_end_repeated_after_continue_as_new_is_no_second_one(outcome: str) -> None:
    desk = claimed()
    ending = completion(desk, outcome)
    desk.complete(ending)
    desk.settle()
    before = list(desk.types)
    desk.renew()
    desk.core.check_completion(ending)
    desk.complete(ending)
    desk.settle()
    assert desk.types == before
    assert before.count("survey_requested") == (outcome == "resolved")


def test_only_the_very_same_end_is_a_repeat() -> None:
    desk = claimed()
    ending = completion(desk, "returned")
    desk.complete(ending)
    for other in (ending.model_copy(update={"person_id": "p2"}), ending.model_copy(update={"outcome": "resolved"})):
        with pytest.raises(NotOwner):
            desk.core.check_completion(other)


def test_an_end_repeated_late_does_not_close_what_went_on() -> None:
    desk = claimed()
    ending = completion(desk, "resolved")
    desk.complete(ending)
    desk.say("one more thing")
    desk.complete(ending)
    desk.settle()
    assert desk.types[-1] == "agent_message"
    assert not desk.core.carry.closed


def test_a_person_is_logged_with_nothing_left_to_answer() -> None:
    desk = claimed()
    desk.say("who are you?")
    desk.person_says("I am Kim.", "h1")
    desk.person_says("I look into it.", "h2")
    assert [event.answers for event in desk.events() if isinstance(event, HumanMessage)] == [["m3"], []]


def test_a_person_is_logged_though_an_ai_had_answered_already() -> None:
    """Its reply is in the log, but the news of it came too late: the person had claimed meanwhile."""
    desk = claimed()
    asked = desk.say("who are you?")
    desk.log.append(desk.core.epoch, [AgentMessage(**REPLY, answers=[asked])], state=None, asked=[])
    desk.person_says("I am Kim.", "h1")
    assert (desk.last(HumanMessage).message, desk.last(HumanMessage).answers) == ("I am Kim.", [])


def test_who_gives_a_conversation_back_leaves_a_word() -> None:
    desk = claimed()
    desk.complete(completion(desk, "returned"))
    desk.settle()
    assert desk.last(InterimMessage).message == words.RETURNED


def test_what_waits_for_the_ai_is_answered_instead() -> None:
    desk = claimed()
    asked = desk.say("and my other invoice?")
    desk.complete(completion(desk, "returned"))
    desk.settle()
    assert desk.last(AgentMessage).answers == [asked]
    assert "interim_message" not in desk.types


@pytest.mark.parametrize("storm", [1, 120])
def test_what_waits_for_a_person_is_carried_in_short_and_logged_in_full(storm: int) -> None:
    desk = claimed()
    for _ in range(storm):
        desk.hear("x" * MESSAGE_LIMIT)
    desk.settle()
    assert {len(message.message) for message in desk.core.carry.inbox} == {WAITING_CHARACTERS}
    logged = [event.message for event in desk.events() if event.type == "customer_message"][-storm:]
    assert {len(text) for text in logged} == {MESSAGE_LIMIT}
    assert len(desk.core.carry.model_dump_json()) < 200_000


def test_what_is_not_logged_yet_is_carried_in_full() -> None:
    desk = claimed()
    desk.hear("x" * MESSAGE_LIMIT)
    step = desk.core.append_pending()
    desk.hear("y" * MESSAGE_LIMIT)
    desk.append(step)
    assert [len(message.message) for message in desk.core.carry.inbox] == [WAITING_CHARACTERS, MESSAGE_LIMIT]
