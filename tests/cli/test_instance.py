import os
import subprocess

import psutil
import pytest

from adapters.settings import Settings
from cli.instance import AlreadyRunning, Instance
from cli.stop import stop

pytestmark = pytest.mark.unit


@pytest.fixture
def sleeper():
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


def test_one_launcher_a_folder(tmp_path):
    first, second = Instance(tmp_path), Instance(tmp_path)
    first.acquire()
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}.*make stop"):
        second.acquire()
    assert second.holder() == os.getpid()
    first.release()
    assert second.holder() is None
    second.acquire()
    second.release()


def test_what_a_killed_launcher_left_is_ended(tmp_path, sleeper):
    Instance(tmp_path).remember({"worker": sleeper.pid})
    assert Instance(tmp_path).kill_remains() == ["worker"]
    assert not psutil.pid_exists(sleeper.pid)
    assert Instance(tmp_path).kill_remains() == []


def test_a_reused_pid_is_not_ours_to_end(tmp_path, sleeper):
    instance = Instance(tmp_path)
    instance.remember({"worker": sleeper.pid})
    traces = tmp_path / "processes.json"
    created = psutil.Process(sleeper.pid).create_time()
    traces.write_text(traces.read_text().replace(str(created), str(created - 60)))
    assert instance.kill_remains() == []
    assert sleeper.poll() is None


@pytest.mark.parametrize("text", ["", "[", "{}", '[{"colour": 1}]'])
def test_a_broken_note_is_no_obstacle(tmp_path, text):
    (tmp_path / "processes.json").write_text(text)
    assert Instance(tmp_path).kill_remains() == []


def test_the_note_is_private(tmp_path, sleeper):
    Instance(tmp_path).remember({"worker": sleeper.pid, "gone": 2**22 + 1})
    assert (tmp_path / "processes.json").stat().st_mode & 0o777 == 0o600


def test_stopping_nothing_is_no_error(tmp_path, capsys):
    stop(Settings(state_dir=tmp_path), seconds=1)
    assert "nothing runs" in capsys.readouterr().out
