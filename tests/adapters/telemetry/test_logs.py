"""What stands in a log line, and above all what does not."""

import asyncio
import io
import json
import logging

import pytest
import structlog
from pydantic import BaseModel, ValidationError

from adapters.telemetry.logs import configure_logging, log_context

pytestmark = pytest.mark.unit

WORDS = "my card number is 4111"


class Strict(BaseModel):
    number: int


@pytest.fixture
def lines():
    written = io.StringIO()
    configure_logging("INFO", process="worker", stream=written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    forget_configuration()


def forget_configuration():
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if type(handler).__module__ == "adapters.telemetry.logs"]:
        root.removeHandler(handler)
    root.setLevel(logging.WARNING)
    structlog.reset_defaults()


def fail(error: Exception) -> None:
    raise error


def invalid() -> ValidationError:
    try:
        Strict.model_validate({"number": WORDS})
    except ValidationError as error:
        return error
    raise AssertionError


def test_every_line_has_both_ids(lines):
    structlog.get_logger("a").info("outside")
    with log_context(conversation_id="c-1", trace_id="t-1"):
        structlog.get_logger("a").info("inside", seconds=1.5)
        with log_context(trace_id="t-2"):
            logging.getLogger("psycopg.pool").warning("deeper %s", "x")
    outside, inside, deeper = lines()
    assert (outside["conversation_id"], outside["trace_id"]) == ("", "")
    assert (inside["conversation_id"], inside["trace_id"], inside["seconds"]) == ("c-1", "t-1", 1.5)
    assert (deeper["conversation_id"], deeper["trace_id"], deeper["event"]) == ("c-1", "t-2", "deeper x")
    assert {line["process"] for line in (outside, inside, deeper)} == {"worker"}
    assert inside["level"] == "info"
    assert inside["logger"] == "a"
    assert inside["at"].endswith("Z")


def test_an_exception_is_its_types_and_places_not_its_text(lines):
    error = RuntimeError(WORDS)
    error.__cause__ = invalid()
    try:
        fail(error)
    except RuntimeError:
        structlog.get_logger("a").exception("step failed")
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    for line in lines():
        assert line["exception"] == "RuntimeError <- ValidationError"
        assert any(frame.startswith("test_logs.py:") for frame in line["frames"])
        assert WORDS not in json.dumps(line)


@pytest.mark.parametrize("name", ["temporalio.worker._activity", "temporalio.core", "asyncio"])
def test_libraries_that_print_exceptions_are_reduced_to_a_place(lines, name):
    logging.getLogger(name).error("Completing as failure with %r", WORDS, exc_info=ValueError(WORDS))
    (line,) = lines()
    assert WORDS not in json.dumps(line)
    assert "test_logs.py" in line["event"]
    assert line["exception"] == "ValueError"


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_the_token_in_a_websockets_address_is_not_told(lines, level):
    logging.getLogger().setLevel(level)
    logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "127.0.0.1:1", "/ws?access_token=eyJ")
    assert lines() == []


async def test_a_forgotten_task_does_not_tell_what_it_died_of(lines):
    async def dies():
        raise ValueError(WORDS)

    task = asyncio.create_task(dies())
    await asyncio.wait([task])
    asyncio.get_running_loop().default_exception_handler({"message": f"never retrieved {task!r}", "future": task})
    assert WORDS not in json.dumps(lines())


def test_ids_that_the_sdk_knows_become_fields(lines):
    known = {"workflow_id": "conversation-c-1", "activity_type": "think", "attempt": 2, "workflow_run_id": "r"}
    logging.getLogger("temporalio.activity").warning("x", extra={"temporal_activity": known})
    (line,) = lines()
    assert (line["workflow_id"], line["activity_type"], line["attempt"]) == ("conversation-c-1", "think", 2)


def test_at_debug_everything_is_told():
    written = io.StringIO()
    configure_logging("DEBUG", stream=written)
    structlog.get_logger("a").debug("heard", message=WORDS)
    structlog.get_logger("a").error("failed", exc_info=ValueError(WORDS))
    forget_configuration()
    assert written.getvalue().count(WORDS) == 2


def test_a_line_below_the_level_costs_nothing_and_shows_nothing(lines):
    structlog.get_logger("a").debug("quiet")
    logging.getLogger("httpx").info("GET http://x/?token=secret")
    assert lines() == []
