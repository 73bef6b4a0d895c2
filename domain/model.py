"""The base of every record that crosses a boundary."""

from typing import Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict

T = TypeVar("T")


class Record(BaseModel):
    """An immutable value: a message, a result, an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class MutableRecord(BaseModel):
    """State that its owner changes in place."""

    model_config = ConfigDict(extra="ignore", validate_assignment=False)


def cap(limit: int) -> Any:
    """Annotation for a list that keeps only its newest ``limit`` items, however it is built."""

    def newest(items: list[T]) -> list[T]:
        return items[-limit:]

    return AfterValidator(newest)


def is_none(value: object) -> bool:
    """For ``exclude_if``: what rides in every thought's input leaves out what says nothing."""
    return value is None


def is_empty(value: object) -> bool:
    """As ``is_none``, for zero and for empty lists."""
    return not value
