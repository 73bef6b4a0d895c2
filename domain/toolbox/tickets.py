"""Tools that keep the books of a contact: the ticket, the word to the customer, the figures."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from domain.identity import IdentityLevel
from domain.model import Record
from domain.state import AgentType, TicketStatus
from domain.toolbox.customer import SERVICE_AGENTS
from domain.toolbox.fields import CustomerId, Id, ToolArguments
from domain.tools import SideEffect, ToolPolicy, ToolSpec


class UpdateTicketStatus(ToolArguments):
    ticket_id: Id = Field(description="The ticket of this conversation.")
    status: TicketStatus
    note: Annotated[str, StringConstraints(max_length=500)] = Field(
        "", description="What was done, for the next reader."
    )


class TicketUpdated(Record):
    ticket_id: str
    previous_status: TicketStatus
    status: TicketStatus
    updated_at: datetime


UPDATE_TICKET_STATUS = ToolSpec(
    name="update_ticket_status",
    description="Change the status of this conversation's ticket, with a note.",
    arguments=UpdateTicketStatus,
    result=TicketUpdated,
    policy=ToolPolicy(
        agents=SERVICE_AGENTS, timeout_seconds=5, attempts=5, side_effect=SideEffect.RECORD, audit_level="medium"
    ),
)

NotificationChannel = Literal["email", "sms", "mobile"]


class SendCustomerNotification(ToolArguments):
    """The address is the one on file: an agent cannot write to anybody else."""

    customer_id: CustomerId
    message: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    channel: NotificationChannel = Field("email", description="mobile is a push message to the app.")
    subject: Annotated[str, StringConstraints(max_length=120)] = Field("", description="For e-mail.")


class NotificationQueued(Record):
    notification_id: str
    channel: NotificationChannel
    recipient: str = Field(description="The address on file, masked.")
    status: str


SEND_CUSTOMER_NOTIFICATION = ToolSpec(
    name="send_customer_notification",
    description="Send the customer a message outside this conversation, to the e-mail address, phone or app on file.",
    arguments=SendCustomerNotification,
    result=NotificationQueued,
    policy=ToolPolicy(
        agents=SERVICE_AGENTS,
        timeout_seconds=10,
        attempts=5,
        side_effect=SideEffect.OUTBOUND,
        audit_level="medium",
        identity=IdentityLevel.AUTHENTICATED,
    ),
)


class Metric(ToolArguments):
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")] = Field(
        description="In snake case with its unit, for example handle_time_seconds."
    )
    value: Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]


class LogInteractionMetrics(ToolArguments):
    metrics: Annotated[list[Metric], Field(min_length=1, max_length=20)]


class MetricsLogged(Record):
    logged: int


LOG_INTERACTION_METRICS = ToolSpec(
    name="log_interaction_metrics",
    description="Record figures about this conversation, such as classification_confidence, for later analysis.",
    arguments=LogInteractionMetrics,
    result=MetricsLogged,
    policy=ToolPolicy(
        agents=frozenset(
            {AgentType.INTENT_CLASSIFIER, AgentType.TIER3, AgentType.SUPERVISOR, AgentType.QUALITY_ASSURANCE}
        ),
        timeout_seconds=5,
        side_effect=SideEffect.RECORD,
    ),
)

TOOLS = (UPDATE_TICKET_STATUS, SEND_CUSTOMER_NOTIFICATION, LOG_INTERACTION_METRICS)
