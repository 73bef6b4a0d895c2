"""The escalation table as a page: ``python -m domain.escalation_diagram > docs/escalation.md``."""

import sys
from collections.abc import Iterator

from domain.escalation import EDGES, HOPS_BOUND, PAIR_BOUND, Node, Stop
from domain.fraud import FraudSignal
from domain.staffing import STAFFED
from domain.state import AgentType
from domain.triggers import DEFAULT_THRESHOLDS, FLOW, LASTING, MEASURED, OBSERVED, Thresholds, Trigger

_HEAD = f"""# Escalation

When a conversation changes hands, and for whom. This page is generated from the table in `domain/escalation.py` and the
triggers in `domain/triggers.py`: `python -m domain.escalation_diagram > docs/escalation.md`.

- Of several triggers that hold, the first of the list below wins; of several edges, the first whose condition holds.
- The next agent goes on in the same turn, with the same messages, all tool results and what was known
  (`domain/handover.py`).
  What goes to the supervisor is assessed first, by a workflow of its own (`domain/assessment.py`): it goes on itself,
  gives it to Tier 2 or Tier 3, or asks for a person. After 20 s without a verdict a person is asked for.
- Speaking with customers: {", ".join(sorted(STAFFED))}.
  The classifier and the quality check work beside them: a conversation goes on while its quality is checked, and only
  its end waits for the result ([Quality check](quality.md)).
- An agent that is left out of `domain/staffing.py` is replaced: by a person; the clarification agent by Tier 1.
- No agent escalates to the same other more than {PAIR_BOUND} times, and no conversation escalates between agents more
  than {HOPS_BOUND} times, before a person has it.
- {", ".join(f"`{trigger}`" for trigger in Trigger if trigger in LASTING)} last: each moves a conversation once.
- A new subject goes back through the router (docs/routing.md) and is no escalation.
- A person who has claimed a conversation resolves it or returns it; back into the queue (`requeued`) comes later.

"""

_NAMES: dict[Node, str] = {
    AgentType.INTENT_CLASSIFIER: "Classifier",
    AgentType.QUALITY_ASSURANCE: "Quality",
    Stop.START: "[*]",
    Stop.RESOLVED: "[*]",
    Stop.PREVIOUS: "PreviousAgent",
}


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([_HEAD + "```mermaid", *diagram(), "```", "", *_edges(), "", *_triggers(), "", *_fraud(), ""])


def diagram() -> Iterator[str]:
    """A Mermaid state diagram: one arrow for each pair, labelled with all of its triggers."""
    yield "stateDiagram-v2"
    for (source, target), triggers in _pairs().items():
        yield f"    {_name(source)} --> {_name(target)} : {', '.join(triggers)}"


def _pairs() -> dict[tuple[Node, Node], list[Trigger]]:
    pairs: dict[tuple[Node, Node], list[Trigger]] = {}
    for edge in EDGES:
        triggers = pairs.setdefault((edge.source, edge.target), [])
        if edge.trigger not in triggers:
            triggers.append(edge.trigger)
    return pairs


def _name(node: Node) -> str:
    return _NAMES.get(node) or node.title().replace("_", "")


def _edges() -> Iterator[str]:
    yield "## Every edge\n"
    yield "The last column names the lines of the requirements document; edges without one are our reading of it.\n"
    yield "| from | trigger | if | to | lines |"
    yield "|---|---|---|---|---|"
    rows: dict[tuple[str, ...], list[str]] = {}
    for edge in EDGES:
        condition = edge.when.text if edge.when else ""
        rows.setdefault((edge.trigger, condition, edge.target, edge.lines), []).append(edge.source)
    for (trigger, condition, target, lines), sources in rows.items():
        yield f"| {', '.join(sources)} | `{trigger}` | {condition} | {target} | {lines} |"


def _triggers() -> Iterator[str]:
    yield "## Triggers of escalation, most urgent first\n"
    yield "| trigger | holds when |"
    yield "|---|---|"
    for trigger in Trigger:
        if trigger not in FLOW:
            yield f"| `{trigger}` | {_meaning(trigger)} |"
    yield "\n## Thresholds\n"
    yield "They stand in `domain/triggers.py`; as settings of a deployment they come later.\n"
    yield "| threshold | value | meaning |"
    yield "|---|---|---|"
    for name, field in Thresholds.model_fields.items():
        yield f"| `{name}` | {getattr(DEFAULT_THRESHOLDS, name):g} | {field.description} |"


def _meaning(trigger: Trigger) -> str:
    predicate = MEASURED.get(trigger)
    if predicate is None:
        return OBSERVED[trigger]
    return f"{' '.join((predicate.__doc__ or '').split())} (`{predicate.__name__}`)"


def _fraud() -> Iterator[str]:
    yield "## Fraud rules\n"
    yield from (f"- `{signal}`: {signal.meaning}" for signal in FraudSignal)


if __name__ == "__main__":
    sys.stdout.write(page())
