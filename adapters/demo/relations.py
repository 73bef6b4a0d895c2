"""Notes, opportunities and solved cases."""

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, LiteralString

from adapters.demo.content import HERE

TABLES: dict[str, LiteralString] = {
    "notes": "copy customer_notes (note_id, customer_id, category, note, agent, at) from stdin",
    "opportunities": """copy opportunities (opportunity_id, customer_id, title, stage, monthly_value, updated_at)
        from stdin""",
    "cases": """copy solved_cases (case_id, category, product_type, problem, resolution, closed_at)
        from stdin""",
}
NOTES = (
    ("CUST_001", "preference", "Prefers e-mail, works from home: no visits or restarts before 17:00.", 90),
    ("CUST_001", "billing", "Technician fee of August was our fault and was credited.", 120),
    ("CUST_003", "sales", "Runs a small agency, asked for a second line with its own address.", 30),
    ("CUST_012", "technical", "Router is on the second floor, the socket in the cellar.", 14),
    ("test_customer_123", "technical", "Uses an old mail program on two computers.", 25),
)
"""Customer, category, note, days ago."""
OPPORTUNITIES = (
    ("CUST_003", "Second business line", "open", "149.00", 30),
    ("CUST_010", "From Standard to Premium", "quoted", "15.00", 12),
    ("CUST_020", "TV Complete", "lost", "19.99", 60),
)
"""Customer, title, stage, monthly value, days ago."""
Rows = dict[str, list[Sequence[Any]]]


def rows(reference: date) -> Rows:
    def at(days_ago: int) -> datetime:
        return datetime.combine(reference - timedelta(days=days_ago), time(11), UTC)

    with (HERE / "cases.csv").open(newline="", encoding="utf-8") as file:
        cases = list(csv.DictReader(file))
    return {
        "notes": [
            (f"NOTE-{n}", customer, category, note, "human", at(days))
            for n, (customer, category, note, days) in enumerate(NOTES, start=101)
        ],
        "opportunities": [
            (f"OPP-{n}", customer, title, stage, value, at(days))
            for n, (customer, title, stage, value, days) in enumerate(OPPORTUNITIES, start=101)
        ],
        "cases": [
            (f"CASE-D{n:03}", c["category"], c["product_type"], c["problem"], c["resolution"], at(int(c["days_ago"])))
            for n, c in enumerate(cases, start=1)
        ],
    }
