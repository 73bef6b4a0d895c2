"""Every tool there is, by its canonical name. A tool is declared once, in the file of its family; add a family here."""

from collections import Counter
from collections.abc import Iterable

from domain.sagas import Saga
from domain.state import AgentType
from domain.toolbox import (
    billing,
    compliance,
    crm,
    customer,
    field_service,
    knowledge,
    oversight,
    payments,
    sales,
    technical,
    tickets,
)
from domain.tools import AnyTool, ToolPolicy

__all__ = ["TOOLBOX", "UNKNOWN_TOOL", "policy_of", "resolve", "saga_of", "tools_for"]

UNKNOWN_TOOL = ToolPolicy(agents=frozenset(), timeout_seconds=5)
"""For names that a model made up: the call is answered with a refusal, which takes no time."""


def _by_name(families: Iterable[Iterable[AnyTool]]) -> dict[str, AnyTool]:
    return {tool.name: tool for family in families for tool in family}


def _names(toolbox: dict[str, AnyTool]) -> dict[str, AnyTool]:
    """Canonical names and aliases. Raises ValueError when two tools answer to one name."""
    pairs = [(name, tool) for tool in toolbox.values() for name in (tool.name, *tool.aliases)]
    twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if twice:
        raise ValueError(f"more than one tool is called {', '.join(twice)}")
    return dict(pairs)


TOOLBOX: dict[str, AnyTool] = _by_name(
    (
        customer.TOOLS,
        billing.TOOLS,
        sales.TOOLS,
        payments.TOOLS,
        knowledge.TOOLS,
        tickets.TOOLS,
        technical.TOOLS,
        field_service.TOOLS,
        crm.TOOLS,
        compliance.TOOLS,
        oversight.TOOLS,
    )
)
_NAMES = _names(TOOLBOX)


def resolve(name: str) -> AnyTool | None:
    """The tool of this name or alias; None if there is no such tool."""
    return _NAMES.get(name)


def policy_of(tool_name: str) -> ToolPolicy:
    """The policy of a tool by name or alias, ``UNKNOWN_TOOL`` for any other name."""
    tool = resolve(tool_name)
    return UNKNOWN_TOOL if tool is None else tool.policy


def saga_of(tool_name: str) -> Saga | None:
    """The steps of a tool by name or alias; None if it is one step, or no tool at all."""
    tool = resolve(tool_name)
    return None if tool is None else tool.saga


def tools_for(agent: AgentType) -> list[AnyTool]:
    """What this agent may call, in the toolbox's order: one column of the authorization matrix (PRD [624-660])."""
    return [tool for tool in TOOLBOX.values() if tool.allows(agent)]
