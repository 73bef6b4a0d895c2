"""The scripts of tests/conversations on the running product, through the code of `switchboard simulate`."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from cli.simulate import run_all
from cli.simulation.report import as_table, totals
from cli.simulation.run import Outcome
from cli.simulation.script import ScriptFile, load_scripts
from domain.state import AgentState
from tests.product import Product, running_product
from tests.servers import ROOT
from tests.talks import caller

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

SCRIPTS = ROOT / "tests" / "conversations"
ONE = SCRIPTS / "price_of_a_plan.yaml"
AT_ONCE = 3
LEAST_KILLS = 5
TOOL_SUCCESS = 0.95
"""The PRD's goal."""


async def run(product: Product, files: Sequence[ScriptFile]) -> list[Outcome]:
    outcomes = await run_all(files, product.api_url, product.token("service"), concurrency=AT_ONCE)
    assert all(outcome.passed for outcome in outcomes), f"\n{as_table(outcomes)}"
    return outcomes


async def test_all_scripts_pass_and_pass_again(product: Product) -> None:
    files = load_scripts(SCRIPTS)
    outcomes = await run(product, files)
    found = totals(outcomes)
    assert found.tool_success is not None
    assert found.tool_success > TOOL_SUCCESS
    await every_field_is_set(product, outcomes)
    again = await run(product, [file for file in files if file.script.ending.credits is not None])
    booking = [outcome for outcome in again if outcome.file.script.ending.credits]
    assert booking
    assert all(outcome.repeated for outcome in booking)


NOT_BY_SCRIPTS = {
    "external_ticket_id": "other systems report it",
    "crm_case_id": "other systems report it",
    "error_log": "only what goes wrong for good",
    "consent": "stands within one turn",
    "suspected_intents": "stand until the customer has chosen",
    "summary": "begins with the twenty-first utterance",
    "fraud_signals": "needs three failed checks",
    "sla_breach_risk": "no script lasts hours",
}
"""Fields of the state that no script sets, and why."""


async def every_field_is_set(product: Product, outcomes: Sequence[Outcome]) -> None:
    """REQUIREMENTS: a field that nothing ever writes is none."""
    written: set[str] = set()
    async with caller(product) as client:
        for outcome in outcomes:
            state = (await client.get(f"/conversations/{outcome.conversation}/state")).json()
            written |= {
                name
                for name, field in AgentState.model_fields.items()
                if state.get(name) not in (None, "", 0, 0.0, False, [], {}) or field.is_required()
            }
    assert AgentState.model_fields.keys() - written <= NOT_BY_SCRIPTS.keys()


async def kill_now_and_then(product: Product, kills: list[int], chance: Random) -> None:
    """The worker dies at random moments, a new one as soon as it has begun to work."""
    while True:
        await asyncio.sleep(chance.uniform(6, 14))
        with suppress(ProcessLookupError, TimeoutError):
            dead = product.signal("worker")
            kills.append(dead)
            await product.replaced("worker", dead, seconds=20)


@pytest.mark.timeout(900)
async def test_all_scripts_pass_while_the_worker_is_killed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Everything that every agent does, exactly as without the killing: each tool once, each effect once."""
    async with running_product(tmp_path_factory.mktemp("killed")) as product:
        kills: list[int] = []
        killer = asyncio.create_task(kill_now_and_then(product, kills, Random(4)))
        try:
            await run(product, load_scripts(SCRIPTS))
        finally:
            killer.cancel()
    assert len(kills) >= LEAST_KILLS


async def simulate(product: Product, *arguments: str) -> tuple[int, str, str]:
    """The command in a process of its own: exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli.main", "simulate", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "SWITCHBOARD_STATE_DIR": str(product.folder)},
    )
    said, told = await process.communicate()
    return process.returncode or 0, said.decode(), told.decode()


async def test_the_command_finds_the_product_of_the_folder(product: Product) -> None:
    status, said, told = await simulate(product, str(ONE), "--json")
    assert status == 0, told
    (script,) = json.loads(said)["scripts"]
    assert (script["script"], script["passed"]) == ("price_of_a_plan", True)
    assert told.startswith("1/1 ok price_of_a_plan")


async def test_a_script_that_fails_is_told_and_exits_with_1(product: Product, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(ONE.read_text().replace("pricing_inquiry", "complaint").replace('"49.99", already', '"19.98"'))
    where = ("--url", product.api_url, "--token", product.token("service"))
    status, said, _ = await simulate(product, str(wrong), *where)
    assert status == 1
    assert "step 1: intent pricing_inquiry instead of complaint" in said
    assert "step 1: the answer does not mention '19.98'" in said
    assert "0 of 1 scripts passed" in said


async def test_a_token_of_no_use_exits_with_2(product: Product) -> None:
    for token in ("nonsense", product.token("customer")):
        status, said, told = await simulate(product, str(ONE), "--url", product.api_url, "--token", token)
        assert (status, said) == (2, "")
        assert "The token is not good" in told


async def test_an_unknown_customer_fails_the_script_alone(product: Product, tmp_path: Path) -> None:
    for name, customer in (("known", "CUST_011"), ("unknown", "nobody")):
        (tmp_path / f"{name}.yaml").write_text(ONE.read_text().replace("CUST_011", customer))
    status, said, _ = await simulate(product, str(tmp_path))
    assert status == 1
    assert "1 of 2 scripts passed" in said
    assert "POST /conversations: 404" in said
