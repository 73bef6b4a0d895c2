"""The Supervisor's tools: how agents and the whole do, who waits for how long, how satisfied a customer is, and who
should go on."""

from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, StringConstraints

from domain.devices import time_range
from domain.identity import IdentityLevel
from domain.model import Record
from domain.performance import AgentFigures
from domain.state import AgentType, Priority, Risk, TicketStatus
from domain.toolbox.fields import CustomerId, Id, ToolArguments
from domain.tools import SideEffect, ToolPolicy, ToolSpec

SUPERVISORS = frozenset({AgentType.SUPERVISOR, AgentType.TIER3, AgentType.HUMAN})

Queue = Literal["general", "billing", "technical", "sales"]
"""Where people take conversations from."""

Reason = Annotated[str, StringConstraints(min_length=3, max_length=300)]


def _bounded(text: str) -> str:
    time_range(text)
    return text


Period = Annotated[Annotated[str, StringConstraints(max_length=6)], AfterValidator(_bounded)]
PERIOD = Field("24h", description="Up to now: a number with m, h, d or w, at most 31d.")


class GetAgentPerformanceData(ToolArguments):
    time_range: Period = PERIOD
    agent_type: AgentType | None = Field(None, description="Only this one.")


class AgentPerformance(Record):
    since: datetime
    agents: list[AgentFigures] = Field(max_length=len(AgentType), description="Those who replied in that time.")


GET_AGENT_PERFORMANCE_DATA = ToolSpec(
    name="get_agent_performance_data",
    description="How each type of agent did: conversations, first contact resolution, escalations, surveys, speed.",
    arguments=GetAgentPerformanceData,
    result=AgentPerformance,
    policy=ToolPolicy(agents=SUPERVISORS | {AgentType.QUALITY_ASSURANCE}, audit_level="low"),
)


class CalculateCustomerSatisfaction(ToolArguments):
    customer_id: CustomerId


class CustomerSatisfaction(Record):
    score: float | None = Field(description="Mean of the latest surveys, 1 to 5; missing if there are none.")
    satisfied_share: float | None = Field(description="Share of 4 and 5.")
    trend: float | None = Field(description="Latest two against those before.")
    nps: float | None = Field(description="Net Promoter Score of these surveys, -100 to 100; missing if nobody said.")
    effort: float | None = Field(description="Mean effort they say it took, 1 (little) to 7; missing if nobody said.")
    predicted: float = Field(description="Expected now, open concerns considered.")
    risk: Risk
    drivers: list[str]


CALCULATE_CUSTOMER_SATISFACTION = ToolSpec(
    name="calculate_customer_satisfaction",
    description="How satisfied the customer has been, how satisfied they probably are now, and what weighs on it.",
    arguments=CalculateCustomerSatisfaction,
    result=CustomerSatisfaction,
    policy=ToolPolicy(
        agents=SUPERVISORS | {AgentType.SALES, AgentType.QUALITY_ASSURANCE},
        timeout_seconds=5,
        audit_level="medium",
        identity=IdentityLevel.AUTHENTICATED,
    ),
)


class EscalateTicket(ToolArguments):
    ticket_id: Id
    reason: Reason
    target: Literal["tier2", "tier3", "human"] = Field("tier3", description="Who should go on with it.")


class TicketEscalated(Record):
    request_id: str
    ticket_id: str
    status: TicketStatus
    target: Literal["tier2", "tier3", "human"]
    next_step: str = Field(description="What has to happen now; nobody has taken over yet.")


ESCALATE_TICKET = ToolSpec(
    name="escalate_ticket",
    description="Ask that a ticket of this customer goes to a higher level, and record why.",
    arguments=EscalateTicket,
    result=TicketEscalated,
    policy=ToolPolicy(
        agents=SUPERVISORS, timeout_seconds=5, attempts=5, side_effect=SideEffect.RECORD, audit_level="high"
    ),
)


