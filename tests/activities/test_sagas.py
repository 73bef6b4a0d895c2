"""Sagas on the real back office: each step once, taken back to exactly what was before, wherever they fail."""

import asyncio
from decimal import Decimal
from typing import Literal

import pytest
from temporalio.exceptions import ApplicationError

from activities.sagas import SagaActivities, SagaRun
from activities.tools import ToolActivities
from adapters.postgres.back_office import postgres_back_office
from domain.errors import BackOfficeUnavailable, NotFound, PaymentDeclined
from domain.messages import ToolRequest
from domain.state import AgentType
from tests.activities.faulty import SAGAS, STEPS, UNDOES, Trouble, agreed_call, faulty, raising
from tests.activities.office import Office, request, yes_to
from tests.activities.toolbox.commerce import agreed, assert_books_are_right, everything, quote

pytestmark = pytest.mark.integration

DECLINED = PaymentDeclined("The bank declined it.")


def in_trouble(office: Office, name: str, when: Literal["before", "after"], trouble: Trouble) -> ToolActivities:
    return ToolActivities(faulty(postgres_back_office(office.pool), name, when, trouble))


async def admitted(office: Office, call: ToolRequest) -> tuple[SagaActivities, SagaRun]:
    sagas = office.tools.sagas
    admission = await sagas.admit(call)
    assert admission.run is not None, admission.outcome.error
    return sagas, admission.run


@pytest.mark.parametrize("name", STEPS)
async def test_a_step_that_is_refused_leaves_nothing_behind(office: Office, name: str):
    call = await agreed_call(office, name.partition(".")[0])
    before = await everything(office)
    outcome = await in_trouble(office, name, "before", raising(DECLINED)).run(call)
    assert (outcome.success, outcome.error_type, outcome.error) == (False, "payment-declined", str(DECLINED))
    assert await everything(office) == before
    await assert_books_are_right(office)


@pytest.mark.parametrize("name", STEPS)
async def test_a_step_that_happened_and_was_then_refused_leaves_nothing_behind_or_all(office: Office, name: str):
    """As with an attempt that everybody believed dead: it has its effect after all."""
    tool = name.partition(".")[0]
    call = await agreed_call(office, tool)
    before = await everything(office)
    outcome = await in_trouble(office, name, "after", raising(DECLINED)).run(call)
    if name == SAGAS[tool].last:
        assert outcome.success, outcome.error
        assert (await office.tools.run(call)).result == outcome.result
    else:
        assert outcome.error_type == "payment-declined"
        assert await everything(office) == before
    await assert_books_are_right(office)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_attempt_that_died_is_gone_on_with(office: Office, name: str, when: Literal["before", "after"]):
    call = await agreed_call(office, name.partition(".")[0])
    tools = in_trouble(office, name, when, raising(BackOfficeUnavailable("away"), times=1))
    with pytest.raises(ApplicationError) as died:
        await tools.run(call)
    assert not died.value.non_retryable
    outcome = await tools.run(call)
    assert outcome.success, outcome.error
    assert (await tools.run(call)).result == outcome.result
    await assert_books_are_right(office)


@pytest.mark.parametrize("tool", SAGAS)
@pytest.mark.parametrize("done", [1, 2])
async def test_undone_steps_are_undone_once_and_never_done_again(office: Office, tool: str, done: int):
    call = await agreed_call(office, tool)
    before = await everything(office)
    saga, (sagas, run) = SAGAS[tool], await admitted(office, call)
    for name in saga.way[:done]:
        assert (await sagas.do(name, run)).success
    assert await everything(office) != before
    assert (await sagas.give_up(run)).happened is None
    for _ in range(2):
        for step in saga.way_back:
            await sagas.undo(step.undo, run)
        assert await everything(office) == before
    assert [(await sagas.do(name, run)).error_type for name in saga.way] == ["taken-back"] * 3
    assert await everything(office) == before
    await assert_books_are_right(office)


@pytest.mark.parametrize("tool", SAGAS)
async def test_what_is_complete_is_not_given_up(office: Office, tool: str):
    call = await agreed_call(office, tool)
    outcome = await office.tools.run(call)
    sagas, run = await admitted(office, call)
    happened = (await sagas.give_up(run)).happened
    assert happened is not None
    assert (happened.success, happened.result, happened.call_id) == (True, outcome.result, call.call.call_id)


@pytest.mark.parametrize("tool", SAGAS)
async def test_the_same_yes_after_a_failure_does_nothing_and_a_new_one_does(office: Office, tool: str):
    call = await agreed_call(office, tool)
    first = SAGAS[tool].way[1]
    assert not (await in_trouble(office, first, "before", raising(DECLINED)).run(call)).success
    again = await office.tools.run(call)
    assert (again.error_type, "make a new offer" in again.error) == ("taken-back", True)
    assert call.consent is not None
    new_yes = call.model_copy(update={"consent": call.consent.model_copy(update={"message_id": "m-new"})})
    outcome = await office.tools.run(new_yes)
    assert outcome.success, outcome.error
    await assert_books_are_right(office)


