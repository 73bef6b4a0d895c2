"""Half a year of invoices and payments for a customer. Chance is seeded by the customer's id, so that one customer's
bills do not depend on the others'."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from adapters.demo.content import DemoCustomer, DemoProduct

SEED = "switchboard-demo-1"
MONTHS = 6
ISSUE_DAY, DUE_DAY, FIRST_PAYMENT_DAY = 4, 18, 5
"""Invoices of a month appear once its ``FIRST_PAYMENT_DAY`` has come: none of the data lies in the future."""
BUNDLE_DISCOUNT = Decimal("-5.00")
ONE_TIME = (("Technician visit", "39.00"), ("Roaming day pass", "6.99"), ("Paper invoice", "1.50"))
METHODS = ("card", "card", "direct_debit", "bank_transfer")

DOUBLE_CHARGES: dict[str, dict[int, str]] = {
    "CUST_001": {0: "plan_premium"},
    "CUST_002": {0: "plan_standard", 1: "mobile_m"},
    "CUST_003": {0: "plan_business"},
    "test_customer_123": {0: "plan_standard"},
}
"""By customer: how many months ago which product was charged twice. CUST_003's is above the approval limit."""
SECOND_INVOICE = {"CUST_004": {0: "plan_standard"}}
"""Charged again by a second invoice of the same month."""


@dataclass(frozen=True)
class DemoService:
    service_id: str
    product: DemoProduct
    status: str
    started_on: date
    ended_on: date | None


@dataclass(frozen=True)
class DemoCharge:
    charge_id: str
    service_id: str | None
    description: str
    period: str
    charged_on: date
    amount: Decimal


@dataclass(frozen=True)
class DemoPayment:
    payment_id: str
    paid_on: date
    amount: Decimal
    method: str
    status: str


@dataclass
class DemoInvoice:
    invoice_id: str
    issued_on: date
    due_on: date
    status: str = "open"
    charges: list[DemoCharge] = field(default_factory=list)
    payments: list[DemoPayment] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum((charge.amount for charge in self.charges), Decimal(0))

    def charge(self, service_id: str | None, description: str, amount: Decimal, day: int = 1) -> None:
        first = self.issued_on.replace(day=1)
        charge_id = f"{self.invoice_id}-{len(self.charges) + 1}"
        charged_on = first.replace(day=day)
        self.charges.append(DemoCharge(charge_id, service_id, description, f"{first:%Y-%m}", charged_on, amount))


def services_of(customer: DemoCustomer, catalogue: dict[str, DemoProduct], reference: date) -> list[DemoService]:
    ended = add_months(latest_month(reference), -3) if customer.account_status == "closed" else None
    status = {"active": "active", "suspended": "suspended", "closed": "cancelled"}[customer.account_status]
    return [
        DemoService(f"SVC-{customer.number:04d}-{n}", catalogue[name], status, customer.registered_on, ended)
        for n, name in enumerate(customer.products, start=1)
    ]


def invoices_of(customer: DemoCustomer, services: list[DemoService], reference: date) -> list[DemoInvoice]:
    """The invoices of the last ``MONTHS`` months, oldest first."""
    chance = random.Random(f"{SEED}-{customer.customer_id}")  # noqa: S311 not for secrets
    invoices: list[DemoInvoice] = []
    for months_ago in reversed(range(MONTHS)):
        month = add_months(latest_month(reference), -months_ago)
        invoices += _month(customer, [s for s in services if _runs(s, month)], month, months_ago, chance)
    for invoice in invoices:
        _settle(customer, invoice, reference, chance)
    return invoices


def latest_month(reference: date) -> date:
    """The first day of the latest month that has been billed and can have been paid."""
    first = reference.replace(day=1)
    return first if reference.day >= FIRST_PAYMENT_DAY else add_months(first, -1)


def add_months(first: date, months: int) -> date:
    """
    >>> add_months(date(2026, 1, 1), -2)
    datetime.date(2025, 11, 1)
    """
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _runs(service: DemoService, month: date) -> bool:
    return service.started_on <= month and (service.ended_on is None or month < service.ended_on)


def _month(
    customer: DemoCustomer, services: list[DemoService], month: date, months_ago: int, chance: random.Random
) -> Iterator[DemoInvoice]:
    extra = chance.choice(ONE_TIME) if chance.random() < 0.15 else None
    if not services:
        return
    invoice = _invoice(customer, month, "")
    for service in services:
        invoice.charge(service.service_id, service.product.name, service.product.monthly_price)
    if {"internet", "mobile"} <= {service.product.product_type for service in services}:
        invoice.charge(None, "Bundle discount", BUNDLE_DISCOUNT)
    if extra is not None and customer.customer_id not in DOUBLE_CHARGES:
        invoice.charge(None, extra[0], Decimal(extra[1]), day=2)
    _charge_again(invoice, services, DOUBLE_CHARGES.get(customer.customer_id, {}).get(months_ago))
    yield invoice
    if again := SECOND_INVOICE.get(customer.customer_id, {}).get(months_ago):
        second = _invoice(customer, month, "-B")
        _charge_again(second, services, again)
        yield second


def _invoice(customer: DemoCustomer, month: date, suffix: str) -> DemoInvoice:
    invoice_id = f"INV-{month:%Y-%m}-{customer.number:04d}{suffix}"
    return DemoInvoice(invoice_id, month.replace(day=ISSUE_DAY), month.replace(day=DUE_DAY))


def _charge_again(invoice: DemoInvoice, services: list[DemoService], product_id: str | None) -> None:
    for service in services:
        if service.product.product_id == product_id:
            invoice.charge(service.service_id, service.product.name, service.product.monthly_price, day=3)


def _settle(customer: DemoCustomer, invoice: DemoInvoice, reference: date, chance: random.Random) -> None:
    """Pay it, or not: who is suspended has paid nothing for the last two months."""
    paid_on = invoice.issued_on + timedelta(days=chance.randint(1, 13))
    method, stumbles = chance.choice(METHODS), chance.random() < 0.04
    if customer.customer_id in DOUBLE_CHARGES or customer.customer_id in SECOND_INVOICE:
        paid_on, method, stumbles = invoice.issued_on + timedelta(days=1), "card", False
    withheld = customer.account_status == "suspended" and invoice.issued_on >= add_months(latest_month(reference), -1)
    if withheld or paid_on > reference:
        invoice.status = "overdue" if invoice.due_on < reference else "open"
        return
    payment_id = invoice.invoice_id.replace("INV", "PAY")
    if stumbles:
        invoice.payments.append(DemoPayment(f"{payment_id}-1", invoice.issued_on, invoice.total, method, "failed"))
    invoice.payments.append(DemoPayment(payment_id, paid_on, invoice.total, method, "completed"))
    invoice.status = "paid"
