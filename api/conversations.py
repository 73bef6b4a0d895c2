"""Conversations as the API drives them: HTTP's verbs on one side, the workflow's signals, updates and queries on the
other. No rule of the business is here; the workflow refuses what must be refused."""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, TypeVar
from uuid import uuid4
from weakref import WeakValueDictionary

from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import QueryRejectCondition, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.ports import ConversationRecord, Log
from api.problems import EngineUnavailable, KeyReused
from domain.carry import ENGINE, ConversationInput
from domain.errors import (
    ClaimRefused,
    LogUnavailable,
    NotOwner,
    SurveyClosed,
    SwitchboardError,
    UnknownConversation,
)
from domain.events import SurveyAnswered
from domain.ids import (
    claim_event_id,
    completion_event_id,
    message_event_id,
    person_event_id,
    survey_answer_event_id,
)
from domain.messages import (
    ClaimResult,
    CustomerMessage,
    EnginePolicy,
    HandoffClaim,
    HandoffCompletion,
    HandoffEnded,
    PersonMessage,
    PersonSaid,
)
from domain.state import AgentState, Priority
from domain.survey import Rating, SurveyRecorded
from workflows import search_attributes
from workflows.conversation import ConversationWorkflow
from workflows.ids import conversation_workflow_id
from workflows.options import WORKFLOW_TASK_TIMEOUT

RPC_TIMEOUT = timedelta(seconds=5)
"""Long enough for a server that is busy, short enough for a client that waits."""
UPDATE_TIMEOUT = timedelta(seconds=15)
"""A claim returns once it is in the log, which may take a worker's restart (PRD [1046]: 15 s at most)."""
QUERY_TIMEOUT = timedelta(seconds=2)
UPDATE_TRIES = 8
UPDATE_PAUSE_SECONDS = 0.1
"""Doubled with each try, up to 12 s in all. Update ids are stable, so asking again is always safe."""
OWNERS_REMEMBERED = 50_000

OWNER_MEMO = "customer_id"
REQUEST_MEMO = "request"
"""Memo fields: whose conversation it is, and a fingerprint of the request that created it."""

ResultT = TypeVar("ResultT")
PlacedT = TypeVar("PlacedT", ClaimResult, PersonSaid, HandoffEnded, SurveyRecorded)


class Conversations(Protocol):
    """Every method raises ``EngineUnavailable`` when Temporal cannot take the request."""

    async def start(self, start: ConversationInput, fingerprint: str) -> bool:
        """Start it; False if one of this id exists already. Raises ``KeyReused`` if that came from another request."""
        ...

    async def owner_of(self, conversation_id: str) -> str:
        """The customer's id. Raises ``UnknownConversation``."""
        ...

    async def post(self, conversation_id: str, message: CustomerMessage) -> None:
        """Hand over a customer's message; a closed conversation is reopened. Raises ``UnknownConversation``."""
        ...

    async def say_as_person(self, conversation_id: str, message: PersonMessage) -> PersonSaid:
        """Raises ``NotOwner``, ``UnknownConversation``."""
        ...

    async def claim(self, conversation_id: str, claim: HandoffClaim) -> ClaimResult:
        """Raises ``ClaimRefused``, ``UnknownConversation``."""
        ...

    async def complete_handoff(self, conversation_id: str, completion: HandoffCompletion) -> HandoffEnded:
        """Raises ``NotOwner``, ``UnknownConversation``."""
        ...

    async def answer_survey(self, conversation_id: str, rating: Rating) -> SurveyRecorded:
        """The same answer again gets the same result. Raises ``SurveyClosed``, ``UnknownConversation``."""
        ...

    async def state(self, conversation_id: str) -> AgentState:
        """The live state, or the stored one of a conversation that does not run. Raises ``UnknownConversation``."""
        ...

    async def live_state(self, conversation_id: str) -> tuple[AgentState, int]:
        """State and last seq from the running workflow alone. Raises ``UnknownConversation`` if none runs."""
        ...


