"""Documents become a table beside the goals."""

import json

import pytest

from bench.growth import Costs
from bench.growth import Result as Growth
from bench.kill import Drain
from bench.kill import Plan as KillPlan
from bench.kill import Result as Kill
from bench.report import TABLE, write
from bench.throughput import Block, Pair
from bench.throughput import Result as Throughput

pytestmark = pytest.mark.unit


def block(system: str, per_second: float, cpu: float) -> Block:
    return Block(
        system=system,
        concurrent=64,
        messages=100,
        seconds=10,
        per_second=per_second,
        p50_ms=1,
        p95_ms=2,
        p99_ms=3,
        cpu_ms={system: cpu},
        own_cpu_ms=cpu,
        transactions={},
        wal_bytes={},
    )


def pair(ours: float, theirs: float) -> Pair:
    return Pair(block("switchboard", ours, 14.0), block("control", theirs, 8.0))


def table_of(folder, name: str, result) -> str:
    write(folder, name, result.as_json(), load_before=0.5)
    return (folder / TABLE).read_text()


def test_throughput_is_the_median_of_pairs(tmp_path):
    result = Throughput("dev", [pair(90, 100), pair(50, 100), pair(88, 100)])
    text = table_of(tmp_path, "throughput-dev", result)
    assert "| 64 at once: throughput to the control's | 0.88 (88/s beside 100/s) | ≥ 0.85 | yes |" in text
    assert "| +6.0 ms | ≤ 8 ms | yes |" in text


def test_a_goal_that_is_missed_is_said(tmp_path):
    result = Growth(4, early=Costs(10.0, 1000, 5000), late=Costs(12.0, 1000, 5100))
    text = table_of(tmp_path, "growth", result)
    assert "| CPU, ms: turns 181–210 to 31–60 | 1.20 (12 to 10) | ≤ 1.1 | **no** |" in text
    assert text.count("| yes |") == 2


def test_the_table_holds_all_documents(tmp_path):
    drain = Drain(answered=256, p50_seconds=1, p99_seconds=3.0, last_seconds=3.1)
    late = Drain(answered=256, p50_seconds=6, p99_seconds=9.5, last_seconds=9.9)
    table_of(tmp_path, "kill-restarted", Kill(KillPlan(), drain, late, answered_before_the_kill=12))
    text = table_of(tmp_path, "throughput-dev", Throughput("dev", [pair(90, 100)]))
    assert "## kill-restarted" in text
    assert "## throughput-dev" in text
    assert "| p99 with a kill -9 | 9.5 s | ≤ undisturbed + 7 s | yes |" in text


def test_documents_say_where_they_were_measured(tmp_path):
    table_of(tmp_path, "throughput-dev", Throughput("dev", [pair(90, 100)]))
    document = json.loads((tmp_path / "throughput-dev.json").read_text())
    assert document["machine"]["cores"] >= 1
    assert document["machine"]["load_before"] == 0.5
    assert "host" not in json.dumps(document)
