"""Which of a model's errors another attempt can mend."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import ModelFailed, ModelUnavailable, SwitchboardError

_PASSING_STATUS = frozenset({408, 409, 425, 429})
_SERVER_ERROR = 500
_FINAL = (TypeError, AttributeError, NotImplementedError)
"""Bugs: the same call fails in the same way. A ValueError may be one too, or an answer that was garbled on its way or
empty (langchain's words for that): it gets its few attempts."""


@contextmanager
def model_errors(label: str) -> Iterator[None]:
    """Turn whatever a model raises into ``ModelUnavailable`` or ``ModelFailed``.

    The new error's text names only the model and the kind of error: providers quote prompts in theirs.
    """
    try:
        yield
    except (SwitchboardError, asyncio.CancelledError):
        raise
    except Exception as error:
        said = f"{label}: {type(error).__name__}"
        raise (ModelUnavailable(said) if _may_pass(error) else ModelFailed(said)) from error


def _may_pass(error: Exception) -> bool:
    if isinstance(error, TimeoutError | OSError):
        return True
    status = _status(error)
    if status is not None:
        return status in _PASSING_STATUS or status >= _SERVER_ERROR
    declared = getattr(error, "is_retryable", None)
    if isinstance(declared, bool):
        return declared
    return not isinstance(error, _FINAL)


def _status(error: Exception) -> int | None:
    """The HTTP status, where the client libraries of the providers keep it."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "code"):
            value = getattr(holder, name, None)
            if isinstance(value, int) and not isinstance(value, bool):
                return int(value)
    return None