@dataclass
class Owners:
    """Whose conversation is whose. It never changes, so what is known stays known; the oldest are forgotten first."""

    limit: int = OWNERS_REMEMBERED
    _known: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def get(self, conversation_id: str) -> str | None:
        return self._known.get(conversation_id)

    def put(self, conversation_id: str, customer_id: str) -> None:
        self._known[conversation_id] = customer_id
        while len(self._known) > self.limit:
            self._known.popitem(last=False)


class Turnstile:
    """Lets one update of a conversation through at a time.

    Temporal takes ten at once, and refusing the eleventh makes server 1.29 forget the other ten as well: twenty people
    who claim and ask again at once would keep each other out for as long as they try.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, conversation_id: str) -> asyncio.Lock:
        lock = self._locks.get(conversation_id)
        if lock is None:
            lock = self._locks[conversation_id] = asyncio.Lock()
        return lock


class TemporalConversations:
    def __init__(self, client: Client, log: Log, *, task_queue: str, policy: EnginePolicy) -> None:
        self._client = client
        self._log = log
        self._task_queue = task_queue
        self._policy = policy
        self._owners = Owners()
        self._turnstile = Turnstile()

    async def start(self, start: ConversationInput, fingerprint: str) -> bool:
        start = start.model_copy(update={"policy": self._policy})
        try:
            with engine_errors():
                await self._client.start_workflow(
                    ConversationWorkflow.run,
                    start,
                    id=conversation_workflow_id(start.conversation_id),
                    task_queue=self._task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    memo={OWNER_MEMO: start.customer_id, REQUEST_MEMO: fingerprint},
                    search_attributes=search_attributes.at_start(start.channel, start.priority),
                    static_summary=f"A customer's conversation, by {start.channel}",
                    task_timeout=WORKFLOW_TASK_TIMEOUT,
                    rpc_timeout=RPC_TIMEOUT,
                )
        except WorkflowAlreadyStartedError:
            await self._check_same_request(start.conversation_id, fingerprint)
            return False
        self._owners.put(start.conversation_id, start.customer_id)
        return True

    async def owner_of(self, conversation_id: str) -> str:
        owner = self._owners.get(conversation_id)
        if owner is None:
            owner = await self._find_owner(conversation_id)
            self._owners.put(conversation_id, owner)
        return owner

    async def post(self, conversation_id: str, message: CustomerMessage) -> None:
        try:
            with engine_errors():
                await self._handle(conversation_id).signal(
                    ConversationWorkflow.customer_message, message, rpc_timeout=RPC_TIMEOUT
                )
        except UnknownWorkflow:
            record = await self._registered(conversation_id)
            # Nothing of a closed conversation is unanswered: a repeat of an old message must not wake it.
            logged = message_event_id(message.message_id)
            if record.closed_at is None or await self._log.seq_of(conversation_id, logged) is None:
                await self._reopen(record, message)

    async def say_as_person(self, conversation_id: str, message: PersonMessage) -> PersonSaid:
        handle = self._handle(conversation_id)
        said = await self._update(
            conversation_id,
            lambda: handle.execute_update(
                ConversationWorkflow.say_as_person, message, id=message.message_id, rpc_timeout=UPDATE_TIMEOUT
            ),
            NotOwner,
        )
        return await self._placed(said, conversation_id, person_event_id(message.message_id))

    async def claim(self, conversation_id: str, claim: HandoffClaim) -> ClaimResult:
        handle = self._handle(conversation_id)
        update_id = f"{claim.handoff_id}.claim.{claim.person_id}"
        claimed = await self._update(
            conversation_id,
            lambda: handle.execute_update(ConversationWorkflow.claim, claim, id=update_id, rpc_timeout=UPDATE_TIMEOUT),
            ClaimRefused,
        )
        return await self._placed(claimed, conversation_id, claim_event_id(claim.handoff_id))

    async def complete_handoff(self, conversation_id: str, completion: HandoffCompletion) -> HandoffEnded:
        handle = self._handle(conversation_id)
        update_id = f"{completion.handoff_id}.{completion.outcome}.{completion.person_id}"
        ended = await self._update(
            conversation_id,
            lambda: handle.execute_update(
                ConversationWorkflow.complete_handoff, completion, id=update_id, rpc_timeout=UPDATE_TIMEOUT
            ),
            NotOwner,
        )
        return await self._placed(ended, conversation_id, completion_event_id(completion.handoff_id))

    async def answer_survey(self, conversation_id: str, rating: Rating) -> SurveyRecorded:
        handle, update_id = self._handle(conversation_id), f"survey-{uuid4().hex}"
        try:
            recorded = await self._update(
                conversation_id,
                lambda: handle.execute_update(
                    ConversationWorkflow.answer_survey, rating, id=update_id, rpc_timeout=UPDATE_TIMEOUT
                ),
                SurveyClosed,
            )
        except SurveyClosed:
            # The conversation ends with the answer: whoever repeats it then finds it in the log alone.
            logged = await self._log.survey_answer(conversation_id)
            if logged is None or not isinstance(logged.event, SurveyAnswered) or logged.event.rating != rating:
                raise
            return SurveyRecorded(survey_id=logged.event.survey_id, seq=logged.seq)
        return await self._placed(recorded, conversation_id, survey_answer_event_id(recorded.survey_id))

    async def _placed(self, result: PlacedT, conversation_id: str, event_id: str) -> PlacedT:
        """The result with its own event's seq: the workflow knows how far the log goes, not what stands where."""
        with suppress(LogUnavailable):
            seq = await self._log.seq_of(conversation_id, event_id)
            return result if seq is None else result.model_copy(update={"seq": seq})
        return result

    async def _update(
        self, conversation_id: str, call: Callable[[], Awaitable[ResultT]], refusal: type[SwitchboardError]
    ) -> ResultT:
        """One update; a conversation that does not run has nobody who could be asked, and refuses."""
        try:
            async with self._turnstile.of(conversation_id):
                return await patiently(call, refusal)
        except UnknownWorkflow:
            await self._registered(conversation_id)
            raise refusal("The conversation is closed.") from None

    async def state(self, conversation_id: str) -> AgentState:
        try:
            with engine_errors():
                return await self._handle(conversation_id).query(
                    ConversationWorkflow.state,
                    reject_condition=QueryRejectCondition.NOT_OPEN,
                    rpc_timeout=QUERY_TIMEOUT,
                )
        except (UnknownWorkflow, WorkflowQueryRejectedError, WorkflowQueryFailedError, EngineUnavailable):
            # Not running, or no worker to answer: what was stored with the last reply is the newest there is.
            return await self._log.snapshot(conversation_id)

    async def live_state(self, conversation_id: str) -> tuple[AgentState, int]:
        handle = self._handle(conversation_id)
        try:
            with engine_errors():
                state = await handle.query(ConversationWorkflow.state, rpc_timeout=QUERY_TIMEOUT)
                return state, await handle.query(ConversationWorkflow.last_seq, rpc_timeout=QUERY_TIMEOUT)
        except UnknownWorkflow:
            raise UnknownConversation(conversation_id) from None
        except WorkflowQueryFailedError as failed:
            raise EngineUnavailable("The conversation cannot be asked at the moment.") from failed

    async def _find_owner(self, conversation_id: str) -> str:
        try:
            with engine_errors():
                described = await self._handle(conversation_id).describe(rpc_timeout=RPC_TIMEOUT)
                memo: str | None = await described.memo_value(OWNER_MEMO, None, type_hint=str)
        except (UnknownWorkflow, EngineUnavailable) as away:
            return await self._owner_in_registry(conversation_id, away)
        return memo or (await self._registered(conversation_id)).customer_id

    async def _owner_in_registry(self, conversation_id: str, away: Exception) -> str:
        """With Temporal away as well as the log, say so; a conversation is unknown only when both have been asked."""
        try:
            return (await self._registered(conversation_id)).customer_id
        except UnknownConversation:
            if isinstance(away, EngineUnavailable):
                raise away from None
            raise

    async def _registered(self, conversation_id: str) -> ConversationRecord:
        record = await self._log.registry(conversation_id)
        if record is None:
            raise UnknownConversation(conversation_id)
        return record

    async def _reopen(self, record: ConversationRecord, message: CustomerMessage) -> None:
        """Signal-with-start: whether the conversation closed long ago or at this very moment, the message arrives."""
        start = ConversationInput(
            engine=ENGINE,
            conversation_id=record.conversation_id,
            session_id=(await self._session_of(record.conversation_id)),
            customer_id=record.customer_id,
            channel=record.channel,
            priority=Priority(record.priority),
            policy=self._policy,
        )
        with engine_errors():
            await self._client.start_workflow(
                ConversationWorkflow.run,
                start,
                id=conversation_workflow_id(record.conversation_id),
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                memo={OWNER_MEMO: record.customer_id},
                search_attributes=search_attributes.at_start(start.channel, start.priority),
                static_summary=f"A customer's conversation, by {start.channel}",
                start_signal="customer_message",
                start_signal_args=[message],
                task_timeout=WORKFLOW_TASK_TIMEOUT,
                rpc_timeout=RPC_TIMEOUT,
            )

    async def _session_of(self, conversation_id: str) -> str:
        try:
            return (await self._log.snapshot(conversation_id)).session_id
        except (UnknownConversation, LogUnavailable):
            return conversation_id

    async def _check_same_request(self, conversation_id: str, fingerprint: str) -> None:
        with engine_errors():
            described = await self._handle(conversation_id).describe(rpc_timeout=RPC_TIMEOUT)
            known: str | None = await described.memo_value(REQUEST_MEMO, None, type_hint=str)
        if known is not None and known != fingerprint:
            raise KeyReused("This Idempotency-Key came before, with a different request.")

    def _handle(self, conversation_id: str) -> WorkflowHandle[ConversationWorkflow, None]:
        return self._client.get_workflow_handle_for(ConversationWorkflow.run, conversation_workflow_id(conversation_id))


