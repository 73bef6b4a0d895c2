"""``switchboard simulate``: run scripts of conversations against a running product."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.simulation.product import NoProduct, reached
from cli.simulation.report import as_json, as_table, progress
from cli.simulation.run import Outcome, run_scripts
from cli.simulation.script import BadScript, ScriptFile, load_scripts

PASSED, FAILED, NOTHING_RUN = 0, 1, 2
"""Exit statuses."""


@dataclass(frozen=True)
class Target:
    """Where the product is; what is empty is read from ``dev_file``."""

    dev_file: Path
    url: str = ""
    token: str = ""


def simulate(where: Path, target: Target, *, concurrency: int, as_data: bool) -> int:
    """Print the results; return the exit status."""
    try:
        files = load_scripts(where)
        url, token = _address(target)
        outcomes = asyncio.run(run_all(files, url, token, concurrency=concurrency))
    except (BadScript, NoProduct) as problem:
        print(f"switchboard: {problem}", file=sys.stderr)
        return NOTHING_RUN
    print(as_json(outcomes) if as_data else as_table(outcomes))
    return PASSED if all(outcome.passed for outcome in outcomes) else FAILED


async def run_all(files: Sequence[ScriptFile], url: str, token: str, *, concurrency: int) -> list[Outcome]:
    """Raises ``NoProduct``."""
    done = 0

    def tell(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        print(progress(outcome, done, len(files)), file=sys.stderr, flush=True)

    async with reached(url, token) as product:
        return await run_scripts(product, files, concurrency=concurrency, told=tell)


def _address(target: Target) -> tuple[str, str]:
    """Raises ``NoProduct``."""
    if target.url and target.token:
        return target.url, target.token
    if target.url or target.token:
        raise NoProduct("Give both --url and --token, or neither.")
    try:
        dev = json.loads(target.dev_file.read_text())
        return dev["api_url"], dev["tokens"]["service"]
    except (OSError, ValueError, KeyError, TypeError):
        raise NoProduct(
            f"No product runs in this folder ({target.dev_file} is not there): start one, or give --url and --token."
        ) from None
