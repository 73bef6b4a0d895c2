"""The worker is killed with -9, or frozen and woken too late, before and after each step of an order and of a refund,
and on the way back. The books balance; the stock is what it was, or one less; there is one charge, or none."""

import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from temporalio.client import WorkflowHandle

from domain.identity import IdentityLevel
from domain.messages import ToolCall, ToolOutcome, ToolRequest
from domain.state import AgentType
from tests.activities.office import yes_to
from tests.faults.points import IN_SAGAS
from tests.faults.scene import Scene, WorkerProcess
from workflows.tool_run import ToolRunWorkflow, tool_run_workflow_id

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ITEMS = [{"product_id": "phone_nova_pro"}, {"product_id": "tv_starter"}]
REFUND = {"invoice_id": "INV-2026-11-0001", "amount": "49.99", "reason": "Premium plan stands there twice."}
RIVAL = """
insert into services (service_id, customer_id, product_id, status, monthly_price, started_on)
values ('SVC-X', 'CUST_001', 'tv_complete', 'active', 1, '2026-11-20')
"""
"""A service that takes the place of one that is ordered."""
ORDER_POINTS = [name for name, point in IN_SAGAS.items() if point.method in {"reserve_stock", "charge", "fulfil"}]
REFUND_POINTS = [name for name, point in IN_SAGAS.items() if point.where == "refunds"]
BACK_POINTS = [name for name in IN_SAGAS if name not in {*ORDER_POINTS, *REFUND_POINTS}]


class Books:
    """What counts in a scene's database."""

    def __init__(self, scene: Scene) -> None:
        self._dsn = scene.settings.database_url

    async def rows(self, query: str) -> list[dict[str, Any]]:
        connect = psycopg.AsyncConnection.connect(self._dsn, row_factory=dict_row, autocommit=True)
        async with await connect as connection:
            cursor = await connection.execute(query.encode())
            return await cursor.fetchall() if cursor.description else []

    async def value(self, query: str) -> Any:
        [row] = await self.rows(query)
        [value] = row.values()
        return value

    async def free(self) -> int:
        return int(await self.value("select on_hand - reserved from stock where product_id = 'phone_nova_pro'"))

    async def funds(self) -> Decimal:
        return Decimal(await self.value("select sum(funds) from bank_limits"))

    async def charges(self) -> int:
        return int(await self.value("select count(*) from payments where status = 'completed' and invoice_id like "
                                    "'INV-ORD%'"))  # fmt: skip

    async def check_nothing_is_ordered(self) -> None:
        """… any more: the charge and its reversals are in the books."""
        assert await self.charges() == 0
        assert await self.value("select count(*) from ledger_transactions where kind like '%_reversal'") == 2
        assert await self.value("select count(*) from services where service_id like 'SVC-O%'") == 0
        assert await self.value("select count(*) from quotes where status = 'ordered'") == 0
        await self.check()

    async def check(self) -> None:
        assert await self.value("select coalesce(sum(amount), 0) from ledger_entries") == 0
        assert await self.rows("select 1 from ledger_entries group by transaction_id having sum(amount) <> 0") == []
        held = "select coalesce(sum(quantity), 0) from stock_reservations where status = 'held'"
        assert await self.value("select sum(reserved) from stock") == await self.value(held)
        assert await self.value("select count(*) from orders where status = 'pending'") == 0


def call(scene: Scene, tool: str, arguments: dict[str, Any], *, agreed: bool = True) -> ToolRequest:
    arguments = {"customer_id": scene.customer_id} | arguments
    return ToolRequest(
        conversation_id=scene.conversation_id,
        customer_id=scene.customer_id,
        agent=AgentType.TIER3,
        call=ToolCall(call_id="call-1", tool=tool, arguments=arguments),
        occasion="m-1",
        consent=yes_to(tool, arguments) if agreed else None,
        identity=IdentityLevel.VERIFIED,
        at=datetime.now(UTC),
    )


async def begin(scene: Scene, request: ToolRequest) -> WorkflowHandle[ToolRunWorkflow, ToolOutcome]:
    return await scene.client.start_workflow(
        ToolRunWorkflow.run,
        request,
        id=tool_run_workflow_id(uuid4().hex),
        task_queue=scene.settings.temporal_task_queue,
    )


async def order(scene: Scene) -> ToolRequest:
    quoted = await (await begin(scene, call(scene, "generate_quote", {"items": ITEMS}, agreed=False))).result()
    assert quoted.success, quoted.error
    price: Any = quoted.result["price"]
    agreed_on = {"amount": price["amount"], "monthly_total": price["monthly_total"]}
    return call(scene, "process_order", {"quote_id": quoted.result["quote_id"]} | agreed_on)


