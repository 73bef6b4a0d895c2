"""Run scripts, each on a fresh conversation, and collect what came of them."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from cli.simulation.product import Event, Product, Status, Unexpected, within_patience
from cli.simulation.script import ScriptFile
from cli.simulation.verdict import (
    Heard,
    asked_person,
    credit_differences,
    differences,
    ending_differences,
    escalated,
    heard,
    is_repeat,
)
from domain.state import TicketStatus

SETTLE_SECONDS = 30.0
"""What follows the last answer (a handoff, the close after the survey) takes a moment."""


@dataclass
class Outcome:
    """What came of a script. ``problems`` are the differences to what it expects; none: it passed."""

    file: ScriptFile
    conversation: str = ""
    repeated: bool = False
    heard: list[Heard] = field(default_factory=list)
    status: TicketStatus | None = None
    escalated: bool = False
    asked_person: bool = False
    calls: int = 0
    failures: int = 0
    """Of tool calls, without the refusals that the script expects."""
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.problems


async def run_scripts(
    product: Product, files: Sequence[ScriptFile], *, concurrency: int, told: Callable[[Outcome], None]
) -> list[Outcome]:
    """So many at once; scripts of one customer follow each other, so that an account tells whose doing a credit was."""
    slots = asyncio.Semaphore(concurrency)
    turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def one(file: ScriptFile) -> Outcome:
        async with turns[file.script.customer], slots:
            outcome = await run_script(product, file)
        told(outcome)
        return outcome

    return await asyncio.gather(*map(one, files))


async def run_script(product: Product, file: ScriptFile) -> Outcome:
    """Never raises for what the product does: that is a problem of the outcome."""
    outcome, started = Outcome(file), time.monotonic()
    try:
        await _converse(product, outcome)
    except Unexpected as problem:
        outcome.problems.append(str(problem))
    outcome.seconds = time.monotonic() - started
    return outcome


async def _converse(product: Product, outcome: Outcome) -> None:
    script = outcome.file.script
    given = script.ending.credits
    before = None if given is None else await product.account(script.customer)
    outcome.repeated = before is not None and is_repeat(given or [], before)
    outcome.conversation = await product.open(script.customer, script.channel)
    for number, step in enumerate(script.steps, start=1):
        await product.say(outcome.conversation, step.says, _message_id(number))
    events = await _settled(product, outcome)
    _judge_steps(outcome, events)
    if before is not None:
        outcome.problems += credit_differences(given or [], events, before, await product.account(script.customer))


async def _settled(product: Product, outcome: Outcome) -> list[Event]:
    """Wait for the ending the script expects; note what is missing when the time is up."""
    ending, seen = outcome.file.script.ending, _Seen()

    async def look() -> bool:
        # The status first: what it says, the log says too.
        seen.status = await product.status(outcome.conversation)
        seen.events = await product.events(outcome.conversation)
        return not any(ending_differences(ending, seen.events, seen.status))

    await within_patience(look, SETTLE_SECONDS)
    assert seen.status is not None, "it has looked at least once"
    outcome.status = seen.status.status
    outcome.escalated, outcome.asked_person = escalated(seen.events), asked_person(seen.events)
    outcome.problems += ending_differences(ending, seen.events, seen.status)
    return seen.events


@dataclass
class _Seen:
    status: Status | None = None
    events: list[Event] = field(default_factory=list)


def _judge_steps(outcome: Outcome, events: Sequence[Event]) -> None:
    steps, problems = outcome.file.script.steps, list[str]()
    outcome.heard = [heard(events, _message_id(number)) for number in range(1, len(steps) + 1)]
    for number, (step, found) in enumerate(zip(steps, outcome.heard, strict=True), start=1):
        expected = step.expected(repeated=outcome.repeated)
        problems += map(partial("step {}: {}".format, number), differences(expected, found))
        unexpected = [tool for tool in found.failed if tool not in expected.refused]
        outcome.calls += len(found.tools) - len(found.failed) + len(unexpected)
        outcome.failures += len(unexpected)
    outcome.problems = [*problems, *outcome.problems]


def _message_id(number: int) -> str:
    return f"step-{number}"
