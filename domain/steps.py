"""What the conversation core asks its driver to do next. The driver (the workflow) performs one step at a time and
reports back; it decides nothing."""

from dataclasses import dataclass
from datetime import datetime

from domain.carry import Errand
from domain.messages import AppendInput, ClassifyInput, CustomerMessage, OpenInput, ThinkInput, ToolRequest


@dataclass(frozen=True)
class Open:
    input: OpenInput


@dataclass(frozen=True)
class AskForRoom:
    """Look whether this conversation may begin, or must wait on."""

    conversation_id: str


@dataclass(frozen=True)
class Classify:
    turn_id: str
    input: ClassifyInput


@dataclass(frozen=True)
class Think:
    input: ThinkInput


@dataclass(frozen=True)
class RunTools:
    """Run all of them at once; each is its own activity."""

    turn_id: str
    requests: list[ToolRequest]


@dataclass(frozen=True)
class CheckQuality:
    """Judge what was said and done after ``since_seq``. Nothing waits for it but the end."""

    conversation_id: str
    since_seq: int


@dataclass(frozen=True)
class Append:
    input: AppendInput


@dataclass(frozen=True)
class ContinueElsewhere:
    """Hand these messages to a conversation linked to this one, which was closed too long ago."""

    messages: list[CustomerMessage]
    continued_in: str


@dataclass(frozen=True)
class RunErrand:
    errand: Errand


@dataclass(frozen=True)
class Wait:
    """Nothing to do before ``until`` (None: before something is noted); ``may_renew``: the run may continue as new."""

    until: datetime | None
    may_renew: bool


@dataclass(frozen=True)
class Finish:
    """Everything is said and logged: return at once, without an await."""


Step = (
    Open
    | AskForRoom
    | Classify
    | Think
    | RunTools
    | CheckQuality
    | Append
    | ContinueElsewhere
    | RunErrand
    | Wait
    | Finish
)
