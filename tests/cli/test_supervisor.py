"""Supervision with small stand-ins for the real processes."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager, suppress

import psutil
import pytest

from cli.servers.processes import Command
from cli.supervisor import KeepsDying, Supervisor

pytestmark = pytest.mark.unit

SLEEPER = Command(("sleep", "600"))
STUBBORN = Command(
    (sys.executable, "-c", "import signal, time\nsignal.signal(15, 1)\nprint('up', flush=True)\ntime.sleep(600)")
)


class Notes:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.pids: list[dict[str, int]] = []


@asynccontextmanager
async def supervising(folder):
    notes = Notes()
    supervisor = Supervisor(folder, notes.said.append, lambda pids: notes.pids.append(dict(pids)))
    watching = asyncio.create_task(supervisor.watch())
    try:
        yield supervisor, notes, watching
    finally:
        watching.cancel()
        supervisor.kill_all()
        with suppress(asyncio.CancelledError, KeepsDying):
            await watching


async def until(condition, seconds=5.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def test_what_is_killed_is_back_within_3_seconds_and_its_new_pid_is_told(tmp_path):
    async with supervising(tmp_path) as (supervisor, notes, _):
        supervisor.start("api", SLEEPER)
        supervisor.start("worker", SLEEPER)
        before = supervisor.pids
        os.kill(before["api"], signal.SIGKILL)
        await until(lambda: notes.pids[-1]["api"] != before["api"], seconds=3.0)
        assert psutil.pid_exists(notes.pids[-1]["api"])
        assert notes.pids[-1]["worker"] == before["worker"]
        assert notes.said == ["api died (SIGKILL), starting it again"]


async def test_what_keeps_dying_is_started_again_every_two_seconds_and_no_slower(tmp_path):
    async with supervising(tmp_path) as (supervisor, notes, _):
        supervisor.steady = True
        supervisor.start("api", Command(("false",)))
        starts = []
        with suppress(TimeoutError):
            await until(lambda: starts.append(len(notes.pids)), seconds=6.0)
        assert len(notes.pids) >= 5


async def test_what_keeps_dying_during_the_start_is_an_error_with_the_end_of_its_log(tmp_path):
    async with supervising(tmp_path) as (supervisor, _, watching):
        supervisor.start("worker", Command(("sh", "-c", "echo no such database; exit 3")))
        with pytest.raises(KeepsDying, match="no such database"):
            await asyncio.wait_for(watching, 10)


async def test_what_says_that_trying_again_cannot_help_is_believed(tmp_path):
    async with supervising(tmp_path) as (supervisor, notes, watching):
        supervisor.start("worker", Command(("sh", "-c", f"echo edited migration; exit {os.EX_CONFIG}")))
        with pytest.raises(KeepsDying, match="edited migration"):
            await asyncio.wait_for(watching, 10)
        assert notes.said == []


async def test_a_restart_may_go_another_way_than_the_start(tmp_path):
    async with supervising(tmp_path) as (supervisor, notes, _):
        supervisor.start("worker", Command(("sh", "-c", "echo first; exec sleep 600")))
        supervisor.next_time("worker", Command(("sh", "-c", "echo again; exec sleep 600")))
        await until(lambda: (tmp_path / "worker.log").read_text() == "first\n")
        os.kill(supervisor.pids["worker"], signal.SIGKILL)
        await until(lambda: (tmp_path / "worker.log").read_text() == "first\nagain\n")
        assert len(notes.pids) == 2


async def test_cleaning_comes_before_each_start(tmp_path):
    cleaned = []
    async with supervising(tmp_path) as (supervisor, notes, _):
        supervisor.start("postgres", SLEEPER, clean=lambda: cleaned.append(1))
        os.kill(supervisor.pids["postgres"], signal.SIGKILL)
        await until(lambda: len(notes.pids) == 2)
    assert len(cleaned) == 2


async def test_who_is_told_to_stop_stays_stopped(tmp_path):
    async with supervising(tmp_path) as (supervisor, notes, _):
        supervisor.start("api", SLEEPER)
        await supervisor.stop(["api", "never started"], seconds=5)
        await asyncio.sleep(0.5)
        assert len(notes.pids) == 1
        assert notes.said == []


async def test_who_does_not_stop_is_killed(tmp_path):
    async with supervising(tmp_path) as (supervisor, notes, _):
        supervisor.start("worker", STUBBORN)
        await until(lambda: (tmp_path / "worker.log").read_text() == "up\n")
        await supervisor.stop(["worker"], seconds=0.3)
        assert notes.said == ["worker does not stop, killing it"]
        assert not psutil.pid_exists(supervisor.pids["worker"])
