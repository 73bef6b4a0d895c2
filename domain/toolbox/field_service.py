"""Tools that make appointments: a technician's visit, a call back."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints, model_validator

from domain.appointments import TimeWindow
from domain.identity import IdentityLevel
from domain.model import Record
from domain.state import AgentType
from domain.toolbox.fields import CustomerId, ToolArguments
from domain.tools import SideEffect, ToolPolicy, ToolSpec

FREE_SHOWN = 8


def _no_number(value: Any) -> Any:
    """A number would count as seconds since 1970, and be a day nobody meant."""
    if isinstance(value, int | float) or (isinstance(value, str) and value.replace(".", "", 1).isdigit()):
        raise ValueError("write it as text, as ISO 8601 has it")
    return value


Reason = Annotated[str, StringConstraints(min_length=3, max_length=300)]


class ScheduleTechnicianVisit(ToolArguments):
    """Without a day and window: only show what is free."""

    customer_id: CustomerId
    issue: Reason = Field(description="What is to be mended, for the technician.")
    product_type: Literal["internet", "tv"] = "internet"
    visit_date: Annotated[date | None, BeforeValidator(_no_number)] = Field(
        None, description="A day the customer chose, as YYYY-MM-DD."
    )
    time_window: TimeWindow | None = Field(None, description="The window the customer chose.")

    @model_validator(mode="after")
    def _both_or_neither(self) -> "ScheduleTechnicianVisit":
        if (self.visit_date is None) != (self.time_window is None):
            raise ValueError("give visit_date and time_window together, or neither to see what is free")
        return self


class FreeVisit(Record):
    visit_date: date
    time_window: TimeWindow


class TechnicianVisit(Record):
    """``visit_id`` is None if nothing was booked: then ``free`` is what can be offered."""

    visit_id: str | None = None
    visit_date: date | None = None
    time_window: TimeWindow | None = None
    technician: str | None = None
    free: list[FreeVisit] = Field(default_factory=list, max_length=FREE_SHOWN, description="The next free windows.")


SCHEDULE_TECHNICIAN_VISIT = ToolSpec(
    name="schedule_technician_visit",
    description=(
        "Book a technician's visit at the customer's home at a day and window that the customer chose. "
        "Without day and window it shows the next free ones and books nothing."
    ),
    arguments=ScheduleTechnicianVisit,
    result=TechnicianVisit,
    policy=ToolPolicy(
        agents=frozenset({AgentType.TIER2, AgentType.TIER3, AgentType.HUMAN}),
        attempts=5,
        side_effect=SideEffect.OUTBOUND,
        audit_level="medium",
        identity=IdentityLevel.AUTHENTICATED,
    ),
)


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("no such time") from None


class ScheduleCallback(ToolArguments):
    """We call the number on file: an agent cannot have anybody else called."""

    customer_id: CustomerId
    callback_at: Annotated[AwareDatetime, BeforeValidator(_no_number), AfterValidator(_in_utc)] = Field(
        description="When to call, with its time zone, for example 2026-11-24T10:00:00Z."
    )
    reason: Reason = Field(description="What the call is about, for whoever makes it.")


class CallbackScheduled(Record):
    callback_id: str
    callback_at: datetime
    phone: str = Field(description="The number on file, masked.")
    status: str


SCHEDULE_CALLBACK = ToolSpec(
    name="schedule_callback",
    description="Arrange that a person calls the customer back at a time the customer chose, on the number on file.",
    arguments=ScheduleCallback,
    result=CallbackScheduled,
    policy=ToolPolicy(
        agents=frozenset({AgentType.SUPERVISOR, AgentType.TIER3, AgentType.HUMAN}),
        attempts=5,
        side_effect=SideEffect.OUTBOUND,
        audit_level="medium",
        identity=IdentityLevel.AUTHENTICATED,
    ),
)

TOOLS = (SCHEDULE_TECHNICIAN_VISIT, SCHEDULE_CALLBACK)
