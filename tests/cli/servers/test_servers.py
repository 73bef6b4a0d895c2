"""The fixtures' servers are the launcher's servers; here they prove themselves."""

import os
import signal
import subprocess
import sys

import psutil
import psycopg
import pytest
from psycopg import sql
from redis.asyncio import Redis

from cli.servers.postgres import create_database
from cli.servers.processes import Command, port_is_free, spawn, stop, wait_until

pytestmark = pytest.mark.integration


async def test_postgres_speaks_over_tcp_and_asks_for_a_password(postgres):
    async with await psycopg.AsyncConnection.connect(postgres.url()) as connection:
        row = await (await connection.execute("show server_version")).fetchone()
    assert row[0].startswith("18")
    wrong = postgres.url().replace(postgres.password, "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        await psycopg.AsyncConnection.connect(wrong)


async def test_postgres_has_pgvector(database_url):
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute("create extension vector")
        row = await (await connection.execute("select '[1,2]'::vector <-> '[1,4]'::vector")).fetchone()
    assert row == (2.0,)


async def test_each_database_is_a_fresh_copy(make_database, migrated_template):
    one, other = await make_database(migrated_template), await make_database(migrated_template)
    async with await psycopg.AsyncConnection.connect(one) as connection:
        await connection.execute("create table only_here (n int)")
    async with await psycopg.AsyncConnection.connect(other) as connection:
        row = await (await connection.execute(sql.SQL("select to_regclass('only_here')"))).fetchone()
    assert row == (None,)


async def test_a_database_is_made_once(postgres):
    assert await create_database(postgres.url(), "made_once")
    assert not await create_database(postgres.url(), "made_once")


async def test_redis_keeps_nothing_on_disk(redis_url):
    redis = Redis.from_url(redis_url)
    assert (await redis.config_get("save", "appendonly")) == {"save": "", "appendonly": "no"}
    await redis.aclose()


async def test_a_child_dies_with_its_parent_even_by_kill_9(tmp_path):
    script = (
        "import pathlib, sys, time; sys.path.insert(0, '.')\n"
        "from cli.servers.processes import Command, spawn\n"
        "child = spawn(Command(('sleep', '600')), pathlib.Path(sys.argv[1]) / 'log')\n"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    child = psutil.Process(int(parent.stdout.readline()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    async def gone() -> bool:
        return not child.is_running() or child.status() == psutil.STATUS_ZOMBIE

    await wait_until(gone, "death", 5)


def test_what_ignores_a_polite_request_is_killed(tmp_path):
    command = Command((sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"))
    process = spawn(command, tmp_path / "log")
    stop(process, command, seconds=0.5)
    assert process.returncode in (-signal.SIGKILL, -signal.SIGTERM)


def test_a_variable_can_be_taken_away(tmp_path, monkeypatch):
    monkeypatch.setenv("UNWANTED", "1")
    command = Command(("sh", "-c", 'echo "[$UNWANTED][$WANTED]"'), {"UNWANTED": None, "WANTED": "2"})
    spawn(command, tmp_path / "log").wait()
    assert (tmp_path / "log").read_text() == "[][2]\n"


async def test_a_port_in_use_is_not_free(postgres):
    assert not port_is_free(postgres.port)
