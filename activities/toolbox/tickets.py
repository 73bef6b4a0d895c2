"""Tools that keep the books of a contact."""

from activities.ports import Metrics, Notifier, Tickets
from activities.toolbox.binding import ToolContext, handles
from domain.toolbox.tickets import (
    LOG_INTERACTION_METRICS,
    SEND_CUSTOMER_NOTIFICATION,
    UPDATE_TICKET_STATUS,
    LogInteractionMetrics,
    MetricsLogged,
    NotificationQueued,
    SendCustomerNotification,
    TicketUpdated,
    UpdateTicketStatus,
)


class TicketTools:
    def __init__(self, tickets: Tickets, notifier: Notifier, metrics: Metrics) -> None:
        self._tickets = tickets
        self._notifier = notifier
        self._metrics = metrics

    @handles(UPDATE_TICKET_STATUS)
    async def update_ticket_status(self, arguments: UpdateTicketStatus, context: ToolContext) -> TicketUpdated:
        return await self._tickets.change_status(context.effect, arguments.ticket_id, arguments.status, arguments.note)

    @handles(SEND_CUSTOMER_NOTIFICATION)
    async def send_customer_notification(
        self, arguments: SendCustomerNotification, context: ToolContext
    ) -> NotificationQueued:
        return await self._notifier.send(context.effect, arguments)

    @handles(LOG_INTERACTION_METRICS)
    async def log_interaction_metrics(self, arguments: LogInteractionMetrics, context: ToolContext) -> MetricsLogged:
        return await self._metrics.record(context.effect, arguments.metrics)
