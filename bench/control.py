"""The control: the product's signals, activities and transactions behind a bare route, with no auth, agents or domain.

What it does for a message is what nothing can do without: take the signal, classify in a local activity, think in one
activity that appends what is pending and its own reply by two real statements, answer the client. One process is API
and worker at once, and the reply reaches the waiting client without leaving it: the control pays for no second process
and for no bell. ``python -m bench.control`` runs it.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

with workflow.unsafe.imports_passed_through():
    import uvicorn
    from fastapi import FastAPI
    from psycopg_pool import AsyncConnectionPool
    from pydantic import BaseModel

    from bench.texts import REPLIES, VARIANTS

TASK_QUEUE = "bench-control"
SCHEMA = """
create table if not exists control_conversations (
    id text primary key, last_seq integer not null default 0, epoch integer not null default 0
);
create table if not exists control_events (
    conversation_id text, seq integer, event_id text, type text, body jsonb, at timestamptz default now(),
    primary key (conversation_id, seq), unique (conversation_id, event_id)
);
create or replace function control_append(cid text, ep integer, events jsonb) returns integer language plpgsql as $$
declare s integer; e integer; event jsonb;
begin
    insert into control_conversations (id) values (cid) on conflict do nothing;
    select last_seq, epoch into s, e from control_conversations where id = cid for update;
    if e > ep then return -1; end if;
    for event in select * from jsonb_array_elements(events) loop
        insert into control_events (conversation_id, seq, event_id, type, body)
        values (cid, s + 1, event->>'id', event->>'type', event) on conflict (conversation_id, event_id) do nothing;
        if found then s := s + 1; end if;
    end loop;
    update control_conversations set last_seq = s where id = cid;
    return s;
end $$;
"""
_LIMIT = timedelta(seconds=10)


@dataclass
class Said:
    message_id: str
    text: str


@dataclass
class Event:
    id: str
    type: str
    body: str


@dataclass
class Thought:
    """``context`` stands for the window of the conversation that any agent needs."""

    conversation_id: str
    message_id: str
    pending: list[Event] = field(default_factory=list)
    context: str = ""


class Activities:
    """``waiting``: the clients' futures by message id, in this very process."""

    def __init__(self, pool: "AsyncConnectionPool[Any]") -> None:
        self._pool = pool
        self.waiting: dict[str, asyncio.Future[str]] = {}

    @activity.defn
    async def classify(self, text: str) -> str:
        return "billing"

    @activity.defn
    async def think(self, thought: Thought) -> str:
        await self._append(thought.conversation_id, thought.pending)
        reply = REPLIES[hash(thought.message_id) % VARIANTS]
        await self._append(thought.conversation_id, [Event("r-" + thought.message_id, "agent_message", reply)])
        waiting = self.waiting.pop(thought.message_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)
        return reply

    async def _append(self, conversation_id: str, events: list[Event]) -> None:
        rows = json.dumps([asdict(event) for event in events])
        async with self._pool.connection() as connection:
            await connection.execute("select control_append(%s, 0, %s::jsonb)", (conversation_id, rows))


@workflow.defn
class ControlConversation:
    def __init__(self) -> None:
        self._inbox: list[Said] = []

    @workflow.signal
    def say(self, said: Said) -> None:
        self._inbox.append(said)

    @workflow.run
    async def run(self, turns: int) -> None:
        taken = 0
        while taken < turns or self._inbox:
            await workflow.wait_condition(lambda: bool(self._inbox))
            await self._turn(self._inbox.pop(0))
            taken += 1
        workflow.continue_as_new(turns)

    async def _turn(self, said: Said) -> None:
        intent = await workflow.execute_local_activity_method(
            Activities.classify, said.text, start_to_close_timeout=_LIMIT
        )
        pending = [
            Event("m-" + said.message_id, "customer_message", said.text),
            Event("i-" + said.message_id, "intent_classified", intent),
        ]
        conversation_id = workflow.info().workflow_id
        thought = Thought(conversation_id, said.message_id, pending, "c" * 1500)
        await workflow.execute_activity_method(Activities.think, thought, start_to_close_timeout=_LIMIT)


class Message(BaseModel):
    message: str
    message_id: str


def create_app(temporal_address: str, namespace: str, database_url: str, turns: int) -> FastAPI:
    """``turns`` is what one workflow run takes, as in the product."""
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        database_url, min_size=8, max_size=8, open=False, kwargs={"autocommit": True, "prepare_threshold": 1}
    )
    activities = Activities(pool)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with pool:
            async with pool.connection() as connection:
                await connection.execute(SCHEMA)
            app.state.client = client = await Client.connect(temporal_address, namespace=namespace)
            async with _worker(client, activities):
                yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/conversations/{conversation_id}")
    async def start(conversation_id: str) -> dict[str, str]:
        client: Client = app.state.client
        await client.start_workflow(ControlConversation.run, turns, id=conversation_id, task_queue=TASK_QUEUE)
        return {"conversation_id": conversation_id}

    @app.post("/conversations/{conversation_id}/messages")
    async def say(conversation_id: str, message: Message) -> dict[str, str]:
        client: Client = app.state.client
        answered = activities.waiting[message.message_id] = asyncio.get_running_loop().create_future()
        handle = client.get_workflow_handle(conversation_id)
        await handle.signal(ControlConversation.say, Said(message.message_id, message.message))
        return {"message_id": message.message_id, "reply": await answered}

    return app


def _worker(client: Client, activities: Activities) -> Worker:
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[ControlConversation],
        activities=[activities.classify, activities.think],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=2000,
        max_concurrent_activities=500,
        max_concurrent_local_activities=500,
        max_concurrent_workflow_tasks=200,
        max_concurrent_workflow_task_polls=10,
        max_concurrent_activity_task_polls=10,
    )


def main() -> None:
    """Settings come by environment, for the command line is visible to everybody."""
    given = os.environ
    app = create_app(
        given["BENCH_TEMPORAL"], given["BENCH_NAMESPACE"], given["BENCH_DATABASE"], int(given["BENCH_TURNS"])
    )
    uvicorn.run(app, host="127.0.0.1", port=int(given["BENCH_PORT"]), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
