"""The command's exit statuses without a product; with one: tests/e2e/test_conversations.py."""

import json
from pathlib import Path

import pytest

from cli.servers.processes import free_port
from cli.simulate import NOTHING_RUN, Target, simulate

pytestmark = pytest.mark.unit

SCRIPT = "title: T\ncustomer: CUST_001\nsteps:\n  - says: Hi\n"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.yaml"
    path.write_text(SCRIPT)
    return path


def refused(where: Path, target: Target, capsys: pytest.CaptureFixture[str]) -> str:
    """What is said of it."""
    assert simulate(where, target, concurrency=1, as_data=False) == NOTHING_RUN
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("switchboard: ")
    assert said.err.count("\n") == 1
    return said.err


def test_a_bad_script(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script.write_text(SCRIPT + "    expect: {agent: nobody}\n")
    assert "script.yaml, line 5, steps.1.expect.agent" in refused(script, Target(Path("nowhere")), capsys)


def test_no_product_in_this_folder(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No product runs in this folder" in refused(script, Target(script.parent / "dev.json"), capsys)


def test_a_dev_file_of_something_else(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dev = script.with_name("dev.json")
    dev.write_text(json.dumps({"api_url": "http://127.0.0.1"}))
    assert "No product runs in this folder" in refused(script, Target(dev), capsys)


def test_an_address_without_a_token(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = Target(Path("nowhere"), url="http://127.0.0.1")
    assert "Give both --url and --token" in refused(script, target, capsys)


def test_nothing_at_the_address(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = Target(Path("nowhere"), url=f"http://127.0.0.1:{free_port()}", token="t")
    assert "Nothing answers at" in refused(script, target, capsys)


@pytest.mark.parametrize("url", ["http://", "nonsense", "http://host:port"])
def test_an_address_that_is_none(script: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    refused(script, Target(Path("nowhere"), url=url, token="t"), capsys)
