"""Tickets, the outbox of notifications, and figures, on our own tables."""

from collections.abc import Sequence
from typing import Any

from activities.ports import Effect, NewTicket
from adapters.postgres.database import Connection, Database, fetch_row
from domain.errors import NotFound, StatusRefused, UnknownCustomer
from domain.masking import mask_text
from domain.state import Ticket, TicketStatus
from domain.tickets import TRANSITIONS, may_change
from domain.toolbox.tickets import Metric, MetricsLogged, NotificationQueued, SendCustomerNotification, TicketUpdated

_OPEN = """
insert into tickets (ticket_id, conversation_id, customer_id, status, priority, category, subcategory, description,
                     tags, created_at, updated_at, sla_deadline)
values (%(ticket_id)s, %(conversation_id)s, %(customer_id)s, 'new', %(priority)s, %(category)s, %(subcategory)s,
        %(description)s, %(tags)s, %(created_at)s, %(updated_at)s, %(sla_deadline)s)
on conflict (ticket_id) do nothing
"""
_TICKET = """
select ticket_id, priority, category, subcategory, description, tags, created_at, updated_at, sla_deadline
from tickets where ticket_id = %(ticket_id)s
"""
_CHANGE = """
with changed as (
    update tickets set status = %(status)s, updated_at = greatest(updated_at, %(at)s)
    where ticket_id = %(ticket_id)s returning updated_at
)
insert into ticket_changes (ticket_id, previous, status, note, agent, effect_key, at)
select %(ticket_id)s, %(previous)s, %(status)s, %(note)s, %(agent)s, %(key)s, updated_at from changed
returning at as updated_at
"""
_QUEUE = """
insert into notifications (customer_id, conversation_id, channel, recipient, subject, body, effect_key, created_at)
select customer_id, %(conversation_id)s, %(channel)s, case when %(channel)s = 'email' then email else phone end,
       %(subject)s, %(message)s, %(key)s, %(at)s
from customers where customer_id = %(customer_id)s
returning notification_id, channel, recipient, status
"""
_WITHDRAW = """
update notifications set status = 'withdrawn'
where notification_id = %(notification_id)s and status = 'queued' returning notification_id
"""
# Not by the effect's key: that is its first notification's.
_CORRECT = """
insert into notifications (customer_id, conversation_id, channel, recipient, subject, body, created_at)
select customer_id, conversation_id, channel, recipient, %(subject)s, %(message)s, clock_timestamp()
from notifications where notification_id = %(notification_id)s
"""
_METRIC = """
insert into interaction_metrics (conversation_id, customer_id, agent, name, value, effect_key, at)
values (%(conversation_id)s, %(customer_id)s, %(agent)s, %(name)s, %(value)s, %(key)s, %(at)s)
"""


class PostgresTickets:
    """Implements ``activities.ports.Tickets``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, new: NewTicket) -> Ticket:
        values = new.model_dump(exclude={"ticket"}) | new.ticket.model_dump()
        async with self._database.connection() as connection:
            await connection.execute(_OPEN, values)
            row = await fetch_row(connection, _TICKET, {"ticket_id": new.ticket.ticket_id})
        return Ticket.model_validate(row)

    async def change_status(self, effect: Effect, ticket_id: str, status: TicketStatus, note: str) -> TicketUpdated:
        async def change(connection: Connection) -> TicketUpdated:
            previous = await _locked_status(connection, effect.customer_id, ticket_id)
            if previous != status and not may_change(previous, status):
                raise StatusRefused(_refusal(previous, status))
            values = {"ticket_id": ticket_id, "previous": previous, "status": status, "note": note}
            row = await fetch_row(connection, _CHANGE, effect.model_dump() | values)
            assert row is not None, "the ticket's row is locked"
            return TicketUpdated(
                ticket_id=ticket_id, previous_status=previous, status=status, updated_at=row["updated_at"]
            )

        return await self._database.once(effect, TicketUpdated, change)


class PostgresNotifier:
    """Implements ``activities.ports.Notifier``: queues in the outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, effect: Effect, notification: SendCustomerNotification) -> NotificationQueued:
        return await self._database.once(
            effect, NotificationQueued, lambda connection: queue_notification(connection, effect, notification)
        )


class PostgresMetrics:
    """Implements ``activities.ports.Metrics``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, effect: Effect, metrics: Sequence[Metric]) -> MetricsLogged:
        values: list[dict[str, Any]] = [effect.model_dump() | metric.model_dump() for metric in metrics]

        async def write(connection: Connection) -> MetricsLogged:
            await connection.cursor().executemany(_METRIC, values)
            return MetricsLogged(logged=len(values))

        return await self._database.once(effect, MetricsLogged, write)


async def queue_notification(
    connection: Connection, effect: Effect, notification: SendCustomerNotification
) -> NotificationQueued:
    """Put it into the outbox, as part of a larger effect; one an effect. Raises UnknownCustomer."""
    row = await fetch_row(connection, _QUEUE, effect.model_dump() | notification.model_dump())
    if row is None:
        raise UnknownCustomer(effect.customer_id)
    return NotificationQueued.model_validate(row | {"recipient": mask_text(row["recipient"])})


async def withdraw_notification(
    connection: Connection, notification_id: str, correction: SendCustomerNotification
) -> None:
    """Take it out of the outbox; if it has left already, send the correction after it."""
    if await fetch_row(connection, _WITHDRAW, {"notification_id": notification_id}) is None:
        await connection.execute(_CORRECT, correction.model_dump() | {"notification_id": notification_id})


async def _locked_status(connection: Connection, customer_id: str, ticket_id: str) -> TicketStatus:
    row = await fetch_row(
        connection,
        "select status from tickets where ticket_id = %(ticket_id)s and customer_id = %(customer_id)s for update",
        {"ticket_id": ticket_id, "customer_id": customer_id},
    )
    if row is None:
        raise NotFound(f"There is no ticket {ticket_id} of this customer. Use the ticket of this conversation.")
    return TicketStatus(row["status"])


def _refusal(previous: TicketStatus, wanted: TicketStatus) -> str:
    allowed = ", ".join(sorted(TRANSITIONS[previous]))
    return f"A ticket that is {previous} cannot become {wanted}. Possible now: {allowed}."
