"""The conversation log in Postgres. The rules (numbering, fencing, exactly one answer) are in the SQL function
``append_events``; this adapter only carries values to it and back, and rings the bell."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString, Protocol

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic import TypeAdapter

from activities.ports import Appended
from adapters.postgres.pool import read, unavailable_as
from domain.errors import LogUnavailable, UnknownConversation
from domain.events import EVENTS, AgentMessage, Event, HumanMessage, LoggedEvent, SurveyAnswered
from domain.messages import OpenInput, OpenResult
from domain.model import Record
from domain.state import AgentState, AgentType, Channel, Priority

Pool = AsyncConnectionPool[AsyncConnection[Any]]
_LOGGED = TypeAdapter(list[LoggedEvent])


class Bell(Protocol):
    """Rings after an append so that streams look at the log. Never raises, never waits long. ``replied``: there is an
    answer to a customer's message among the new events."""

    async def ring(self, conversation_id: str, seq: int, *, replied: bool = True) -> None: ...


class SilentBell:
    """For whoever reads the log without waiting for it."""

    async def ring(self, conversation_id: str, seq: int, *, replied: bool = True) -> None:
        return None


class StatusColumns(Record):
    """The columns of a conversation's row that follow from its state."""

    status: str
    agent_type: str
    intent: str
    intent_confidence: float
    sentiment: str
    escalation_level: int
    requires_human: bool
    priority: str
    sla_deadline: datetime | None
    sla_breach_risk: bool
    owner: str

    @classmethod
    def of(cls, state: AgentState) -> "StatusColumns":
        ticket = state.ticket
        return cls(
            status=state.status,
            agent_type=state.current_agent_type,
            intent=state.current_intent,
            intent_confidence=state.intent_confidence,
            sentiment=state.sentiment,
            escalation_level=state.escalation_level,
            requires_human=state.requires_human,
            priority=ticket.priority if ticket else Priority.MEDIUM,
            sla_deadline=ticket.sla_deadline if ticket else None,
            sla_breach_risk=state.sla_breach_risk,
            owner=state.current_agent_id if state.current_agent_type == AgentType.HUMAN else "",
        )


class ConversationRow(StatusColumns):
    """A conversation as the registry knows it."""

    conversation_id: str
    customer_id: str
    channel: Channel
    last_seq: int
    epoch: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    continued_in: str | None = None


class HandoffRow(Record):
    """``state``: requested, claimed, resolved, returned or cancelled."""

    handoff_id: str
    conversation_id: str
    queue: str
    reason: str
    state: str
    person_id: str
    requested_at: datetime
    claimed_at: datetime | None = None
    ended_at: datetime | None = None


