"""The event log's closed union: everything that can stand in a conversation's log, and nothing else.

The workflow makes events without ``seq``; the log numbers them when it stores them. ``event_id`` is unique within the
conversation and makes every append repeatable.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from domain.classification import Alternative, Urgency
from domain.matrix import Decision
from domain.model import Record, is_empty, is_none
from domain.quality import Finding
from domain.state import AgentType, Channel, ContextTransfer, Offer, Priority, Sentiment, TicketStatus
from domain.survey import Rating
from domain.triggers import Trigger

ReplyOutcome = Literal["continue", "resolution_offered", "resolution_confirmed", "wants_person", "cannot_help"]
"""How the agent sees the conversation after its reply; the engine's rules act on it."""


class Attachment(Record):
    """A file by reference; bytes never enter the log or the history."""

    attachment_id: str
    name: str = ""
    content_type: str = ""
    size_bytes: int = 0


class BaseEvent(Record):
    event_id: str
    at: datetime


class ConversationStarted(BaseEvent):
    type: Literal["conversation_started"] = "conversation_started"
    customer_id: str
    channel: Channel
    priority: Priority
    ticket_id: str
    sla_deadline: datetime
    continued_from: str | None = None


class CustomerMessageLogged(BaseEvent):
    """A customer's message. ``event_id`` is ``msg-<message_id>``."""

    type: Literal["customer_message"] = "customer_message"
    message_id: str
    message: str
    attachments: list[Attachment] = Field(default_factory=list)


class AgentMessage(BaseEvent):
    """What an AI agent said. ``answers`` names every customer message that this reply answers.

    It carries all that the engine needs to go on, so that a thought whose worker died after logging its reply is not
    thought again.
    """

    type: Literal["agent_message"] = "agent_message"
    turn_id: str
    agent_type: AgentType
    message: str
    answers: list[str]
    next_agent: AgentType | None = None
    tools_executed: list[str] = Field(default_factory=list)
    resolution_offered: bool = False
    outcome: ReplyOutcome = "continue"
    because: Trigger | None = Field(None, exclude_if=is_none, description="Why somebody else must go on.")
    confidence: float = 1.0
    offer: Offer | None = None
    articles: list[str] = Field(default_factory=list)
    reason: str = ""
    model: str = ""


class InterimMessage(BaseEvent):
    """A word while a turn takes long, or while a person is awaited. It answers nothing."""

    type: Literal["interim_message"] = "interim_message"
    agent_type: AgentType | None = None
    message: str
    owed: bool = Field(False, exclude_if=is_empty, description="The customer must hear it, if not now then later.")


class HumanMessage(BaseEvent):
    type: Literal["human_message"] = "human_message"
    message_id: str
    person_id: str
    message: str
    answers: list[str]


class IntentClassified(BaseEvent):
    type: Literal["intent_classified"] = "intent_classified"
    turn_id: str
    intent: str
    confidence: float
    alternatives: list[Alternative] = Field(default_factory=list)
    sentiment: Sentiment
    sentiment_score: float
    urgency: Urgency
    complexity: float = Field(0.0, exclude_if=is_empty, description="0 one look-up, 1 several systems and people.")
    language: str


class AgentAssigned(BaseEvent):
    type: Literal["agent_assigned"] = "agent_assigned"
    agent_type: AgentType
    previous: AgentType | None = None
    reason: str
    decision: Decision | None = Field(None, description="The routing score and its parts, where the matrix decided.")


class ToolCalled(BaseEvent):
    type: Literal["tool_called"] = "tool_called"
    call_id: str
    tool: str
    agent_type: AgentType


class ToolCompleted(BaseEvent):
    type: Literal["tool_completed"] = "tool_completed"
    call_id: str
    tool: str
    agent_type: AgentType
    execution_seconds: float
    audit_level: str
    parameters: dict[str, str] = Field(default_factory=dict, description="Masked arguments.")
    figures: list[str] = Field(
        default_factory=list, exclude_if=is_empty, description="Amounts, dates and ids of the result."
    )


class ToolFailed(BaseEvent):
    type: Literal["tool_failed"] = "tool_failed"
    call_id: str
    tool: str
    agent_type: AgentType
    execution_seconds: float
    audit_level: str
    error_type: str
    error: str
    parameters: dict[str, str] = Field(default_factory=dict, description="Masked arguments.")


class Escalated(BaseEvent):
    type: Literal["escalated"] = "escalated"
    from_agent: AgentType
    to_agent: AgentType
    reason: str
    context_transfer: ContextTransfer


class HandoffRequested(BaseEvent):
    type: Literal["handoff_requested"] = "handoff_requested"
    handoff_id: str
    queue: str
    reason: str


class HandoffClaimed(BaseEvent):
    type: Literal["handoff_claimed"] = "handoff_claimed"
    handoff_id: str
    person_id: str


