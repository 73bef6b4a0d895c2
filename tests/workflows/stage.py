"""A stage for conversation workflows: a real worker on a real server, a real log, and minds that follow a script."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.ports import Appended, OnDelta, Room
from activities.registry import Continuation, Unlimited
from adapters.postgres.back_office import postgres_back_office
from adapters.postgres.conversation_log import PostgresConversationLog, SilentBell
from adapters.settings import Settings
from domain.carry import ENGINE, ConversationInput
from domain.classification import Affirmation, Classification
from domain.events import AgentMessage, Event, HumanMessage
from domain.ids import sla_workflow_id, survey_workflow_id, ticket_id
from domain.messages import (
    AgentReply,
    ClassifyInput,
    CustomerMessage,
    Decision,
    EnginePolicy,
    ThinkInput,
)
from domain.quality import QualityEvidence, QualityReport
from domain.state import AgentState, AgentType, Channel, Priority
from domain.toolbox import tools_for
from domain.tools import AnyTool
from workflows.conversation import ConversationWorkflow
from workflows.ids import conversation_workflow_id
from workflows.search_attributes import at_start

Mind = Callable[[ThinkInput], Awaitable[Decision]]


async def agreeable(thought: ThinkInput) -> Decision:
    """A mind that answers at once and says which messages it saw."""
    return Decision(reply=AgentReply(message=f"I heard {len(thought.messages)} message(s)."))


def says(message: str, **fields: Any) -> Decision:
    return Decision(reply=AgentReply(message=message, **fields))


@dataclass
class ScriptedAgents:
    """Implements ``Agents``: the test's function decides; every thought is kept."""

    mind: Mind = agreeable
    thoughts: list[ThinkInput] = field(default_factory=list)
    report: QualityReport = field(default_factory=lambda: QualityReport.of([]))

    async def decide(self, thought: ThinkInput, tools: Sequence[AnyTool], on_delta: OnDelta) -> Decision:
        self.thoughts.append(thought)
        return await self.mind(thought)

    async def review(self, evidence: QualityEvidence) -> QualityReport:
        return self.report

    def tools_of(self, agent: AgentType) -> Sequence[AnyTool]:
        return tools_for(agent)


class CountingLog(PostgresConversationLog):
    """The real log; it counts its appends, each of which is one transaction, and may be held."""

    appends = 0
    _gate: asyncio.Event | None = None

    async def append(self, *args: Any, **kwargs: Any) -> Appended:
        if self._gate is not None:
            await self._gate.wait()
        self.appends += 1
        return await super().append(*args, **kwargs)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """No append gets through before the block ends. Keep it short: an append times out after seconds."""
        self._gate = asyncio.Event()
        try:
            yield
        finally:
            self._gate.set()
            self._gate = None


class PlainClassifier:
    """Implements ``Classifier``: everything is a billing question; yes is yes."""

    def classify(self, request: ClassifyInput) -> Classification:
        word = request.texts[-1].lower().split()[:1]
        affirmation: Affirmation = "yes" if word == ["yes"] else "no" if word == ["no"] else "unclear"
        return Classification(intent="billing_question", confidence=0.97, affirmation=affirmation)


class NoStream:
    """Implements ``TokenStream`` for nobody."""

    async def delta(self, conversation_id: str, turn_id: str, epoch: int, text: str) -> None:
        return None

    async def latest_epoch(self, conversation_id: str) -> int:
        return 0

    async def began(self, conversation_id: str, epoch: int) -> None:
        return None


class NoContinuations:
    """Implements ``Continuations``; remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[tuple[str, Continuation]] = []

    async def continue_in(self, conversation_id: str, continuation: Continuation) -> None:
        self.given.append((conversation_id, continuation))


@dataclass
class Stage:
    """One task queue with its worker, and the log behind it."""

    client: Client
    log: CountingLog
    agents: ScriptedAgents
    continuations: NoContinuations
    task_queue: str
    make_worker: Callable[[], Worker]
    policy: EnginePolicy = field(default_factory=EnginePolicy)
    opened: list[str] = field(default_factory=list)

    @property
    def appends(self) -> int:
        return self.log.appends

    async def clear(self) -> None:
        """End what still runs: without a worker it would only disturb the server's next test (and its clock)."""
        for conversation_id in self.opened:
            for number in (1, 2):
                await self._terminate(sla_workflow_id(ticket_id(conversation_id), number))
                await self._terminate(survey_workflow_id(conversation_id, number))
            await self._terminate(conversation_workflow_id(conversation_id))

    async def _terminate(self, workflow_id: str) -> None:
        with suppress(RPCError):
            await self.client.get_workflow_handle(workflow_id).terminate()

    async def open(self, *texts: str, policy: EnginePolicy | None = None, priority: Priority | None = None) -> "Talk":
        conversation_id = uuid4().hex[:10]
        self.opened.append(conversation_id)
        talk = Talk(self, conversation_id)
        start = ConversationInput(
            conversation_id=conversation_id,
            session_id="s",
            engine=ENGINE,
            customer_id="CUST_001",
            initial=[talk.message(text) for text in texts],
            policy=policy or self.policy,
            priority=priority,
        )
        await self.client.start_workflow(
            ConversationWorkflow.run,
            start,
            id=conversation_workflow_id(conversation_id),
            task_queue=self.task_queue,
            search_attributes=at_start(Channel.WEB, None),
            memo={"customer_id": "CUST_001"},
        )
        talk.start = start
        return talk


