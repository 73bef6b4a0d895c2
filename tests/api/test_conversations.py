import gc

import pytest
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from api import conversations
from api.conversations import Owners, Turnstile, UnknownWorkflow, engine_errors, patiently
from api.problems import EngineUnavailable
from domain.errors import ClaimRefused, LogUnavailable, UnknownConversation
from tests.api.logbook import Logbook

pytestmark = pytest.mark.unit


def rpc(status: RPCStatusCode, message: str = "details that stay here") -> RPCError:
    return RPCError(message, status, b"")


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (rpc(RPCStatusCode.NOT_FOUND), UnknownWorkflow),
        (rpc(RPCStatusCode.UNAVAILABLE), EngineUnavailable),
        (rpc(RPCStatusCode.DEADLINE_EXCEEDED), EngineUnavailable),
        (rpc(RPCStatusCode.RESOURCE_EXHAUSTED), EngineUnavailable),
        (rpc(RPCStatusCode.FAILED_PRECONDITION), EngineUnavailable),
        (rpc(RPCStatusCode.INVALID_ARGUMENT), RPCError),
        (WorkflowUpdateRPCTimeoutOrCancelledError(), EngineUnavailable),
        (RuntimeError("Failed client connect: refused"), EngineUnavailable),
        (RuntimeError("a bug"), RuntimeError),
        (ValueError("a bug"), ValueError),
    ],
)
def test_temporals_errors_are_told_apart(raised, expected):
    with pytest.raises(expected) as told, engine_errors():
        raise raised
    if expected is EngineUnavailable:
        assert "details" not in told.value.message


def test_what_is_known_of_owners_is_bounded():
    owners = Owners(limit=2)
    for number in range(3):
        owners.put(f"c-{number}", "CUST_001")
    assert [owners.get(f"c-{number}") for number in range(3)] == [None, "CUST_001", "CUST_001"]


class Calls:
    """A call that fails so many times first."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.count = 0

    async def __call__(self) -> str:
        self.count += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


@pytest.fixture
def no_pause(monkeypatch):
    monkeypatch.setattr(conversations, "UPDATE_PAUSE_SECONDS", 0.0)


async def test_the_limit_of_updates_in_flight_is_waited_out(no_pause):
    aborted = rpc(RPCStatusCode.UNAVAILABLE, "workflow update was aborted")
    call = Calls(*(rpc(RPCStatusCode.RESOURCE_EXHAUSTED) for _ in range(3)), aborted)
    assert await patiently(call, ClaimRefused) == "done"
    assert call.count == 5


async def test_not_for_ever(no_pause):
    call = Calls(*(rpc(RPCStatusCode.RESOURCE_EXHAUSTED) for _ in range(1_000)))
    with pytest.raises(EngineUnavailable):
        await patiently(call, ClaimRefused)
    assert call.count == conversations.UPDATE_TRIES


async def test_an_outage_is_not_waited_out(no_pause):
    call = Calls(rpc(RPCStatusCode.UNAVAILABLE))
    with pytest.raises(EngineUnavailable):
        await patiently(call, ClaimRefused)
    assert call.count == 1


@pytest.mark.parametrize(
    ("error_type", "expected"),
    [("claim-refused", ClaimRefused), ("AcceptedUpdateCompletedWorkflow", EngineUnavailable)],
)
async def test_a_refusal_keeps_its_type_and_words(error_type, expected):
    failed = WorkflowUpdateFailedError(ApplicationError("Somebody was faster.", type=error_type))
    with pytest.raises(expected) as refused:
        await patiently(Calls(failed), ClaimRefused)
    assert expected is not ClaimRefused or refused.value.message == "Somebody was faster."


def test_the_turnstile_has_one_lock_a_conversation_and_forgets_it_after_use():
    turnstile = Turnstile()
    lock = turnstile.of("c-1")
    assert turnstile.of("c-1") is lock
    assert turnstile.of("c-2") is not lock
    del lock
    gc.collect()
    assert len(turnstile._locks) == 0


class AwayClient:
    """Temporal, away."""

    def get_workflow_handle_for(self, *_):
        return self

    async def describe(self, **_):
        raise rpc(RPCStatusCode.UNAVAILABLE)


async def test_a_conversation_is_unknown_only_when_both_have_been_asked():
    log = Logbook()
    subject = conversations.TemporalConversations(AwayClient(), log, task_queue="q", policy=None)  # type: ignore[arg-type]
    with pytest.raises(EngineUnavailable):
        await subject.owner_of("c-1")
    log.away = True
    with pytest.raises(LogUnavailable):
        await subject.owner_of("c-1")
    assert not issubclass(EngineUnavailable, UnknownConversation)
