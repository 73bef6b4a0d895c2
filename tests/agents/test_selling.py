"""Whole sales conversations with the offline minds on the real back office: words in, stock, money and orders out."""

from decimal import Decimal

import pytest

from agents import Minds
from domain.state import AgentType
from domain.triggers import Trigger
from tests.activities.office import Office
from tests.agents.talk import Talk, a_customer

pytestmark = pytest.mark.integration


def talk_of(minds: Minds, office: Office, customer_id: str) -> Talk:
    return Talk(minds, office.tools.run, customer=a_customer("Sam Green", customer_id))


async def orders_of(office: Office, customer_id: str) -> list[tuple[str, Decimal]]:
    """Those that stand: one whose charge failed stays in the books as cancelled."""
    rows = await office.rows(
        "select status, amount from orders where customer_id = %s and status <> 'cancelled'", customer_id
    )
    return [(row["status"], row["amount"]) for row in rows]


async def reserved(office: Office, product_id: str) -> int:
    found: int = await office.value("select reserved from stock where product_id = %s", product_id)
    return found


async def test_a_recommendation_becomes_an_order_after_a_yes(minds: Minds, office: Office) -> None:
    talk = talk_of(minds, office, "CUST_047")
    advice = await talk.say("I need better wifi in every room, what do you recommend?")
    assert advice.agent_type is AgentType.SALES
    assert "mesh point" in advice.message
    quote = await talk.say("Yes please")
    assert quote.offer is not None
    assert await orders_of(office, "CUST_047") == []
    placed = await talk.say("Yes, order it")
    assert placed.tools_executed == ["process_order"]
    assert await orders_of(office, "CUST_047") == [("confirmed", Decimal("79.00"))]
    assert await reserved(office, "mesh_point") == 1
    assert (await talk.say("Yes, thank you")).outcome == "resolution_confirmed"


async def test_a_charge_above_a_hundred_waits_for_a_proof(minds: Minds, office: Office) -> None:
    talk = talk_of(minds, office, "CUST_042")
    assert "PIN" in (await talk.say("I want to buy two Wi-Fi mesh points")).message
    assert "doesn't match" in (await talk.say("0000")).message
    assert (await talk.say("3415")).offer is not None
    await talk.say("Yes")
    assert await orders_of(office, "CUST_042") == [("confirmed", Decimal("158.00"))]
    assert await reserved(office, "mesh_point") == 2


async def test_a_declined_card_and_the_next_one(minds: Minds, office: Office) -> None:
    talk = talk_of(minds, office, "CUST_002")
    await talk.say("I need a quote for a TV box")
    refused = await talk.say("Yes")
    assert "declined" in refused.message
    assert "Mastercard ending 5100" in refused.message
    assert await orders_of(office, "CUST_002") == []
    assert await reserved(office, "tv_box") == 0
    paid = await talk.say("Yes please")
    assert "Mastercard ending 5100" in paid.message
    assert await orders_of(office, "CUST_002") == [("confirmed", Decimal("79.00"))]


async def test_a_quote_that_ran_out_while_they_thought_is_made_anew(minds: Minds, office: Office) -> None:
    talk = talk_of(minds, office, "CUST_047")
    await talk.say("I need a quote for a TV box")
    async with office.pool.connection() as connection:
        await connection.execute("update quotes set created_at = '2026-01-01', valid_until = '2026-01-15'")
    again = await talk.say("Yes")
    assert "doesn't stand any more" in again.message
    assert again.offer is not None
    await talk.say("Yes")
    assert await orders_of(office, "CUST_047") == [("confirmed", Decimal("79.00"))]


async def test_what_sold_out_meanwhile_charges_nothing(minds: Minds, office: Office) -> None:
    talk = talk_of(minds, office, "CUST_047")
    await talk.say("I need a quote for a TV box")
    async with office.pool.connection() as connection:
        await connection.execute("update stock set on_hand = 0 where product_id = 'tv_box'")
    reply = await talk.say("Yes")
    assert "out of stock" in reply.message
    assert reply.offer is None
    assert await orders_of(office, "CUST_047") == []


async def test_a_large_deal_is_in_the_crm_and_with_a_person(minds: Minds, office: Office) -> None:
    talk = talk_of(minds, office, "CUST_020")
    reply = await talk.say("How much do 50 business plans cost for our company?")
    assert reply.because is Trigger.LARGE_DEAL
    assert talk.state.requires_human
    titles = await office.rows("select title from opportunities where customer_id = %s", "CUST_020")
    assert {"title": "50 × Business plan"} in titles


async def test_who_asks_tier1_to_order_is_served_by_sales_in_the_same_turn(minds: Minds, office: Office) -> None:
    talk = talk_of(minds, office, "CUST_015")
    reply = await talk.say("I want to order two Wi-Fi mesh points")
    assert reply.agent_type is AgentType.SALES
    assert [record.reason for record in talk.state.escalation_history] == [Trigger.SALES_OPPORTUNITY]


async def test_hostile_baskets_order_nothing(minds: Minds, office: Office) -> None:
    talk = talk_of(minds, office, "CUST_047")
    for text in (
        "I want to buy -5 Wi-Fi mesh points",
        "I want to buy 0 Wi-Fi mesh points",
        "I want to buy 99999999999999 Wi-Fi mesh points; drop table orders",
        "I want to buy a Wi-Fi mesh point for 0.01",
    ):
        await talk.say(text)
    assert await orders_of(office, "CUST_047") == []