class HandoffCompleted(BaseEvent):
    type: Literal["handoff_completed"] = "handoff_completed"
    handoff_id: str
    person_id: str
    outcome: Literal["resolved", "returned", "cancelled"]
    wrap_up_code: str = ""
    note: str = ""


class SlaAtRisk(BaseEvent):
    type: Literal["sla_at_risk"] = "sla_at_risk"
    ticket_id: str
    deadline: datetime


class SlaBreached(BaseEvent):
    type: Literal["sla_breached"] = "sla_breached"
    ticket_id: str
    deadline: datetime


class ApprovalRequested(BaseEvent):
    """A person must approve an effect. ``summary`` is what the customer was told of it, ``parameters`` are its masked
    arguments."""

    type: Literal["approval_requested"] = "approval_requested"
    approval_id: str
    tool: str
    reason: str
    agent_type: AgentType | None = None
    summary: str = ""
    parameters: dict[str, str] = Field(default_factory=dict)
    expires_at: datetime | None = None


class ApprovalDecided(BaseEvent):
    """``expired``: nobody decided in time."""

    type: Literal["approval_decided"] = "approval_decided"
    approval_id: str
    approved: bool
    decided_by: str
    reason: str = ""
    expired: bool = False


class CallbackScheduled(BaseEvent):
    type: Literal["callback_scheduled"] = "callback_scheduled"
    callback_id: str
    due_at: datetime


class SurveyRequested(BaseEvent):
    type: Literal["survey_requested"] = "survey_requested"
    survey_id: str
    question: str
    expires_at: datetime


class SurveyAnswered(BaseEvent):
    """``score`` is CSAT, 1 to 5; ``nps`` 0 to 10 and ``effort`` 1 (little) to 7 where the customer gave them."""

    type: Literal["survey_answered"] = "survey_answered"
    survey_id: str
    score: int
    nps: int | None = Field(None, exclude_if=is_none)
    effort: int | None = Field(None, exclude_if=is_none)
    comment: str = ""

    @property
    def rating(self) -> Rating:
        return Rating(score=self.score, nps=self.nps, effort=self.effort, comment=self.comment)


class SurveyReminded(BaseEvent):
    """The one reminder of a survey that nobody has answered yet."""

    type: Literal["survey_reminded"] = "survey_reminded"
    survey_id: str
    message: str


class SurveyExpired(BaseEvent):
    type: Literal["survey_expired"] = "survey_expired"
    survey_id: str


class QualityChecked(BaseEvent):
    """What the check before the end found. ``score`` is from 0 to 1; None: nobody could check."""

    type: Literal["quality_checked"] = "quality_checked"
    score: float | None
    passed: bool
    findings: list[Finding] = Field(default_factory=list)


class IntegrationEvent(BaseEvent):
    """Another system reported something about this conversation (staff only). ``kind`` and ``data`` are that system's
    words, masked; ``at`` is when we heard of it, ``occurred_at`` when that system says it happened."""

    type: Literal["integration_event"] = "integration_event"
    system: str
    kind: str
    external_id: str = ""
    occurred_at: datetime
    data: dict[str, bool | int | float | str | None] = Field(default_factory=dict)


class StatusChanged(BaseEvent):
    type: Literal["status_changed"] = "status_changed"
    status: TicketStatus
    previous: TicketStatus
    reason: str = ""


class IdleWarning(BaseEvent):
    type: Literal["idle_warning"] = "idle_warning"
    message: str
    closes_at: datetime


class ConversationClosed(BaseEvent):
    type: Literal["conversation_closed"] = "conversation_closed"
    reason: Literal["resolved", "idle"]


class ConversationReopened(BaseEvent):
    type: Literal["conversation_reopened"] = "conversation_reopened"
    closed_at: datetime


class ConversationContinued(BaseEvent):
    """This conversation was closed too long ago; the messages named here live on in ``continued_in``."""

    type: Literal["conversation_continued"] = "conversation_continued"
    continued_in: str
    message_ids: list[str]


Event = Annotated[
    ConversationStarted
    | CustomerMessageLogged
    | AgentMessage
    | InterimMessage
    | HumanMessage
    | IntentClassified
    | AgentAssigned
    | ToolCalled
    | ToolCompleted
    | ToolFailed
    | Escalated
    | HandoffRequested
    | HandoffClaimed
    | HandoffCompleted
    | SlaAtRisk
    | SlaBreached
    | ApprovalRequested
    | ApprovalDecided
    | CallbackScheduled
    | SurveyRequested
    | SurveyAnswered
    | SurveyReminded
    | SurveyExpired
    | QualityChecked
    | IntegrationEvent
    | StatusChanged
    | IdleWarning
    | ConversationClosed
    | ConversationReopened
    | ConversationContinued,
    Field(discriminator="type"),
]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[Event])


class LoggedEvent(Record):
    """An event as the log holds it. ``seq`` starts at 1 and has no gaps within a conversation."""

    seq: int
    event: Event
