"""Everything at once, with some of it wrong and some of it repeated: the books are right afterwards."""

import asyncio
import random
from collections.abc import Awaitable
from typing import Any

import pytest

from domain.messages import ToolOutcome
from domain.state import AgentType
from tests.activities.office import Office
from tests.activities.toolbox.commerce import agreed, assert_books_are_right, quote

pytestmark = pytest.mark.integration

PEOPLE = ("CUST_001", "CUST_002", "CUST_003", "CUST_010", "CUST_019")
WANTED = ((("phone_nova_pro", 1),), (("mesh_point", 2), ("mobile_s", 1)), (("phone_nova", 1), ("tv_box", 1)))
INVOICES = {
    "CUST_001": "INV-2026-11-0001", "CUST_002": "INV-2026-11-0002", "CUST_003": "INV-2026-11-0003",
    "CUST_010": "INV-2026-11-0010", "CUST_019": "INV-2026-10-0019",
}  # fmt: skip
ROUNDS = 12


async def _one(office: Office, chance: random.Random, orders: dict[str, list[dict[str, Any]]]) -> ToolOutcome:
    customer, message_id = chance.choice(PEOPLE), f"m-{chance.randint(1, 4)}"
    about = {"customer_id": customer, "invoice_id": INVOICES[customer]}
    amount = chance.choice(["5.00", "19.98", "60.00", "99.99", "103.96"])
    money: dict[str, dict[str, Any]] = {
        "process_payment": about | {"amount": amount},
        "refund_manager": about | {"amount": amount, "reason": "Something was wrong."},
        "apply_credit_adjustment": about | {"amount": amount, "reason": "Something was wrong."},
        "setup_payment_plan": about | {"amount": amount, "instalments": 2},
        "process_order": chance.choice(orders[customer]),
    }
    tool = chance.choice(list(money))
    changes = {"agent": AgentType.TIER3, "identity": "verified", "message_id": message_id}
    return await agreed(office, tool, money[tool], **changes)


@pytest.mark.parametrize("luck", range(3))
async def test_after_a_storm_of_effects_the_books_are_right(office: Office, luck: int):
    chance = random.Random(luck)
    orders = {person: [await quote(office, person, *items) for items in WANTED] for person in PEOPLE}
    outcomes: list[ToolOutcome] = []
    for _ in range(ROUNDS):
        storm: list[Awaitable[ToolOutcome]] = [_one(office, chance, orders) for _ in range(6)]
        outcomes += await asyncio.gather(*storm)
    assert any(not outcome.success for outcome in outcomes)
    assert not {"internal", "back-office-unavailable"} & {outcome.error_type for outcome in outcomes}
    assert sum(outcome.success for outcome in outcomes) >= 10
    assert await office.value("select min(on_hand - reserved) from stock") >= 0
    assert await office.value("select min(funds) from bank_limits") >= 0
    await assert_books_are_right(office)
