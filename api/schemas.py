"""What clients send and get, beside the domain's own types; as in the PRD [904-1031] where it has them.

Texts may hold anything a person can write, markup and code included: they are data and never interpreted. Refused are
only texts that are empty, too long, or not text at all.
"""

import math
import unicodedata
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from domain.events import Attachment
from domain.integrations import FACTS_LIMIT, Fact, FactName
from domain.messages import MESSAGE_LIMIT
from domain.state import AgentType, Channel, Priority, TicketStatus
from domain.survey import COMMENT_LIMIT, CSAT, EFFORT, NPS, Rating, Scale

MAX_WAIT_SECONDS = 60.0
MAX_ATTACHMENTS = 10
TOO_LONG = "text_too_long"
"""Error type of texts over ``MESSAGE_LIMIT``; it becomes 413, as a body that is too large does."""
_CONTROLS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode's categories of control characters, and of line and paragraph separators."""
_OVERRIDES = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""Unicode's bidirectional classes of the characters that turn text around."""
EXACT_INTEGER = 2**53
"""Integers beyond it do not survive every JSON reader."""


def _message_text(text: str) -> str:
    """NUL is no character of any message, and Postgres stores none: it is left out."""
    text = text.replace("\x00", "")
    if not text.strip():
        raise PydanticCustomError("text_empty", "The message is empty.")
    if len(text) > MESSAGE_LIMIT:
        raise PydanticCustomError(TOO_LONG, f"A message may have {MESSAGE_LIMIT} characters.")
    return text


def _one_line(text: str) -> str:
    """Refuse control characters: line breaks and escapes forge log lines and headers, and text that is turned around
    hides what a file's name ends in."""
    if any(unicodedata.category(c) in _CONTROLS or unicodedata.bidirectional(c) in _OVERRIDES for c in text):
        raise PydanticCustomError("control_character", "Control characters are not allowed here.")
    return text


