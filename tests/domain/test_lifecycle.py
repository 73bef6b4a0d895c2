"""The survey, idleness and the end: who may close a conversation, and when."""

from datetime import timedelta
from typing import Literal

import pytest

from domain import words
from domain.carry import Carry, OpenSurvey, StartSurvey, StopChild
from domain.errors import SurveyClosed
from domain.events import AgentMessage, IdleWarning, InterimMessage, SurveyAnswered, SurveyReminded
from domain.lifecycle import SURVEY_GRACE, Lifecycle
from domain.messages import EnginePolicy, SurveyNotice
from domain.scribe import Scribe
from domain.survey import Rating
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


def open_survey(desk: Desk) -> OpenSurvey:
    assert desk.core.carry.survey is not None
    return desk.core.carry.survey


def call(desk: Desk, kind: Literal["reminder", "expired"], survey_id: str = "") -> None:
    """The child's signal, as today's children send it."""
    notice = SurveyNotice(survey_id=survey_id or open_survey(desk).survey_id, kind=kind, answers_first=True)
    desk.core.survey_called(notice, desk.now)


FINE = Rating(score=5, nps=9, effort=2, comment="fast")


class TestReminder:
    @pytest.mark.parametrize(("wanted", "seconds"), [(True, POLICY.survey_expires_seconds / 2), (False, None)])
    def test_the_child_is_told_when_unless_nobody_wants_it(self, wanted: bool, seconds: float | None) -> None:
        desk = resolved(policy=EnginePolicy(survey_reminder=wanted))
        [start] = [errand for errand in desk.errands if isinstance(errand, StartSurvey)]
        assert start.reminder_seconds == seconds

    def test_a_reminder_is_a_word_in_the_conversation_once(self) -> None:
        desk = resolved()
        for _ in range(2):
            call(desk, "reminder")
            desk.settle()
        assert desk.types.count("survey_reminded") == 1
        assert desk.last(SurveyReminded).message == words.SURVEY_REMINDER
        desk.say("5")
        assert desk.types[-1] == "conversation_closed"

    def test_who_has_just_answered_is_not_reminded(self) -> None:
        desk = resolved()
        survey_id = open_survey(desk).survey_id
        desk.hear("5")
        call(desk, "reminder")
        desk.settle()
        call(desk, "reminder", survey_id)
        desk.settle()
        assert "survey_reminded" not in desk.types
        assert desk.types[-1] == "conversation_closed"

    def test_another_survey_s_reminder_is_nobody_s(self) -> None:
        desk = resolved()
        call(desk, "reminder", "survey-c-99")
        desk.settle()
        assert "survey_reminded" not in desk.types


class TestExpiry:
    def test_an_answer_that_is_here_at_that_instant_counts(self) -> None:
        desk = resolved()
        desk.hear("5, nps 9")
        call(desk, "expired")
        desk.settle()
        assert "survey_expired" not in desk.types
        assert (desk.last(SurveyAnswered).score, desk.last(SurveyAnswered).nps) == (5, 9)
        assert desk.types[-1] == "conversation_closed"

    def test_a_concern_that_is_here_at_that_instant_is_served(self) -> None:
        desk = resolved()
        desk.hear("wait, it is wrong again")
        call(desk, "expired")
        desk.settle()
        assert desk.core.carry.survey is None
        assert desk.last(AgentMessage).message == "I see."
        assert "conversation_closed" not in desk.types

    def test_what_a_child_of_old_code_says_is_taken_as_it_was(self) -> None:
        desk = resolved()
        desk.hear("5")
        desk.core.survey_called(SurveyNotice(survey_id=open_survey(desk).survey_id, kind="expired"), desk.now)
        assert desk.core.carry.survey is None


class TestTheForm:
    def test_it_closes_as_a_written_answer_does(self) -> None:
        desk = resolved()
        survey_id = open_survey(desk).survey_id
        answered = desk.core.rated(FINE, desk.now)
        desk.settle()
        assert answered.survey_id == survey_id
        event = desk.last(SurveyAnswered)
        assert (event.score, event.nps, event.effort, event.comment) == (5, 9, 2, "fast")
        assert desk.last(InterimMessage).message == words.SURVEY_THANKS
        assert desk.types[-1] == "conversation_closed"
        assert StopChild(workflow_id=survey_id) in desk.errands

    def test_the_same_again_is_the_same_answer_and_another_is_refused(self) -> None:
        desk = resolved()
        first = desk.core.rated(FINE, desk.now)
        desk.settle()
        before = desk.types
        assert desk.core.rated(FINE, desk.now) == first
        with pytest.raises(SurveyClosed, match="answered already"):
            desk.core.rated(Rating(score=1), desk.now)
        desk.settle()
        assert desk.types == before

    def test_nothing_to_answer(self) -> None:
        desk = Desk()
        before = desk.types
        with pytest.raises(SurveyClosed, match="No survey is open"):
            desk.core.check_rating(FINE)
        with pytest.raises(SurveyClosed):
            desk.core.rated(FINE, desk.now)
        assert desk.types == before

    def test_a_customer_who_has_come_back_answers_the_next_survey_with_the_same(self) -> None:
        desk = resolved()
        desk.core.rated(FINE, desk.now)
        desk.settle()
        desk.reply = {"outcome": "resolution_confirmed"}
        desk.say("one more thing, thanks")
        with_survey = open_survey(desk).survey_id
        assert desk.core.rated(FINE, desk.now).survey_id == with_survey
        desk.settle()
        assert desk.types.count("survey_answered") == 2

    def test_an_old_answer_does_not_count_after_a_reopening(self) -> None:
        desk = resolved()
        desk.core.rated(FINE, desk.now)
        desk.settle()
        desk.say("one more thing")
        with pytest.raises(SurveyClosed, match="No survey is open"):
            desk.core.rated(FINE, desk.now)

    def test_who_waits_for_an_answer_gets_it_before_the_end(self) -> None:
        desk = resolved()
        desk.hear("wait, it is wrong again")
        desk.core.rated(FINE, desk.now)
        desk.settle()
        assert "survey_answered" in desk.types
        assert "conversation_closed" not in desk.types
        assert desk.last(AgentMessage).message == "I see."

    def test_it_is_carried_into_the_next_run(self) -> None:
        desk = resolved()
        desk.hear("wait")
        first = desk.core.rated(FINE, desk.now)
        desk.settle()
        desk.renew()
        assert desk.core.rated(FINE, desk.now) == first


def test_silence_is_warned_of_and_then_closed() -> None:
    desk = Desk()
    desk.wait(seconds=POLICY.idle_warning_seconds)
    assert desk.last(IdleWarning).closes_at == desk.now + timedelta(minutes=5)
    desk.wait(minutes=4, seconds=59)
    assert "conversation_closed" not in desk.types
    desk.wait(seconds=1)
    assert desk.types[-2:] == ["conversation_closed", "quality_checked"]


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
