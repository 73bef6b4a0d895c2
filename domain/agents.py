"""Who works here: one row an agent (PRD, Agent Specifications [194-345]); docs/agents.md shows them. A new agent is a
row, a prompt file and, for the offline model, a rule file (docs/minds.md)."""

from dataclasses import dataclass
from enum import StrEnum

from domain.classification import CONFIDENCE_FLOOR
from domain.escalation import triggers_of
from domain.staffing import STAFFED
from domain.state import AgentType
from domain.toolbox import tools_for
from domain.tools import AnyTool
from domain.triggers import DEFAULT_THRESHOLDS, Trigger


class ModelPreference(StrEnum):
    """What an agent needs of a model; configuration says which model that is."""

    ECONOMY = "economy"
    CONVERSATION = "conversation"
    REASONING = "reasoning"


@dataclass(frozen=True)
class AgentSpec:
    """One agent's job description.

    ``prompt`` is a file of ``agents/prompts``; ``knowledge`` are the article categories the agent searches, empty for
    all; below ``confidence_floor`` in its own reply somebody else should go on.
    """

    type: AgentType
    purpose: str
    model: ModelPreference
    prompt: str
    capabilities: tuple[str, ...]
    knowledge: tuple[str, ...] = ()
    confidence_floor: float = DEFAULT_THRESHOLDS.confidence

    @property
    def tools(self) -> tuple[AnyTool, ...]:
        """What it may call: derived from the tools' own policies, so there is one authorization matrix."""
        return tuple(tools_for(self.type))

    @property
    def escalation_triggers(self) -> tuple[Trigger, ...]:
        """What leads away from it, most urgent first: derived from the edges, so there is one escalation table."""
        return triggers_of(self.type)

    @property
    def staffed(self) -> bool:
        """Whether it answers customers today."""
        return self.type in STAFFED


_STAFF = (
    AgentSpec(
        type=AgentType.INTENT_CLASSIFIER,
        purpose="Analyze customer queries and determine routing strategy.",
        model=ModelPreference.ECONOMY,
        prompt="intent_classifier.md",
        capabilities=("intent", "urgency", "sentiment", "complexity", "language detection"),
        confidence_floor=CONFIDENCE_FLOOR,
    ),
    AgentSpec(
        type=AgentType.CLARIFICATION,
        purpose="Find out what the customer wants, with one question.",
        model=ModelPreference.ECONOMY,
        prompt="clarification.md",
        capabilities=("one question from the likeliest intents",),
        confidence_floor=0.0,
    ),
    AgentSpec(
        type=AgentType.TIER1,
        purpose="Handle common customer inquiries and basic troubleshooting.",
        model=ModelPreference.ECONOMY,
        prompt="tier1.md",
        capabilities=("FAQ", "basic troubleshooting", "account information", "password resets", "service status"),
    ),
    AgentSpec(
        type=AgentType.TIER2,
        purpose="Advanced technical support and complex troubleshooting.",
        model=ModelPreference.REASONING,
        prompt="tier2.md",
        capabilities=(
            "advanced diagnostics",
            "system configuration",
            "integration troubleshooting",
            "performance optimization",
            "root cause analysis",
        ),
        knowledge=("technical", "faq", "policy"),
    ),
    AgentSpec(
        type=AgentType.TIER3,
        purpose="Critical issues, system modifications, and complex problem resolution.",
        model=ModelPreference.REASONING,
        prompt="tier3.md",
        capabilities=(
            "system architecture decisions",
            "exception handling",
            "complex integrations",
            "regulatory compliance issues",
            "executive escalations",
        ),
    ),
    AgentSpec(
        type=AgentType.SALES,
        purpose="Product inquiries, quotes, and sales opportunities.",
        model=ModelPreference.CONVERSATION,
        prompt="sales.md",
        capabilities=(
            "product recommendations",
            "pricing and quotes",
            "upselling and cross-selling",
            "order processing",
            "contract questions",
        ),
        knowledge=("sales", "policy"),
    ),
    AgentSpec(
        type=AgentType.BILLING,
        purpose="Billing inquiries, payments and disputes.",
        model=ModelPreference.CONVERSATION,
        prompt="billing.md",
        capabilities=(
            "billing explanations",
            "payment processing",
            "dispute resolution",
            "payment plans",
            "account modifications",
        ),
        knowledge=("billing", "policy"),
    ),
    AgentSpec(
        type=AgentType.SUPERVISOR,
        purpose="Complex routing, performance monitoring, and escalation management.",
        model=ModelPreference.REASONING,
        prompt="supervisor.md",
        capabilities=(
            "dynamic routing decisions",
            "performance optimization",
            "exception handling",
            "coordination of people",
            "quality assurance",
        ),
    ),
    AgentSpec(
        type=AgentType.QUALITY_ASSURANCE,
        purpose="Check a conversation before it ends: policy, tone, promises kept, facts against tool results.",
        model=ModelPreference.REASONING,
        prompt="quality_assurance.md",
        capabilities=("policy", "tone", "promises kept", "facts against tool results"),
        knowledge=("policy",),
    ),
)

AGENTS: dict[AgentType, AgentSpec] = {spec.type: spec for spec in _STAFF}
"""Every agent of the design."""

STAFF: tuple[AgentSpec, ...] = tuple(spec for spec in _STAFF if spec.staffed)
"""Those who answer customers today."""
