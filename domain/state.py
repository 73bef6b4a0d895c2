"""AgentState, the PRD's state schema [358-494], and the records it is made of.

Every list is capped: the whole transcript is in the event log, the state holds a window of it.
Times are aware datetimes in UTC.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from domain.fraud import FraudClue, FraudSignal
from domain.model import MutableRecord, Record, cap, is_empty, is_none
from domain.summary import fold_utterance

TRANSCRIPT_WINDOW = 20
"""Utterances the state keeps; older ones are folded into ``AgentState.summary`` (DESIGN, rules)."""
UTTERANCE_CAP = 2_000
"""Characters of one utterance in the window; the whole of it is in the log."""
LIST_CAP = 20


class Priority(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class CustomerTier(StrEnum):
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"


class Sentiment(StrEnum):
    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    FRUSTRATED = "frustrated"


class TicketStatus(StrEnum):
    NEW = "new"
    IN_PROGRESS = "in_progress"
    PENDING_CUSTOMER = "pending_customer"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Channel(StrEnum):
    WEB = "web"
    PHONE = "phone"
    EMAIL = "email"
    MOBILE = "mobile"
    SOCIAL = "social"
    SMS = "sms"


class AgentType(StrEnum):
    """Who can hold a conversation; one name each (REQUIREMENTS, state and flow)."""

    INTENT_CLASSIFIER = "intent_classifier"
    CLARIFICATION = "clarification"
    TIER1 = "tier1"
    TIER2 = "tier2"
    TIER3 = "tier3"
    SALES = "sales"
    BILLING = "billing"
    SUPERVISOR = "supervisor"
    QUALITY_ASSURANCE = "quality_assurance"
    HUMAN = "human"

    @classmethod
    def _missing_(cls, value: object) -> "AgentType | None":
        """Accept the PRD's other spellings: ``agent_tier1``, ``billing_agent``."""
        if not isinstance(value, str):
            return None
        name = value.removeprefix("agent_").removesuffix("_agent")
        return cls.__members__.get(name.upper())


Risk = Literal["low", "medium", "high"]
Speaker = Literal["customer", "agent", "system"]


class PastInteraction(Record):
    """One earlier contact of the customer, newest last."""

    at: datetime
    channel: Channel
    category: str
    summary: str
    resolved: bool = True


class CustomerProfile(Record):
    """Who the customer is, as the customer system knows them. ``lifetime_value`` is in the account's currency."""

    customer_id: str
    name: str
    email: str
    phone: str
    tier: CustomerTier
    account_status: str
    registration_date: datetime
    lifetime_value: float
    previous_interactions: Annotated[list[PastInteraction], cap(5)] = Field(default_factory=list)
    preferences: dict[str, str] = Field(default_factory=dict)
    satisfaction_scores: Annotated[list[float], cap(5)] = Field(default_factory=list)


class Ticket(Record):
    ticket_id: str
    priority: Priority
    category: str
    subcategory: str = ""
    description: str = ""
    created_at: datetime
    updated_at: datetime
    sla_deadline: datetime
    tags: Annotated[list[str], cap(LIST_CAP)] = Field(default_factory=list)


class ConversationTurn(Record):
    """One utterance (DESIGN keeps the PRD's name; a *turn* elsewhere is a whole customer-to-reply cycle)."""

    timestamp: datetime
    speaker: Speaker
    message: str
    intent: str | None = Field(default=None, exclude_if=is_none)
    confidence: float | None = Field(default=None, exclude_if=is_none)
    agent_type: AgentType | None = Field(default=None, exclude_if=is_none)


class ResolutionAttempt(Record):
    agent_type: AgentType
    timestamp: datetime
    actions_taken: list[str]
    tools_used: list[str]
    outcome: str
    confidence: float
    success: bool
    topic: str = ""


class ContextTransfer(Record):
    """What the next holder must know so that nobody asks twice."""

    summary: str = ""
    intent: str = ""
    tools_used: list[str] = Field(default_factory=list)
    articles: list[str] = Field(default_factory=list)


class EscalationRecord(Record):
    from_agent: AgentType
    to_agent: AgentType
    timestamp: datetime
    reason: str
    context_transfer: ContextTransfer = Field(default_factory=ContextTransfer)


class SimilarCase(Record):
    conversation_id: str
    summary: str
    resolution: str


class ErrorEntry(Record):
    at: datetime
    type: str
    where: str


class PerformanceMetrics(MutableRecord):
    """Counts and seconds of this conversation, for the analytics of later."""

    turns: int = 0
    steps: int = 0
    tool_calls: int = 0
    tool_failures: int = 0
    restarts: int = 0
    work_seconds: float = 0.0


