import asyncio
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from adapters.postgres.migrate import MIGRATIONS, MigrationChanged, MigrationFailed, migrate
from cli.servers.postgres import Postgres
from domain.errors import Unavailable
from tests.conftest import MakeDatabase

pytestmark = pytest.mark.integration


@pytest_asyncio.fixture
async def empty(make_database: MakeDatabase) -> str:
    return await make_database("template0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_first.sql").write_text("create table first (id int); insert into first values (1);")
    (tmp_path / "0002_second.sql").write_text("create table second (id int);")
    return tmp_path


def query(dsn: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(sql.encode()).fetchall()


async def test_files_are_applied_in_order_and_once(empty: str, folder: Path):
    assert await migrate(empty, folder) == ["0001_first", "0002_second"]
    assert await migrate(empty, folder) == []
    assert query(empty, "select count(*) from first") == [(1,)]


async def test_a_new_file_is_applied_alone_even_with_a_lower_number(empty: str, folder: Path):
    await migrate(empty, folder)
    (folder / "0001_between.sql").write_text("create table between_ (id int);")
    assert await migrate(empty, folder) == ["0001_between"]


async def test_an_edited_file_is_refused_by_name(empty: str, folder: Path):
    await migrate(empty, folder)
    (folder / "0001_first.sql").write_text("create table first (id bigint);")
    with pytest.raises(MigrationChanged, match="0001_first was edited"):
        await migrate(empty, folder)


async def test_a_missing_file_is_no_error(empty: str, folder: Path):
    await migrate(empty, folder)
    (folder / "0002_second.sql").unlink()
    assert await migrate(empty, folder) == []


async def test_of_a_broken_file_nothing_remains(empty: str, folder: Path):
    (folder / "0003_broken.sql").write_text("create table third (id int); select nonsense;")
    with pytest.raises(MigrationFailed, match="0003_broken"):
        await migrate(empty, folder)
    assert query(empty, "select to_regclass('third')") == [(None,)]
    (folder / "0003_broken.sql").write_text("create table third (id int);")
    assert await migrate(empty, folder) == ["0003_broken"], "what went before it stays, and mending is allowed"


async def test_several_at_once_apply_each_file_once(empty: str, folder: Path):
    applied = await asyncio.gather(*(migrate(empty, folder) for _ in range(5)))
    assert sorted(name for names in applied for name in names) == ["0001_first", "0002_second"]


async def test_without_postgres_it_says_so(postgres: Postgres):
    with pytest.raises(Unavailable):
        await migrate("postgresql://postgres@127.0.0.1:1/postgres")


async def test_our_own_migrations_apply(empty: str):
    assert await migrate(empty) == [path.stem for path in sorted(MIGRATIONS.glob("*.sql"))]