@dataclass
class Talk:
    """One conversation, from outside."""

    stage: Stage
    conversation_id: str
    sent: list[str] = field(default_factory=list)
    start: ConversationInput | None = None

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self.stage.client.get_workflow_handle_for(
            ConversationWorkflow.run, conversation_workflow_id(self.conversation_id)
        )

    def message(self, text: str, message_id: str = "") -> CustomerMessage:
        message_id = message_id or f"m{len(self.sent) + 1}"
        if message_id not in self.sent:
            self.sent.append(message_id)
        return CustomerMessage(message_id=message_id, message=text, sent_at=datetime.now(UTC))

    async def say(self, text: str, message_id: str = "") -> str:
        message = self.message(text, message_id)
        await self.handle.signal(ConversationWorkflow.customer_message, message)
        return message.message_id

    async def say_even_if_closed(self, text: str) -> None:
        """Signal-with-start, as the API does it."""
        assert self.start is not None
        await self.stage.client.start_workflow(
            ConversationWorkflow.run,
            self.start.model_copy(update={"initial": []}),
            id=conversation_workflow_id(self.conversation_id),
            task_queue=self.stage.task_queue,
            search_attributes=at_start(Channel.WEB, None),
            start_signal="customer_message",
            start_signal_args=[self.message(text)],
        )

    async def events(self) -> list[Event]:
        return [logged.event for logged in await self.stage.log.read(self.conversation_id, limit=1000)]

    async def types(self) -> list[str]:
        return [event.type for event in await self.events()]

    async def state(self) -> AgentState:
        return await self.handle.query(ConversationWorkflow.state)

    async def until(self, *wanted: str, seconds: float = 15) -> list[Event]:
        """Wait until the log holds events of these types (as often as named); returns all events."""
        for _ in range(round(seconds / 0.05)):
            types = await self.types()
            if all(types.count(kind) >= wanted.count(kind) for kind in wanted):
                return await self.events()
            await asyncio.sleep(0.05)
        raise AssertionError(f"waited for {wanted}, the log has {await self.types()}")

    async def until_answered(self, *, seconds: float = 15) -> list[Event]:
        """Wait until every message sent is in exactly one ``answers``."""
        for _ in range(round(seconds / 0.05)):
            events = await self.events()
            if sorted(answers_of(events)) == sorted(self.sent):
                return events
            await asyncio.sleep(0.05)
        raise AssertionError(f"sent {self.sent}, answered {answers_of(await self.events())}")


def answers_of(events: list[Event]) -> list[str]:
    return [m for event in events if isinstance(event, AgentMessage | HumanMessage) for m in event.answers]


@asynccontextmanager
async def staged(
    client: Client,
    pool: AsyncConnectionPool[AsyncConnection[Any]],
    policy: EnginePolicy | None = None,
    room: Room | None = None,
) -> AsyncIterator[Stage]:
    """A stage with one sandboxed worker on a task queue of its own."""
    # Imported late: the worker module brings the real minds with it, which these tests replace.
    from worker import Ports, build_worker

    log, agents, continuations = CountingLog(pool, SilentBell()), ScriptedAgents(), NoContinuations()
    ports = Ports(
        log=log,
        agents=agents,
        classifier=PlainClassifier(),
        stream=NoStream(),
        back_office=postgres_back_office(pool),
        continuations=continuations,
        room=room or Unlimited(),
    )
    settings = Settings(temporal_task_queue=f"stage-{uuid4().hex[:8]}", sandboxed=True, worker_graceful_seconds=0)

    def make_worker() -> Worker:
        return build_worker(client, settings, ports)

    stage = Stage(
        client, log, agents, continuations, settings.temporal_task_queue, make_worker, policy or EnginePolicy()
    )
    async with make_worker():
        yield stage
        await stage.clear()
