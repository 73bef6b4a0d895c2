"""What a measurement reads besides the clock: CPU and memory of process trees, and what PostgreSQL and files took."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

MEBIBYTE = 2**20


def tree(pid: int) -> list[psutil.Process]:
    """The process and all below it; empty when it is gone."""
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    return []


def cpu_seconds(pid: int) -> float:
    """User and system time of a process tree, ended children that were waited for included."""
    total = 0.0
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
            if process.pid == pid:
                total += times.children_user + times.children_system
    return total


def resident_mebibytes(pid: int) -> float:
    total = 0
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total / MEBIBYTE


@dataclass(frozen=True)
class Reading:
    """Running totals at one instant; the difference of two is what lay between."""

    cpu: Mapping[str, float]
    transactions: Mapping[str, int]
    wal_bytes: Mapping[str, int]
    file_bytes: Mapping[str, int]


@dataclass
class Meters:
    """Which processes (name to pid), databases (name to URL) and files (name to path) belong to a measurement."""

    pids: Mapping[str, int]
    databases: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)

    def read(self) -> Reading:
        seen = {name: _database_totals(url) for name, url in self.databases.items()}
        return Reading(
            cpu={name: cpu_seconds(pid) for name, pid in self.pids.items()},
            transactions={name: totals[0] for name, totals in seen.items()},
            wal_bytes={name: totals[1] for name, totals in seen.items()},
            file_bytes={name: _written(path) for name, path in self.files.items()},
        )


def _database_totals(url: str) -> tuple[int, int]:
    """Transactions committed in this database, and bytes of WAL written by its server."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "select xact_commit, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint "
            "from pg_stat_database where datname = current_database()"
        ).fetchone()
    assert row is not None, "every database has statistics"
    return int(row[0]), int(row[1])


def _written(path: Path) -> int:
    """Bytes of a file and those beside it that carry its name (SQLite's write-ahead log)."""
    return sum(part.stat().st_size for part in path.parent.glob(path.name + "*"))
