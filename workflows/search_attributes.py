"""The typed search attributes of a conversation: declared once; registered by launcher, compose and test fixtures."""

from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate, TypedSearchAttributes

from domain.state import AgentState, AgentType, Channel, Priority

STATUS = SearchAttributeKey.for_keyword("ConversationStatus")
AGENT_TYPE = SearchAttributeKey.for_keyword("AgentType")
CHANNEL = SearchAttributeKey.for_keyword("Channel")
TIER = SearchAttributeKey.for_keyword("CustomerTier")
PRIORITY = SearchAttributeKey.for_keyword("ConversationPriority")
INTENT = SearchAttributeKey.for_keyword("Intent")
QUEUE = SearchAttributeKey.for_keyword("HandoffQueue")
OWNER = SearchAttributeKey.for_keyword("ConversationOwner")
TENANT = SearchAttributeKey.for_keyword("Tenant")
LANGUAGE = SearchAttributeKey.for_keyword("ConversationLanguage")
ESCALATION_LEVEL = SearchAttributeKey.for_int("EscalationLevel")
NEEDS_HUMAN = SearchAttributeKey.for_bool("NeedsHuman")

_KEYWORDS = (STATUS, AGENT_TYPE, CHANNEL, TIER, PRIORITY, INTENT, QUEUE, OWNER, TENANT, LANGUAGE)
SEARCH_ATTRIBUTES = {key.name: key.indexed_value_type for key in (*_KEYWORDS, ESCALATION_LEVEL, NEEDS_HUMAN)}
"""Name to type, for registration. SQL visibility has room for ten Keywords: they are all used."""


def at_start(channel: Channel, priority: Priority | None, tenant: str = "default") -> TypedSearchAttributes:
    """What is known before the first step."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(STATUS, "new"),
            SearchAttributePair(CHANNEL, channel),
            SearchAttributePair(PRIORITY, priority or Priority.MEDIUM),
            SearchAttributePair(TENANT, tenant),
            SearchAttributePair(ESCALATION_LEVEL, 0),
            SearchAttributePair(NEEDS_HUMAN, False),
        ]
    )


def changes(current: TypedSearchAttributes, state: AgentState) -> list[SearchAttributeUpdate[Any]]:
    """The updates that bring the attributes up to the state; usually none, and then no history event."""
    keywords = {
        STATUS: str(state.status),
        AGENT_TYPE: str(state.current_agent_type),
        TIER: str(state.customer.tier) if state.customer else "",
        PRIORITY: str(state.ticket.priority) if state.ticket else "",
        INTENT: state.current_intent,
        QUEUE: state.agent_queue,
        OWNER: state.current_agent_id if state.current_agent_type == AgentType.HUMAN else "",
        LANGUAGE: state.language,
    }
    updates: list[SearchAttributeUpdate[Any]] = [
        key.value_set(value) for key, value in keywords.items() if current.get(key, "") != value
    ]
    if current.get(ESCALATION_LEVEL, 0) != state.escalation_level:
        updates.append(ESCALATION_LEVEL.value_set(state.escalation_level))
    if current.get(NEEDS_HUMAN, False) != state.requires_human:
        updates.append(NEEDS_HUMAN.value_set(state.requires_human))
    return updates
