"""Cutting a storm of messages into payloads that Temporal takes (2 MB) and people can read."""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

BATCH_ITEMS = 50
BATCH_CHARACTERS = 100_000
"""With four bytes a character, 0.4 MB: the rest of a payload has room."""


def first_batch(items: Sequence[T], length: Callable[[T], int]) -> list[T]:
    """The longest prefix within both limits, but at least one item if there is any."""
    taken = 0
    for index, item in enumerate(items):
        taken += length(item)
        if index and (index == BATCH_ITEMS or taken > BATCH_CHARACTERS):
            return list(items[:index])
    return list(items)
