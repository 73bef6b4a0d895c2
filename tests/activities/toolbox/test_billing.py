"""Money: found, given back once, never more than was charged, and the books balance."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from tests.activities.office import Office, request, yes_to

pytestmark = pytest.mark.integration

ME = {"customer_id": "CUST_001"}
CREDIT = ME | {"amount": "49.99", "reason": "Premium plan charged twice", "invoice_id": "INV-2026-11-0001"}

CREDITS_BOOKED = "select count(*) from ledger_transactions where kind = 'credit'"


async def balanced(office: Office) -> bool:
    """Whether every transaction in the ledger sums to zero."""
    return await office.rows("select 1 from ledger_entries group by transaction_id having sum(amount) <> 0") == []


async def test_the_duplicate_of_cust_001_is_found(library: Office):
    outcome = await library.run("get_billing_information", ME)
    [duplicate] = outcome.result["duplicate_charges"]
    assert (duplicate["service"], duplicate["amount"], duplicate["credited"]) == ("Premium plan", "49.99", False)
    assert duplicate["invoice_ids"] == ["INV-2026-11-0001", "INV-2026-11-0001"]
    assert duplicate["charged_on"] == ["2026-11-01", "2026-11-03"]
    assert Decimal(duplicate["amount"]) < 100
    assert outcome.result["balance"] == "0.00"


@pytest.mark.parametrize(
    ("customer", "amounts"),
    [
        ("test_customer_123", ["34.99"]),
        ("CUST_002", ["34.99", "22.99"]),
        ("CUST_003", ["149.00"]),
        ("CUST_004", ["34.99"]),
        ("CUST_010", []),
    ],
)
async def test_duplicates_of_other_customers(library: Office, customer: str, amounts: list[str]):
    outcome = await library.run("get_billing_information", {"customer_id": customer})
    assert [found["amount"] for found in outcome.result["duplicate_charges"]] == amounts


async def test_one_invoice_can_be_asked_for(library: Office):
    outcome = await library.run("get_billing_information", ME | {"invoice_id": "INV-2026-08-0001"})
    [invoice] = outcome.result["invoices"]
    assert invoice["invoice_id"] == "INV-2026-08-0001"
    assert [payment["status"] for payment in invoice["payments"]] == ["completed"]
    assert sum(Decimal(charge["amount"]) for charge in invoice["charges"]) == Decimal(invoice["total"])
    assert outcome.result["duplicate_charges"], "duplicates are searched for in all invoices"


async def test_invoices_are_the_latest_and_newest_first(library: Office):
    outcome = await library.run("get_billing_information", ME | {"max_invoices": 3})
    assert [invoice["invoice_id"][4:11] for invoice in outcome.result["invoices"]] == ["2026-11", "2026-10", "2026-09"]


async def test_a_credit_is_booked_and_seen_at_once(office: Office):
    outcome = await office.credit(CREDIT)
    assert outcome.success, outcome.error
    assert outcome.result == {
        "transaction_id": outcome.result["transaction_id"],
        "amount": "49.99",
        "currency": "USD",
        "invoice_id": "INV-2026-11-0001",
        "new_balance": "-49.99",
    }
    bill = (await office.run("get_billing_information", ME)).result
    assert bill["balance"] == "-49.99"
    assert bill["duplicate_charges"][0]["credited"] is True
    assert bill["recent_credits"][0]["transaction_id"] == outcome.result["transaction_id"]
    assert await balanced(office)


async def test_the_same_consent_is_one_credit_however_often_it_is_called(office: Office):
    first = await office.credit(CREDIT)
    spelled = CREDIT | {"amount": 49.99, "reason": " Premium plan charged twice "}
    second = await office.credit(spelled, message_id="m-yes", occasion="m-77")
    assert first.call_id != second.call_id
    assert first.result == second.result
    assert await office.value(CREDITS_BOOKED) == 1


async def test_a_new_consent_is_a_new_credit(office: Office):
    first = await office.credit(CREDIT)
    second = await office.credit(CREDIT, message_id="m-yes-again")
    assert first.result["transaction_id"] != second.result["transaction_id"]
    assert second.result["new_balance"] == "-99.98"
    assert await office.value(CREDITS_BOOKED) == 2
    assert await balanced(office)


async def test_conversations_side_by_side_give_a_duplicate_back_once(office: Office):
    """Each was offered the credit while the charge was still open; the invoice alone would support two."""
    outcomes = await asyncio.gather(*(office.credit(CREDIT, conversation_id=f"c-{n}") for n in range(3)))
    assert sorted(outcome.success for outcome in outcomes) == [False, False, True]
    assert {outcome.error_type for outcome in outcomes if not outcome.success} == {"credit-too-large"}
    assert await office.value(CREDITS_BOOKED) == 1
    assert await balanced(office)


async def test_twenty_at_once_are_one_credit(office: Office):
    outcomes = await asyncio.gather(*(office.credit(CREDIT) for _ in range(20)))
    assert {outcome.result["transaction_id"] for outcome in outcomes} == {outcomes[0].result["transaction_id"]}
    assert await office.value(CREDITS_BOOKED) == 1
    assert await balanced(office)


async def test_many_different_consents_at_once_stay_under_what_was_charged(office: Office):
    outcomes = await asyncio.gather(*(office.credit(CREDIT, message_id=f"m-{n}") for n in range(8)))
    # The invoice is 119.96: two credits of 49.99 fit, a third does not.
    assert sum(outcome.success for outcome in outcomes) == 2
    assert {outcome.error_type for outcome in outcomes if not outcome.success} == {"credit-too-large"}
    assert await balanced(office)


async def test_a_credit_is_never_more_than_the_invoice(office: Office):
    more = {
        "customer_id": "CUST_010",
        "amount": "90.00",
        "reason": "More than was charged",
        "invoice_id": "INV-2026-10-0010",
    }
    outcome = await office.credit(more)
    assert outcome.error_type == "credit-too-large"
    total = await office.value("select total from invoices where invoice_id = 'INV-2026-10-0010'")
    assert f"{total}" in outcome.error
    assert await office.value(CREDITS_BOOKED) == 0
    assert await office.value("select count(*) from effects") == 0, "a refused effect leaves no key behind"


async def test_without_an_invoice_the_years_charges_are_the_bound(office: Office):
    goodwill = {"customer_id": "CUST_013", "amount": "60.00", "reason": "Long fault"}
    results = [await office.credit(goodwill, message_id=f"m-{n}") for n in range(30)]
    charged = await office.value("select sum(total) from invoices where customer_id = 'CUST_013'")
    given = -(await office.value("select sum(amount) from ledger_entries where account_id = 'receivable:CUST_013'"))
    assert any(result.error_type == "credit-too-large" for result in results)
    paid = await office.value(
        "select sum(amount) from payments join invoices using (invoice_id) "
        "where customer_id = 'CUST_013' and payments.status = 'completed'"
    )
    assert given <= paid <= charged


async def test_credits_on_invoices_and_without_share_one_bound(office: Office):
    """Else everything could be given back twice: once as goodwill, once invoice by invoice."""
    goodwill = {"customer_id": "CUST_010", "amount": "100.00", "reason": "Long fault"}
    for n in range(3):
        await office.credit(goodwill, message_id=f"m-{n}")
    for invoice in await office.rows("select invoice_id, total from invoices where customer_id = 'CUST_010'"):
        on_invoice = goodwill | {"amount": f"{invoice['total']}", "invoice_id": invoice["invoice_id"]}
        await office.credit(on_invoice, message_id=invoice["invoice_id"])
    charged = await office.value("select sum(total) from invoices where customer_id = 'CUST_010'")
    given = -await office.value(
        "select sum(amount) from ledger_entries join ledger_transactions using (transaction_id)"
        " where account_id = 'receivable:CUST_010' and kind = 'credit'"
    )
    assert 0 < given <= charged


@pytest.mark.parametrize("invoice_id", ["INV-2026-11-0002", "INV-2026-11-4242"])
async def test_other_peoples_invoices_and_invented_ones_are_not_found(office: Office, invoice_id: str):
    outcome = await office.credit(CREDIT | {"invoice_id": invoice_id})
    assert outcome.error_type == "not-found"
    assert await office.value(CREDITS_BOOKED) == 0


@pytest.mark.parametrize(
    "other",
    [{"amount": "49.98"}, {"reason": "Something else"}, {"invoice_id": None}, {"invoice_id": "INV-2026-10-0001"}],
)
async def test_consent_to_one_credit_is_none_to_another(office: Office, other: dict[str, Any]):
    consent = yes_to("apply_credit_adjustment", CREDIT)
    outcome = await office.run("apply_credit_adjustment", CREDIT | other, consent=consent)
    assert outcome.error_type == "consent-required"
    assert await office.value(CREDITS_BOOKED) == 0


async def test_a_credit_knows_its_consent_and_its_agent(office: Office):
    await office.credit(CREDIT)
    [effect] = await office.rows("select * from effects")
    assert (effect["tool"], effect["agent"], effect["customer_id"]) == (
        "apply_credit_adjustment",
        "billing",
        "CUST_001",
    )
    assert effect["result"]["amount"] == "49.99"
    transaction = await office.value("select effect_key from ledger_transactions where kind = 'credit'")
    assert transaction == effect["key"]


async def test_a_killed_connection_in_mid_credit_leaves_all_or_nothing(office: Office):
    call = request("apply_credit_adjustment", CREDIT, consent=yes_to("apply_credit_adjustment", CREDIT))
    async with office.pool.connection() as holder, holder.transaction():
        await holder.execute("select from customers where customer_id = 'CUST_001' for update")
        waiting = asyncio.ensure_future(office.tools.run(call))
        while not await office.value("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"):
            await asyncio.sleep(0.02)
        await office.rows("select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'")
        with pytest.raises(Exception, match="PostgreSQL is away") as raised:
            await waiting
    assert raised.value.type == "back-office-unavailable"
    assert await office.value("select count(*) from effects") == 0
    assert (await office.tools.run(call)).success
    assert await office.value(CREDITS_BOOKED) == 1
