"""A talk with its log: everything the engine wrote, numbered, as the real log would hold it."""

from dataclasses import dataclass, field

from domain import steps
from domain.events import AgentMessage, Event, LoggedEvent
from tests.agents.talk import Talk


@dataclass
class RecordedTalk(Talk):
    log: list[LoggedEvent] = field(default_factory=list)

    def written(self) -> list[LoggedEvent]:
        """With what is still to be written."""
        self._write(self.core.carry.pending)
        return self.log

    async def _take(self, step: steps.Step) -> list[AgentMessage]:
        if isinstance(step, steps.Think | steps.Append):
            self._write(step.input.pending)
        said = await super()._take(step)
        self._write(said)
        return said

    def _write(self, events: list[Event] | list[AgentMessage]) -> None:
        known = {logged.event.event_id for logged in self.log}
        for event in events:
            if event.event_id not in known:
                self.log.append(LoggedEvent(seq=len(self.log) + 1, event=event))
