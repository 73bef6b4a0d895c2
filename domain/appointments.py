"""When a technician comes and when we call back. All times are UTC until calendars come."""

from datetime import date, datetime, timedelta
from enum import StrEnum

VISIT_LEAD = timedelta(days=1)
"""Technicians know today's tour; tomorrow's can still change."""
VISIT_HORIZON = timedelta(days=28)
"""Shifts are planned so far ahead."""
VISITED_PRODUCTS = frozenset({"internet", "tv"})
"""What has something to mend at the customer's home."""

CALLBACK_LEAD = timedelta(minutes=15)
CALLBACK_HORIZON = timedelta(days=14)
CALLBACK_HOURS = range(8, 20)
CALLBACKS_AN_HOUR = 5
SATURDAY = 6


class TimeWindow(StrEnum):
    EARLY = "08-10"
    MORNING = "10-12"
    AFTERNOON = "13-15"
    LATE = "15-17"


def bookable_days(today: date) -> tuple[date, date]:
    """First and last day for which a visit can be booked.

    >>> bookable_days(date(2026, 11, 20))
    (datetime.date(2026, 11, 21), datetime.date(2026, 12, 18))
    """
    return today + VISIT_LEAD, today + VISIT_HORIZON


def why_no_visit(day: date, today: date) -> str | None:
    """What keeps a day from being booked, in words; None if nothing does."""
    first, last = bookable_days(today)
    if day < first:
        return f"Visits can be booked from {first} on."
    if day > last:
        return f"Visits can be booked up to {last}."
    return "No technician works on Sundays." if day.isoweekday() > SATURDAY else None


def why_no_callback(at: datetime, now: datetime) -> str | None:
    """What keeps us from calling at a time, in words; None if nothing does."""
    if at < now + CALLBACK_LEAD:
        return f"The earliest time is {now + CALLBACK_LEAD:%Y-%m-%d %H:%M} UTC."
    if at > now + CALLBACK_HORIZON:
        return f"The latest day is {now + CALLBACK_HORIZON:%Y-%m-%d}."
    if at.isoweekday() > SATURDAY or at.hour not in CALLBACK_HOURS:
        return f"We call Monday to Saturday, {CALLBACK_HOURS.start:02}:00 to {CALLBACK_HOURS.stop:02}:00 UTC."
    return None
