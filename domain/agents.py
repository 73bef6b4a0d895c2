"""Who works here: one row an agent (PRD, Agent Specifications [194-345]). A new agent is a row, a prompt file and, for
the offline model, a rule file (docs/agents.md)."""

from dataclasses import dataclass
from enum import StrEnum

from domain.state import AgentType
from domain.toolbox import tools_for
from domain.tools import AnyTool
from domain.triggers import Trigger


class ModelPreference(StrEnum):
    """What an agent needs of a model; configuration says which model that is."""

    ECONOMY = "economy"
    CONVERSATION = "conversation"
    REASONING = "reasoning"


@dataclass(frozen=True)
class AgentSpec:
    """One agent's job description.

    ``prompt`` is a file of ``agents/prompts``; ``knowledge`` are the article categories the agent searches, empty for
    all; below ``confidence_floor`` in its own reply somebody else should go on; ``escalation_triggers`` are the edges
    that lead away from it.
    """

    type: AgentType
    purpose: str
    model: ModelPreference
    prompt: str
    knowledge: tuple[str, ...] = ()
    confidence_floor: float = 0.7
    escalation_triggers: tuple[Trigger, ...] = (
        Trigger.CUSTOMER_REQUEST,
        Trigger.CANNOT_HELP,
        Trigger.FAILED_ATTEMPTS,
        Trigger.MODEL_FAILED,
        Trigger.TURN_BOUND,
    )

    @property
    def tools(self) -> tuple[AnyTool, ...]:
        """What it may call: derived from the tools' own policies, so there is one authorization matrix."""
        return tuple(tools_for(self.type))


_STAFF = (
    AgentSpec(
        type=AgentType.CLARIFICATION,
        purpose="Find out what the customer wants, with one question.",
        model=ModelPreference.ECONOMY,
        prompt="clarification.md",
        confidence_floor=0.0,
    ),
    AgentSpec(
        type=AgentType.TIER1,
        purpose="Handle common customer inquiries and basic troubleshooting.",
        model=ModelPreference.ECONOMY,
        prompt="tier1.md",
    ),
    AgentSpec(
        type=AgentType.BILLING,
        purpose="Billing inquiries, payments and disputes.",
        model=ModelPreference.CONVERSATION,
        prompt="billing.md",
        knowledge=("billing", "policy"),
    ),
)

AGENTS: dict[AgentType, AgentSpec] = {spec.type: spec for spec in _STAFF}