@pytest.mark.parametrize("name", STEPS)
async def test_many_at_once_for_one_yes_agree_whether_it_happened(office: Office, name: str):
    """Some of them are refused half-way: then nothing remains, or all are told that it happened."""
    tool = name.partition(".")[0]
    call = await agreed_call(office, tool)
    before = await everything(office)
    refused = in_trouble(office, name, "before", raising(DECLINED, times=2))
    outcomes = await asyncio.gather(*(refused.run(call) for _ in range(4)))
    if outcomes[0].success:
        assert [outcome.result for outcome in outcomes] == [outcomes[0].result] * 4
    else:
        assert {outcome.error_type for outcome in outcomes} <= {"payment-declined", "taken-back"}
        assert await everything(office) == before
    await assert_books_are_right(office)


@pytest.mark.parametrize("name", UNDOES)
async def test_errors_of_an_undo_are_never_final(office: Office, name: str):
    _, run = await admitted(office, await agreed_call(office, name.partition(".")[0]))
    sagas = in_trouble(office, name, "before", raising(NotFound("There is no such thing.")))
    with pytest.raises(ApplicationError) as raised:
        await sagas.sagas.undo(name, run)
    assert (raised.value.type, raised.value.non_retryable) == ("not-found", False)


async def test_a_plan_that_began_meanwhile_stops_the_order_and_the_money_goes_back(office: Office):
    """Between the charge and the start of the services, another order's plan takes the place."""
    funds = "select funds from bank_limits where method_id = 'PM-0001-1'"
    before = await office.value(funds)
    wanted = await quote(office, "CUST_001", ("tv_starter", 1), ("tv_box", 1))

    async def another_order() -> None:
        assert await office.value(funds) < before, "the money is taken by then"
        await office.rows(
            "insert into services (service_id, customer_id, product_id, status, monthly_price, started_on)"
            " values ('SVC-X', 'CUST_001', 'tv_complete', 'active', 1, '2026-11-20') returning 1"
        )

    call = request("process_order", wanted, consent=yes_to("process_order", wanted), agent=AgentType.SALES)
    outcome = await in_trouble(office, "process_order.fulfil", "before", another_order).run(call)
    assert (outcome.error_type, "TV Complete" in outcome.error) == ("quote-refused", True), outcome.error
    assert await office.value(funds) == before
    assert await office.value("select count(*) from stock where reserved > 0") == 0
    [invoice] = await office.rows("select status from invoices where invoice_id like 'INV-ORD%%'")
    assert invoice["status"] == "void"
    kinds = await office.rows("select kind from ledger_transactions where invoice_id like 'INV-ORD%%' order by 1")
    assert [row["kind"] for row in kinds] == ["invoice", "invoice_reversal", "payment", "payment_reversal"]
    await assert_books_are_right(office)


async def test_a_refund_that_somebody_gave_meanwhile_is_not_given_twice(office: Office):
    funds = "select sum(funds) from bank_limits"
    before = await office.value(funds)
    call = await agreed_call(office, "process_order")
    sagas, run = await admitted(office, call)
    for name in SAGAS["process_order"].way[:2]:
        assert (await sagas.do(name, run)).success
    invoice = await office.value("select invoice_id from orders")
    back = {"customer_id": "CUST_001", "invoice_id": invoice, "amount": "50.00", "reason": "Too slow."}
    assert (await agreed(office, "refund_manager", back, identity="verified")).success
    for step in SAGAS["process_order"].way_back:
        await sagas.undo(step.undo, run)
    assert await office.value(funds) == before
    assert await office.value("select sum(amount) from ledger_entries where account_id = 'receivable:CUST_001'") == 0
    more = await agreed(office, "refund_manager", back, identity="verified", message_id="m-2")
    assert more.error_type in {"refund-too-large", "not-found"}


async def test_a_notice_that_was_sent_is_corrected(office: Office):
    call = await agreed_call(office, "refund_manager")
    sagas, run = await admitted(office, call)
    for name in SAGAS["refund_manager"].way[:2]:
        assert (await sagas.do(name, run)).success
    await office.rows("update notifications set status = 'sent' returning 1")
    for step in SAGAS["refund_manager"].way_back:
        await sagas.undo(step.undo, run)
    first, second = await office.rows("select * from notifications order by notification_id")
    assert (first["status"], second["status"]) == ("sent", "queued")
    assert first["recipient"] == second["recipient"]
    assert "no money is on its way" in second["body"]


async def test_after_a_recall_the_dispute_is_open_and_the_money_can_be_given_back_again(office: Office):
    call = await agreed_call(office, "refund_manager")
    sagas, run = await admitted(office, call)
    assert (await sagas.do("refund_manager.reverse", run)).success
    paid_out = await office.value("select funds from bank_limits where method_id = 'PM-0001-1'")
    await sagas.undo("refund_manager.recall", run)
    assert await office.value("select funds from bank_limits where method_id = 'PM-0001-1'") == paid_out - Decimal(
        "49.99"
    )
    assert await office.value("select status from disputes where invoice_id = 'INV-2026-11-0001'") == "open"
    bill = (await office.run("get_billing_information", {"customer_id": "CUST_001"})).result
    assert bill["duplicate_charges"][0]["credited"] is False
    assert call.consent is not None
    again = call.model_copy(update={"consent": call.consent.model_copy(update={"message_id": "m-2"})})
    assert (await office.tools.run(again)).success
    await assert_books_are_right(office)
