"""Who works here. Tables of routing and escalation name every agent of the design; these are the ones whose mind
answers customers. An agent starts work by being added here, when its rules or its model are there."""

from domain.state import AgentType

STAFFED: frozenset[AgentType] = frozenset(AgentType) - {
    AgentType.INTENT_CLASSIFIER,
    AgentType.QUALITY_ASSURANCE,
    AgentType.HUMAN,
}
