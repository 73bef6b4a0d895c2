from decimal import Decimal

import pytest
from pydantic import BaseModel

from domain.money import Amount, PayableAmount, to_cents

pytestmark = pytest.mark.unit


class Bill(BaseModel):
    total: Amount
    due: PayableAmount


def test_amounts_are_exact_text_in_json():
    bill = Bill.model_validate({"total": -3, "due": 49.9})
    assert bill.model_dump(mode="json") == {"total": "-3.00", "due": "49.90"}
    assert bill.due == Decimal("49.9")


def test_models_see_a_plain_number():
    assert Bill.model_json_schema()["properties"]["due"]["type"] == "number"


def test_cents_are_rounded_half_to_even_once():
    assert to_cents(Decimal("0.125")) == Decimal("0.12")
