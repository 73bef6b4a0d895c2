"""Routing as a page: ``python -m domain.routing_handbook > docs/routing.md``."""

import sys
from collections.abc import Iterable, Iterator

from domain.intents import INTENTS
from domain.matrix import (
    COLUMNS,
    DEFAULT_POLICY,
    ESCALATION_FACTOR,
    FAILURE_FACTOR,
    MATRIX,
    NEGATIVE_FACTOR,
    TIER_MULTIPLIERS,
    VIP_FLOOR,
    WEIGHTS,
    Criterion,
    criterion_of,
)
from domain.routing import CLARIFICATIONS_IN_A_ROW
from domain.staffing import STAFFED
from domain.state import AgentType

_HEAD = f"""# Routing

Who answers a message. This page is generated from `domain/routing.py` and `domain/matrix.py`:
`python -m domain.routing_handbook > docs/routing.md`.

1. An answer to what an agent asked goes to that agent.
2. What the classifier is not sure of goes to the clarification agent, {CLARIFICATIONS_IN_A_ROW} times in a row at most;
   then to who holds the conversation, or Tier 1.
3. While the subject stays, so does who works on it, by the matrix or by escalation.
4. Every new subject goes through the matrix and the score.

Score = (weight, or the VIP floor) × multiplier of the customer's tier + complexity. The matrix gives the allowed set,
the highest score wins, a tie goes to the earlier column. An agent that is left out of `domain/staffing.py` is passed
over: the next best of the row takes it, then who has a weight outside of the row (a stand-in), then a person.
Speaking with customers: {", ".join(sorted(STAFFED))}.

## The matrix and the weights

A cell in bold is allowed; the number is the weight; a plain number makes a stand-in.
"""

_RULES = f"""
## VIPs

A platinum customer, or a lifetime value of {DEFAULT_POLICY.vip_lifetime_value:,.0f} and more.
The VIP row joins the subject's own: Tier 3 and the supervisor for every subject, Sales and Billing for theirs. Its
weights are a floor.

## Complexity

{ESCALATION_FACTOR:g} for each escalation before, {FAILURE_FACTOR:g} for each failed attempt at the topic,
{NEGATIVE_FACTOR:g} for a negative or frustrated mood; it counts only for agents above
the one that holds the conversation (Tier 1, Sales and Billing; then Tier 2; Tier 3; the supervisor).

## Multipliers of the customer's tier
"""


def handbook() -> str:
    """The whole page as Markdown."""
    return "\n".join([_HEAD, *_matrix(), _RULES, *_multipliers(), "", *_intents(), ""])


def _matrix() -> Iterator[str]:
    yield from _table_head("criterion", COLUMNS)
    for criterion in Criterion:
        yield _row(criterion, (_cell(criterion, agent) for agent in COLUMNS))


def _cell(criterion: Criterion, agent: AgentType) -> str:
    weights = VIP_FLOOR if criterion is Criterion.VIP_CUSTOMER else WEIGHTS[criterion]
    if agent not in weights:
        return ""
    return f"**{weights[agent]:g}**" if agent in MATRIX[criterion] else f"{weights[agent]:g}"


def _multipliers() -> Iterator[str]:
    yield from _table_head("tier", COLUMNS)
    for tier, factors in TIER_MULTIPLIERS.items():
        yield _row(tier, (f"{factors[agent]:g}" if agent in factors else "" for agent in COLUMNS))


def _intents() -> Iterator[str]:
    yield "## Which row an intent is\n"
    yield "| criterion | intents |"
    yield "|---|---|"
    for criterion in WEIGHTS:
        names = ", ".join(f"`{name}`" for name in INTENTS if criterion_of(name) is criterion)
        yield f"| {criterion.replace('_', ' ')} | {names} |"


def _table_head(first: str, agents: Iterable[AgentType]) -> Iterator[str]:
    yield _row(first, agents)
    yield "|---" * (len(COLUMNS) + 1) + "|"


def _row(first: str, cells: Iterable[str]) -> str:
    return f"| {first.replace('_', ' ')} | {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(handbook())