class PostgresConversationLog:
    """Implements ``activities.ports.ConversationLog``, and the reads the API needs. Raises ``LogUnavailable``."""

    def __init__(self, pool: Pool, bell: Bell) -> None:
        self._pool = pool
        self._bell = bell

    async def open(self, request: OpenInput) -> OpenResult:
        with unavailable_as(LogUnavailable):
            async with self._pool.connection() as connection:
                cursor = connection.cursor(row_factory=dict_row)
                await cursor.execute(_OPEN, request.model_dump(mode="json"))
                row = await cursor.fetchone()
        assert row is not None, "an upsert returns its row"
        return OpenResult.model_validate(row)

    async def append(
        self,
        conversation_id: str,
        epoch: int,
        events: Sequence[Event],
        *,
        state: AgentState,
        snapshot: bool,
        asked: Sequence[str] = (),
        unless: str = "",
    ) -> Appended:
        parameters = (
            conversation_id,
            epoch,
            _without_nul(EVENTS.dump_json(list(events)).decode()),
            _without_nul(StatusColumns.of(state).model_dump_json()),
            _without_nul(state.model_dump_json(exclude_defaults=True)) if snapshot else None,
            list(asked),
            unless,
        )
        with unavailable_as(LogUnavailable):
            async with self._pool.connection() as connection:
                row = await (await connection.execute(_APPEND, parameters)).fetchone()
        assert row is not None, "a function call returns a row"
        appended = Appended.model_validate(row[0])
        if events and not appended.fenced:
            replied = any(isinstance(event, AgentMessage | HumanMessage) for event in events)
            await self._bell.ring(conversation_id, appended.last_seq, replied=replied)
        return appended

    async def read(self, conversation_id: str, *, after: int = 0, limit: int = 200) -> list[LoggedEvent]:
        rows = await self._rows(_READ, (conversation_id, after, limit))
        return _LOGGED.validate_python(rows)

    async def registry(self, conversation_id: str) -> ConversationRow | None:
        """The conversation's row, or None if nobody ever opened it."""
        rows = await self._rows(_REGISTRY, (conversation_id,))
        return ConversationRow.model_validate(rows[0]) if rows else None

    async def seq_of(self, conversation_id: str, event_id: str) -> int | None:
        """Where an event stands, None if it is not there: so a repeated message has nothing to ask for."""
        query = "select seq from conversation_events where conversation_id = %s and event_id = %s"
        rows = await self._rows(query, (conversation_id, event_id))
        return rows[0]["seq"] if rows else None

    async def conversation_about(self, system: str, external_id: str) -> str | None:
        """The conversation that this system has reported about under this id: open ones first, then the newest."""
        rows = await self._rows(_ABOUT, {"system": system, "external_id": external_id})
        return rows[0]["conversation_id"] if rows else None

    async def survey_answer(self, conversation_id: str) -> LoggedEvent | None:
        """The ``survey_answered`` event; None if there is none since the conversation was opened or reopened."""
        rows = await self._rows(_SURVEY_ANSWER, (conversation_id,))
        found = _LOGGED.validate_python(rows)
        return found[0] if found and isinstance(found[0].event, SurveyAnswered) else None

    async def snapshot(self, conversation_id: str) -> AgentState:
        """The state as of the last reply. Raises ``UnknownConversation``."""
        rows = await self._rows("select state from conversations where conversation_id = %s", (conversation_id,))
        if not rows or rows[0]["state"] is None:
            raise UnknownConversation(conversation_id)
        return AgentState.model_validate(rows[0]["state"])

    async def handoffs(self, state: str | None = None, *, limit: int = 100, offset: int = 0) -> list[HandoffRow]:
        """Handoffs, longest waiting first; only those in ``state`` if given."""
        rows = await self._rows(_HANDOFFS, {"state": state, "limit": limit, "offset": offset})
        return [HandoffRow.model_validate(row) for row in rows]

    async def _rows(self, query: LiteralString, parameters: Any) -> list[dict[str, Any]]:
        with unavailable_as(LogUnavailable):
            return await read(self._pool, query, parameters)


_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def _without_nul(json_text: str) -> str:
    """PostgreSQL's jsonb has no NUL; one in a model's words, or another system's, must not stop a conversation."""
    return _NUL.sub(r"\1", json_text) if "\\u0000" in json_text else json_text


_APPEND = "select append_events(%s, %s, %s::jsonb, %s::jsonb, %s::jsonb, %s::text[], %s)"
_READ = """
select seq, body as event from conversation_events
where conversation_id = %s and seq > %s order by seq limit %s
"""
_SURVEY_ANSWER = """
select seq, body as event from conversation_events
where conversation_id = %s and type in ('survey_answered', 'conversation_reopened') order by seq desc limit 1
"""
_REGISTRY = """
select conversation_id, customer_id, channel, last_seq, epoch, status, agent_type, intent, intent_confidence,
       sentiment, escalation_level, requires_human, priority, sla_deadline, sla_breach_risk, owner, created_at,
       updated_at, closed_at, continued_in
from conversations where conversation_id = %s
"""
_ABOUT = """
select c.conversation_id from conversation_events e join conversations c using (conversation_id)
where e.type = 'integration_event' and e.body->>'external_id' = %(external_id)s and e.body->>'system' = %(system)s
order by c.closed_at is null desc, c.created_at desc limit 1
"""
_HANDOFFS = """
select handoff_id, conversation_id, queue, reason, state, person_id, requested_at, claimed_at, ended_at from handoffs
where %(state)s::text is null or state = %(state)s order by requested_at limit %(limit)s offset %(offset)s
"""
# A repeat of the first attempt finds its own row without a state: still a fresh conversation, under a higher epoch.
_OPEN = """
insert into conversations as c (conversation_id, customer_id, channel, priority, continued_from, created_at, updated_at)
values (%(conversation_id)s, %(customer_id)s, %(channel)s, coalesce(%(priority)s, 'medium'), %(continued_from)s,
        %(now)s, %(now)s)
on conflict (conversation_id) do update set epoch = c.epoch + 1
returning state, epoch, last_seq, closed_at, continued_in
"""
