"""What people must approve, read: a table that follows from the log."""

from datetime import datetime
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from pydantic import Field

from adapters.postgres.pool import read, unavailable_as
from domain.errors import LogUnavailable
from domain.model import Record

_COLUMNS: LiteralString = (
    "select approval_id, conversation_id, tool, agent_type, summary, parameters, reason, state, requested_at, "
    "expires_at, decided_at, decided_by, decision_reason from approvals "
)
_PAGE: LiteralString = (
    _COLUMNS + "where %(state)s::text is null or state = %(state)s "
    "order by requested_at, approval_id limit %(limit)s offset %(offset)s"
)
_ONE: LiteralString = _COLUMNS + "where approval_id = %(approval_id)s"


class ApprovalRow(Record):
    """``state``: pending, approved, rejected or expired."""

    approval_id: str
    conversation_id: str
    tool: str
    agent_type: str
    summary: str
    parameters: dict[str, str] = Field(default_factory=dict)
    reason: str
    state: str
    requested_at: datetime
    expires_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    decision_reason: str = ""


class PostgresApprovals:
    """Every method raises ``LogUnavailable``."""

    def __init__(self, pool: "AsyncConnectionPool[AsyncConnection[Any]]") -> None:
        self._pool = pool

    async def page(self, state: str | None, *, limit: int, offset: int) -> list[ApprovalRow]:
        """Longest waiting first."""
        return await self._rows(_PAGE, {"state": state, "limit": limit, "offset": offset})

    async def find(self, approval_id: str) -> ApprovalRow | None:
        found = await self._rows(_ONE, {"approval_id": approval_id})
        return found[0] if found else None

    async def _rows(self, query: LiteralString, parameters: Any) -> list[ApprovalRow]:
        with unavailable_as(LogUnavailable):
            return [ApprovalRow.model_validate(row) for row in await read(self._pool, query, parameters)]
