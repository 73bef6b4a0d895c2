"""Turns: consent, what a model's failure ends in, and how much one turn takes."""

from datetime import timedelta

import pytest

from domain import steps, words
from domain.batches import BATCH_BYTES, BATCH_ITEMS
from domain.events import AgentAssigned, AgentMessage, HandoffRequested
from domain.messages import MESSAGE_LIMIT
from domain.state import Offer, TicketStatus
from tests.domain.desk import Desk

pytestmark = pytest.mark.unit

CREDIT = Offer(tool="apply_credit_adjustment", arguments_json="{}", summary="a credit")
WIDEST = "\x01"
"""The character that JSON needs most bytes for: six."""


def offered() -> Desk:
    """A credit is offered, now."""
    desk = Desk("hello")
    desk.now += timedelta(minutes=1)
    desk.reply = {"offer": CREDIT}
    desk.say("I was charged twice")
    desk.reply = {}
    return desk


@pytest.mark.parametrize(("seconds", "consents"), [(-5, False), (0, False), (1, True), (60, True)])
def test_only_a_yes_written_after_the_offer_consents(seconds: int, consents: bool) -> None:
    desk = offered()
    sent_at = desk.now + timedelta(seconds=seconds)
    desk.now += timedelta(minutes=2)
    desk.say("yes", sent_at=sent_at)
    consent = desk.thoughts[-1].state.consent
    assert (consent is not None) is consents
    assert consent is None or consent.offer == CREDIT


def test_a_yes_that_came_with_an_older_message_does_not_consent() -> None:
    """Two messages in one turn, the first written before the offer: to which of the two is it a yes?"""
    desk = offered()
    desk.hear("hurry", sent_at=desk.now - timedelta(seconds=5))
    desk.say("yes", sent_at=desk.now + timedelta(seconds=5))
    assert desk.thoughts[-1].messages[0].message == "hurry"
    assert desk.thoughts[-1].state.consent is None


def test_a_yes_still_consents_in_the_next_run() -> None:
    desk = offered()
    desk.renew()
    desk.now += timedelta(minutes=1)
    desk.say("yes")
    assert desk.thoughts[-1].state.consent is not None


def test_a_model_that_fails_for_good_ends_in_an_honest_word_and_a_handoff() -> None:
    desk = Desk()
    desk.model_works = False
    asked = desk.say("it is the July one")
    assert (desk.last(AgentMessage).message, desk.last(AgentMessage).answers) == (words.MODEL_FAILED, [asked])
    assert desk.last(HandoffRequested).reason == "model_failed"
    assert desk.core.state.requires_human


def test_a_turn_without_anything_new_leaves_the_customer_s_status_behind() -> None:
    """The log knows an answer to all of it already: the turn ends without a word, and the customer is awaited again."""
    desk = Desk()
    desk.hear("again")
    desk.perform(desk.core.next_step(desk.now))
    thought = desk.core.next_step(desk.now)
    assert isinstance(thought, steps.Think)
    assert desk.core.state.status == TicketStatus.IN_PROGRESS
    desk.log.append(0, [*thought.input.pending, _earlier_reply("m2")], state=None, asked=[])
    desk.append(desk.core.append_pending())
    desk.settle()
    assert desk.core.state.status == TicketStatus.PENDING_CUSTOMER
    assert len(desk.thoughts) == 1


def _earlier_reply(message_id: str) -> AgentMessage:
    desk = Desk()
    reply: AgentMessage = desk.last(AgentMessage)
    return reply.model_copy(update={"event_id": "reply-0.0", "turn_id": "0.0", "answers": [message_id]})


def test_a_storm_of_the_widest_messages_fits_into_payloads() -> None:
    desk = Desk()
    for _ in range(BATCH_ITEMS + 10):
        desk.hear(WIDEST * MESSAGE_LIMIT)
    desk.settle()
    assert all(len(thought.model_dump_json().encode()) < 3 * BATCH_BYTES for thought in desk.thoughts)
    answered = [m for e in desk.events() if isinstance(e, AgentMessage) for m in e.answers]
    assert answered == [f"m{n}" for n in range(1, desk.sent + 1)]


def test_who_was_chosen_and_why_is_in_the_log() -> None:
    """The routing score and its parts, so that anyone can see why."""
    assigned = Desk("I was charged twice").last(AgentAssigned)
    assert assigned.decision is not None
    assert assigned.decision.agent == assigned.agent_type
    chosen = next(score for score in assigned.decision.scores if score.agent == assigned.agent_type)
    assert assigned.decision.score == chosen.score
    assert chosen.score == pytest.approx(chosen.weight * chosen.multiplier + chosen.complexity)
