"""Whether one more conversation may begin, counted in the registry: first come, first served, over all workers."""

import asyncio
import time
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.pool import unavailable_as
from domain.errors import LogUnavailable

Pool = AsyncConnectionPool[AsyncConnection[Any]]

FRESH_SECONDS = 1.0
"""How long a count holds while less than half of the places are taken: nobody opens the other half in that time."""


class PostgresRoom:
    """Implements ``Room`` for ``limit`` open conversations."""

    def __init__(self, pool: Pool, limit: int) -> None:
        self._pool = pool
        self._limit = limit
        self._plenty_until = 0.0
        self._counting = asyncio.Lock()

    async def has_room(self, conversation_id: str) -> bool:
        return await self._is_half_empty() or await self._has_place(conversation_id)

    async def _is_half_empty(self) -> bool:
        """Counted once for all who ask in the same moment; near the limit each is looked at by itself."""
        async with self._counting:
            if time.monotonic() < self._plenty_until:
                return True
            if await self._ask(_HALF_EMPTY, {"limit": self._limit}):
                self._plenty_until = time.monotonic() + FRESH_SECONDS
                return True
            return False

    async def _has_place(self, conversation_id: str) -> bool:
        return await self._ask(_HAS_PLACE, {"limit": self._limit, "id": conversation_id})

    async def _ask(self, question: bytes, parameters: dict[str, Any]) -> bool:
        with unavailable_as(LogUnavailable):
            async with self._pool.connection() as connection:
                row = await (await connection.execute(question, parameters)).fetchone()
        assert row is not None, "an aggregate returns a row"
        return bool(row[0])


_HALF_EMPTY = b"""
select count(*) < %(limit)s / 2.0
from (select from conversations where closed_at is null limit %(limit)s) as open
"""
_HAS_PLACE = b"""
select count(*) < %(limit)s
from (select from conversations me
      join conversations earlier on (earlier.created_at, earlier.conversation_id) < (me.created_at, me.conversation_id)
      where me.conversation_id = %(id)s and earlier.closed_at is null
      limit %(limit)s) as before
"""
