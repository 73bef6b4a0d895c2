"""How long a ticket may take: by priority, shortened for valued customers. Deadlines run on the wall clock until
calendars come."""

from datetime import datetime, timedelta

from domain.model import Record
from domain.state import CustomerTier, Priority, TicketStatus
from domain.tickets import SLA_PAUSED

AT_RISK_SHARE = 0.8
"""A ticket is at risk when this share of its time has passed (REQUIREMENTS)."""

RESOLUTION: dict[Priority, timedelta] = {
    Priority.CRITICAL: timedelta(hours=1),
    Priority.HIGH: timedelta(hours=4),
    Priority.MEDIUM: timedelta(hours=24),
    Priority.LOW: timedelta(hours=72),
}

TIER_SHARE: dict[CustomerTier, float] = {
    CustomerTier.PLATINUM: 0.5,
    CustomerTier.GOLD: 0.75,
    CustomerTier.SILVER: 1.0,
    CustomerTier.BRONZE: 1.0,
}


def sla_deadline(opened_at: datetime, priority: Priority, tier: CustomerTier, scale: float = 1.0) -> datetime:
    """When a ticket of this priority and tier must be resolved.

    >>> sla_deadline(datetime(2026, 1, 1), Priority.HIGH, CustomerTier.PLATINUM)
    datetime.datetime(2026, 1, 1, 2, 0)
    """
    return opened_at + RESOLUTION[priority] * TIER_SHARE[tier] * scale


def at_risk_instant(opened_at: datetime, deadline: datetime) -> datetime:
    return opened_at + (deadline - opened_at) * AT_RISK_SHARE


class TicketDeadline(Record):
    """A ticket as its clock sees it."""

    ticket_id: str
    status: TicketStatus
    priority: Priority
    deadline: datetime

    def minutes_left(self, now: datetime) -> int | None:
        """Whole minutes, negative after the deadline; None while the clock stands."""
        if self.status in SLA_PAUSED:
            return None
        return (self.deadline - now) // timedelta(minutes=1)

    def breached(self, now: datetime) -> bool:
        """Whether the ticket is overdue now."""
        return self.status not in SLA_PAUSED and now > self.deadline
