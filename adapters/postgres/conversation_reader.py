"""The API's small, hot reads of the conversation log: is this message answered, and which logs have grown."""

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.pool import unavailable_as
from domain.errors import LogUnavailable
from domain.events import LoggedEvent
from domain.ids import message_event_id
from domain.model import Record

Pool = AsyncConnectionPool[AsyncConnection[Any]]


class Answer(Record):
    """What the log knows about one customer message. ``reply`` is None until somebody has answered it."""

    status: str
    agent_type: str
    requires_human: bool
    last_seq: int
    continued_in: str | None = None
    reply: LoggedEvent | None = None


class PostgresConversationReader:
    """Raises ``LogUnavailable``."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def answer_to(self, conversation_id: str, message_id: str) -> Answer | None:
        """One row, whether there is an answer or not; None if the conversation is not registered yet."""
        rows = await self._rows(_ANSWER, {"id": conversation_id, "event_id": message_event_id(message_id)})
        return Answer.model_validate(rows[0]) if rows else None

    async def last_seqs(self, conversation_ids: Sequence[str]) -> dict[str, int]:
        """How far each log goes; conversations that are not registered yet are left out."""
        rows = await self._rows(_LAST_SEQS, {"ids": list(conversation_ids)})
        return {row["conversation_id"]: row["last_seq"] for row in rows}

    async def answers(self) -> bool:
        """For health checks: True, or an error."""
        await self._rows("select 1", {})
        return True

    async def _rows(self, query: LiteralString, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        with unavailable_as(LogUnavailable):
            async with self._pool.connection() as connection:
                cursor = connection.cursor(row_factory=dict_row)
                return await (await cursor.execute(query, parameters)).fetchall()


_ANSWER = """
select c.status, c.agent_type, c.requires_human, c.last_seq, c.continued_in,
       case when r.seq is not null then jsonb_build_object('seq', r.seq, 'event', r.body) end as reply
from conversations c
left join conversation_events m on m.conversation_id = c.conversation_id and m.event_id = %(event_id)s
left join conversation_events r on r.conversation_id = c.conversation_id and r.seq = m.answered_by
where c.conversation_id = %(id)s
"""
_LAST_SEQS = "select conversation_id, last_seq from conversations where conversation_id = any(%(ids)s)"
