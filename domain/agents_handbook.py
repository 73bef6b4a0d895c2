"""The agents as a page: ``python -m domain.agents_handbook > docs/agents.md``."""

import sys
from collections.abc import Iterator

from domain.agents import AGENTS, AgentSpec

_HEAD = """# Agents

Who works in the contact center. Each agent is declared once, in `domain/agents.py`; its tools follow from the tools'
own policies ([Tools](tools.md)), what leads away from it from the table of escalations ([Escalation](escalation.md)),
and what leads to it from the matrix ([Routing](routing.md)). How agents think: [Minds](minds.md). This page is
generated: `python -m domain.agents_handbook > docs/agents.md`.

Seven speak with customers. Two work beside the conversations and hold none: the intent classifier, a local model that
reads every message (its prompt waits for a configured model, which comes later), and quality assurance, which checks a
conversation before it ends ([Quality check](quality.md)).
"""


def handbook() -> str:
    """The whole page as Markdown."""
    return "\n".join([_HEAD, *_overview(), "", *(_section(spec) for spec in AGENTS.values())])


def _overview() -> Iterator[str]:
    yield "| agent | purpose | model | speaks with customers |"
    yield "|---|---|---|---|"
    for spec in AGENTS.values():
        speaks = "yes" if spec.staffed else ""
        yield f"| [{_name(spec)}](#{_anchor(spec)}) | {spec.purpose} | {spec.model} | {speaks} |"


def _section(spec: AgentSpec) -> str:
    floor = f"{spec.confidence_floor:g}" if spec.confidence_floor else "none"
    lines = (
        f"## {_name(spec)}\n",
        f"{spec.purpose}\n",
        f"- **Capabilities**: {', '.join(spec.capabilities)}",
        f"- **Model**: {spec.model}; prompt `agents/prompts/{spec.prompt}`; confidence floor {floor}",
        f"- **Knowledge**: {', '.join(spec.knowledge) or 'all articles'}",
        f"- **Tools**: the column *{spec.type.replace('_', ' ')}* of [who may call what](tools.md#who-may-call-what)",
        f"- **Escalates on**: {', '.join(f'`{trigger}`' for trigger in spec.escalation_triggers)}",
        "",
    )
    return "\n".join(lines)


def _name(spec: AgentSpec) -> str:
    return spec.type.replace("_", " ").replace("tier", "tier ").capitalize()


def _anchor(spec: AgentSpec) -> str:
    return _name(spec).lower().replace(" ", "-")


if __name__ == "__main__":
    sys.stdout.write(handbook())
