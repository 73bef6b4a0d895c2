"""What a rule may do, and how a table of rules is read: from the top, the first that applies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agents.playbook.situation import Situation
from domain.events import ReplyOutcome
from domain.tools import AnyTool
from domain.triggers import Trigger


@dataclass(frozen=True)
class Proposal:
    """An effect to ask the customer's agreement for."""

    tool: AnyTool
    arguments: Mapping[str, Any]
    summary: str


@dataclass(frozen=True)
class Say:
    """Words for the customer and what they mean; the fields of ``conclude``.

    With the outcome cannot_help and a ``because``, the conversation changes hands: the words then say only that
    somebody else is brought in, who goes on from here in the same breath.
    """

    text: str
    outcome: ReplyOutcome = "continue"
    because: Trigger | None = None
    offer: Proposal | None = None
    articles: tuple[str, ...] = ()
    confidence: float = 0.9
    reason: str = ""


@dataclass(frozen=True)
class Use:
    """A tool to run before saying anything."""

    tool: AnyTool
    arguments: Mapping[str, Any] = field(default_factory=dict)


Move = Say | Use


@dataclass(frozen=True)
class Rule:
    """When ``when`` holds, do ``do``. ``name`` completes "the rule for …"."""

    name: str
    when: Callable[[Situation], bool]
    do: Callable[[Situation], Move]


def only_when(applies: Callable[[Situation], bool], rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules, for situations of this kind only."""

    def both(holds: Callable[[Situation], bool]) -> Callable[[Situation], bool]:
        return lambda situation: applies(situation) and holds(situation)

    return tuple(replace(rule, when=both(rule.when)) for rule in rules)


def first_move(rules: Sequence[Rule], situation: Situation) -> tuple[Rule, Move]:
    """Raises LookupError if no rule applies: every table ends with one that always does."""
    for rule in rules:
        if rule.when(situation):
            return rule, rule.do(situation)
    raise LookupError(f"no rule of {situation.context.agent} applies")
