"""A story on real servers with worker processes that can be killed and frozen, and the check of the promise."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
from temporalio.client import Client

from adapters.postgres.conversation_log import PostgresConversationLog
from adapters.settings import Settings
from domain.carry import ConversationInput
from domain.events import AgentMessage, Event, HumanMessage
from domain.messages import CustomerMessage, EnginePolicy
from domain.state import Channel
from tests.servers import ROOT
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


@dataclass
class WorkerProcess:
    """A worker of its own process group, held at a point or free."""

    settings: Settings
    folder: Path
    point: str = "none"
    process: "subprocess.Popen[bytes] | None" = None

    async def start(self) -> "WorkerProcess":
        self.folder.mkdir(parents=True)
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.held_worker", self.point, str(self.folder)],
                cwd=ROOT,
                env={**os.environ, **environment(self.settings)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        await self._until_exists("ready")
        return self

    async def until_held(self) -> None:
        await self._until_exists("held")

    def release(self) -> None:
        (self.folder / "release").touch()

    def send(self, signal_number: signal.Signals) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal_number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    async def _until_exists(self, name: str, seconds: float = 60) -> None:
        for _ in range(round(seconds / 0.05)):
            if (self.folder / name).exists():
                return
            assert self.process is not None
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            await asyncio.sleep(0.05)
        raise AssertionError(f"the worker never wrote {name}: {(self.folder / 'log').read_text()[-2000:]}")


def environment(settings: Settings) -> dict[str, str]:
    return {
        "SWITCHBOARD_TEMPORAL_ADDRESS": settings.temporal_address,
        "SWITCHBOARD_TEMPORAL_TASK_QUEUE": settings.temporal_task_queue,
        "SWITCHBOARD_DATABASE_URL": settings.database_url,
        "SWITCHBOARD_REDIS_URL": settings.redis_url,
        "SWITCHBOARD_STATE_DIR": str(ROOT / ".switchboard"),
        "SWITCHBOARD_SANDBOXED": "false",
        "SWITCHBOARD_WORKER_METRICS_PORT": "0",
        "SWITCHBOARD_WORKER_SDK_METRICS_PORT": "0",
    }


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

    async def worker(self, point: str = "none") -> WorkerProcess:
        worker = WorkerProcess(self.settings, self.folder / f"worker-{len(self.workers)}", point)
        self.workers.append(worker)
        return await worker.start()

    async def open(self, policy: EnginePolicy | None = None) -> None:
        start = ConversationInput(
            conversation_id=self.conversation_id,
            session_id="s",
            customer_id=self.customer_id,
            policy=policy or EnginePolicy(),
        )
        await self.client.start_workflow(
            ConversationWorkflow.run,
            start,
            id=self.workflow_id,
            task_queue=self.settings.temporal_task_queue,
            task_timeout=WORKFLOW_TASK_TIMEOUT,
            search_attributes=at_start(Channel.WEB, None),
        )

    @property
    def workflow_id(self) -> str:
        return conversation_workflow_id(self.conversation_id)

    async def say(self, text: str) -> None:
        from datetime import UTC, datetime

        message = CustomerMessage(message_id=f"m{len(self.sent) + 1}", message=text, sent_at=datetime.now(UTC))
        self.sent.append(message.message_id)
        await self.client.get_workflow_handle(self.workflow_id).signal(ConversationWorkflow.customer_message, message)

    async def events(self) -> list[Event]:
        return [logged.event for logged in await self.log.read(self.conversation_id, limit=1000)]

    async def until_answered(self, seconds: float = 40) -> list[Event]:
        for _ in range(round(seconds / 0.1)):
            events = await self.events()
            if sorted(answers_of(events)) == sorted(self.sent):
                return events
            await asyncio.sleep(0.1)
        raise AssertionError(f"sent {self.sent}; the log: {[e.model_dump(mode='json') for e in await self.events()]}")

    async def tell(self, *texts: str) -> None:
        """Say these one after the other, each after the answer to the one before."""
        for text in texts:
            await self.say(text)
            await self.until_answered()

    async def check_promise(self) -> None:
        """seq without a gap, each message in exactly one ``answers``, and the ledger in balance."""
        logged = await self.log.read(self.conversation_id, limit=1000)
        assert [row.seq for row in logged] == list(range(1, len(logged) + 1))
        assert sorted(answers_of([row.event for row in logged])) == sorted(self.sent)
        assert await unbalanced_transactions(self.settings.database_url) == 0

    async def close(self) -> None:
        for worker in self.workers:
            worker.send(signal.SIGCONT)
            worker.kill()


def answers_of(events: list[Event]) -> list[str]:
    return [m for event in events if isinstance(event, AgentMessage | HumanMessage) for m in event.answers]


async def credits_of(database_url: str, conversation_id: str) -> int:
    """Ledger transactions that this conversation caused."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute(
            "select count(*) from effects where conversation_id = %s and tool = 'apply_credit_adjustment'",
            (conversation_id,),
        )
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def unbalanced_transactions(database_url: str) -> int:
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute(
            "select count(*) from (select transaction_id from ledger_entries group by 1 having sum(amount) <> 0) x"
        )
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])
