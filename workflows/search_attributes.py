"""What operations can search conversations by: typed, declared here only, registered by launcher, compose and tests.

An attribute that a workflow sets and the namespace does not know wedges the workflow.
"""

from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.common import SearchAttributeKey

STATUS = SearchAttributeKey.for_keyword("ConversationStatus")
AGENT_TYPE = SearchAttributeKey.for_keyword("AgentType")
CHANNEL = SearchAttributeKey.for_keyword("Channel")
CUSTOMER_TIER = SearchAttributeKey.for_keyword("CustomerTier")
PRIORITY = SearchAttributeKey.for_keyword("ConversationPriority")
INTENT = SearchAttributeKey.for_keyword("Intent")
HANDOFF_QUEUE = SearchAttributeKey.for_keyword("HandoffQueue")
OWNER = SearchAttributeKey.for_keyword("ConversationOwner")
TENANT = SearchAttributeKey.for_keyword("Tenant")
LANGUAGE = SearchAttributeKey.for_keyword("ConversationLanguage")
ESCALATION_LEVEL = SearchAttributeKey.for_int("EscalationLevel")
NEEDS_HUMAN = SearchAttributeKey.for_bool("NeedsHuman")

_KEYWORDS: tuple[SearchAttributeKey[Any], ...] = (
    STATUS,
    AGENT_TYPE,
    CHANNEL,
    CUSTOMER_TIER,
    PRIORITY,
    INTENT,
    HANDOFF_QUEUE,
    OWNER,
    TENANT,
    LANGUAGE,
)

SEARCH_ATTRIBUTES: dict[str, "IndexedValueType.ValueType"] = {
    **{key.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD for key in _KEYWORDS},
    ESCALATION_LEVEL.name: IndexedValueType.INDEXED_VALUE_TYPE_INT,
    NEEDS_HUMAN.name: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
}
"""By name. SQL visibility has room for ten keywords in a namespace; these are they."""
