"""Typed errors at Temporal's border: a stable ``type``, and a deliberate word on whether to try again."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.exceptions import ApplicationError

from domain.errors import SwitchboardError


@contextmanager
def as_application_error() -> Iterator[None]:
    """Turn our errors into ``ApplicationError`` with their ``type``; anything else is a bug and stays retryable.

    The text of foreign exceptions can hold customers' words and does not enter history.
    """
    try:
        yield
    except SwitchboardError as error:
        raise ApplicationError(error.message, type=error.type, non_retryable=not error.retryable) from None
    except ApplicationError:
        raise
    except Exception as error:  # noqa: BLE001 (this is the border: nothing foreign passes it)
        raise ApplicationError(type(error).__name__, type="internal") from None


@contextmanager
def as_retryable_error() -> Iterator[None]:
    """The same for what must happen in the end: every error is one to try again after."""
    try:
        with as_application_error():
            yield
    except ApplicationError as error:
        raise ApplicationError(error.message, type=error.type, non_retryable=False) from None
