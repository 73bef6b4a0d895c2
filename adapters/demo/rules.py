"""What law and house rules demand."""

import csv
from collections.abc import Sequence
from datetime import date
from typing import Any, LiteralString

from adapters.demo.content import HERE

TABLES: dict[str, LiteralString] = {
    "rules": "copy compliance_rules (rule_id, topic, source, requirement, fact, next_step) from stdin"
}


def rows(_reference: date) -> dict[str, list[Sequence[Any]]]:
    """The same on every day."""
    with (HERE / "rules.csv").open(newline="", encoding="utf-8") as file:
        return {"rules": [tuple(row.values()) for row in csv.DictReader(file)]}
