"""Sagas on a real Temporal and a real back office: failures at every step and after it, repeats, cancellation, outages.

``tests/activities/test_sagas.py`` has what the steps do to the books, ``tests/faults`` what killed workers do.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.ports import BackOffice
from activities.tools import ToolActivities
from adapters.demo import seed
from adapters.postgres.back_office import postgres_back_office
from adapters.postgres.migrate import migrate
from adapters.postgres.pool import open_pool
from domain.admission import effect_key_of
from domain.errors import BackOfficeUnavailable, PaymentDeclined
from domain.messages import Decision, ThinkInput, ToolCall, ToolOutcome, ToolRequest
from domain.sagas import ORDER
from tests.activities.faulty import SAGAS, STEPS, UNDOES, Trouble, agreed_call, faulty, raising
from tests.activities.office import Office
from tests.activities.toolbox.commerce import assert_books_are_right, everything
from tests.adapters.postgres.outage import mortal_postgres
from tests.conftest import MakeDatabase
from tests.workflows.stage import Stage, says
from worker import sandboxed_runner
from workflows.ids import saga_workflow_id
from workflows.saga import PATCH, STOPPED, SagaWorkflow
from workflows.tool_run import ToolRunWorkflow, tool_run_workflow_id

pytestmark = pytest.mark.integration

DECLINED = PaymentDeclined("The bank declined it.")
AWAY = BackOfficeUnavailable("away")


@pytest_asyncio.fixture
async def office(make_database: MakeDatabase, demo_template: str) -> AsyncIterator[Office]:
    pool = await open_pool(await make_database(demo_template), min_size=1, max_size=8)
    yield Office(pool)
    await pool.close()


@pytest_asyncio.fixture
async def line(temporal_client: Client, office: Office, task_queue: str) -> "Line":
    return Line(temporal_client, office, task_queue)


class Line:
    """A task queue for sagas, worked by whoever the test lets."""

    def __init__(self, client: Client, office: Office, task_queue: str) -> None:
        self.client, self.office, self.task_queue = client, office, task_queue

    @asynccontextmanager
    async def worked(self, back_office: BackOffice | None = None) -> AsyncIterator[None]:
        tools = ToolActivities(back_office or postgres_back_office(self.office.pool))
        worker = Worker(
            self.client,
            task_queue=self.task_queue,
            workflows=[SagaWorkflow, ToolRunWorkflow],
            activities=tools.activities(),
            workflow_runner=sandboxed_runner(),
        )
        async with worker:
            yield

    def troubled(
        self, name: str, when: Literal["before", "after"], trouble: Trouble
    ) -> AbstractAsyncContextManager[None]:
        return self.worked(faulty(postgres_back_office(self.office.pool), name, when, trouble))

    async def start(self, call: ToolRequest) -> WorkflowHandle[Any, ToolOutcome]:
        return await self.client.start_workflow(
            ToolRunWorkflow.run, call, id=tool_run_workflow_id(uuid4().hex), task_queue=self.task_queue
        )

    async def run(self, call: ToolRequest) -> ToolOutcome:
        return await (await self.start(call)).result()

    def saga(self, call: ToolRequest) -> WorkflowHandle[Any, ToolOutcome]:
        workflow_id = saga_workflow_id(call.conversation_id, effect_key_of(call))
        return self.client.get_workflow_handle_for(SagaWorkflow.run, workflow_id)

    async def retried_for(self, call: ToolRequest) -> str:
        """The type of the error for which an activity of the saga is being tried again."""
        description = await self.saga(call).describe()
        pending = description.raw_description.pending_activities
        return next((p.last_failure.application_failure_info.type for p in pending if p.attempt > 1), "")

    async def activities_of(self, call: ToolRequest) -> list[str]:
        """What the saga had scheduled, in order."""
        history = [event async for event in self.saga(call).fetch_history_events()]
        scheduled = [e.activity_task_scheduled_event_attributes.activity_type.name for e in history]
        return [name for name in scheduled if name]


@pytest.mark.parametrize("tool", SAGAS)
async def test_a_saga_runs_the_gate_and_then_its_steps(line: Line, tool: str):
    call = await agreed_call(line.office, tool)
    async with line.worked():
        outcome = await line.run(call)
    assert outcome.success, outcome.error
    assert (outcome.call_id, outcome.tool) == (call.call.call_id, tool)
    assert set(outcome.result) == set(SAGA_RESULTS[tool])
    assert await line.activities_of(call) == ["admit_saga", *SAGAS[tool].way]
    await assert_books_are_right(line.office)


SAGA_RESULTS = {
    "process_order": (
        "order_id", "quote_id", "status", "amount", "monthly_total", "currency", "invoice_id", "charged_to",
        "new_services", "delivery_on",
    ),
    "refund_manager": (
        "refund_id", "transaction_id", "invoice_id", "amount", "currency", "paid_to", "still_refundable",
        "new_balance", "notification_id",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_refused_at_a_step_or_after_it_all_of_it_stands_or_nothing(
    line: Line, name: str, when: Literal["before", "after"]
):
    tool = name.partition(".")[0]
    saga, call = SAGAS[tool], await agreed_call(line.office, tool)
    before = await everything(line.office)
    async with line.troubled(name, when, raising(DECLINED)):
        outcome = await line.run(call)
    way = ["admit_saga", *saga.way[: saga.way.index(name) + 1], "give_up_saga"]
    if (name, when) == (saga.last, "after"):
        assert outcome.success, outcome.error
    else:
        assert (outcome.error_type, outcome.error) == ("payment-declined", str(DECLINED))
        assert await everything(line.office) == before
        way += [step.undo for step in saga.way_back]
    assert await line.activities_of(call) == way
    await assert_books_are_right(line.office)


@pytest.mark.parametrize("name", STEPS)
async def test_an_attempt_that_is_lost_before_or_after_its_effect_is_repeated(line: Line, name: str):
    call = await agreed_call(line.office, name.partition(".")[0])
    async with line.troubled(name, "after", raising(AWAY, times=2)):
        outcome = await line.run(call)
    assert outcome.success, outcome.error
    assert await line.office.value("select count(*) from effects where tool = %s", call.call.tool) == 3
    await assert_books_are_right(line.office)


@pytest.mark.parametrize("name", UNDOES)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_undo_is_tried_until_it_is_done(line: Line, name: str, when: Literal["before", "after"]):
    tool = name.partition(".")[0]
    call = await agreed_call(line.office, tool)
    before = await everything(line.office)
    last = SAGAS[tool].last
    back_office = faulty(postgres_back_office(line.office.pool), name, when, raising(KeyError("a bug"), times=2))
    async with line.worked(faulty(back_office, last, "before", raising(DECLINED))):
        outcome = await line.run(call)
    assert outcome.error_type == "payment-declined"
    assert await everything(line.office) == before
    await assert_books_are_right(line.office)


async def test_a_bug_in_a_step_is_told_in_the_end_and_nothing_remains(
    time_skipping_env: WorkflowEnvironment, office: Office, task_queue: str
):
    line = Line(time_skipping_env.client, office, task_queue)
    call = await agreed_call(office, "process_order")
    before = await everything(office)
    async with line.troubled(ORDER.last, "before", raising(KeyError("a bug"))):
        outcome = await line.run(call)
    assert (outcome.error_type, "out of order" in outcome.error) == ("internal", True)
    assert await everything(office) == before
    await assert_books_are_right(office)


async def test_what_the_gate_refuses_has_no_step(line: Line):
    call = (await agreed_call(line.office, "process_order")).model_copy(update={"consent": None})
    before = await everything(line.office)
    async with line.worked():
        outcome = await line.run(call)
    assert outcome.error_type == "consent-required"
    assert await line.activities_of(call) == ["admit_saga"]
    assert await everything(line.office) == before


@pytest.mark.parametrize("arguments", [{}, {"customer_id": "CUST_001", "amount": -1}])
async def test_arguments_that_a_model_invents_are_refused_by_the_gate(line: Line, arguments: dict[str, Any]):
    call = await agreed_call(line.office, "refund_manager")
    async with line.worked():
        wrong = call.call.model_copy(update={"arguments": arguments})
        outcome = await line.run(call.model_copy(update={"call": wrong}))
    assert outcome.error_type == "invalid-arguments"


async def test_the_same_agreed_order_at_once_and_later_is_one_saga(line: Line):
    call = await agreed_call(line.office, "process_order")
    twice = call.model_copy(update={"call": call.call.model_copy(update={"call_id": "call-twice"})})
    started = asyncio.Event()

    async def slowly() -> None:
        started.set()
        await asyncio.sleep(1)

    async with line.troubled("process_order.charge", "before", slowly):
        first = await line.start(call)
        await started.wait()
        second = await line.start(twice)
        outcomes = [await first.result(), await second.result(), await line.run(twice)]
    assert [outcome.success for outcome in outcomes] == [True] * 3
    assert [outcome.result for outcome in outcomes] == [outcomes[0].result] * 3
    assert [outcome.call_id for outcome in outcomes] == [call.call.call_id, "call-twice", "call-twice"]
    assert await line.office.value("select count(*) from orders") == 1
    assert await line.office.value("select count(*) from payments where method_id is not null and invoice_id like %s",
                                   "INV-ORD-%") == 1  # fmt: skip
    await assert_books_are_right(line.office)


@pytest.mark.parametrize("name", STEPS)
async def test_a_saga_that_somebody_cancels_is_taken_back_also_what_ends_later(line: Line, name: str):
    """The step that is under way when the word comes goes on unseen; it is waited for, or finds the door closed."""
    tool = name.partition(".")[0]
    call = await agreed_call(line.office, tool)
    before = await everything(line.office)
    begun, go = asyncio.Event(), asyncio.Event()

    async def stand() -> None:
        begun.set()
        await go.wait()

    async with line.troubled(name, "before", stand):
        run = await line.start(call)
        await begun.wait()
        await line.saga(call).cancel()
        outcome = await run.result()
        assert (outcome.error_type, outcome.error) == ("cancelled", STOPPED)
        go.set()
        await asyncio.sleep(0.5)
        assert await everything(line.office) == before
    await assert_books_are_right(line.office)


async def test_a_saga_outlives_who_asked_for_it(line: Line):
    call = await agreed_call(line.office, "process_order")
    begun, go = asyncio.Event(), asyncio.Event()

    async def stand() -> None:
        begun.set()
        await go.wait()

    async with line.troubled("process_order.charge", "before", stand):
        run = await line.start(call)
        await begun.wait()
        await run.terminate()
        go.set()
        assert (await line.saga(call).result()).success
    await assert_books_are_right(line.office)


async def test_a_saga_that_somebody_ends_by_force_is_told_as_unknown(line: Line):
    call = await agreed_call(line.office, "process_order")
    begun = asyncio.Event()

    async def stand() -> None:
        begun.set()
        await asyncio.Event().wait()

    async with line.troubled("process_order.charge", "before", stand):
        run = await line.start(call)
        await begun.wait()
        await line.saga(call).terminate()
        outcome = await run.result()
    assert (outcome.success, outcome.error_type, "Do not try it again" in outcome.error) == (False, "unknown", True)
    async with line.worked():
        assert (await line.run(call)).success, "the same agreement goes on where it was left"
    assert await line.office.value("select count(*) from orders") == 1
    await assert_books_are_right(line.office)


async def test_an_undo_waits_for_postgres_to_come_back(temporal_client: Client, task_queue: str, tmp_path: Path):
    async with mortal_postgres(tmp_path) as postgres:
        await migrate(postgres.cluster.url())
        await seed(postgres.cluster.url())
        office = Office(await open_pool(postgres.cluster.url()))
        line = Line(temporal_client, office, task_queue)
        call = await agreed_call(office, "process_order")
        before = await everything(office)

        killed = False

        async def kill() -> None:
            nonlocal killed
            if not killed:
                killed = True
                postgres.kill()

        trouble = faulty(postgres_back_office(office.pool), "process_order.reverse_charge", "before", kill)
        async with line.worked(faulty(trouble, ORDER.last, "before", raising(DECLINED))):
            run = await line.start(call)
            async with asyncio.timeout(30):
                while await line.retried_for(call) != "back-office-unavailable":
                    await asyncio.sleep(0.1)
            await postgres.start()
            outcome = await run.result()
        assert outcome.error_type == "payment-declined"
        assert await everything(office) == before
        await assert_books_are_right(office)
        await office.pool.close()


async def test_a_conversation_has_its_sagas_run_as_children(stage: Stage):
    """By the declaration: a tool of one step is an activity of the conversation, an order is a workflow of its own."""

    async def mind(thought: ThinkInput) -> Decision:
        if thought.tool_results:
            return says(" ".join(f"{result.tool}: {result.error_type}." for result in thought.tool_results))
        calls = [ToolCall(call_id=f"call-{tool}", tool=tool) for tool in ("refund_manager", "get_customer_profile")]
        return Decision(tool_calls=calls)

    stage.agents.mind = mind
    talk = await stage.open("my bill is wrong")
    *_, reply = [event for event in await talk.until_answered() if event.type == "agent_message"]
    assert reply.message == "refund_manager: invalid-arguments. get_customer_profile: invalid-arguments."
    history = [event async for event in talk.handle.fetch_history_events()]
    children = [e.start_child_workflow_execution_initiated_event_attributes.workflow_id for e in history]
    [child] = [workflow_id for workflow_id in children if workflow_id.startswith("saga-")]
    assert child.startswith(f"saga-{talk.conversation_id}-")
    tools = [e.activity_task_scheduled_event_attributes.activity_type.name for e in history]
    assert ("get_customer_profile" in tools, "refund_manager" in tools) == (True, False)
    assert any(e.event_type == EventType.EVENT_TYPE_MARKER_RECORDED and PATCH in str(e) for e in history)
