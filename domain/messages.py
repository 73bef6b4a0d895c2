"""What enters a conversation, and what its steps are given and give back. All of it is wire format: it lies in
histories, so fields are only ever added, with defaults."""

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from domain.classification import Classification
from domain.events import AgentMessage, Attachment, Event, ReplyOutcome
from domain.identity import IdentityLevel
from domain.model import Record, is_empty
from domain.state import AgentState, AgentType, Channel, Consent, CustomerProfile, Offer, Priority, Ticket
from domain.triggers import Trigger

MESSAGE_LIMIT = 10_000
"""Characters in one message."""


class CustomerMessage(Record):
    """Signal: the customer said something. ``message_id`` is the client's, or ours; unique in the conversation."""

    message_id: str
    message: str
    sent_at: datetime
    attachments: list[Attachment] = Field(default_factory=list)


class ToolCall(Record):
    """One tool the model wants run. ``call_id`` is the model's and never part of an idempotency key."""

    call_id: str
    tool: str
    arguments: dict[str, JsonValue] = Field(default_factory=dict)


class Grant(Record):
    """A person's approval of one effect; ``arguments_json`` is canonical, as in ``Offer``."""

    approval_id: str
    tool: str
    arguments_json: str
    decided_by: str


class ToolRequest(Record):
    """What a tool's activity is given. ``occasion`` is the id of the newest customer message of the turn; ``identity``
    is how the customer came in; ``grant`` is there where a person had to approve it first, and has."""

    conversation_id: str
    customer_id: str
    agent: AgentType
    call: ToolCall
    ticket_id: str = ""
    occasion: str = ""
    consent: Consent | None = None
    identity: IdentityLevel = IdentityLevel.AUTHENTICATED
    grant: Grant | None = None
    at: datetime


class ToolOutcome(Record):
    """What came of a tool call. ``result`` is the tool's result model as JSON; ``error`` is written for the agent.

    ``run_seconds`` is activity run time, the measure of a turn's bound; ``figures`` are the result's amounts, dates and
    ids, for the quality check.
    """

    call_id: str
    tool: str
    success: bool
    result: dict[str, JsonValue] = Field(default_factory=dict)
    error_type: str = ""
    error: str = ""
    run_seconds: float = 0.0
    masked_arguments: dict[str, str] = Field(default_factory=dict)
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    figures: list[str] = Field(default_factory=list, exclude_if=is_empty)


class AgentReply(Record):
    """The agent's words and what they mean for the engine.

    ``offer`` proposes an effect that needs the customer's yes; ``articles`` were used for the answer. ``because`` says
    why somebody else must go on, where the outcome is that the agent cannot help.
    """

    message: str
    outcome: ReplyOutcome = "continue"
    because: Trigger | None = None
    confidence: float = 1.0
    offer: Offer | None = None
    articles: list[str] = Field(default_factory=list)
    reason: str = ""
    model: str = ""


class ThinkInput(Record):
    """One thought: log what is pending, then let the agent decide. ``state`` is also the snapshot the log stores."""

    epoch: int
    turn_id: str
    agent: AgentType
    messages: list[CustomerMessage]
    pending: list[Event]
    state: AgentState
    classification: Classification | None = None
    tool_results: list[ToolOutcome] = Field(default_factory=list)
    steps_left: int = 8
    work_seconds: float = 0.0
    interim_after_seconds: float = 10.0
    now: datetime


class ThinkResult(Record):
    """Either ``tool_calls`` to run before thinking on, or a ``handover`` (words that are not logged yet: who goes on is
    the core's to decide), or the turn is answered, or it was ``fenced`` off.

    ``answered`` are those of the turn's messages that the log holds an answer for after this thought, whoever gave it;
    ``said`` are the replies that gave these answers, in order. ``log_epoch`` is the epoch the log knows.
    """

    said: list[AgentMessage] = Field(default_factory=list)
    log_epoch: int = 0
    tool_calls: list[ToolCall] = Field(default_factory=list)
    handover: AgentReply | None = None
    fenced: bool = False
    answered: list[str] = Field(default_factory=list)
    last_seq: int = 0
    run_seconds: float = 0.0


class AppendInput(Record):
    """Write events and the snapshot without thinking. ``asked``: messages whose answers the caller wants to know of."""

    conversation_id: str
    epoch: int
    pending: list[Event]
    state: AgentState
    asked: list[str] = Field(default_factory=list)


class AppendResult(Record):
    """As ``ThinkResult``, for an append without a thought."""

    said: list[AgentMessage] = Field(default_factory=list)
    fenced: bool = False
    log_epoch: int = 0
    answered: list[str] = Field(default_factory=list)
    last_seq: int = 0


class ClassifyInput(Record):
    """``texts`` are read together; ``previous_intent`` helps with short follow-ups ("yes"). ``suspected_intents`` are
    those the customer was just asked to choose from, in the order of the question. ``language`` is the conversation's
    so far: a text too short to tell is in it."""

    texts: list[str]
    previous_intent: str = ""
    suspected_intents: list[str] = Field(default_factory=list)
    language: str = "en"


