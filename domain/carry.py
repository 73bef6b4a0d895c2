"""What a conversation carries from step to step and from run to run: AgentState, the queue, and the engine's own books.

All of it is wire format (continue-as-new): fields are only ever added, with defaults.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from domain.assessment import Case
from domain.classification import Classification
from domain.events import Event
from domain.messages import AgentReply, CustomerMessage, EnginePolicy, Grant, ToolCall, ToolOutcome, ToolRequest
from domain.model import MutableRecord, Record, cap
from domain.state import AgentState, Channel, Priority
from domain.survey import AnsweredSurvey
from domain.triggers import Trigger

REMEMBERED_IDS = 200
"""Message ids the workflow itself drops repeats of; older ones meet the log's unique key."""
REMEMBERED_REPORTS = 50
"""The same for what other systems report."""


class Assessment(MutableRecord):
    """The supervisor is asked who goes on with this turn; at ``due`` a person is asked for instead. ``reply`` are
    the words of the agent that handed over: an answer if a person is asked for, else a word."""

    escalation_id: str
    trigger: Trigger
    reply: AgentReply
    due: datetime


class TurnProgress(MutableRecord):
    """The turn at hand: which messages it answers and how far it came."""

    number: int
    turn_id: str
    message_ids: list[str]
    classification: Classification | None = None
    steps: int = 0
    work_seconds: float = 0.0
    restarts: int = 0
    tool_calls: list[ToolCall] = Field(default_factory=list)
    tool_results: list[ToolOutcome] = Field(default_factory=list)
    side_effects: bool = Field(default=False, description="From here on the thought may not be restarted.")
    assessment: Assessment | None = None


class Handoff(MutableRecord):
    """A person was asked for; ``person_id`` once one has claimed."""

    handoff_id: str
    queue: str
    reason: str
    requested_at: datetime
    next_word_at: datetime
    person_id: str = ""


class Line(MutableRecord):
    """As many conversations are open as may be; this one waits until there is room."""

    next_look_at: datetime
    next_word_at: datetime


class Approval(MutableRecord):
    """An effect that waits for a person's approval, or has it and is being carried out. ``request`` is the call as the
    agent made it, with the customer's consent."""

    approval_id: str
    request: ToolRequest
    grant: Grant
    summary: str
    expires_at: datetime
    stage: Literal["asked", "approved", "running"] = "asked"


class OpenSurvey(Record):
    survey_id: str
    expires_at: datetime


class SlaClock(MutableRecord):
    """The ticket's clock as the conversation keeps it. The child only knows instants; pauses are settled when it calls,
    so that waiting for the customer costs no history."""

    workflow_id: str
    at_risk_at: datetime
    deadline: datetime
    paused_since: datetime | None = None
    child_is_idle: bool = Field(
        default=False, description="The child called during a pause and waits to be wound again."
    )


class StartSla(Record):
    kind: Literal["start_sla"] = "start_sla"
    workflow_id: str
    ticket_id: str
    at_risk_at: datetime
    deadline: datetime


class RewindSla(Record):
    """Tell the running clock that its instants moved."""

    kind: Literal["rewind_sla"] = "rewind_sla"
    workflow_id: str
    at_risk_at: datetime
    deadline: datetime


class StartSurvey(Record):
    kind: Literal["start_survey"] = "start_survey"
    workflow_id: str
    customer_id: str
    expires_seconds: float
    reminder_seconds: float | None = None


class StartEscalation(Record):
    kind: Literal["start_escalation"] = "start_escalation"
    workflow_id: str
    case: Case


class StartApproval(Record):
    kind: Literal["start_approval"] = "start_approval"
    workflow_id: str
    tool: str
    expires_at: datetime


class StopChild(Record):
    kind: Literal["stop_child"] = "stop_child"
    workflow_id: str


Errand = Annotated[
    StartSla | RewindSla | StartSurvey | StartEscalation | StartApproval | StopChild, Field(discriminator="kind")
]
"""Something to tell a child workflow. Errands run in order and are carried until they are done."""


class IntegrationBook(MutableRecord):
    """What other systems reported: their latest ids, and as of when their ticket and case are known."""

    recent_ids: Annotated[list[str], cap(REMEMBERED_REPORTS)] = Field(default_factory=list)
    ticket_as_of: datetime | None = None
    case_as_of: datetime | None = None


class Carry(MutableRecord):
    state: AgentState
    epoch: int = 0
    last_seq: int = 0
    opened: bool = False
    closed: bool = False
    inbox: list[CustomerMessage] = Field(default_factory=list, description="Accepted and not answered yet, in order.")
    heard: list[str] = Field(default_factory=list, description="Ids in the inbox that the state's window already has.")
    recent_ids: Annotated[list[str], cap(REMEMBERED_IDS)] = Field(default_factory=list)
    pending: list[Event] = Field(default_factory=list, description="Events that are not in the log yet, in order.")
    turn: TurnProgress | None = None
    handoff: Handoff | None = None
    line: Line | None = None
    survey: OpenSurvey | None = None
    answered_survey: AnsweredSurvey | None = Field(
        default=None, description="The last one, since the conversation was opened or reopened."
    )
    approvals: list[Approval] = Field(default_factory=list, description="Effects that a person must approve.")
    sla: SlaClock | None = None
    errands: list[Errand] = Field(default_factory=list)
    events_made: int = 0
    survey_asked: bool = Field(default=False, description="Since the conversation was opened or reopened.")
    idle_warned_at: datetime | None = None
    person_message_ids: Annotated[list[str], cap(REMEMBERED_IDS)] = Field(default_factory=list)
    completed_handoffs: Annotated[list[str], cap(20)] = Field(default_factory=list)
    check: Literal["", "wanted", "running"] = Field(default="", description="The quality check before the end.")
    checked: bool = Field(default=False, description="Since an agent last worked on it.")
    check_stale: bool = Field(default=False, description="An agent has worked on it since the check began.")
    checked_seq: int = Field(default=0, description="How far the last check looked.")
    check_seq: int = Field(default=0, description="How far the check under way looks.")
    owed_words: list[str] = Field(default_factory=list, description="For the customer, when a person gives back.")
    moved_on: bool = Field(
        default=False, description="Closed too long ago: messages are handed to a linked conversation."
    )
    continued_in: str = ""
    integrations: IntegrationBook = Field(default_factory=IntegrationBook)


ENGINE = 2
"""What conversations that start today do. 2: the escalation table decides who goes on, people approve what agents may
not decide, and the quality is checked before the end."""


class ConversationInput(Record):
    """What starts a run of the conversation workflow. ``carry`` is set from the second run on. ``engine`` is the
    ``ENGINE`` of the day it began: a conversation replays by the rules that it began with."""

    conversation_id: str
    session_id: str
    customer_id: str
    channel: Channel = Channel.WEB
    priority: Priority | None = None
    initial: list[CustomerMessage] = Field(default_factory=list)
    continued_from: str | None = None
    policy: EnginePolicy = Field(default_factory=EnginePolicy)
    engine: int = 1
    carry: Carry | None = None
