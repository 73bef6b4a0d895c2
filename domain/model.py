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
