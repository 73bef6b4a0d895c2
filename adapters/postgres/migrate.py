"""The schema's history: ``migrations/NNNN_name.sql``, applied in order, once each, never edited afterwards."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import AsyncConnection

from adapters.postgres.pool import CONNECT_SECONDS, unavailable_as
from domain.errors import SwitchboardError, Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x5B0A2D
"""Advisory lock key: whoever holds it migrates, the others wait and then find nothing to do."""

_BOOKS = """
create table if not exists schema_migrations (
    name text primary key,
    checksum text not null,
    applied_at timestamptz not null default clock_timestamp()
)
"""


class MigrationChanged(SwitchboardError):
    """A file that this database has already applied is not what it was."""

    type = "migration-changed"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Migration {name} was edited after it was applied. Restore it and put the change in a new file."
        )


class MigrationFailed(SwitchboardError):
    """A file could not be applied; nothing of it remains."""

    type = "migration-failed"

    def __init__(self, name: str, reason: object) -> None:
        super().__init__(f"Migration {name} failed: {reason}")


async def migrate(dsn: str, folder: Path = MIGRATIONS) -> list[str]:
    """Bring the schema up to date; return the names applied, in order (empty if there was nothing to do).

    Safe to run from several processes at once. Files the database knows and the folder lacks are left alone: an older
    release may run on a newer schema.

    Raises:
        MigrationChanged: an applied file was edited.
        MigrationFailed: a file is not valid for this database.
        Unavailable: Postgres is away.
    """
    with unavailable_as(Unavailable):
        async with await AsyncConnection.connect(dsn, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
            await connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
            await connection.execute(_BOOKS)
            return [await _apply(connection, path) for path in await _pending(connection, folder)]


def checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def _pending(connection: AsyncConnection[Any], folder: Path) -> list[Path]:
    rows = await (await connection.execute("select name, checksum from schema_migrations")).fetchall()
    return _not_applied(sorted(folder.glob("*.sql")), dict(rows))


def _not_applied(paths: Iterable[Path], applied: dict[str, str]) -> list[Path]:
    pending = []
    for path in paths:
        known = applied.get(path.stem)
        if known is None:
            pending.append(path)
        elif known != checksum(path.read_text()):
            raise MigrationChanged(path.stem)
    return pending


async def _apply(connection: AsyncConnection[Any], path: Path) -> str:
    text = path.read_text()
    try:
        async with connection.transaction():
            await connection.execute(text.encode())
            await connection.execute(
                "insert into schema_migrations (name, checksum) values (%s, %s)", (path.stem, checksum(text))
            )
    except psycopg.OperationalError:
        raise
    except psycopg.Error as invalid:
        raise MigrationFailed(path.stem, invalid) from invalid
    return path.stem
