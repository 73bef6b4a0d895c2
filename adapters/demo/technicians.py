"""Technicians, when they work, and the visits that are booked already."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, LiteralString

TABLES: dict[str, LiteralString] = {
    "technicians": "copy technicians (technician_id, name, area, skills) from stdin",
    "shifts": "copy technician_shifts (technician_id, weekday, time_window) from stdin",
    "visits": """copy technician_visits (visit_id, technician_id, customer_id, product_type, visit_date, time_window,
        issue, booked_at) from stdin""",
}
WINDOWS = ("08-10", "10-12", "13-15", "15-17")
SATURDAY = 6
TECHNICIANS = (
    ("TECH-01", "Ruth Adler", "north", ["internet", "tv"]),
    ("TECH-02", "Bruno Costa", "north", ["internet"]),
    ("TECH-03", "Mei Lin", "east", ["internet", "tv"]),
    ("TECH-04", "Paul Hertz", "east", ["internet"]),
    ("TECH-05", "Sara Jensen", "south", ["internet", "tv"]),
    ("TECH-06", "Ivan Dimitrov", "south", ["internet"]),
    ("TECH-07", "Nadia Saleh", "west", ["internet", "tv"]),
    ("TECH-08", "Tomas Virtanen", "west", ["internet"]),
)
VISITS = (
    ("VISIT-101", "TECH-07", "CUST_007", "internet", 4, "08-10", "No synchronisation since the storm."),
    ("VISIT-102", "TECH-08", "CUST_011", "internet", 4, "08-10", "Socket is loose."),
    ("VISIT-103", "TECH-05", "CUST_042", "tv", 4, "10-12", "No signal at the second socket."),
)
"""Days after the reference day. On the fourth, nobody is free in the west from 8 to 10."""
Rows = dict[str, list[Sequence[Any]]]


def rows(reference: date) -> Rows:
    booked_at = datetime.combine(reference, time(9), UTC)
    return {
        "technicians": list(TECHNICIANS),
        "shifts": [
            (technician_id, weekday, window)
            for technician_id, _, _, skills in TECHNICIANS
            for weekday in range(1, SATURDAY + 1)
            for window in WINDOWS
            if weekday < SATURDAY or ("tv" in skills and window < "13")
        ],
        "visits": [
            (visit_id, technician, customer, product, reference + timedelta(days=days), window, issue, booked_at)
            for visit_id, technician, customer, product, days, window, issue in VISITS
        ],
    }