def _plain_json(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Refuse what JSON cannot carry faithfully or Postgres cannot store: NaN, infinities, huge integers, NUL."""
    pending: list[Any] = [value]
    while pending:
        match pending.pop():
            case dict() as fields:
                pending.extend(fields.keys())
                pending.extend(fields.values())
            case list() as items:
                pending.extend(items)
            case float() as number if not math.isfinite(number):
                raise PydanticCustomError("number_not_finite", "Numbers must be finite.")
            case int() as number if abs(number) > EXACT_INTEGER:
                raise PydanticCustomError("number_too_large", "Integers must lie between -2^53 and 2^53.")
            case str() as text if "\x00" in text:
                raise PydanticCustomError("nul_in_text", "Texts must not contain NUL.")
            case _:
                pass
    return value


MessageText = Annotated[str, AfterValidator(_message_text), Field(json_schema_extra={"maxLength": MESSAGE_LIMIT})]
PlainJson = Annotated[dict[str, JsonValue], AfterValidator(_plain_json)]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:@+-]+$")]
"""Ids that come from outside: customers', messages'."""
Note = Annotated[str, StringConstraints(max_length=4_000), AfterValidator(lambda text: text.replace("\x00", ""))]


EventKind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


class Body(BaseModel):
    """Base of request bodies. Unknown fields are ignored, so that clients of a later version work here too."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class AttachmentRef(Body):
    """A file by reference."""

    attachment_id: Identifier
    name: Annotated[str, StringConstraints(max_length=255), AfterValidator(_one_line)] = ""
    content_type: Annotated[str, StringConstraints(max_length=127), AfterValidator(_one_line)] = ""
    size_bytes: int = Field(default=0, ge=0, le=EXACT_INTEGER)

    def to_domain(self) -> Attachment:
        return Attachment(**self.model_dump())


class CreateConversation(Body):
    customer_id: Identifier = Field(examples=["CUST_001"])
    channel: Channel = Channel.WEB
    initial_message: MessageText | None = Field(default=None, examples=["I was charged twice for the same service"])
    priority: Priority | None = Field(default=None, description="Default: what the customer's case calls for.")


class PostMessage(Body):
    message: MessageText = Field(examples=["Yes, please."])
    attachments: list[AttachmentRef] = Field(default_factory=list, max_length=MAX_ATTACHMENTS)
    message_id: Identifier | None = Field(
        default=None, description="Makes a repeat harmless. Default: the Idempotency-Key, or an id of ours."
    )


class ReportIntegrationEvent(Body):
    """What happened in another system. One of ``conversation_id`` and ``external_id`` must be there."""

    event_id: Identifier = Field(description="The other system's own id of this event; the same id counts once.")
    type: EventKind = Field(examples=["ticket_updated"])
    conversation_id: Identifier | None = None
    external_id: Identifier | None = Field(
        default=None, description="Of the other system's ticket, case, invoice or whatever the event is about."
    )
    at: AwareDatetime = Field(description="When it happened, with its offset from UTC.")
    data: dict[FactName, Fact] = Field(
        default_factory=dict, max_length=FACTS_LIMIT, description="Flat facts for the staff to read."
    )

    @model_validator(mode="after")
    def _about_something(self) -> "ReportIntegrationEvent":
        if self.conversation_id is None and self.external_id is None:
            raise PydanticCustomError("names_nothing", "Give conversation_id or external_id.")
        return self


class IntegrationAccepted(BaseModel):
    event_id: str
    conversation_id: str
    status: Literal["accepted"] = "accepted"


def _on(scale: Scale) -> Any:
    """A whole number of this scale, written as one: `"5"` and `true` are none."""
    return Field(strict=True, ge=scale.least, le=scale.most)


class AnswerSurvey(Body):
    csat: Annotated[int, _on(CSAT)] = Field(description="How satisfied: 1 (not at all) to 5 (very).")
    nps: Annotated[int, _on(NPS)] | None = Field(
        default=None, description="Would recommend us: 0 (never) to 10 (certainly)."
    )
    effort: Annotated[int, _on(EFFORT)] | None = Field(
        default=None, description="The effort it took: 1 (very little) to 7 (very much)."
    )
    comment: Annotated[str, StringConstraints(max_length=COMMENT_LIMIT, strip_whitespace=True)] = ""

    def to_domain(self) -> Rating:
        """NUL is no character of any text, and Postgres stores none: it is left out."""
        comment = self.comment.replace("\x00", "").strip()
        return Rating(score=self.csat, nps=self.nps, effort=self.effort, comment=comment)


class SurveyAccepted(BaseModel):
    """The answer is in the log, as the event `survey_answered`."""

    conversation_id: str
    survey_id: str
    seq: int


class ConversationCreated(BaseModel):
    conversation_id: str
    session_id: str
    customer_id: str
    channel: Channel
    priority: Priority | None = None
    status: TicketStatus
    message_id: str | None = Field(default=None, description="Of the initial message.")


class MessageAccepted(BaseModel):
    """The message is safe: it will be answered, whatever fails meanwhile."""

    conversation_id: str
    message_id: str
    seq: int | None = Field(default=None, description="Where it stands in the log; known for a person's message only.")
    continued_in: str | None = Field(default=None, description="The conversation that took the message over.")


class Reply(BaseModel):
    """``speaker`` is "agent" for people too; then ``agent_type`` is "human"."""

    seq: int
    at: datetime
    speaker: Literal["agent"] = "agent"
    agent_type: AgentType
    message: str
    answers: list[str] = Field(description="Every message this reply answers.")
    turn_id: str | None = None
    next_agent: AgentType | None = None
    tools_executed: list[str] = Field(default_factory=list)
    resolution_offered: bool = False


class MessageAnswered(BaseModel):
    conversation_id: str
    message_id: str
    replies: list[Reply]
    status: TicketStatus
    current_agent_type: str
    requires_human: bool
    last_seq: int


class ConversationStatus(BaseModel):
    conversation_id: str
    customer_id: str
    channel: Channel
    status: TicketStatus
    current_agent_type: str
    current_intent: str
    intent_confidence: float
    sentiment: str
    escalation_level: int
    requires_human: bool
    priority: Priority
    sla_deadline: datetime | None
    sla_breach_risk: bool
    owner: str = Field(default="", description="The person or agent that holds the conversation.")
    last_seq: int
    created_at: datetime | None = None
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    continued_in: str | None = Field(default=None, description="The conversation that took over after this one.")


class EventPage(BaseModel):
    """A page of the log, in order."""

    events: list[dict[str, JsonValue]] = Field(description="Each with seq, type, at and the event's own fields.")
    next_after: int = Field(description="Ask for the next page with `after` set to it.")


class AgentFigures(BaseModel):
    """One agent type's figures. ``null`` where the period holds nothing to compute them from."""

    agent_type: AgentType
    conversations: int
    first_contact_resolution: float | None = Field(
        description="Share of closed conversations resolved without escalation."
    )
    handle_time_seconds: float | None = Field(description="Mean, from the first message to the close.")
    escalation_rate: float | None = Field(description="Share of conversations that this agent escalated.")
    csat: float | None = Field(description="Share of ratings that are 4 or 5.")
    csat_mean: float | None = Field(description="Mean rating, 1 to 5.")
    nps: float | None = Field(description="Promoters (9-10) minus detractors (0-6), in per cent: -100 to 100.")
    effort: float | None = Field(description="Mean effort customers say it took, 1 (little) to 7.")
    quality: float | None = Field(default=None, description="Mean score of the checks before closing, 0 to 1.")
    tool_calls: int
    tool_success: float | None = Field(description="Share of tool calls that succeeded.")
    p95_reply_seconds: float | None = Field(description="From a customer's message to its answer.")
    cost: float | None = Field(
        default=None,
        description="Money spent on models: 0 if people and the built-in model answered, null if prices are unknown.",
    )


class AgentPerformance(BaseModel):
    time_range: str
    since: datetime
    until: datetime
    agents: list[AgentFigures]


class AgentContext(Body):
    """On whose behalf a tool runs. A person's role decides their rights; ``agent_type`` counts for services only."""

    agent_type: AgentType | None = None
    conversation_id: Identifier | None = None
    customer_id: Identifier | None = None
    ticket_id: Identifier | None = None


class ExecuteTool(Body):
    tool_name: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        examples=["get_customer_profile"]
    )
    parameters: PlainJson = Field(default_factory=dict, examples=[{"customer_id": "CUST_001"}])
    agent_context: AgentContext = Field(default_factory=AgentContext)


