"""The Supervisor's tools."""

from datetime import UTC, datetime, time, timedelta
from typing import get_args

from activities.support_ports import Oversight, Performance
from activities.toolbox.binding import ToolContext, handles
from domain.devices import time_range
from domain.performance import AgentFigures
from domain.satisfaction import RECENT_DAYS, satisfaction
from domain.toolbox.oversight import (
    CALCULATE_CUSTOMER_SATISFACTION,
    ESCALATE_TICKET,
    GET_AGENT_PERFORMANCE_DATA,
    GET_QUEUE_STATUS,
    GET_SLA_STATUS,
    GET_SYSTEM_METRICS,
    TRANSFER_TO_HUMAN_AGENT,
    AgentPerformance,
    CalculateCustomerSatisfaction,
    CustomerSatisfaction,
    EscalateTicket,
    GetAgentPerformanceData,
    GetQueueStatus,
    GetSlaStatus,
    GetSystemMetrics,
    Queue,
    QueuesSeen,
    SlaStatus,
    SystemMetrics,
    TicketEscalated,
    TransferRequested,
    TransferToHumanAgent,
)


class OversightTools:
    def __init__(self, oversight: Oversight, performance: Performance) -> None:
        self._oversight = oversight
        self._performance = performance

    @handles(GET_AGENT_PERFORMANCE_DATA)
    async def get_agent_performance_data(
        self, arguments: GetAgentPerformanceData, context: ToolContext
    ) -> AgentPerformance:
        since = context.now - time_range(arguments.time_range)
        found = await self._performance.figures(since, context.now, arguments.agent_type)
        return AgentPerformance(since=since, agents=[_rounded(figures) for figures in found])

    @handles(CALCULATE_CUSTOMER_SATISFACTION)
    async def calculate_customer_satisfaction(
        self, arguments: CalculateCustomerSatisfaction, context: ToolContext
    ) -> CustomerSatisfaction:
        since = context.now - timedelta(days=RECENT_DAYS)
        facts = await self._oversight.satisfaction_facts(
            arguments.customer_id, context.request.conversation_id, since=since
        )
        return CustomerSatisfaction.model_validate(satisfaction(facts).model_dump())

    @handles(ESCALATE_TICKET)
    async def escalate_ticket(self, arguments: EscalateTicket, context: ToolContext) -> TicketEscalated:
        return await self._oversight.escalate(context.effect, arguments)

    @handles(TRANSFER_TO_HUMAN_AGENT)
    async def transfer_to_human_agent(self, arguments: TransferToHumanAgent, context: ToolContext) -> TransferRequested:
        return await self._oversight.request_person(context.effect, arguments)

    @handles(GET_QUEUE_STATUS)
    async def get_queue_status(self, arguments: GetQueueStatus, context: ToolContext) -> QueuesSeen:
        names = (arguments.queue,) if arguments.queue else get_args(Queue)
        today = datetime.combine(context.now.astimezone(UTC), time(), UTC)
        return QueuesSeen(queues=await self._oversight.queues(names, context.now, today=today))

    @handles(GET_SLA_STATUS)
    async def get_sla_status(self, arguments: GetSlaStatus, context: ToolContext) -> SlaStatus:
        request = context.request
        found = await self._oversight.ticket_deadline(request.customer_id, request.conversation_id, arguments.ticket_id)
        return SlaStatus(
            **found.model_dump(), minutes_left=found.minutes_left(context.now), breached=found.breached(context.now)
        )

    @handles(GET_SYSTEM_METRICS)
    async def get_system_metrics(self, arguments: GetSystemMetrics, context: ToolContext) -> SystemMetrics:
        since = context.now - time_range(arguments.time_range)
        found = await self._oversight.system_metrics(since, context.now)
        return found if found.quality is None else found.model_copy(update={"quality": round(found.quality, 3)})


def _rounded(figures: AgentFigures) -> AgentFigures:
    """Ten agents' figures with all their digits would be too much to read."""
    numbers = {name: round(value, 3) for name, value in figures.model_dump().items() if isinstance(value, float)}
    return figures.model_copy(update=numbers)
