"""A story on real servers with worker processes that can be killed and frozen, and the check of the promise."""

import asyncio
import multiprocessing
import os
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from temporalio.client import Client, WorkflowHandle

from adapters.postgres.conversation_log import PostgresConversationLog
from adapters.settings import Settings
from domain.carry import ENGINE, ConversationInput
from domain.events import AgentMessage, Event, HumanMessage
from domain.messages import CustomerMessage, EnginePolicy
from domain.state import Channel
from tests.faults import held_worker
from workflows.conversation import ConversationWorkflow
from workflows.ids import conversation_workflow_id
from workflows.options import WORKFLOW_TASK_TIMEOUT
from workflows.search_attributes import at_start

STORY = (
    "I was charged twice for the same service",
    "Yes please, credit it",
    "Yes, that solved it, thank you",
    "5",
)
"""From the first word to the closed conversation: a read, an offer, an effect, a survey."""

PATIENCE = 120.0
"""Seconds for what takes a few: the machine may be busy with other things."""

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["pytest", held_worker.__name__])


class WorkerProcess:
    """A worker with a process of its own, held at a point or free."""

    def __init__(self, settings: Settings, folder: Path, point: str) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.process: ForkServerProcess = FORKS.Process(
            target=held_worker.run, args=(point, folder, settings), daemon=True
        )

    async def start(self) -> None:
        # The first one waits until the process to fork from has imported everything.
        await asyncio.to_thread(self.process.start)
        await self._until_exists("ready")

    async def until_held(self) -> None:
        await self._until_exists("held")

    def release(self) -> None:
        (self.folder / "release").touch()

    def send(self, number: signal.Signals) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    async def kill(self) -> None:
        self.process.kill()
        await self.ended()

    async def ended(self, seconds: float = PATIENCE) -> None:
        async with asyncio.timeout(seconds):
            while self.process.is_alive():
                await asyncio.sleep(0.02)

    async def _until_exists(self, name: str, seconds: float = PATIENCE) -> None:
        for _ in range(round(seconds / 0.05)):
            if (self.folder / name).exists():
                return
            assert self.process.is_alive(), self._said()
            await asyncio.sleep(0.05)
        raise AssertionError(f"the worker never wrote {name}: {self._said()}")

    def _said(self) -> str:
        log = self.folder / "log"
        return log.read_text()[-2000:] if log.exists() else ""


@dataclass
class Scene:
    """One conversation told step by step while workers come and go."""

    client: Client
    log: PostgresConversationLog
    settings: Settings
    folder: Path
    conversation_id: str = field(default_factory=lambda: uuid4().hex[:10])
    customer_id: str = "CUST_001"
    workers: list[WorkerProcess] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    async def worker(self, point: str = "") -> WorkerProcess:
        worker = WorkerProcess(self.settings, self.folder / f"worker-{len(self.workers)}", point)
        self.workers.append(worker)
        await worker.start()
        return worker

    async def kill_and_replace(self) -> None:
        """kill -9, and a worker that is held nowhere takes over."""
        await self.workers[-1].kill()
        await self.worker()

    async def open(self, **policy: Any) -> None:
        start = ConversationInput(
            engine=ENGINE,
            conversation_id=self.conversation_id,
            session_id="s",
            customer_id=self.customer_id,
            policy=EnginePolicy(**policy),
        )
        await self.client.start_workflow(
            ConversationWorkflow.run,
            start,
            id=conversation_workflow_id(self.conversation_id),
            task_queue=self.settings.temporal_task_queue,
            task_timeout=WORKFLOW_TASK_TIMEOUT,
            search_attributes=at_start(Channel.WEB, None),
        )

    @property
    def handle(self) -> WorkflowHandle[ConversationWorkflow, None]:
        workflow_id = conversation_workflow_id(self.conversation_id)
        return self.client.get_workflow_handle_for(ConversationWorkflow.run, workflow_id)

    async def say(self, text: str) -> None:
        message = CustomerMessage(message_id=f"m{len(self.sent) + 1}", message=text, sent_at=datetime.now(UTC))
        self.sent.append(message.message_id)
        await self.handle.signal(ConversationWorkflow.customer_message, message)

    async def tell(self, *texts: str) -> None:
        """Say these one after the other, each after the answer to the one before."""
        for text in texts:
            await self.say(text)
            await self.until_answered()

    async def events(self) -> list[Event]:
        return [logged.event for logged in await self.log.read(self.conversation_id, limit=1000)]

    async def until_answered(self, seconds: float = PATIENCE) -> list[Event]:
        for _ in range(round(seconds / 0.1)):
            events = await self.events()
            if sorted(answers_of(events)) == sorted(self.sent):
                return events
            await asyncio.sleep(0.1)
        raise AssertionError(f"sent {self.sent}; the log: {await self._told()}")

    async def until_logged(self, event_type: str, times: int = 1, seconds: float = PATIENCE) -> list[Event]:
        for _ in range(round(seconds / 0.1)):
            events = await self.events()
            if [event.type for event in events].count(event_type) >= times:
                return events
            await asyncio.sleep(0.1)
        raise AssertionError(f"not {times} {event_type}; the log: {await self._told()}")

    async def until_closed(self, seconds: float = PATIENCE) -> None:
        """The conversation, its clock and its survey have ended."""
        await self.until_logged("conversation_closed")
        family = f'RootWorkflowId = "{conversation_workflow_id(self.conversation_id)}"'
        async with asyncio.timeout(seconds):
            await self.handle.result()
            while (await self._workflows(family)) < 3 or await self._workflows(
                f'{family} and ExecutionStatus = "Running"'
            ):
                await asyncio.sleep(0.1)

    async def check_promise(self) -> None:
        """seq without a gap, each message once, in order, and in exactly one ``answers``; books that balance."""
        logged = await self.log.read(self.conversation_id, limit=1000)
        events = [row.event for row in logged]
        assert [row.seq for row in logged] == list(range(1, len(logged) + 1))
        assert [event.message_id for event in events if event.type == "customer_message"] == self.sent
        assert sorted(answers_of(events)) == sorted(self.sent)
        assert await self.count("ledger_entries group by transaction_id having sum(amount) <> 0") == 0

    async def check_story(self) -> None:
        """The promise, and what the story does, each once."""
        await self.check_promise()
        types = [event.type for event in await self.events()]
        once = ("conversation_started", "survey_requested", "survey_answered", "conversation_closed")
        assert [types.count(event_type) for event_type in once] == [1] * len(once)
        assert types.count("agent_message") == len(STORY)
        assert await self.count("ledger_transactions where effect_key is not null") == 1
        assert await self.count("effects where tool = 'apply_credit_adjustment'") == 1
        assert await self.count("effects where tool = 'send_survey'") == 1
        assert await self.count("tickets") == 1

    async def count(self, rows: str) -> int:
        """Rows of the scene's own database; ``rows`` is what follows ``from``."""
        async with await psycopg.AsyncConnection.connect(self.settings.database_url) as connection:
            cursor = await connection.execute(f"select count(*) from (select 1 from {rows}) x")
            (number,) = await cursor.fetchone()
        return number

    async def close(self) -> None:
        for worker in self.workers:
            await worker.kill()

    async def _workflows(self, query: str) -> int:
        return (await self.client.count_workflows(query)).count

    async def _told(self) -> list[dict[str, Any]]:
        return [event.model_dump(mode="json") for event in await self.events()]


def answers_of(events: list[Event]) -> list[str]:
    return [m for event in events if isinstance(event, AgentMessage | HumanMessage) for m in event.answers]
