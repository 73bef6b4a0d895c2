"""Selling: what there is, at which price, as long as it is there."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest

from domain.messages import ToolOutcome
from domain.state import AgentType
from tests.activities.office import CLAIMED, NOW, Office, request, yes_to
from tests.activities.toolbox.commerce import agreed, assert_books_are_right, everything, quote

pytestmark = pytest.mark.integration

SALES = {"agent": AgentType.SALES}
VERIFIED = {"identity": "verified"}
ME = {"customer_id": "CUST_001"}


def basket(*products: str, customer: str = "CUST_001", **more: Any) -> dict[str, Any]:
    return {"customer_id": customer, "items": [{"product_id": product} for product in products]} | more


async def order(office: Office, arguments: dict[str, Any], **changes: Any) -> ToolOutcome:
    return await agreed(office, "process_order", arguments, **SALES | VERIFIED | changes)


async def test_the_catalog_lists_by_type_price_and_words(library: Office):
    everything_sold = (await library.run("product_catalog", {}, **SALES)).result
    assert everything_sold["total"] == 20
    assert len(everything_sold["products"]) == 10
    internet = (await library.run("product_catalog", {"product_type": "mobile", "query": "5G"}, **SALES)).result
    assert [p["product_id"] for p in internet["products"]] == [
        "mobile_s", "mobile_m", "mobile_l", "phone_nova", "phone_nova_pro",
    ]  # fmt: skip
    cheap = (
        await library.run("product_catalog", {"product_type": "internet", "max_monthly_price": 20}, **SALES)
    ).result
    assert "plan_basic" in {p["product_id"] for p in cheap["products"]}
    assert "plan_standard" not in {p["product_id"] for p in cheap["products"]}
    assert {p["product_id"]: p["in_stock"] for p in cheap["products"]}["receiver_5g"] is False


async def test_what_nobody_sells_is_not_found(library: Office):
    for arguments in ({"query": "submarine"}, {"product_type": "boats"}):
        outcome = await library.run("product_catalog", arguments, **SALES)
        assert outcome.error_type == "not-found"
        assert "fewer conditions" in outcome.error


@pytest.mark.parametrize("name", ["plan_premium", "Premium plan", " PREMIUM PLAN "])
async def test_a_product_is_found_by_id_or_name(library: Office, name: str):
    product = (await library.run("get_product_information", {"product_id": name}, **SALES)).result
    assert (product["product_id"], product["monthly_price"], product["term_months"]) == ("plan_premium", "49.99", 12)
    assert product["goes_with"] == ["mobile_l", "tv_complete"]
    offers = {offer["name"]: offer for offer in product["offers"]}
    assert offers["Bundle discount"]["off"] == "5.00 a month"
    assert offers["Ten percent off internet"]["code"] == "NORTH10"
    assert offers["Ten percent off internet"]["off"] == "10% a month for 12 months"
    assert "Summer offer" not in offers, "offers that have ended are not told"


@pytest.mark.parametrize("tool", ["get_product_information", "check_inventory_availability"])
@pytest.mark.parametrize("invented", ["plan_ultra", "Premium"])
async def test_invented_products_are_not_found(library: Office, tool: str, invented: str):
    outcome = await library.run(tool, {"product_id": invented}, **SALES)
    assert outcome.error_type == "not-found"
    assert "product_catalog" in outcome.error


@pytest.mark.parametrize(
    ("product", "quantity", "enough", "available", "delivery_on", "restock_on"),
    [
        ("phone_nova_pro", 1, True, 1, "2026-11-22", None),
        ("phone_nova_pro", 2, False, 1, None, "2026-12-08"),
        ("receiver_5g", 1, False, 0, None, "2026-12-03"),
        ("mobile_l", 10, True, None, "2026-11-20", None),
    ],
)
async def test_stock_is_told_with_its_dates(
    library: Office, product: str, quantity: int, enough: bool, available: int, delivery_on: str, restock_on: str
):
    arguments = {"product_id": product, "quantity": quantity}
    told = (await library.run("check_inventory_availability", arguments, **SALES)).result
    assert (told["enough"], told["available"], told["delivery_on"], told["restock_on"]) == (
        enough, available, delivery_on, restock_on,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "amount", "monthly", "later"),
    [
        # The bundle counts what the customer has (CUST_002: mobile_m) and what is in the basket.
        (basket("plan_premium", customer="CUST_002"), "0.00", "44.99", "44.99"),
        (basket("plan_premium", customer="CUST_001"), "0.00", "49.99", "49.99"),
        (basket("plan_premium", "mobile_s"), "0.00", "57.98", "57.98"),
        (basket("tv_complete"), "0.00", "14.99", "14.99"),
        (basket("mobile_l"), "0.00", "16.49", "32.99"),
        # For gold and platinum only.
        (basket("security_suite"), "0.00", "0.00", "5.99"),
        (basket("security_suite", customer="CUST_007"), "0.00", "5.99", "5.99"),
        (basket("plan_premium", promotion_code="north10"), "0.00", "44.99", "49.99"),
        (basket("tv_box", "mesh_point"), "158.00", "0.00", "0.00"),
    ],
)
async def test_prices_take_the_offer_that_saves_most(
    library: Office, wanted: dict[str, Any], amount: str, monthly: str, later: str
):
    priced = (await library.run("pricing_engine", wanted, **SALES)).result
    assert (priced["amount"], priced["monthly_total"], priced["monthly_later"]) == (amount, monthly, later)


@pytest.mark.parametrize("tool", ["pricing_engine", "generate_quote"])
@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (basket("plan_premium", promotion_code="SUMMER25"), "not-found"),
        (basket("plan_premium", promotion_code="FREE"), "not-found"),
        (basket("mobile_s", promotion_code="NORTH10"), "not-found"),
        (basket("plan_ultra"), "not-found"),
        (basket("mobile_s", "Mobile S"), "invalid-arguments"),
    ],
)
async def test_codes_and_products_that_do_not_fit_are_refused(
    library: Office, tool: str, wanted: dict[str, Any], error: str
):
    outcome = await library.run(tool, wanted, **SALES)
    assert outcome.error_type == error, outcome
    assert await library.value("select count(*) from effects") == 0


async def test_a_quote_is_kept_for_two_weeks_and_reserves_nothing(office: Office):
    outcome = await office.run("generate_quote", basket("phone_nova_pro", "mobile_l"), **SALES)
    assert outcome.result["valid_until"] == "2026-12-04T15:00:00Z"
    assert outcome.result["price"]["amount"] == "899.00"
    assert (outcome.result["out_of_stock"], outcome.result["changes_contract"]) == ([], [])
    again = await office.run("quote_generator", basket("phone_nova_pro", "mobile_l"), **SALES)
    assert again.result == outcome.result
    assert await office.value("select count(*) from quotes where quote_id <> 'QT-901'") == 1
    assert await office.value("select sum(reserved) from stock") == 0


async def test_a_quote_says_what_stands_in_the_way(office: Office):
    outcome = await office.run("generate_quote", basket("plan_business", "receiver_5g"), **SALES)
    assert outcome.result["changes_contract"] == ["Premium plan"]
    assert outcome.result["out_of_stock"] == ["receiver_5g"]


@pytest.mark.parametrize("wanted", [basket("plan_basic", "plan_premium"), basket("tv_starter", "tv_complete")])
async def test_two_of_what_an_account_has_one_of_are_not_quoted(office: Office, wanted: dict[str, Any]):
    assert (await office.run("generate_quote", wanted, **SALES)).error_type == "quote-refused"
    assert await office.value("select count(*) from effects") == 0


async def test_an_order_reserves_charges_and_starts(office: Office):
    wanted = await quote(office, "CUST_001", ("phone_nova", 1), ("mobile_m", 2))
    placed = await order(office, wanted | {"payment_method_id": "PM-0001-2"})
    assert placed.success, placed.error
    assert placed.result["status"] == "confirmed"
    assert (placed.result["amount"], placed.result["monthly_total"]) == ("399.00", "45.98")
    assert (placed.result["charged_to"], placed.result["delivery_on"]) == ("Mastercard ending 4444", "2026-11-22")
    assert len(placed.result["new_services"]) == 2
    assert await office.value("select reserved from stock where product_id = 'phone_nova'") == 1
    assert await office.value("select funds from bank_limits where method_id = 'PM-0001-2'") == Decimal("2101.00")
    [invoice] = (await office.run("get_billing_information", ME | {"invoice_id": placed.result["invoice_id"]})).result[
        "invoices"
    ]
    assert (invoice["total"], invoice["status"], invoice["payments"][0]["amount"]) == ("399.00", "paid", "399.00")
    services = (await office.run("get_account_services", ME)).result["services"]
    assert [s["product"] for s in services].count("Mobile M") == 2
    await assert_books_are_right(office)


async def test_an_order_without_a_price_now_charges_nothing(office: Office):
    placed = await order(office, await quote(office, "CUST_001", ("mobile_s", 1)))
    assert (placed.result["status"], placed.result["invoice_id"], placed.result["charged_to"]) == (
        "fulfilled", None, None,
    )  # fmt: skip
    assert len(placed.result["new_services"]) == 1
    await assert_books_are_right(office)


async def test_the_same_yes_is_one_order_however_often(office: Office):
    wanted = await quote(office, "CUST_001", ("mesh_point", 2))
    outcomes = await asyncio.gather(*(order(office, wanted) for _ in range(6)))
    assert all(outcome.result == outcomes[0].result for outcome in outcomes)
    assert await office.value("select count(*) from orders") == 1
    assert await office.value("select reserved from stock where product_id = 'mesh_point'") == 2
    again = await order(office, wanted, message_id="m-another-yes")
    assert again.error_type == "quote-refused"
    assert outcomes[0].result["order_id"] in again.error
    await assert_books_are_right(office)


async def test_the_last_one_in_stock_is_sold_once(office: Office):
    buyers = ["CUST_001", "CUST_003", "CUST_007", "CUST_014"]
    wanted = [await quote(office, buyer, ("phone_nova_pro", 1)) for buyer in buyers]
    outcomes = await asyncio.gather(*(order(office, arguments) for arguments in wanted))
    assert sorted(outcome.error_type for outcome in outcomes) == ["", *["out-of-stock"] * 3]
    lost = next(outcome for outcome in outcomes if not outcome.success)
    assert "2026-12-08" in lost.error
    assert "Nothing was ordered" in lost.error
    assert await office.value("select count(*) from orders") == 1
    assert await office.value("select on_hand - reserved from stock where product_id = 'phone_nova_pro'") == 0
    assert await office.value("select count(*) from payments where payment_id like 'PAY-C%%'") == 1
    await assert_books_are_right(office)


async def test_orders_of_the_same_things_at_once_do_not_deadlock(office: Office):
    both = ("mesh_point", 1), ("tv_box", 1)
    wanted = [
        await quote(office, buyer, *(both if n % 2 else both[::-1]))
        for n, buyer in enumerate(["CUST_001", "CUST_003", "CUST_007", "CUST_014", "CUST_010", "CUST_011"])
    ]
    outcomes = await asyncio.gather(*(order(office, arguments) for arguments in wanted))
    assert [outcome.error for outcome in outcomes] == [""] * 6
    await assert_books_are_right(office)


async def _order_of(office: Office, customer: str, *items: tuple[str, int], **changes: Any) -> ToolOutcome:
    wanted = await quote(office, customer, *items)
    before = await everything(office)
    outcome = await order(office, wanted | changes.pop("arguments", {}), **changes)
    assert await everything(office) == before, "a refused order changes nothing"
    return outcome


@pytest.mark.parametrize(
    ("customer", "items", "changes", "error", "says"),
    [
        ("CUST_002", [("mesh_point", 1)], {}, "payment-declined", "PM-0002-2"),
        ("CUST_006", [("mesh_point", 1)], {}, "payment-refused", "Bank account ending 6006 (PM-0006-2)"),
        ("CUST_012", [("mesh_point", 1)], {}, "not-found", "Billing > Payment methods"),
        ("CUST_001", [("mesh_point", 1)], {"arguments": {"payment_method_id": "PM-0002-2"}}, "not-found", "PM-0001-1"),
        ("CUST_001", [("mesh_point", 1)], {"arguments": {"amount": "78.00"}}, "quote-refused", "79.00 now"),
        ("CUST_001", [("mobile_s", 1)], {"arguments": {"monthly_total": "1.00"}}, "quote-refused", "12.99 a month"),
        ("CUST_001", [("receiver_5g", 1)], {}, "out-of-stock", "2026-12-03"),
        (
            "CUST_001",
            [("phone_nova_pro", 1), ("mesh_point", 1)],
            {"at": "2026-12-05T00:00:00Z"},
            "quote-refused",
            "expired",
        ),
        ("CUST_001", [("plan_basic", 1)], {}, "quote-refused", "a person confirms"),
        ("CUST_005", [("mobile_m", 1)], {}, "quote-refused", "suspended"),
        ("CUST_028", [("mobile_m", 1)], {}, "quote-refused", "closed"),
        ("CUST_001", [("mesh_point", 2)], {"identity": "authenticated"}, "not-authorized", "verify_customer_identity"),
        # Sales sells up to 1,000 in the first year, Tier 3 above, and a person approves from 2,000 on.
        ("CUST_003", [("phone_nova", 3)], {}, "outside-authority", "tier3"),
        ("CUST_003", [("mobile_l", 6)], {}, "outside-authority", "tier3"),
        ("CUST_003", [("phone_nova", 6)], {"agent": AgentType.TIER3}, "approval-required", "approval is asked for"),
        ("CUST_001", [("mesh_point", 1)], {"agent": AgentType.BILLING}, "not-authorized", "may not use"),
    ],
)
async def test_refused_orders_say_what_to_do_and_change_nothing(
    office: Office, customer: str, items: list[tuple[str, int]], changes: dict[str, Any], error: str, says: str
):
    outcome = await _order_of(office, customer, *items, **dict(changes))
    assert (outcome.error_type, says in outcome.error) == (error, True), outcome.error


async def test_above_its_limit_sales_hands_over_to_tier_3(office: Office):
    wanted = await quote(office, "CUST_003", ("phone_nova", 3))
    assert (await order(office, wanted, agent=AgentType.TIER3)).success
    await assert_books_are_right(office)


async def test_small_orders_need_no_more_than_the_customers_token(office: Office):
    wanted = await quote(office, "CUST_001", ("mesh_point", 1))
    assert (await order(office, wanted, identity="authenticated")).success
    assert (await office.run("pricing_engine", basket("mobile_s"), **SALES | CLAIMED)).error_type == "not-authorized"


@pytest.mark.parametrize("quote_id", ["QT-901", "QT-4242"])
async def test_other_peoples_quotes_and_invented_ones_are_not_found(office: Office, quote_id: str):
    before = await everything(office)
    outcome = await order(office, ME | {"quote_id": quote_id, "amount": "79.00", "monthly_total": "0.00"})
    assert outcome.error_type == "not-found"
    assert await everything(office) == before


async def test_the_expired_quote_of_the_demo_is_refused(office: Office):
    arguments = {"customer_id": "CUST_010", "quote_id": "QT-901", "amount": "79.00", "monthly_total": "0.00"}
    outcome = await order(office, arguments)
    assert outcome.error_type == "quote-refused"
    assert "expired on 2026-11-04" in outcome.error


async def test_without_a_yes_nothing_is_ordered(office: Office):
    wanted = await quote(office, "CUST_001", ("mesh_point", 1))
    outcome = await office.run("process_order", wanted, **SALES | VERIFIED)
    assert outcome.error_type == "consent-required"
    assert await office.value("select count(*) from orders") == 0


async def test_after_a_killed_connection_in_mid_order_the_same_call_goes_on(office: Office):
    wanted = await quote(office, "CUST_001", ("phone_nova_pro", 1), ("mobile_l", 1))
    consent = yes_to("process_order", wanted)
    call = request("process_order", wanted, consent=consent, agent=AgentType.TIER3, **VERIFIED)
    async with office.pool.connection() as holder, holder.transaction():
        # The stock is reserved by then, the money is not taken yet.
        await holder.execute("select from bank_limits for update")
        waiting = asyncio.ensure_future(office.tools.run(call))
        while not await office.value("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"):
            await asyncio.sleep(0.02)
        await office.rows("select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'")
        with pytest.raises(Exception, match="PostgreSQL is away"):
            await waiting
    assert await office.value("select count(*) from payments where method_id is not null") == 0
    assert (await office.tools.run(call)).success
    assert await office.value("select reserved from stock where product_id = 'phone_nova_pro'") == 1
    assert await office.value("select count(*) from orders") == 1
    await assert_books_are_right(office)


async def test_results_are_small(office: Office):
    wanted = [{"product_id": p, "quantity": 2} for p in ("mobile_l", "mobile_m", "mobile_s", "phone_nova", "tv_box")]
    quoted = await office.run("generate_quote", ME | {"items": wanted}, **SALES)
    listed = await office.run("product_catalog", {}, **SALES)
    told = await office.run("get_product_information", {"product_id": "plan_premium"}, **SALES)
    for outcome in (quoted, listed, told):
        assert outcome.success, outcome.error
        assert len(json.dumps(outcome.result)) < 3_000
    assert NOW.date().isoformat() == "2026-11-20"