class OpenInput(Record):
    """The first step of a run: register the conversation and open its ticket, or restore what a closed one left."""

    conversation_id: str
    customer_id: str
    channel: Channel
    priority: Priority | None = None
    continued_from: str | None = None
    sla_scale: float = 1.0
    now: datetime


class OpenResult(Record):
    """``state`` is set when the conversation existed: it is being reopened."""

    customer: CustomerProfile | None = None
    ticket: Ticket | None = None
    billing_account_id: str | None = None
    state: AgentState | None = None
    epoch: int = 0
    turn: int = 0
    last_seq: int = 0
    closed_at: datetime | None = None
    continued_in: str | None = None
    waits: bool = Field(default=False, description="As many conversations are open as may be: it begins later.")


class Decision(Record):
    """What an agent's model decided: exactly one of a reply or tool calls."""

    reply: AgentReply | None = None
    tool_calls: list[ToolCall] = Field(default_factory=list)


class EnginePolicy(Record):
    """The engine's settings for one conversation, fixed at its start."""

    max_steps: int = Field(default=8, description="Thoughts in one turn; then the escalation rules decide.")
    turn_seconds: float = Field(default=30.0, description="Activity run time of one turn, in seconds.")
    interim_after_seconds: float = Field(default=10.0, description="Seconds until the customer hears an interim word.")
    max_restarts: int = Field(default=3, description="How often newer messages restart a thought.")
    idle_warning_seconds: float = Field(default=25 * 60, description="Silence before the customer is warned.")
    idle_close_seconds: float = Field(default=30 * 60, description="Silence before the conversation is closed.")
    approval_expires_seconds: float = Field(default=24 * 3600, description="How long people have to approve an effect.")
    survey_expires_seconds: float = Field(default=30 * 60, description="How long the survey waits for an answer.")
    survey_reminder: bool = Field(default=True, description="Remind once, at half of that time, of an open survey.")
    handoff_word_seconds: float = Field(default=5 * 60, description="Seconds between words to who waits for a person.")
    room_look_seconds: float = Field(default=15.0, description="Seconds between looks of who waits for a free place.")
    reopen_window_seconds: float = Field(default=72 * 3600, description="Seconds during which a closed one reopens.")
    continue_as_new_turns: int = Field(default=30, description="Turns in one workflow run.")
    sla_scale: float = Field(default=1.0, description="Multiplies every SLA deadline; below 1 only in tests and demos.")


class HandoffClaim(Record):
    """Update ``claim``: a person takes the conversation. Refused with ``claim-refused`` when somebody was faster."""

    handoff_id: str
    person_id: str


class ClaimResult(Record):
    conversation_id: str
    handoff_id: str
    person_id: str
    seq: int


class PersonMessage(Record):
    """Update ``say_as_person``: the owner writes to the customer. Refused with ``not-owner``."""

    message_id: str
    person_id: str
    message: str
    sent_at: datetime


class HandoffCompletion(Record):
    """Update ``complete_handoff``: the owner ends the handoff, resolved or returned to the AI."""

    handoff_id: str
    person_id: str
    outcome: Literal["resolved", "returned"]
    wrap_up_code: str = ""
    note: str = ""


class HandoffEnded(Record):
    handoff_id: str
    outcome: str
    seq: int


class SlaNotice(Record):
    """Signal from the SLA child."""

    ticket_id: str
    kind: Literal["at_risk", "breached"]
    deadline: datetime


class ApprovalDecision(Record):
    """Update ``decide``: a person decides on an effect. Refused with ``approval-closed`` when that was done before."""

    approval_id: str
    approve: bool
    decided_by: str
    reason: str = ""


class ApprovalNotice(Record):
    """Signal from the approval's child; ``decided_by`` and ``reason`` are empty when it expired."""

    approval_id: str
    outcome: Literal["approved", "rejected", "expired"]
    decided_by: str = ""
    reason: str = ""


class SurveyNotice(Record):
    """Signal from the survey child."""

    survey_id: str
    kind: Literal["asked", "reminder", "expired"]
    answers_first: bool = Field(
        default=False, description="An answer that is here by now counts. Not of children from before the reminder."
    )


class PersonSaid(Record):
    message_id: str
    seq: int


__all__ = [
    "MESSAGE_LIMIT",
    "AgentReply",
    "AppendInput",
    "AppendResult",
    "ApprovalDecision",
    "ApprovalNotice",
    "ClaimResult",
    "Classification",
    "ClassifyInput",
    "CustomerMessage",
    "Decision",
    "EnginePolicy",
    "Grant",
    "HandoffClaim",
    "HandoffCompletion",
    "HandoffEnded",
    "OpenInput",
    "OpenResult",
    "PersonMessage",
    "PersonSaid",
    "ReplyOutcome",
    "SlaNotice",
    "SurveyNotice",
    "ThinkInput",
    "ThinkResult",
    "ToolCall",
    "ToolOutcome",
    "ToolRequest",
]
