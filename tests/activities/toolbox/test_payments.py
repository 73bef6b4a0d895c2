"""Money in, in parts, in doubt and back: never more than is due or was paid, and once."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest

from domain.messages import ToolOutcome
from domain.state import AgentType
from domain.toolbox import saga_of
from tests.activities.office import Office, request, yes_to
from tests.activities.toolbox.commerce import agreed, assert_books_are_right, everything

pytestmark = pytest.mark.integration

VERIFIED = {"identity": "verified"}
OVERDUE = {"customer_id": "CUST_019", "invoice_id": "INV-2026-10-0019", "amount": "103.96"}
"""Of a suspended customer, whose bank lets 500 through."""
SMALL = {"customer_id": "CUST_005", "invoice_id": "INV-2026-10-0005", "amount": "27.98"}
"""Of one whose bank lets 30 through."""
PLAN = OVERDUE | {"instalments": 3}
REFUND = {
    "customer_id": "CUST_001",
    "invoice_id": "INV-2026-11-0001",
    "amount": "49.99",
    "reason": "Premium plan charged twice.",
}
DISPUTE = {
    "customer_id": "CUST_001",
    "action": "open",
    "invoice_id": "INV-2026-11-0001",
    "amount": "49.99",
    "reason": "Premium plan stands there twice.",
}
GOOD = {"process_payment": OVERDUE, "setup_payment_plan": PLAN, "refund_manager": REFUND, "dispute_tracker": DISPUTE}


async def run(office: Office, tool: str, arguments: dict[str, Any], **changes: Any) -> ToolOutcome:
    if tool == "dispute_tracker":
        return await office.run(tool, arguments, **changes)
    return await agreed(office, tool, arguments, **VERIFIED | changes)


async def pay(office: Office, arguments: dict[str, Any], **changes: Any) -> ToolOutcome:
    return await run(office, "process_payment", arguments, **changes)


async def refund(office: Office, arguments: dict[str, Any], **changes: Any) -> ToolOutcome:
    return await run(office, "refund_manager", arguments, **changes)


async def test_a_payment_settles_its_invoice(office: Office):
    paid = await pay(office, OVERDUE)
    assert paid.success, paid.error
    assert (paid.result["still_due"], paid.result["new_balance"]) == ("0.00", "103.96")
    assert paid.result["charged_to"] == "Bank account ending 1919"
    assert await office.value("select funds from bank_limits where method_id = 'PM-0019-1'") == Decimal("396.04")
    asked = {"customer_id": "CUST_019", "invoice_id": OVERDUE["invoice_id"]}
    [invoice] = (await office.run("get_billing_information", asked)).result["invoices"]
    assert invoice["status"] == "paid"
    assert [(p["amount"], p["method"], p["status"]) for p in invoice["payments"]] == [
        ("103.96", "direct_debit", "completed")
    ]
    assert (await pay(office, OVERDUE, message_id="m-again")).error_type == "payment-refused"
    await assert_books_are_right(office)


async def test_parts_are_taken_until_nothing_is_due(office: Office):
    first = await pay(office, OVERDUE | {"amount": "60.00"}, message_id="m-1", identity="authenticated")
    too_much = await pay(office, OVERDUE | {"amount": "60.00"}, message_id="m-2")
    second = await pay(office, OVERDUE | {"amount": "43.96"}, message_id="m-3")
    assert (first.result["still_due"], second.result["still_due"]) == ("43.96", "0.00")
    assert too_much.error_type == "payment-refused"
    assert "Only 43.96 is due" in too_much.error
    await assert_books_are_right(office)


async def test_a_declined_card_charges_nothing_and_names_the_others(office: Office):
    assert (await pay(office, SMALL)).success
    before = await everything(office)
    declined = await pay(office, SMALL | {"invoice_id": "INV-2026-11-0005"})
    assert declined.error_type == "payment-declined"
    assert "Nothing was charged" in declined.error
    assert await everything(office) == before
    blocked = await pay(office, {"customer_id": "CUST_033", "invoice_id": "INV-2026-11-0033", "amount": "66.97"})
    assert blocked.error_type == "payment-declined"
    assert "There is no other method" in blocked.error
    assert "blocked" not in blocked.error, "the bank does not tell us why"
    assert await everything(office) == before


async def test_the_last_money_on_a_card_is_taken_once(office: Office):
    """Two invoices of 27.98, a card that lets 30 through."""
    both = [SMALL, SMALL | {"invoice_id": "INV-2026-11-0005"}]
    outcomes = await asyncio.gather(*(pay(office, arguments) for arguments in both))
    assert sorted(outcome.error_type for outcome in outcomes) == ["", "payment-declined"]
    assert await office.value("select funds from bank_limits where method_id = 'PM-0005-1'") == Decimal("2.02")
    await assert_books_are_right(office)


@pytest.mark.parametrize("tool", GOOD)
async def test_the_same_effect_happens_once_however_often(office: Office, tool: str):
    outcomes = await asyncio.gather(*(run(office, tool, GOOD[tool]) for _ in range(5)))
    assert outcomes[0].success, outcomes[0].error
    assert all(outcome.result == outcomes[0].result for outcome in outcomes)
    saga = saga_of(tool)
    assert await office.value("select count(*) from effects") == (1 if saga is None else len(saga.way))
    await assert_books_are_right(office)


@pytest.mark.parametrize("tool", ["process_payment", "setup_payment_plan", "refund_manager"])
async def test_many_at_once_with_yeses_of_their_own_stay_within_what_is_due_or_paid(office: Office, tool: str):
    """Of 103.96 due one payment and one plan fit; of 119.96 paid two refunds of 49.99."""
    outcomes = await asyncio.gather(*(run(office, tool, GOOD[tool], message_id=f"m-{n}") for n in range(6)))
    assert sum(outcome.success for outcome in outcomes) == (2 if tool == "refund_manager" else 1)
    refusals = {"process_payment": "payment-refused", "setup_payment_plan": "plan-refused"}
    assert {o.error_type for o in outcomes if not o.success} == {refusals.get(tool, "refund-too-large")}
    await assert_books_are_right(office)


@pytest.mark.parametrize(
    ("tool", "changes", "error", "says"),
    [
        ("process_payment", {"amount": "103.97"}, "payment-refused", "Only 103.96"),
        ("process_payment", {"invoice_id": "INV-2026-09-0019"}, "payment-refused", "Nothing is due"),
        ("process_payment", {"payment_method_id": "PM-0001-1"}, "not-found", "PM-0019-1"),
        ("process_payment", {"customer_id": "CUST_006", "invoice_id": "INV-2026-11-0006"}, "payment-refused", "due"),
        ("process_payment", {"amount": "1000.01"}, "approval-required", "approval is asked for"),
        ("setup_payment_plan", {"amount": "59.99"}, "plan-refused", "between 60.00 and 103.96"),
        ("setup_payment_plan", {"amount": "104.00"}, "plan-refused", "between 60.00 and 103.96"),
        ("setup_payment_plan", SMALL, "plan-refused", "Offer a payment instead"),
        ("setup_payment_plan", {"first_payment_on": "2026-11-19"}, "plan-refused", "between 2026-11-20"),
        ("setup_payment_plan", {"first_payment_on": "2026-11-28"}, "plan-refused", "and 2026-11-27"),
        ("setup_payment_plan", {"first_payment_on": "2020-01-01"}, "plan-refused", "Choose a day"),
        ("setup_payment_plan", {"instalments": 7}, "invalid-arguments", "instalments"),
        ("setup_payment_plan", {"instalments": 1}, "invalid-arguments", "instalments"),
        ("refund_manager", {"amount": "100.01"}, "approval-required", "approval is asked for"),
        ("refund_manager", {"invoice_id": "INV-2026-08-0001", "amount": "80.00"}, "refund-too-large", "at most"),
        ("refund_manager", {"dispute_id": "DSP-901"}, "not-found", "List them"),
        (
            "refund_manager",
            {"customer_id": "CUST_019", "invoice_id": "INV-2026-10-0019"},
            "payment-refused",
            "apply_credit_adjustment",
        ),
        (
            "refund_manager",
            {"customer_id": "CUST_012", "invoice_id": "INV-2026-11-0012", "amount": "10.00"},
            "not-found",
            "Billing > Payment methods",
        ),
        ("dispute_tracker", {"amount": "120.00"}, "dispute-refused", "119.96"),
        ("dispute_tracker", {"invoice_id": "INV-2026-09-0001"}, "dispute-refused", "eight weeks"),
        ("dispute_tracker", {"action": "withdraw", "dispute_id": "DSP-901"}, "not-found", "no dispute DSP-901"),
        ("dispute_tracker", {"action": "list", "dispute_id": "DSP-901"}, "not-found", "no dispute DSP-901"),
        (
            "dispute_tracker",
            {"customer_id": "CUST_004", "invoice_id": "INV-2026-11-0004-B", "amount": "34.99"},
            "dispute-refused",
            "in dispute already: DSP-901",
        ),
    ],
)
async def test_refusals_say_what_to_do_and_change_nothing(
    office: Office, tool: str, changes: dict[str, Any], error: str, says: str
):
    before = await everything(office)
    wanted = GOOD[tool] | changes
    if error == "invalid-arguments":
        outcome = await office.run(tool, wanted, **VERIFIED)
    else:
        outcome = await run(office, tool, wanted)
    assert (outcome.error_type, says in outcome.error) == (error, True), outcome.error
    assert await everything(office) == before


@pytest.mark.parametrize("tool", GOOD)
@pytest.mark.parametrize("invoice_id", ["INV-2026-11-0002", "INV-2026-11-4242"])
async def test_other_peoples_invoices_and_invented_ones_are_not_found(office: Office, tool: str, invoice_id: str):
    before = await everything(office)
    outcome = await run(office, tool, GOOD[tool] | {"invoice_id": invoice_id})
    assert outcome.error_type == "not-found"
    assert await everything(office) == before


@pytest.mark.parametrize("tool", GOOD)
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"agent": AgentType.SALES}, "not-authorized"),
        ({"agent": AgentType.TIER1}, "not-authorized"),
        ({"identity": "claimed"}, "not-authorized"),
        ({"customer_id": "CUST_002"}, "not-found"),
    ],
)
async def test_who_may_not_is_refused(office: Office, tool: str, changes: dict[str, Any], error: str):
    before = await everything(office)
    assert (await run(office, tool, GOOD[tool], **changes)).error_type == error
    assert await everything(office) == before


@pytest.mark.parametrize("tool", ["process_payment", "setup_payment_plan", "refund_manager"])
async def test_without_a_yes_to_exactly_this_nothing_happens(office: Office, tool: str):
    before = await everything(office)
    assert (await office.run(tool, GOOD[tool], **VERIFIED)).error_type == "consent-required"
    other = yes_to(tool, GOOD[tool] | {"amount": "1.00"})
    assert (await office.run(tool, GOOD[tool], consent=other, **VERIFIED)).error_type == "consent-required"
    assert await everything(office) == before


async def test_above_one_hundred_a_payment_needs_a_verified_customer(office: Office):
    refused = await pay(office, OVERDUE, identity="authenticated")
    assert refused.error_type == "not-authorized"
    assert "verify_customer_identity" in refused.error


async def test_a_plan_has_equal_parts_and_runs_alone(office: Office):
    planned = await run(office, "setup_payment_plan", PLAN | {"first_payment_on": "2026-11-24"})
    assert planned.success, planned.error
    assert [(i["due_on"], i["amount"]) for i in planned.result["instalments"]] == [
        ("2026-11-24", "34.66"), ("2026-12-24", "34.65"), ("2027-01-24", "34.65"),
    ]  # fmt: skip
    second = await run(office, "setup_payment_plan", PLAN | {"invoice_id": "INV-2026-11-0019"}, message_id="m-second")
    assert second.error_type == "plan-refused"
    assert planned.result["plan_id"] in second.error
    assert (await pay(office, OVERDUE)).success
    assert await office.value("select status from payment_plans") == "completed"
    third = await run(office, "setup_payment_plan", PLAN | {"invoice_id": "INV-2026-11-0019"}, message_id="m-third")
    assert third.success, third.error
    await assert_books_are_right(office)


async def test_a_plan_leaves_out_what_is_in_dispute(office: Office):
    doubt = DISPUTE | {"customer_id": "CUST_019", "invoice_id": "INV-2026-11-0019", "amount": "32.99"}
    assert (await run(office, "dispute_tracker", doubt)).success
    plan = PLAN | {"invoice_id": "INV-2026-11-0019"}
    assert "70.97" in (await run(office, "setup_payment_plan", plan)).error
    assert (await run(office, "setup_payment_plan", plan | {"amount": "70.97"})).success


async def test_a_refund_is_paid_out_confirmed_and_seen(office: Office):
    made = await refund(office, REFUND)
    assert made.success, made.error
    assert (made.result["paid_to"], made.result["still_refundable"]) == ("Visa ending 4242", "69.97")
    assert made.result["new_balance"] == "0.00"
    assert await office.value("select funds from bank_limits where method_id = 'PM-0001-1'") == Decimal("5049.99")
    [note] = await office.rows("select * from notifications")
    assert note["notification_id"] == made.result["notification_id"]
    assert str(made.result["transaction_id"]) in note["body"]
    [kept] = await office.rows("select * from customer_notes where effect_key is not null")
    assert (kept["category"], str(made.result["refund_id"]) in kept["note"]) == ("billing", True)
    bill = (await office.run("get_billing_information", {"customer_id": "CUST_001"})).result
    assert bill["duplicate_charges"][0]["credited"] is True
    await assert_books_are_right(office)


async def test_credits_and_refunds_share_one_bound(office: Office):
    """Of 119.96: 49.99 as a credit, 49.99 paid out, and 19.98 are left."""
    assert (await office.credit(REFUND)).success
    assert (await refund(office, REFUND)).success
    too_much = await refund(office, REFUND, message_id="m-2")
    assert too_much.error_type == "refund-too-large"
    assert "19.98" in too_much.error
    assert (await office.credit(REFUND, message_id="m-2")).error_type == "credit-too-large"
    assert (await refund(office, REFUND | {"amount": "19.98"}, message_id="m-3")).success
    await assert_books_are_right(office)


async def test_what_an_order_charged_goes_back_to_the_card_it_came_from(office: Office):
    basket = {"customer_id": "CUST_001", "items": [{"product_id": "mesh_point"}]}
    quoted: Any = (await office.run("generate_quote", basket, agent=AgentType.SALES)).result
    agreed_on = {
        "customer_id": "CUST_001", "quote_id": quoted["quote_id"], "amount": "79.00", "monthly_total": "0.00",
        "payment_method_id": "PM-0001-2",
    }  # fmt: skip
    placed = await agreed(office, "process_order", agreed_on, agent=AgentType.SALES)
    back = REFUND | {"invoice_id": placed.result["invoice_id"], "amount": "79.00", "reason": "Withdrew in time."}
    made = await refund(office, back)
    assert made.result["paid_to"] == "Mastercard ending 4444"
    assert await office.value("select funds from bank_limits where method_id = 'PM-0001-2'") == Decimal("2500.00")
    await assert_books_are_right(office)


async def test_a_dispute_is_opened_listed_and_withdrawn(office: Office):
    opened = await run(office, "dispute_tracker", DISPUTE)
    [dispute] = opened.result["disputes"]
    assert (dispute["status"], dispute["answer_by"]) == ("open", "2026-12-04")
    twice = await run(office, "dispute_tracker", DISPUTE, occasion="m-2")
    assert twice.error_type == "dispute-refused"
    listed = await run(office, "dispute_tracker", {"customer_id": "CUST_001"})
    assert listed.result["disputes"] == [dispute]
    gone = {"customer_id": "CUST_001", "action": "withdraw", "dispute_id": dispute["dispute_id"]}
    assert (await run(office, "dispute_tracker", gone)).result["disputes"] == [dispute | {"status": "withdrawn"}]
    assert (await run(office, "dispute_tracker", gone, occasion="m-3")).error_type == "dispute-refused"
    assert (await run(office, "dispute_tracker", DISPUTE, occasion="m-4")).success, "it can be opened anew"


async def test_a_refund_settles_its_dispute_and_no_other(office: Office):
    opened = await run(office, "dispute_tracker", DISPUTE)
    dispute_id = opened.result["disputes"][0]["dispute_id"]
    before = await everything(office)
    for wrong in ({"invoice_id": "INV-2026-10-0001"}, {"amount": "50.00"}):
        outcome = await refund(office, REFUND | wrong | {"dispute_id": dispute_id}, message_id=str(wrong))
        assert outcome.error_type == "dispute-refused", outcome.error
    assert await everything(office) == before
    assert (await refund(office, REFUND | {"dispute_id": dispute_id})).success
    listed = await run(office, "dispute_tracker", {"customer_id": "CUST_001"})
    assert listed.result["disputes"][0]["status"] == "refunded"
    await assert_books_are_right(office)


@pytest.mark.parametrize("tool", ["process_payment", "refund_manager"])
async def test_a_killed_connection_leaves_all_or_nothing(office: Office, tool: str):
    call = request(tool, GOOD[tool], consent=yes_to(tool, GOOD[tool]), **VERIFIED)
    before = await everything(office)
    async with office.pool.connection() as holder, holder.transaction():
        await holder.execute("select from bank_limits for update")
        waiting = asyncio.ensure_future(office.tools.run(call))
        while not await office.value("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"):
            await asyncio.sleep(0.02)
        await office.rows("select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'")
        with pytest.raises(Exception, match="PostgreSQL is away"):
            await waiting
    assert await everything(office) == before
    assert (await office.tools.run(call)).success
    await assert_books_are_right(office)


@pytest.mark.parametrize("tool", GOOD)
async def test_results_are_small(office: Office, tool: str):
    outcome = await run(office, tool, GOOD[tool])
    assert len(json.dumps(outcome.result)) < 1_500
