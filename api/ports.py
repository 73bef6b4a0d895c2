"""What the API needs from the outside, as protocols. ``composition.py`` fills them with adapters; tests with others.

Records are protocols too (read-only attributes), so an adapter's own record types fit without the API knowing them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from domain.events import LoggedEvent
from domain.state import AgentState, AgentType, Channel


class StatusRecord(Protocol):
    """The columns of a conversation that follow from its state."""

    @property
    def status(self) -> str: ...
    @property
    def agent_type(self) -> str: ...
    @property
    def requires_human(self) -> bool: ...
    @property
    def last_seq(self) -> int: ...
    @property
    def continued_in(self) -> str | None: ...


class ConversationRecord(StatusRecord, Protocol):
    """A conversation as the registry knows it. ``epoch`` is the newest one that may speak."""

    @property
    def conversation_id(self) -> str: ...
    @property
    def customer_id(self) -> str: ...
    @property
    def channel(self) -> Channel: ...
    @property
    def intent(self) -> str: ...
    @property
    def intent_confidence(self) -> float: ...
    @property
    def sentiment(self) -> str: ...
    @property
    def escalation_level(self) -> int: ...
    @property
    def priority(self) -> str: ...
    @property
    def sla_deadline(self) -> datetime | None: ...
    @property
    def sla_breach_risk(self) -> bool: ...
    @property
    def owner(self) -> str: ...
    @property
    def epoch(self) -> int: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def closed_at(self) -> datetime | None: ...


class HandoffRecord(Protocol):
    """``state``: requested, claimed, resolved, returned or cancelled."""

    @property
    def handoff_id(self) -> str: ...
    @property
    def conversation_id(self) -> str: ...
    @property
    def queue(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def person_id(self) -> str: ...
    @property
    def requested_at(self) -> datetime: ...
    @property
    def claimed_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...


class AnswerRecord(StatusRecord, Protocol):
    """What the log knows about one customer message. ``reply`` is None until somebody has answered it."""

    @property
    def reply(self) -> LoggedEvent | None: ...


class FiguresRecord(Protocol):
    """Figures of one agent type; None where the period holds nothing to compute them from."""

    @property
    def agent_type(self) -> AgentType: ...
    @property
    def conversations(self) -> int: ...
    @property
    def first_contact_resolution(self) -> float | None: ...
    @property
    def handle_time_seconds(self) -> float | None: ...
    @property
    def escalation_rate(self) -> float | None: ...
    @property
    def csat(self) -> float | None: ...
    @property
    def csat_mean(self) -> float | None: ...
    @property
    def tool_calls(self) -> int: ...
    @property
    def tool_success(self) -> float | None: ...
    @property
    def p95_reply_seconds(self) -> float | None: ...


class Log(Protocol):
    """The conversation log, read. Every method raises ``LogUnavailable``."""

    async def read(self, conversation_id: str, *, after: int = 0, limit: int = 200) -> list[LoggedEvent]:
        """Events with ``seq > after``, in order."""
        ...

    async def registry(self, conversation_id: str) -> ConversationRecord | None:
        """None if nobody ever opened it."""
        ...

    async def seq_of(self, conversation_id: str, event_id: str) -> int | None:
        """Where an event stands; None if it is not in the log."""
        ...

    async def snapshot(self, conversation_id: str) -> AgentState:
        """The state as of the last reply. Raises ``UnknownConversation``."""
        ...

    async def handoffs(self, state: str | None = None, *, limit: int = 100, offset: int = 0) -> Sequence[HandoffRecord]:
        """Longest waiting first."""
        ...


class Answers(Protocol):
    """The two small reads that waiting costs. Both raise ``LogUnavailable``."""

    async def answer_to(self, conversation_id: str, message_id: str) -> AnswerRecord | None:
        """One SELECT; None if the conversation is not registered yet."""
        ...

    async def last_seqs(self, conversation_ids: Sequence[str]) -> dict[str, int]:
        """How far each log goes; conversations that are not registered yet are left out."""
        ...


class Performance(Protocol):
    async def figures(self, since: datetime, until: datetime, agent_type: AgentType | None) -> Sequence[FiguresRecord]:
        """By agent type, in the enum's order; agents that did nothing are left out. Raises ``LogUnavailable``."""
        ...


class Customers(Protocol):
    async def exists(self, customer_id: str) -> bool:
        """Raises ``BackOfficeUnavailable``."""
        ...


class Ears(Protocol):
    """What listens to the token streams of the conversations that somebody watches."""

    async def watch(self, conversation_id: str) -> None: ...

    async def unwatch(self, conversation_id: str) -> None: ...


class Meter(Protocol):
    """The API's counters. Nothing that identifies anyone ever becomes a label."""

    def request(self, method: str, route: str, status: int, seconds: float) -> None: ...

    def stream(self, kind: Literal["sse", "websocket"], change: Literal[1, -1]) -> None: ...

    def rate_limited(self, role: str) -> None: ...

    def message(self, channel: str, speaker: str) -> None: ...
