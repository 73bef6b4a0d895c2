"""The tools as a page: ``python -m domain.toolbox.handbook > docs/tools.md``."""

import sys
from collections.abc import Iterator
from typing import Any

from domain.state import AgentType
from domain.toolbox import TOOLBOX
from domain.tools import AnyTool, Condition

_HEAD = """# Tools

What agents can do. Each tool is declared once, in `domain/toolbox/`; the schema that models see, the activity of the
same name, the authorization check, the timeouts and this page come from that declaration. This page is generated:
`python -m domain.toolbox.handbook > docs/tools.md`.

Every call passes the same gate (`domain/admission.py`): the tool exists, the agent may use it, the arguments fit, they
are about this conversation's customer, the agent may use the tool with them, the amount needs no approval, the customer
agreed to exactly these arguments where consent is needed, and we are sure enough who is speaking. A refusal is an
answer that the agent can read.

A read is tried as often as `attempts` says; a tool with a side effect until its fate is known.
"""

_EFFECTS = """
## Once, however often

Tools with a side effect carry an idempotency key: conversation, occasion, tool, canonical arguments. The occasion of a
tool that needs consent is the message of the customer's yes; of any other, the newest customer message of the turn. The
key is stored in the transaction of the effect together with the result, and a repetition is answered with that result
(`domain/idempotency.py`).

## Sagas

A tool with steps runs as a workflow of its own, `saga-{conversation}-{key}`: the gate once, then each step as an
activity in a transaction of its own, with a key made of the effect's and the step's name. Whatever dies, it goes on.
When a step is refused (a declined card, nothing left in stock), the saga is given up, which bars its last step, and the
others are undone from the last to the first, each tried until it is done; the agent reads the refusal. Money goes back
by a reversal in the ledger, and what was taken back is not done again: it takes a new agreement of the customer
(`domain/sagas.py`, `workflows/saga.py`).
"""


def handbook() -> str:
    """The whole page as Markdown."""
    sections = (_section(tool) for tool in TOOLBOX.values())
    return "\n".join([_HEAD, *_overview(), "", *_matrix(), _EFFECTS, *sections])


def _overview() -> Iterator[str]:
    yield "| tool | side effect | consent | approval above | identity | audit | timeout | attempts | steps |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for tool in TOOLBOX.values():
        policy = tool.policy
        consent = "yes" if policy.needs_consent else ""
        limit = "" if policy.approval_above is None else f"{policy.approval_above}"
        limit = "always" if policy.needs_approval else limit
        identity = f"{policy.identity}"
        if policy.verified_above is not None:
            identity += f", verified above {policy.verified_above}"
        yield (
            f"| [`{tool.name}`](#{tool.name}) | {policy.side_effect} | {consent} | {limit} | {identity} "
            f"| {policy.audit_level} | {policy.timeout_seconds:g} s | {policy.attempts} | {_steps(tool)} |"
        )


def _steps(tool: AnyTool) -> str:
    return "" if tool.saga is None else f"{len(tool.saga.way)}"


def _saga(tool: AnyTool) -> Iterator[str]:
    if tool.saga is not None:
        undoes = {step.do: f"`{step.undo}`" for step in tool.saga.steps}
        yield from [f"A [saga](#sagas) of {len(tool.saga.way)} steps:", "", "| step | is taken back by |", "|---|---|"]
        yield from (f"| `{name}` | {undoes.get(name, 'nothing: it completes the whole')} |" for name in tool.saga.way)
        yield ""


def _matrix() -> Iterator[str]:
    yield "## Who may call what\n"
    yield f"| tool | {' | '.join(agent.replace('_', ' ') for agent in AgentType)} |"
    yield "|---" * (len(AgentType) + 1) + "|"
    for tool in TOOLBOX.values():
        yield f"| `{tool.name}` | {' | '.join(_cell(tool, agent) for agent in AgentType)} |"
    conditions = [
        _condition(tool, agent, c) for tool in TOOLBOX.values() for agent, c in tool.policy.conditions.items()
    ]
    yield from ["", "✓* only under a condition:", "", *conditions] if conditions else []


def _cell(tool: AnyTool, agent: AgentType) -> str:
    if not tool.allows(agent):
        return ""
    return "✓*" if tool.condition_for(agent) else "✓"


def _condition(tool: AnyTool, agent: AgentType, condition: Condition) -> str:
    return f"- `{tool.name}`, {agent.replace('_', ' ')}: only {condition.says}."


def _section(tool: AnyTool) -> str:
    lines = [f"## {tool.name}\n", tool.description, ""]
    if tool.aliases:
        lines += [f"Also known as {', '.join(f'`{alias}`' for alias in tool.aliases)}.", ""]
    lines += _saga(tool)
    schema = tool.arguments.model_json_schema()
    lines += ["| argument | type | default | meaning |", "|---|---|---|---|"]
    lines += [_argument(name, field, schema) for name, field in schema["properties"].items()]
    return "\n".join([*lines, "", f"Result: {_result(tool)}.", ""])


def _argument(name: str, field: dict[str, Any], schema: dict[str, Any]) -> str:
    default = "required" if name in schema.get("required", []) else f"`{field.get('default')!r}`"
    return f"| `{name}` | {_type(field, schema)} | {default} | {field.get('description', '')} |"


def _type(field: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" in field:
        return _type(schema["$defs"][field["$ref"].rpartition("/")[2]], schema)
    if "anyOf" in field:
        return " or ".join(_type(option, schema) for option in field["anyOf"])
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if field.get("type") == "array":
        return f"list of {_type(field['items'], schema)}"
    return str(field["type"]) + _bounds(field)


def _bounds(field: dict[str, Any]) -> str:
    low = field.get("minimum", field.get("minLength"))
    if "exclusiveMinimum" in field:
        return f" above {field['exclusiveMinimum']:g}, up to {field['maximum']:g}"
    high = field.get("maximum", field.get("maxLength"))
    if low is None and high is None:
        return ""
    return f" ({'' if low is None else f'{low:g}'}…{'' if high is None else f'{high:g}'})"


def _result(tool: AnyTool) -> str:
    return ", ".join(f"`{name}`" for name in tool.result.model_fields)


if __name__ == "__main__":
    sys.stdout.write(handbook())
