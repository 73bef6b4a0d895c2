"""The line before the door: with as many conversations open as may be, further ones are accepted and wait."""

from datetime import datetime, timedelta

from domain import words
from domain.carry import Carry, Line
from domain.messages import EnginePolicy
from domain.scribe import Scribe


class Entrance:
    def __init__(self, carry: Carry, policy: EnginePolicy, scribe: Scribe) -> None:
        self._carry = carry
        self._policy = policy
        self._scribe = scribe

    def wait(self, now: datetime) -> None:
        """There is no room yet: stand in line, and say so."""
        self._scribe.word(words.IN_LINE, now)
        self._carry.line = Line(next_look_at=self._next_look(now), next_word_at=self._next_word(now))

    def looked(self, room: bool, now: datetime) -> None:
        """Go in, or look again later. The customer's silence counts from here: until now they waited for us."""
        if self._carry.line is None:
            return
        if room:
            self._carry.line, self._carry.state.last_activity = None, now
        else:
            self._carry.line.next_look_at = self._next_look(now)

    def should_look(self, now: datetime) -> bool:
        return self._carry.line is not None and now >= self._carry.line.next_look_at

    def word_if_due(self, now: datetime) -> None:
        line = self._carry.line
        if line and now >= line.next_word_at:
            self._scribe.word(words.STILL_IN_LINE, now)
            line.next_word_at = self._next_word(now)

    def due(self) -> datetime | None:
        """When something is to be done for who waits; None if nobody does."""
        line = self._carry.line
        return min(line.next_look_at, line.next_word_at) if line else None

    def _next_look(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self._policy.room_look_seconds)

    def _next_word(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self._policy.handoff_word_seconds)
