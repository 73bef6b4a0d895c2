"""Structured logs: one JSON object a line, conversation id and trace id on each, and no customer's words above DEBUG.

Our code logs with ``structlog.get_logger()``. Everything that logs through the standard library (the Temporal SDK,
uvicorn, psycopg) is rendered the same way. Exception texts can quote what a customer wrote (a pydantic error prints its
input), so above DEBUG an exception is reduced to its types and the places it passed.
"""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO, cast

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

UNTRUSTED_LOGGERS = ("temporalio", "asyncio", "concurrent.futures")
"""Libraries that format exceptions or payloads into their messages; only the place of such a record is logged."""
# uvicorn tells of each WebSocket on its error log, with the address and so with the token in it.
QUIET_LOGGERS = ("httpx", "httpcore", "uvicorn.access", "uvicorn.error", "urllib3", "google")
"""Libraries whose INFO lines repeat what we log, or hold URLs with tokens."""
FRAMES_KEPT = 8

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure_logging(
    level: str = "INFO", log_format: str = "json", *, process: str = "", stream: TextIO | None = None
) -> None:
    """Send every log line of this process to ``stream`` (standard error) in one shape.

    ``process`` ("api", "worker") is put on each line.
    """
    numeric = logging.getLevelNamesMapping()[level]
    shared = _shared_processors(process, verbose=numeric <= logging.DEBUG)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    _take_over_standard_logging(numeric, _formatter(shared, log_format), stream or sys.stderr)


@contextmanager
def log_context(*, conversation_id: str = "", trace_id: str = "") -> Iterator[None]:
    """Put these ids on every line logged inside the block; an empty one leaves the outer value."""
    known = {"conversation_id": conversation_id, "trace_id": trace_id}
    with structlog.contextvars.bound_contextvars(**{key: value for key, value in known.items() if value}):
        yield


def _shared_processors(process: str, *, verbose: bool) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _Ids(process),
        structlog.processors.format_exc_info if verbose else exception_without_words,
    ]


def _formatter(shared: list[Processor], log_format: str) -> logging.Formatter:
    last: Processor = (
        structlog.dev.ConsoleRenderer() if log_format == "console" else structlog.processors.JSONRenderer()
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[place_instead_of_message, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    )


def _take_over_standard_logging(level: int, formatter: logging.Formatter, stream: TextIO) -> None:
    root = logging.getLogger()
    for earlier in [handler for handler in root.handlers if isinstance(handler, _Lines)]:
        root.removeHandler(earlier)
    handler = _Lines(stream)
    handler.setFormatter(formatter)
    root.addHandler(handler)
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


class _Lines(logging.StreamHandler):
    """Ours, so that configuring twice does not write twice."""


class _Ids:
    """Both ids on every line, empty when there is none, so that a search by field never misses a line."""

    def __init__(self, process: str) -> None:
        self._process = process

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("conversation_id", "")
        event.setdefault("trace_id", "")
        if self._process:
            event["process"] = self._process
        return event


def place_instead_of_message(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace the text of an untrusted library's record by the place in its source that logged it.

    Ids that the Temporal SDK adds are kept as fields. Our own ``workflow.logger`` calls pass: their file is ours.
    """
    record = cast(logging.LogRecord, event["_record"])
    if record.levelno > logging.DEBUG and _untrusted(record):
        event["event"] = f"{record.name} {Path(record.pathname).name}:{record.lineno} {record.funcName}"
        core = getattr(record, "temporal_log", None)
        if core is not None:
            event["event"] = f"temporal core: {core.target}"
    event.update(_temporal_ids(record))
    return event


def _untrusted(record: logging.LogRecord) -> bool:
    if not record.name.split(".")[0].startswith(UNTRUSTED_LOGGERS):
        return False
    ours = record.name in ("temporalio.workflow", "temporalio.activity")
    return not (ours and "temporalio" not in Path(record.pathname).parts)


def _temporal_ids(record: logging.LogRecord) -> dict[str, Any]:
    found = getattr(record, "temporal_activity", None) or getattr(record, "temporal_workflow", None) or {}
    return {key: found[key] for key in ("workflow_id", "workflow_type", "activity_type", "attempt") if key in found}


def exception_without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace ``exc_info`` by ``exception``: types from the outermost to the root cause, and the innermost frames."""
    info = _exc_info(event.pop("exc_info", None))
    if info is not None:
        event["exception"] = " <- ".join(type(error).__name__ for error in _chain(info[1]))
        event["frames"] = _frames(info[2])
    return event


def _exc_info(given: object) -> ExcInfo | None:
    if isinstance(given, BaseException):
        return type(given), given, given.__traceback__
    if isinstance(given, tuple) and given[0] is not None:
        return cast(ExcInfo, given)
    if not given or isinstance(given, tuple):
        return None
    current = sys.exc_info()
    return cast(ExcInfo, current) if current[0] is not None else None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-FRAMES_KEPT:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