class ToolError(BaseModel):
    type: str
    message: str


class ToolExecuted(BaseModel):
    tool_name: str
    success: bool
    result: dict[str, JsonValue] | None = None
    error: ToolError | None = None
    execution_time: float = Field(description="Seconds.")


class Handoff(BaseModel):
    handoff_id: str
    conversation_id: str
    queue: str
    reason: str
    state: str = Field(description="requested, claimed, resolved, returned or cancelled.")
    person_id: str = ""
    requested_at: datetime
    claimed_at: datetime | None = None
    ended_at: datetime | None = None


class HandoffPage(BaseModel):
    """Longest waiting first."""

    items: list[Handoff]
    next_offset: int | None = Field(default=None, description="Ask for the next page with it; null on the last.")


class Approval(BaseModel):
    approval_id: str
    conversation_id: str
    tool: str
    agent_type: str = Field(description="The agent that asks.")
    summary: str = Field(description="What the customer was told of it, and agreed to.")
    parameters: dict[str, str] = Field(description="Masked arguments.")
    reason: str
    state: str = Field(description="pending, approved, rejected or expired.")
    requested_at: datetime
    expires_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    decision_reason: str = ""


class ApprovalPage(BaseModel):
    """Longest waiting first."""

    items: list[Approval]
    next_offset: int | None = Field(default=None, description="Ask for the next page with it; null on the last.")


class DecideApproval(Body):
    approve: bool
    reason: Note = Field(default="", description="For colleagues; the customer is not shown it.")


class ApprovalDecided(BaseModel):
    approval_id: str
    state: Literal["approved", "rejected"]
    decided_by: str


class CompleteHandoff(Body):
    wrap_up_code: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")] = Field(
        examples=["resolved"]
    )
    note: Note = ""


class ReturnHandoff(Body):
    note: Note = ""


class HandoffClaimed(BaseModel):
    handoff_id: str
    conversation_id: str
    person_id: str
    state: Literal["claimed"] = "claimed"
    seq: int


class HandoffDone(BaseModel):
    handoff_id: str
    conversation_id: str
    state: str
    seq: int


class Readiness(BaseModel):
    status: Literal["ready", "degraded", "unavailable"]
    checks: dict[str, Literal["ok", "away"]]