class Offer(Record):
    """An effect the agent has proposed in words and the customer has not answered yet.

    ``arguments_json`` is canonical (sorted keys, no spaces): consent covers exactly these arguments.
    """

    tool: str
    arguments_json: str
    summary: str


class Consent(Record):
    """The customer's yes to one offer; ``message_id`` of the yes is part of the idempotency key."""

    message_id: str
    offer: Offer


class AgentState(MutableRecord):
    # Core identifiers
    session_id: str
    conversation_id: str
    channel: Channel = Channel.WEB

    # Customer and ticket
    customer: CustomerProfile | None = None
    ticket: Ticket | None = None

    # Conversation context
    conversation_history: Annotated[list[ConversationTurn], cap(TRANSCRIPT_WINDOW)] = Field(default_factory=list)
    summary: str = ""
    current_message: str = ""
    current_intent: str = ""
    refined_intent: str = ""
    intent_confidence: float = 0.0
    sentiment: Sentiment = Sentiment.NEUTRAL
    sentiment_score: float = 0.0
    language: str = "en"

    # Agent assignment and routing
    current_agent_type: AgentType | Literal[""] = ""
    current_agent_id: str = ""
    agent_queue: str = ""
    escalation_level: int = 0
    escalation_risk: float = 0.0
    previous_agents: Annotated[list[AgentType], cap(LIST_CAP)] = Field(default_factory=list)
    escalation_history: Annotated[list[EscalationRecord], cap(LIST_CAP)] = Field(default_factory=list)
    clarifications_in_a_row: int = 0
    suspected_intents: list[str] = Field(default_factory=list, description="What the customer was offered to choose.")

    # Resolution tracking
    resolution_attempts: Annotated[list[ResolutionAttempt], cap(LIST_CAP)] = Field(default_factory=list)
    tools_used: Annotated[list[str], cap(LIST_CAP)] = Field(default_factory=list)
    knowledge_articles_referenced: Annotated[list[str], cap(LIST_CAP)] = Field(default_factory=list)
    similar_cases: Annotated[list[SimilarCase], cap(5)] = Field(default_factory=list)
    resolution_status: Literal["", "offered", "resolved", "unresolved"] = ""
    offer: Offer | None = None
    offered_at: datetime | None = None
    consent: Consent | None = None

    # Status and control flow
    status: TicketStatus = TicketStatus.NEW
    next_action: str = ""
    requires_human: bool = False
    should_escalate: bool = False
    confidence_score: float = 0.0

    # Business context
    potential_revenue_impact: float = 0.0
    customer_satisfaction_risk: Risk = "low"
    customer_satisfaction_predicted: float = 0.0
    sla_breach_risk: bool = False
    fraud_clues: Annotated[list[FraudClue], cap(LIST_CAP)] = Field(default_factory=list, exclude_if=is_empty)
    fraud_signals: list[FraudSignal] = Field(default_factory=list, exclude_if=is_empty)

    # Session management
    session_start: datetime
    last_activity: datetime
    timeout_minutes: int = 30

    # Analytics and monitoring
    performance_metrics: PerformanceMetrics = Field(default_factory=PerformanceMetrics)
    error_log: Annotated[list[ErrorEntry], cap(LIST_CAP)] = Field(default_factory=list)

    # External system references
    external_ticket_id: str | None = None
    crm_case_id: str | None = None
    billing_account_id: str | None = None

    def record(self, utterance: ConversationTurn) -> None:
        """Append an utterance to the window; the oldest is folded into the summary when the window is full."""
        if len(utterance.message) > UTTERANCE_CAP:
            utterance = utterance.model_copy(update={"message": utterance.message[: UTTERANCE_CAP - 1] + "…"})
        self.conversation_history.append(utterance)
        while len(self.conversation_history) > TRANSCRIPT_WINDOW:
            self.summary = fold_utterance(self.summary, *_said(self.conversation_history.pop(0)))
        self.last_activity = max(self.last_activity, utterance.timestamp)

    def failures_at(self, topic: str) -> int:
        """Failed attempts at a topic, whoever made them."""
        return sum(not attempt.success and attempt.topic == topic for attempt in self.resolution_attempts)

    def note_tool(self, name: str) -> None:
        """Remember that a tool was used, once each, newest last."""
        if name in self.tools_used:
            self.tools_used.remove(name)
        self.tools_used = [*self.tools_used, name][-LIST_CAP:]

    def note_articles(self, article_ids: list[str]) -> None:
        fresh = [a for a in article_ids if a not in self.knowledge_articles_referenced]
        self.knowledge_articles_referenced = [*self.knowledge_articles_referenced, *fresh][-LIST_CAP:]

    @property
    def timeout(self) -> timedelta:
        return timedelta(minutes=self.timeout_minutes)


def _said(utterance: ConversationTurn) -> tuple[str, str]:
    return utterance.agent_type or utterance.speaker, utterance.message
