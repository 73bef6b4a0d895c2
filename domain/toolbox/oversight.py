"""The Supervisor's tools: how agents do, how satisfied a customer is, and who should go on."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from domain.devices import time_range
from domain.identity import IdentityLevel
from domain.model import Record
from domain.performance import AgentFigures
from domain.state import AgentType, Risk, TicketStatus
from domain.toolbox.fields import CustomerId, Id, ToolArguments
from domain.tools import SideEffect, ToolPolicy, ToolSpec

SUPERVISORS = frozenset({AgentType.SUPERVISOR, AgentType.TIER3, AgentType.HUMAN})

Reason = Annotated[str, StringConstraints(min_length=3, max_length=300)]


def _bounded(text: str) -> str:
    time_range(text)
    return text


class GetAgentPerformanceData(ToolArguments):
    time_range: Annotated[Annotated[str, StringConstraints(max_length=6)], AfterValidator(_bounded)] = Field(
        "24h", description="Up to now: a number with m, h, d or w, at most 31d."
    )
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
    queue: Literal["general", "billing", "technical", "sales"] = "general"


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

TOOLS = (GET_AGENT_PERFORMANCE_DATA, CALCULATE_CUSTOMER_SATISFACTION, ESCALATE_TICKET, TRANSFER_TO_HUMAN_AGENT)
