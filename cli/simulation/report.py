"""What a run tells: a line while it goes on, a table and totals at the end, or all of it as JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from cli.simulation.run import Outcome
from domain.state import TicketStatus

_HEAD = ("script", "steps", "intents", "agents", "tools", "status", "seconds", "result")
_DONE = frozenset({TicketStatus.RESOLVED, TicketStatus.CLOSED})
_SEPARATOR = "  "


@dataclass(frozen=True)
class Totals:
    """Shares are None where there is nothing to compute them from.

    First contact resolution: of the conversations that were resolved or went to a person, those resolved without one;
    which agents had a hand in it does not matter. Escalation rate: of all conversations, those that were escalated, to
    another agent or to a person. Tool success leaves out the refusals that a script expects.
    """

    scripts: int
    failed: int
    first_contact_resolution: float | None
    tool_calls: int
    tool_success: float | None
    escalation_rate: float | None


def totals(outcomes: Sequence[Outcome]) -> Totals:
    held = [outcome for outcome in outcomes if outcome.status is not None]
    solved = [outcome for outcome in held if outcome.status in _DONE and not outcome.asked_person]
    ended = [outcome for outcome in held if outcome.status in _DONE or outcome.asked_person]
    calls, failures = sum(one.calls for one in outcomes), sum(one.failures for one in outcomes)
    return Totals(
        scripts=len(outcomes),
        failed=sum(not outcome.passed for outcome in outcomes),
        first_contact_resolution=_share(len(solved), len(ended)),
        tool_calls=calls,
        tool_success=_share(calls - failures, calls),
        escalation_rate=_share(sum(outcome.escalated for outcome in held), len(held)),
    )


def as_table(outcomes: Sequence[Outcome]) -> str:
    """The table, what went wrong, and the totals."""
    rows = [_HEAD, *map(_row, outcomes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_SEPARATOR.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in [*lines, *_failures(outcomes), "", *_summary(totals(outcomes))])


def as_json(outcomes: Sequence[Outcome]) -> str:
    found = {"scripts": [_record(outcome) for outcome in outcomes], "totals": asdict(totals(outcomes))}
    return json.dumps(found, indent=2, ensure_ascii=False)


def progress(outcome: Outcome, number: int, of: int) -> str:
    return f"{number}/{of} {'ok' if outcome.passed else 'FAILED'} {outcome.file.name} ({outcome.seconds:.1f} s)"


def _row(outcome: Outcome) -> tuple[str, ...]:
    return (
        outcome.file.name,
        str(len(outcome.file.script.steps)),
        _distinct(one.intent for one in outcome.heard),
        _distinct(one.agent for one in outcome.heard),
        _distinct(tool for one in outcome.heard for tool in one.tools),
        outcome.status or "",
        f"{outcome.seconds:.1f}",
        _result(outcome),
    )


def _result(outcome: Outcome) -> str:
    if not outcome.passed:
        return "FAILED"
    return "ok, done before" if outcome.repeated else "ok"


def _failures(outcomes: Sequence[Outcome]) -> Iterable[str]:
    for outcome in outcomes:
        if not outcome.passed:
            yield ""
            yield f"{outcome.file.path}: {outcome.file.script.title} ({outcome.conversation or 'not begun'})"
            yield from (f"  {problem}" for problem in outcome.problems)


def _summary(found: Totals) -> Iterable[str]:
    yield f"{found.scripts - found.failed} of {found.scripts} scripts passed"
    yield f"first contact resolution  {_percent(found.first_contact_resolution)}"
    yield f"tool success              {_percent(found.tool_success)} of {found.tool_calls} calls"
    yield f"escalation rate           {_percent(found.escalation_rate)}"


def _record(outcome: Outcome) -> dict[str, object]:
    return {
        "script": outcome.file.name,
        "title": outcome.file.script.title,
        "conversation_id": outcome.conversation,
        "passed": outcome.passed,
        "repeated": outcome.repeated,
        "steps": [
            {"intent": one.intent, "agent": one.agent, "tools": one.tools, "failed": one.failed}
            for one in outcome.heard
        ],
        "status": outcome.status,
        "escalated": outcome.escalated,
        "asked_person": outcome.asked_person,
        "seconds": round(outcome.seconds, 3),
        "problems": outcome.problems,
    }


def _distinct(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(name for name in names if name))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
