"""What a bill is made of, and how a double charge is found in it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

from pydantic import Field

from domain.model import Record
from domain.money import Amount

InvoiceStatus = Literal["open", "paid", "overdue", "void"]


class Charge(Record):
    """One line of an invoice. Negative amounts are discounts. ``period`` is the month it pays for, ``2026-10``."""

    charge_id: str
    service_id: str | None = None
    description: str
    period: str = ""
    charged_on: date
    amount: Amount


class Payment(Record):
    payment_id: str
    paid_on: date
    amount: Amount
    method: str
    status: str


class Invoice(Record):
    invoice_id: str
    issued_on: date
    due_on: date
    status: InvoiceStatus
    total: Amount
    charges: list[Charge] = Field(default_factory=list)
    payments: list[Payment] = Field(default_factory=list)


class Credit(Record):
    """Money given back on the account. ``invoice_id`` is None for a gesture that belongs to no invoice."""

    transaction_id: str
    invoice_id: str | None = None
    amount: Amount
    reason: str
    credited_on: date


class DuplicateCharge(Record):
    """A service charged once more than it should be. ``invoice_ids`` and ``charged_on`` name the first charge, then the
    superfluous one; ``credited`` tells whether the amount was given back already."""

    service: str
    service_id: str
    period: str
    amount: Amount
    invoice_ids: list[str]
    charged_on: list[date]
    credited: bool = False


def find_duplicate_charges(invoices: Iterable[Invoice], credits_given: Sequence[Credit] = ()) -> list[DuplicateCharge]:
    """Charges for a service and period that were charged before with the same amount, newest first.

    A service charged three times gives two duplicates. Void invoices count for nothing. A credit of the same amount, on
    the superfluous charge's invoice or on none, settles one duplicate.
    """
    first: dict[tuple[str, str, object], tuple[Invoice, Charge]] = {}
    found = []
    for invoice, charge in _service_charges(invoices):
        before = first.setdefault((charge.service_id or "", charge.period, charge.amount), (invoice, charge))
        if before[1] is not charge:
            found.append(_duplicate(before, (invoice, charge)))
    return _marked(sorted(found, key=lambda duplicate: duplicate.charged_on[-1], reverse=True), list(credits_given))


def is_given_back(duplicates: Iterable[DuplicateCharge], amount: Amount, invoice_id: str | None) -> bool:
    """Whether a credit of this amount would give the same superfluous charge back a second time: there is one of this
    amount (on this invoice, if the credit names one), and none that is still open. Conversations that ran side by side
    may each have been offered the same credit."""
    same = [d for d in duplicates if d.amount == amount and invoice_id in {None, d.invoice_ids[-1]}]
    return bool(same) and all(duplicate.credited for duplicate in same)


def _service_charges(invoices: Iterable[Invoice]) -> list[tuple[Invoice, Charge]]:
    charges = [
        (invoice, charge)
        for invoice in invoices
        if invoice.status != "void"
        for charge in invoice.charges
        if charge.service_id and charge.period and charge.amount > 0
    ]
    return sorted(charges, key=lambda pair: (pair[1].charged_on, pair[1].charge_id))


def _duplicate(first: tuple[Invoice, Charge], second: tuple[Invoice, Charge]) -> DuplicateCharge:
    charge = second[1]
    return DuplicateCharge(
        service=charge.description,
        service_id=charge.service_id or "",
        period=charge.period,
        amount=charge.amount,
        invoice_ids=[first[0].invoice_id, second[0].invoice_id],
        charged_on=[first[1].charged_on, charge.charged_on],
    )


def _marked(duplicates: Iterable[DuplicateCharge], unused: list[Credit]) -> list[DuplicateCharge]:
    marked = []
    for duplicate in duplicates:
        settled = next((credit for credit in unused if settles(credit, duplicate)), None)
        if settled is not None:
            unused.remove(settled)
        marked.append(duplicate.model_copy(update={"credited": settled is not None}))
    return marked


def settles(credit: Credit, duplicate: DuplicateCharge) -> bool:
    """Whether the credit can be the one that gave this duplicate charge back."""
    return credit.amount == duplicate.amount and credit.invoice_id in {None, duplicate.invoice_ids[-1]}