class UnknownWorkflow(Exception):
    """Temporal knows no running workflow of this id; whether the conversation exists, the registry tells."""


@contextmanager
def engine_errors() -> Iterator[None]:
    """Tell "there is no such workflow" and "Temporal is away" apart; everything else passes."""
    try:
        yield
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise UnknownWorkflow from None
        if error.status in _AWAY:
            raise EngineUnavailable("The engine is away; nothing was accepted.") from error
        raise
    except RPCTimeoutOrCancelledError as late:
        raise EngineUnavailable("The engine did not answer in time.") from late
    except RuntimeError as error:
        # The SDK has no type for a lazy client's failed connection.
        if "client connect" not in str(error):
            raise
        raise EngineUnavailable("The engine is away; nothing was accepted.") from error


_AWAY = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.ABORTED,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.UNKNOWN,
        # A query of a workflow whose task keeps failing: it is not ready to answer.
        RPCStatusCode.FAILED_PRECONDITION,
    }
)


async def patiently(call: Callable[[], Awaitable[ResultT]], refusal: type[SwitchboardError]) -> ResultT:
    """Run an update; the workflow's refusal comes out as ``refusal``, a server that asks for patience gets it."""
    for attempt in range(UPDATE_TRIES):
        try:
            with engine_errors():
                return await call()
        except WorkflowUpdateFailedError as failed:
            raise _refused(failed, refusal) from None
        except EngineUnavailable as busy:
            if not _asks_again(busy) or attempt == UPDATE_TRIES - 1:
                raise
            await asyncio.sleep(UPDATE_PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311
    raise AssertionError("unreachable: the last attempt returns or raises")


def _asks_again(error: EngineUnavailable) -> bool:
    """The server is there and wants the same update again: ten are under way, or the workflow task that was to take it
    was dropped (updates that are refused travel in tasks that leave no trace and are easily lost)."""
    cause = error.__cause__
    if not isinstance(cause, RPCError):
        return False
    aborted = cause.status is RPCStatusCode.UNAVAILABLE and "update was aborted" in cause.message
    return aborted or cause.status is RPCStatusCode.RESOURCE_EXHAUSTED


def _refused(failed: WorkflowUpdateFailedError, refusal: type[SwitchboardError]) -> SwitchboardError:
    cause = failed.cause
    if isinstance(cause, ApplicationError) and cause.type == refusal.type:
        return refusal(cause.message)
    return EngineUnavailable("The conversation ended while it was asked.")
