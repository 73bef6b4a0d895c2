"""Cutting a storm of messages into payloads that Temporal takes (2 MB) and people can read."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel

RecordT = TypeVar("RecordT", bound=BaseModel)

BATCH_ITEMS = 50
BATCH_BYTES = 400_000
"""As JSON. A thought carries a message twice, as itself and as its event, and the state besides."""


def first_batch(items: Sequence[RecordT]) -> list[RecordT]:
    """The longest prefix within both limits, but at least one item if there is any."""
    taken = 0
    for index, item in enumerate(items if len(items) > 1 else ()):
        taken += len(item.model_dump_json().encode())
        if index and (index == BATCH_ITEMS or taken > BATCH_BYTES):
            return list(items[:index])
    return list(items)
