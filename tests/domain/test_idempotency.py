import pytest

from domain.idempotency import canonical_json, effect_key
from domain.toolbox.billing import ApplyCreditAdjustment

pytestmark = pytest.mark.unit


def credit(**changes: object) -> ApplyCreditAdjustment:
    return ApplyCreditAdjustment.model_validate(
        {"customer_id": "CUST_001", "amount": "49.90", "reason": "Charged twice"} | changes
    )


@pytest.mark.parametrize(
    "same",
    [{"amount": 49.9}, {"amount": "49.9"}, {"amount": "4.99e1"}, {"reason": " Charged twice "}, {"invoice_id": None}],
)
def test_spellings_of_the_same_arguments_are_one(same: dict[str, object]):
    assert canonical_json(credit(**same)) == canonical_json(credit())


def test_canonical_json_is_sorted_and_tight():
    assert canonical_json(credit()) == '{"amount":"49.90","customer_id":"CUST_001","reason":"Charged twice"}'


@pytest.mark.parametrize("other", [{"amount": 49.91}, {"reason": "Another"}, {"invoice_id": "INV-1"}])
def test_other_arguments_are_other(other: dict[str, object]):
    assert canonical_json(credit(**other)) != canonical_json(credit())


def test_each_part_makes_a_key_of_its_own():
    parts = ("c-1", "m-1", "apply_credit_adjustment", canonical_json(credit()))
    keys = {effect_key(*parts)} | {
        effect_key(*(part + "x" if place == index else part for place, part in enumerate(parts)))
        for index in range(len(parts))
    }
    assert len(keys) == 5
    assert effect_key(*parts) == effect_key(*parts)


def test_parts_cannot_run_into_each_other():
    assert effect_key("c-1", "2", "tool", "{}") != effect_key("c-", "12", "tool", "{}")
    assert len(effect_key("c", "m", "t", "{}")) == 64
