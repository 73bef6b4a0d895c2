from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.billing import Charge, Credit, Invoice, find_duplicate_charges, is_given_back

pytestmark = pytest.mark.unit


def charge(charge_id: str, **changes: Any) -> Charge:
    return Charge.model_validate(
        {
            "charge_id": charge_id,
            "service_id": "SVC-1",
            "description": "Premium plan",
            "period": "2026-11",
            "charged_on": date(2026, 11, 1),
            "amount": "49.99",
        }
        | changes
    )


def invoice(*charges: Charge, invoice_id: str = "INV-1", status: str = "paid") -> Invoice:
    return Invoice.model_validate(
        {
            "invoice_id": invoice_id,
            "issued_on": date(2026, 11, 4),
            "due_on": date(2026, 11, 18),
            "status": status,
            "total": "0",
            "charges": charges,
        }
    )


def credit(amount: str = "49.99", invoice_id: str | None = "INV-1") -> Credit:
    return Credit.model_validate(
        {
            "transaction_id": "TX-1",
            "amount": amount,
            "reason": "r",
            "credited_on": date(2026, 11, 20),
            "invoice_id": invoice_id,
        }
    )


def twice() -> Invoice:
    return invoice(charge("a"), charge("b", charged_on=date(2026, 11, 3)))


def test_the_same_service_twice_for_a_month_is_a_duplicate():
    [found] = find_duplicate_charges([twice()])
    assert (found.service, found.amount, found.period) == ("Premium plan", Decimal("49.99"), "2026-11")
    assert found.charged_on == [date(2026, 11, 1), date(2026, 11, 3)]
    assert found.invoice_ids == ["INV-1", "INV-1"]
    assert not found.credited


def test_duplicates_are_found_across_invoices():
    second = invoice(charge("b", charged_on=date(2026, 11, 3)), invoice_id="INV-2")
    [found] = find_duplicate_charges([second, invoice(charge("a"))])
    assert found.invoice_ids == ["INV-1", "INV-2"]


def test_three_times_is_two_too_many():
    assert len(find_duplicate_charges([invoice(charge("a"), charge("b"), charge("c"))])) == 2


@pytest.mark.parametrize(
    "different",
    [
        {"period": "2026-10"},
        {"service_id": "SVC-2"},
        {"amount": "39.99"},
        {"service_id": None},
        {"period": ""},
        {"amount": "-49.99"},
    ],
)
def test_what_only_looks_alike_is_no_duplicate(different: dict[str, Any]):
    assert find_duplicate_charges([invoice(charge("a"), charge("b", **different))]) == []


def test_void_invoices_count_for_nothing():
    assert find_duplicate_charges([invoice(charge("a")), invoice(charge("b"), status="void")]) == []


@pytest.mark.parametrize(
    ("given", "settled"),
    [
        ([credit()], True),
        ([credit(invoice_id=None)], True),
        ([credit(amount="10.00")], False),
        ([credit(invoice_id="INV-9")], False),
        ([], False),
    ],
)
def test_a_credit_of_the_amount_settles_it(given: list[Credit], settled: bool):
    [found] = find_duplicate_charges([twice()], given)
    assert found.credited is settled


def test_one_credit_settles_one_duplicate():
    found = find_duplicate_charges([invoice(charge("a"), charge("b"), charge("c"))], [credit()])
    assert [duplicate.credited for duplicate in found] == [True, False]


@pytest.mark.parametrize(
    ("given", "amount", "invoice_id", "again"),
    [
        ([], "49.99", "INV-1", False),
        ([credit()], "49.99", "INV-1", True),
        ([credit()], "49.99", None, True),
        ([credit()], "10.00", "INV-1", False),
        ([credit()], "49.99", "INV-9", False),
    ],
)
def test_a_duplicate_is_given_back_once(given: list[Credit], amount: str, invoice_id: str | None, again: bool):
    assert is_given_back(find_duplicate_charges([twice()], given), Decimal(amount), invoice_id) is again


def test_of_two_duplicates_each_is_given_back():
    found = find_duplicate_charges([invoice(charge("a"), charge("b"), charge("c"))], [credit()])
    assert not is_given_back(found, Decimal("49.99"), "INV-1")
