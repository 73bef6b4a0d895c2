"""An event log in memory that behaves as the real one does for readers, and can be away."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from domain.errors import LogUnavailable
from domain.events import AgentMessage, BaseEvent, CustomerMessageLogged, HandoffClaimed, HandoffCompleted, LoggedEvent
from domain.state import AgentType

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Logbook:
    """Implements the reading ports ``Log`` and ``Answers``."""

    def __init__(self) -> None:
        self.events: list[LoggedEvent] = []
        self.away = False
        self.reads = 0
        self.looks = 0
        self.row: Any = None

    def add(self, event: BaseEvent) -> int:
        self.events.append(LoggedEvent(seq=len(self.events) + 1, event=event))
        return len(self.events)

    def say(self, text: str = "hello") -> int:
        number = len(self.events) + 1
        return self.add(CustomerMessageLogged(event_id=f"msg-m{number}", at=AT, message_id=f"m{number}", message=text))

    def reply(self, *answers: str, turn_id: str = "1.0") -> int:
        return self.add(
            AgentMessage(
                event_id=f"reply-{turn_id}",
                at=AT,
                turn_id=turn_id,
                agent_type=AgentType.BILLING,
                message="There.",
                answers=list(answers),
            )
        )

    def claim(self) -> int:
        return self.add(HandoffClaimed(event_id="claimed", at=AT, handoff_id="h", person_id="p"))

    def complete(self) -> int:
        return self.add(
            HandoffCompleted(
                event_id="completed", at=AT, handoff_id="h", person_id="p", outcome="returned", note="secret"
            )
        )

    async def read(self, conversation_id: str, *, after: int = 0, limit: int = 200) -> list[LoggedEvent]:
        self._check()
        self.reads += 1
        return self.events[after : after + limit]

    async def registry(self, conversation_id: str) -> Any:
        self._check()
        return self.row

    async def last_seqs(self, conversation_ids: Any) -> dict[str, int]:
        self._check()
        return dict.fromkeys(conversation_ids, len(self.events))

    async def answer_to(self, conversation_id: str, message_id: str) -> Any:
        self._check()
        self.looks += 1
        replies = [e for e in self.events if message_id in getattr(e.event, "answers", ())]
        status = {"status": "pending_customer", "agent_type": "billing", "requires_human": False, "continued_in": None}
        return SimpleNamespace(reply=replies[0] if replies else None, last_seq=len(self.events), **status)

    def _check(self) -> None:
        if self.away:
            raise LogUnavailable("away")
