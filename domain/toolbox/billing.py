"""Tools about money: what was billed and paid, and giving back what was charged wrongly."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.billing import Credit, DuplicateCharge, InvoiceStatus
from domain.identity import IdentityLevel
from domain.model import Record
from domain.money import Amount, PayableAmount
from domain.state import AgentType
from domain.toolbox.fields import CustomerId, Id, ToolArguments
from domain.tools import SideEffect, ToolPolicy, ToolSpec

APPROVAL_LIMIT = Decimal("100.00")
"""A credit above it needs a person's approval (REQUIREMENTS, routing and escalation)."""

INVOICES_SHOWN = 3
CHARGES_SHOWN = 6
"""Per invoice; with ``INVOICES_SHOWN`` the whole result stays under about 3 KB."""
CHARGES_OF_ONE_SHOWN = 20
"""When a single invoice was asked for."""
CREDITS_SHOWN = 3
DUPLICATES_SHOWN = 5
INVOICES_SEARCHED = 12
"""A year of monthly invoices is searched for duplicates, also those not shown."""
CREDITS_SEARCHED = 50
"""More than anybody gets in a year: each duplicate that was settled must be recognised as settled."""


class GetBillingInformation(ToolArguments):
    customer_id: CustomerId
    invoice_id: Id | None = Field(None, description="Only this invoice, with all its charges.")
    max_invoices: Annotated[int, Field(ge=1, le=INVOICES_SHOWN)] = Field(
        2, description="How many of the latest invoices."
    )


class ChargeShown(Record):
    description: str
    period: str = Field(description="The month it pays for.")
    charged_on: date
    amount: Amount


class PaymentShown(Record):
    paid_on: date
    amount: Amount
    method: str
    status: str


class InvoiceShown(Record):
    """An invoice as an agent needs it: without the ids that nobody talks about."""

    invoice_id: str
    issued_on: date
    due_on: date
    status: InvoiceStatus
    total: Amount
    charges: Annotated[list[ChargeShown], Field(max_length=CHARGES_OF_ONE_SHOWN)]
    payments: Annotated[list[PaymentShown], Field(max_length=CHARGES_OF_ONE_SHOWN)]


class BillingInformation(Record):
    billing_account_id: str
    currency: str
    balance: Amount = Field(description="What the customer owes; negative: what we owe the customer.")
    duplicate_charges: list[DuplicateCharge] = Field(
        max_length=DUPLICATES_SHOWN, description="Services charged twice for one period in the last year, newest first."
    )
    invoices: list[InvoiceShown] = Field(max_length=INVOICES_SHOWN, description="Newest first.")
    recent_credits: list[Credit] = Field(max_length=CREDITS_SHOWN, description="Newest first.")


GET_BILLING_INFORMATION = ToolSpec(
    name="get_billing_information",
    description=(
        "Look up the customer's balance, latest invoices with charges and payments, credits, "
        "and charges that were made twice for the same service."
    ),
    arguments=GetBillingInformation,
    result=BillingInformation,
    policy=ToolPolicy(
        agents=frozenset({AgentType.BILLING, AgentType.TIER3, AgentType.SUPERVISOR, AgentType.HUMAN}),
        timeout_seconds=5,
        audit_level="medium",
        identity=IdentityLevel.AUTHENTICATED,
    ),
    aliases=("billing_system_api", "billing_system_lookup"),
)


class ApplyCreditAdjustment(ToolArguments):
    customer_id: CustomerId
    amount: PayableAmount = Field(description="In the account's currency, at most two decimals.")
    reason: Annotated[str, StringConstraints(min_length=3, max_length=200)] = Field(
        description="Why, in one sentence for the customer's statement."
    )
    invoice_id: Id | None = Field(None, description="The invoice that charged too much.")


class CreditApplied(Record):
    transaction_id: str = Field(description="The ledger transaction: the customer's reference.")
    amount: Amount
    currency: str
    invoice_id: str | None = None
    new_balance: Amount = Field(description="What the customer owes now; negative: what we owe the customer.")


APPLY_CREDIT_ADJUSTMENT = ToolSpec(
    name="apply_credit_adjustment",
    description=(
        "Give the customer money back as a credit on the account. Only after the customer agreed to exactly this "
        "amount and reason; above 100 a person must approve it first."
    ),
    arguments=ApplyCreditAdjustment,
    result=CreditApplied,
    policy=ToolPolicy(
        agents=frozenset({AgentType.BILLING, AgentType.TIER3}),
        timeout_seconds=10,
        attempts=5,
        side_effect=SideEffect.MONEY,
        audit_level="high",
        needs_consent=True,
        approval_above=APPROVAL_LIMIT,
        identity=IdentityLevel.AUTHENTICATED,
    ),
)

TOOLS = (GET_BILLING_INFORMATION, APPLY_CREDIT_ADJUSTMENT)
