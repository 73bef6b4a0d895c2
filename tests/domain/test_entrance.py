"""With as many conversations open as may be, further ones wait, are told so, and are answered in their turn."""

import pytest

from domain import words
from domain.events import AgentMessage, InterimMessage
from domain.messages import EnginePolicy
from tests.domain.desk import Desk

pytestmark = pytest.mark.unit

POLICY = EnginePolicy()


def interim(desk: Desk) -> list[str]:
    return [event.message for event in desk.events() if isinstance(event, InterimMessage)]


def test_who_finds_no_room_is_told_so_and_logged() -> None:
    desk = Desk("my bill is wrong", room=False)
    assert desk.types == ["conversation_started", "customer_message", "interim_message"]
    assert interim(desk) == [words.IN_LINE]
    assert desk.thoughts == []


def test_what_is_written_meanwhile_is_logged_at_once_and_answered_together() -> None:
    desk = Desk(room=False)
    desk.say("it is the July one")
    assert desk.types[-1] == "customer_message"
    desk.room = True
    desk.wait(seconds=POLICY.room_look_seconds)
    assert desk.last(AgentMessage).answers == ["m1", "m2"]
    assert desk.core.carry.line is None


def test_it_looks_for_room_at_intervals_whatever_is_written() -> None:
    desk = Desk(room=False)
    for _ in range(10):
        desk.say("hello?")
    assert desk.looks == 0
    desk.wait(seconds=4 * POLICY.room_look_seconds)
    assert desk.looks == 4


def test_who_waits_long_hears_of_it() -> None:
    desk = Desk(room=False)
    desk.wait(seconds=2 * POLICY.handoff_word_seconds)
    assert interim(desk) == [words.IN_LINE, words.STILL_IN_LINE, words.STILL_IN_LINE]


def test_who_waits_for_us_is_not_idle() -> None:
    desk = Desk(room=False)
    desk.wait(hours=2)
    assert not {"idle_warning", "conversation_closed"} & set(desk.types)
    desk.room = True
    desk.wait(seconds=POLICY.room_look_seconds)
    desk.wait(minutes=24)
    assert "idle_warning" not in desk.types
    desk.wait(minutes=1)
    assert desk.types[-1] == "idle_warning"


def test_who_has_written_nothing_yet_is_warned_no_sooner() -> None:
    desk = Desk(None, room=False)
    desk.wait(hours=2)
    desk.room = True
    desk.wait(seconds=POLICY.room_look_seconds)
    desk.wait(minutes=24)
    assert "idle_warning" not in desk.types


def test_the_place_in_line_is_kept_in_the_next_run() -> None:
    desk = Desk(room=False)
    desk.renew()
    desk.settle()
    assert interim(desk) == [words.IN_LINE]
    assert desk.thoughts == []


def test_who_finds_room_hears_nothing_of_a_line() -> None:
    desk = Desk()
    assert interim(desk) == []
    desk.wait(minutes=10)
    assert desk.looks == 0