class TransferToHumanAgent(ToolArguments):
    customer_id: CustomerId
    reason: Reason
    summary: Annotated[str, StringConstraints(min_length=10, max_length=600)] = Field(
        description="What the person must know so that nobody asks twice."
    )
    queue: Queue = "general"


class TransferRequested(Record):
    request_id: str
    queue: str
    next_step: str = Field(description="What has to happen now; nobody has taken over yet.")


TRANSFER_TO_HUMAN_AGENT = ToolSpec(
    name="transfer_to_human_agent",
    description="Ask for a person in this conversation, with a reason and what they must know.",
    arguments=TransferToHumanAgent,
    result=TransferRequested,
    policy=ToolPolicy(
        agents=frozenset({AgentType.SUPERVISOR}),
        timeout_seconds=5,
        attempts=5,
        side_effect=SideEffect.RECORD,
        audit_level="high",
    ),
)


class GetQueueStatus(ToolArguments):
    queue: Queue | None = Field(None, description="Only this one.")


class QueueStatus(Record):
    queue: Queue
    waiting: int = Field(description="Conversations that wait for a person now.")
    longest_wait_minutes: int = Field(description="Of those that wait; 0 if nobody does.")
    claimed_today: int = Field(description="Taken by a person since midnight UTC.")


class QueuesSeen(Record):
    queues: list[QueueStatus] = Field(max_length=len(get_args(Queue)))


GET_QUEUE_STATUS = ToolSpec(
    name="get_queue_status",
    description="How many conversations wait for a person in each queue, for how long, and how many were taken today.",
    arguments=GetQueueStatus,
    result=QueuesSeen,
    policy=ToolPolicy(agents=SUPERVISORS, timeout_seconds=5, audit_level="low"),
)


class GetSlaStatus(ToolArguments):
    ticket_id: Id | None = Field(None, description="A ticket of this customer; else that of this conversation.")


class SlaStatus(Record):
    ticket_id: str
    status: TicketStatus
    priority: Priority
    deadline: datetime = Field(description="When it should be solved: our goal, no promise.")
    minutes_left: int | None = Field(
        description="Negative if it is overdue; missing while we wait for the customer, and once it is solved."
    )
    breached: bool = Field(description="It is overdue now.")


GET_SLA_STATUS = ToolSpec(
    name="get_sla_status",
    description="By when a ticket of this customer should be solved, and whether it is overdue.",
    arguments=GetSlaStatus,
    result=SlaStatus,
    policy=ToolPolicy(
        agents=SUPERVISORS, timeout_seconds=5, audit_level="medium", identity=IdentityLevel.AUTHENTICATED
    ),
)


class GetSystemMetrics(ToolArguments):
    time_range: Period = PERIOD


class SystemMetrics(Record):
    """Sums over all conversations; nothing of any customer."""

    since: datetime
    conversations_opened: int
    conversations_closed: int
    customer_messages: int
    replies: int = Field(description="Of agents and people.")
    escalations: int
    handoffs: int = Field(description="How often a person was asked for.")
    tool_calls: int = Field(description="Those that ended, refused ones included.")
    tool_failures: int
    quality: float | None = Field(description="Mean score of the latest quality checks, 0 to 1; missing without any.")


GET_SYSTEM_METRICS = ToolSpec(
    name="get_system_metrics",
    description="How much happened in all conversations together: opened, closed, messages, escalations, tool calls.",
    arguments=GetSystemMetrics,
    result=SystemMetrics,
    policy=ToolPolicy(agents=SUPERVISORS, audit_level="low"),
)

TOOLS = (
    GET_AGENT_PERFORMANCE_DATA,
    CALCULATE_CUSTOMER_SATISFACTION,
    ESCALATE_TICKET,
    TRANSFER_TO_HUMAN_AGENT,
    GET_QUEUE_STATUS,
    GET_SLA_STATUS,
    GET_SYSTEM_METRICS,
)
