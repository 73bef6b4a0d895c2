"""The houses of the architecture stand apart: the contracts of pyproject.toml hold, and they would notice."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parent.parent
HOUSES = ("domain", "workflows", "activities", "agents", "adapters", "api", "cli")
PURE = {"domain": {"pydantic", "pydantic_core", "typing_extensions"}, "workflows": {"temporalio", "pydantic"}}
"""Houses whose other imports are few enough to name."""


def test_nobody_reaches_through_a_wall():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_package_is_a_house_with_walls():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"bench", "tests"}
    assert packages == set(HOUSES)


@pytest.mark.parametrize("house", PURE)
def test_a_pure_house_imports_the_standard_library_and_little_else(house):
    graph = grimp.build_graph(*HOUSES, include_external_packages=True, cache_dir=None)
    imported = {
        target.partition(".")[0]
        for module in graph.modules
        if module.partition(".")[0] == house
        for target in graph.find_modules_directly_imported_by(module)
    }
    foreign = imported - set(HOUSES) - sys.stdlib_module_names
    assert foreign <= PURE[house]
