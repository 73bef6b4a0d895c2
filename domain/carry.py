"""What a conversation carries from step to step and from run to run: AgentState, the queue, and the engine's own books.

All of it is wire format (continue-as-new): fields are only ever added, with defaults.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from domain.classification import Classification
from domain.events import Event
from domain.messages import CustomerMessage, EnginePolicy, ToolCall, ToolOutcome
from domain.model import MutableRecord, Record, cap
from domain.state import AgentState, Channel, Priority

REMEMBERED_IDS = 200
"""Message ids the workflow itself drops repeats of; older ones meet the log's unique key."""


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


class StopChild(Record):
    kind: Literal["stop_child"] = "stop_child"
    workflow_id: str


Errand = Annotated[StartSla | RewindSla | StartSurvey | StopChild, Field(discriminator="kind")]
"""Something to tell a child workflow. Errands run in order and are carried until they are done."""


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
    sla: SlaClock | None = None
    errands: list[Errand] = Field(default_factory=list)
    events_made: int = 0
    survey_asked: bool = Field(default=False, description="Since the conversation was opened or reopened.")
    idle_warned_at: datetime | None = None
    person_message_ids: Annotated[list[str], cap(REMEMBERED_IDS)] = Field(default_factory=list)
    completed_handoffs: Annotated[list[str], cap(20)] = Field(default_factory=list)
    moved_on: bool = Field(
        default=False, description="Closed too long ago: messages are handed to a linked conversation."
    )
    continued_in: str = ""


class ConversationInput(Record):
    """What starts a run of the conversation workflow. ``carry`` is set from the second run on."""

    conversation_id: str
    session_id: str
    customer_id: str
    channel: Channel = Channel.WEB
    priority: Priority | None = None
    initial: list[CustomerMessage] = Field(default_factory=list)
    continued_from: str | None = None
    policy: EnginePolicy = Field(default_factory=EnginePolicy)
    carry: Carry | None = None
