"""The API's small, hot reads of the conversation log: is this message answered, and which logs have grown."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.pool import read, unavailable_as
from domain.errors import LogUnavailable
from domain.events import LoggedEvent
from domain.ids import message_event_id
from domain.model import Record

Pool = AsyncConnectionPool[AsyncConnection[Any]]

BATCH = 200
"""Questions of one SELECT."""


class Answer(Record):
    """What the log knows about one customer message. ``reply`` is None until somebody has answered it."""

    status: str
    agent_type: str
    requires_human: bool
    last_seq: int
    continued_in: str | None = None
    reply: LoggedEvent | None = None


Known = dict[tuple[str, str], Answer]
"""By conversation id and the event id of the customer's message."""


@dataclass(frozen=True)
class _Question:
    """One who waits. ``key`` is as in ``Known``."""

    key: tuple[str, str]
    answer: "asyncio.Future[Answer | None]"

    def settle(self, known: Known | Exception) -> None:
        if self.answer.done():
            return
        if isinstance(known, Exception):
            self.answer.set_exception(known)
        else:
            self.answer.set_result(known.get(self.key))


class PostgresConversationReader:
    """Raises ``LogUnavailable``. While one SELECT for answers is under way, the questions for the next one gather: the
    busier the process, the less an answer costs it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._questions: list[_Question] = []
        self._asking: asyncio.Task[None] | None = None

    async def answer_to(self, conversation_id: str, message_id: str) -> Answer | None:
        """What is known of it, whether there is an answer or not; None if the conversation is not registered yet."""
        key = (conversation_id, message_event_id(message_id))
        question = _Question(key, asyncio.get_running_loop().create_future())
        self._questions.append(question)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await question.answer

    async def last_seqs(self, conversation_ids: Sequence[str]) -> dict[str, int]:
        """How far each log goes; conversations that are not registered yet are left out."""
        rows = await self._rows(_LAST_SEQS, {"ids": list(conversation_ids)})
        return {row["conversation_id"]: row["last_seq"] for row in rows}

    async def answers(self) -> bool:
        """For health checks: True, or an error."""
        await self._rows("select 1", {})
        return True

    async def _ask(self) -> None:
        while self._questions:
            batch, self._questions = self._questions[:BATCH], self._questions[BATCH:]
            known = await self._look_up(batch)
            for question in batch:
                question.settle(known)

    async def _look_up(self, questions: Sequence[_Question]) -> Known | Exception:
        """An error is for those who asked, not for the task that asks on their behalf."""
        ids, events = zip(*(question.key for question in questions), strict=True)
        try:
            rows = await self._rows(_ANSWERS, {"ids": list(ids), "events": list(events)})
        except Exception as error:  # noqa: BLE001
            return error
        return {(row["asked_id"], row["asked_event"]): Answer.model_validate(row) for row in rows}

    async def _rows(self, query: LiteralString, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        with unavailable_as(LogUnavailable):
            return await read(self._pool, query, parameters)


_ANSWERS = "select * from answers_to(%(ids)s::text[], %(events)s::text[])"
_LAST_SEQS = "select conversation_id, last_seq from conversations where conversation_id = any(%(ids)s)"