async def killed(scene: Scene) -> None:
    await scene.kill_and_replace()


async def frozen(scene: Scene) -> None:
    """… and woken when another worker has been at work for a while."""
    frozen = scene.workers[-1]
    frozen.send(signal.SIGSTOP)
    await scene.worker()
    frozen.release()


async def woken(worker: WorkerProcess) -> None:
    """A frozen worker does what it was about to do, and leaves."""
    if worker.process.is_alive():
        worker.send(signal.SIGCONT)
        worker.send(signal.SIGTERM)
        await worker.ended()


async def an_order(point: str, die: Callable[[Scene], Awaitable[None]], scene: Scene) -> None:
    books = Books(scene)
    free, funds = await books.free(), await books.funds()
    worker = await scene.worker(point)
    request = await order(scene)
    handle = await begin(scene, request)
    await worker.until_held()
    await die(scene)
    outcome = await handle.result()
    assert outcome.success, outcome.error
    await woken(worker)
    assert (await (await begin(scene, request)).result()).result == outcome.result
    amount = Decimal(str(outcome.result["amount"]))
    assert (await books.free(), await books.funds(), await books.charges()) == (free - 1, funds - amount, 1)
    assert await books.value("select count(*) from orders") == 1
    assert await books.value("select count(*) from services where service_id like 'SVC-O%'") == 1
    await books.check()


async def a_refund(point: str, die: Callable[[Scene], Awaitable[None]], scene: Scene) -> None:
    books = Books(scene)
    funds = await books.funds()
    worker = await scene.worker(point)
    handle = await begin(scene, call(scene, "refund_manager", REFUND))
    await worker.until_held()
    await die(scene)
    outcome = await handle.result()
    assert outcome.success, outcome.error
    await woken(worker)
    assert await books.funds() == funds + Decimal("49.99")
    for table in ("refunds", "notifications", "customer_notes where effect_key is not null"):
        assert await books.value(f"select count(*) from {table}") == 1
    await books.check()


async def an_order_on_its_way_back(point: str, die: Callable[[Scene], Awaitable[None]], scene: Scene) -> None:
    """It has been charged when a plan that began meanwhile makes it impossible; the next worker dies undoing it."""
    books = Books(scene)
    free, funds = await books.free(), await books.funds()
    first = await scene.worker("after the charge")
    handle = await begin(scene, await order(scene))
    await first.until_held()
    assert (await books.free(), await books.charges()) == (free - 1, 1)
    await books.rows(RIVAL)
    await first.kill()
    second = await scene.worker(point)
    await second.until_held()
    await die(scene)
    outcome = await handle.result()
    assert outcome.error_type == "quote-refused", outcome.error
    await woken(second)
    assert (await books.free(), await books.funds()) == (free, funds)
    await books.check_nothing_is_ordered()


async def an_order_that_wakes_too_late(scene: Scene) -> None:
    """The last step stands still in a frozen worker, is refused in another, and nothing is in its way when it wakes."""
    books = Books(scene)
    free, funds = await books.free(), await books.funds()
    worker = await scene.worker("before the fulfilment")
    handle = await begin(scene, await order(scene))
    await worker.until_held()
    worker.send(signal.SIGSTOP)
    await books.rows(RIVAL)
    await scene.worker()
    assert (await handle.result()).error_type == "quote-refused"
    await books.rows("delete from services where service_id = 'SVC-X'")
    worker.release()
    await woken(worker)
    assert (await books.free(), await books.funds()) == (free, funds)
    await books.check_nothing_is_ordered()


STORIES = {**dict.fromkeys(ORDER_POINTS, an_order), **dict.fromkeys(REFUND_POINTS, a_refund),
           **dict.fromkeys(BACK_POINTS, an_order_on_its_way_back)}  # fmt: skip
KILLED = {f"killed {point}": partial(story, point, killed) for point, story in STORIES.items()}
FROZEN = {
    f"frozen {point}": partial(story, point, frozen)
    for point, story in STORIES.items()
    if point in {"before the charge", "before the charge is reversed"}
}
"""What a late attempt meets: the money that another has taken, or has given back."""
SCENES: dict[str, Callable[[Scene], Awaitable[None]]] = {
    **KILLED,
    **FROZEN,
    "frozen before the fulfilment, refused meanwhile": an_order_that_wakes_too_late,
}


@pytest.mark.parametrize("name", SCENES)
async def test_a_worker_dies_in_a_saga(played: Callable[[str], Awaitable[None]], name: str):
    await played(name)
