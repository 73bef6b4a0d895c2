"""The benchmarks run: small, on real servers. What they measure here means nothing."""

import json

import pytest

from bench.kill import Plan as KillPlan
from bench.kill import measure as measure_kill
from bench.report import TABLE, write
from bench.throughput import Plan
from bench.throughput import measure as measure_throughput

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture
def open_folder(tmp_path):
    """PostgreSQL runs as another user when we are root."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    return tmp_path


async def test_the_product_beside_the_control(open_folder):
    result = await measure_throughput(open_folder, "dev", Plan(concurrent=(4,), pairs=1, seconds=2.0))
    write(open_folder / "results", "throughput-dev", result.as_json(), 0.0)
    document = json.loads((open_folder / "results" / "throughput-dev.json").read_text())
    (pair,) = document["result"]["pairs"]
    assert pair["product"]["messages"] >= 4
    assert pair["control"]["messages"] >= 4
    assert "4 at once" in (open_folder / "results" / TABLE).read_text()


async def test_everybody_is_answered_though_the_worker_dies(open_folder):
    result = await measure_kill(open_folder, KillPlan(in_flight=8, kill_after_seconds=0.05))
    assert (result.undisturbed.answered, result.killed.answered) == (8, 8)
