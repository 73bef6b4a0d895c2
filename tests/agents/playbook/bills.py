"""A customer's bills as ``get_billing_information`` gives them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from domain.billing import Credit, DuplicateCharge, InvoiceStatus
from domain.messages import ToolOutcome
from domain.toolbox.billing import (
    GET_BILLING_INFORMATION,
    BillingInformation,
    ChargeShown,
    InvoiceShown,
    PaymentShown,
)
from tests.agents.thoughts import gave

USUAL = (("Premium plan", "49.99"), ("Email Service Pro", "9.99"))


def invoice(
    invoice_id: str = "INV-2026-11-0001",
    *,
    status: InvoiceStatus = "paid",
    lines: Sequence[tuple[str, str]] = USUAL,
    paid: str = "0.00",
) -> InvoiceShown:
    """``paid`` by one completed payment, beside one that failed."""
    attempts = [("failed", "5.00"), *([("completed", paid)] if Decimal(paid) else [])]
    return InvoiceShown(
        invoice_id=invoice_id,
        issued_on=date(2026, 11, 4),
        due_on=date(2026, 11, 18),
        status=status,
        total=sum((Decimal(price) for _, price in lines), Decimal(0)),
        charges=[
            ChargeShown(description=name, period="2026-11", charged_on=date(2026, 11, 1), amount=Decimal(price))
            for name, price in lines
        ],
        payments=[
            PaymentShown(paid_on=date(2026, 11, 5), amount=Decimal(amount), method="card", status=outcome)
            for outcome, amount in attempts
        ],
    )


def bills(
    *invoices: InvoiceShown,
    duplicates: Sequence[DuplicateCharge] = (),
    credits_given: Sequence[Credit] = (),
    balance: str = "0.00",
) -> ToolOutcome:
    """``invoices`` newest first."""
    found = BillingInformation(
        billing_account_id="BA-1",
        currency="USD",
        balance=Decimal(balance),
        duplicate_charges=list(duplicates),
        invoices=list(invoices),
        recent_credits=list(credits_given),
    )
    return gave(GET_BILLING_INFORMATION, found, call_id="call-bills", customer_id="CUST_001")


def duplicate(amount: str = "49.99", **changes: Any) -> DuplicateCharge:
    fields: dict[str, Any] = {
        "service": "Premium plan",
        "service_id": "SVC-1",
        "period": "2026-11",
        "amount": Decimal(amount),
        "invoice_ids": ["INV-2026-11-0001", "INV-2026-11-0001"],
        "charged_on": [date(2026, 11, 1), date(2026, 11, 3)],
    }
    return DuplicateCharge(**fields | changes)
