"""The survey, idleness and the end: who may close a conversation, and when."""

from datetime import timedelta

import pytest

from domain import words
from domain.carry import Carry, StopChild
from domain.events import AgentMessage, IdleWarning
from domain.lifecycle import SURVEY_GRACE, Lifecycle
from domain.messages import EnginePolicy, SurveyNotice
from domain.scribe import Scribe
from tests.domain.desk import Desk, claimed, completion, handed_off, resolved

pytestmark = pytest.mark.unit

POLICY = EnginePolicy()


def lifecycle(carry: Carry) -> Lifecycle:
    return Lifecycle(carry, POLICY, Scribe(carry))


def fails_during_survey() -> Desk:
    """Asked for a rating, the customer writes something else instead, and the model cannot answer it."""
    desk = resolved()
    desk.model_works = False
    desk.say("wait, it is wrong again")
    return desk


def test_who_asks_for_a_person_drops_the_survey() -> None:
    desk = resolved()
    survey = desk.core.carry.survey
    assert survey is not None
    desk.model_works = False
    desk.say("wait, it is wrong again")
    assert desk.core.carry.survey is None
    assert StopChild(workflow_id=survey.survey_id) in desk.errands
    assert desk.last(AgentMessage).message == words.MODEL_FAILED
    assert desk.handoff.person_id == ""


def test_a_rating_does_not_close_what_waits_for_a_person() -> None:
    desk = fails_during_survey()
    desk.say("5")
    assert not {"survey_answered", "conversation_closed"} & set(desk.types)
    assert desk.last(AgentMessage).message == words.NOTED_FOR_PERSON


def test_a_late_survey_does_not_close_what_waits_for_a_person() -> None:
    desk = resolved()
    survey = desk.core.carry.survey
    assert survey is not None
    desk.model_works = False
    desk.say("wait, it is wrong again")
    desk.core.survey_called(SurveyNotice(survey_id=survey.survey_id, kind="expired"), desk.now)
    desk.wait(hours=2)
    assert "conversation_closed" not in desk.types


def test_an_expiring_survey_leaves_a_handoff_open() -> None:
    """However the two came together: the survey's end is not the conversation's while a person is awaited."""
    desk, other = handed_off(), resolved()
    desk.core.carry.survey = survey = other.core.carry.survey
    assert survey is not None
    lifecycle(desk.core.carry).survey_expired(survey.survey_id, desk.now)
    assert desk.core.carry.survey is None
    assert not desk.core.carry.closed


def test_a_survey_whose_child_is_lost_expires_all_the_same() -> None:
    desk = resolved()
    survey = desk.core.carry.survey
    assert survey is not None
    assert desk.settle() == survey.expires_at + SURVEY_GRACE
    desk.wait(seconds=POLICY.survey_expires_seconds + SURVEY_GRACE.total_seconds())
    assert desk.types[-3:] == ["survey_expired", "status_changed", "conversation_closed"]


def test_silence_is_warned_of_and_then_closed() -> None:
    desk = Desk()
    desk.wait(seconds=POLICY.idle_warning_seconds)
    assert desk.last(IdleWarning).closes_at == desk.now + timedelta(minutes=5)
    desk.wait(minutes=4, seconds=59)
    assert "conversation_closed" not in desk.types
    desk.wait(seconds=1)
    assert desk.types[-1] == "conversation_closed"


def test_nobody_is_closed_unwarned_after_a_person_gave_the_conversation_back() -> None:
    desk = claimed()
    desk.wait(hours=2)
    desk.complete(completion(desk, "returned"))
    desk.settle()
    desk.wait(minutes=24)
    assert not {"idle_warning", "conversation_closed"} & set(desk.types)
    desk.wait(minutes=1)
    assert desk.types[-1] == "idle_warning"


def test_nobody_is_closed_unwarned_after_an_outage() -> None:
    """The clock should have been looked at hours ago; nothing of ours ran."""
    desk = Desk()
    desk.now += timedelta(hours=3)
    assert desk.settle() == desk.now + timedelta(minutes=5)
    assert desk.types[-1] == "idle_warning"


def test_who_returned_after_a_warning_is_warned_again() -> None:
    desk = Desk()
    desk.wait(minutes=26)
    assert desk.types[-1] == "idle_warning"
    desk.say("I am still here")
    desk.wait(minutes=24)
    assert "conversation_closed" not in desk.types
    assert desk.types.count("idle_warning") == 1
    desk.wait(minutes=1)
    assert desk.types[-1] == "idle_warning"
