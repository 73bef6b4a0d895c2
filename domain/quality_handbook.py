"""The quality check as a page: ``python -m domain.quality_handbook > docs/quality.md``."""

import sys
from collections.abc import Iterator

from domain.figures import FIGURES_LIMIT
from domain.promises import PROMISES, Promise
from domain.quality import FAULTS, MARKING, Severity

_HEAD = f"""# Quality check

Before a conversation ends, the agent for quality looks at it: policy, tone, promises kept, facts against tool
results. The check runs beside the conversation, from the moment the concern is settled: the customer goes on and can
answer the survey, and only the end of the workflow waits for it. This page is generated:
`python -m domain.quality_handbook > docs/quality.md`.

- **What it looks at** (`domain/evidence.py`): what was said, with its place in the log; the tool calls with the figures
  of their results; the effects in the books, each with the customer's yes that its key was made of; handoffs,
  escalations and approvals. Judged is what came since the last check; what stands before it still counts as
  something a statement can rest on.
- **Who looks** (`agents/quality.py`): whichever model is configured for `quality_assurance`. It reports findings with a
  call of `report_quality`; a report that cannot be used is asked for once more. The built-in model finds by the rules
  below (`agents/playbook/quality.py`).
- **What comes of it** (`domain/quality.py`): the score follows from the findings, whoever made them. The event
  `quality_checked` carries score and findings; customers do not see what is in it. The mean score of an agent's
  conversations is `quality` in `GET /agents/performance` and in `get_agent_performance_data`.
- **A check that fails** is escalated by way of the supervisor to a person; a conversation that is closed already is
  reopened for it, and the customer is told that a colleague looks at it once more. If nobody can check, because the
  model is out, the conversation ends unchecked, and `error_log` says so.
- **Figures**: a `tool_completed` event lists the amounts, dates and ids of the result, {FIGURES_LIMIT} at most. Where a
  list is full, or a conversation too long to show whole, a figure that cannot be found is a minor finding.
- **People** who held the conversation are held to policy and tone. What they promise or state may stand in systems that
  are not ours.
"""


def handbook() -> str:
    """The whole page as Markdown."""
    return "\n".join([_HEAD, *_marks(), "", *_faults(), "", *_promises(), ""])


def _marks() -> Iterator[str]:
    yield "## Marks\n"
    yield f"A conversation starts with 100 points and passes with {MARKING.pass_mark}. A finding takes:\n"
    yield "| severity | points |"
    yield "|---|---|"
    yield from (f"| {severity} | {MARKING.penalties[severity]} |" for severity in Severity)


def _faults() -> Iterator[str]:
    yield "## What the rules look for\n"
    yield "| check | finding | severity |"
    yield "|---|---|---|"
    yield from (f"| {fault.check} | {fault.says} | {fault.severity} |" for fault in FAULTS)


def _promises() -> Iterator[str]:
    yield "## Promises\n"
    yield (
        "Said as done or as sure; not asked, offered or conditional, and not quoted from an article. It is kept by an\n"
        "effect in the books whose tool ran before the words, or by what the engine did. To have looked is not enough."
    )
    yield ""
    yield "| promise | kept by |"
    yield "|---|---|"
    yield from (f"| {promise.name} | {', '.join(_keepers(promise))} |" for promise in PROMISES)


def _keepers(promise: Promise) -> Iterator[str]:
    yield from (f"`{tool.name}`" for tool in promise.tools)
    yield from sorted(promise.deeds)


if __name__ == "__main__":
    sys.stdout.write(handbook())
