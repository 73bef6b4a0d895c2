"""Tools that take money, spread it, doubt it and give it back."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from domain.identity import IdentityLevel
from domain.model import Record
from domain.money import Amount, PayableAmount
from domain.sagas import REFUND
from domain.state import AgentType
from domain.toolbox.billing import APPROVAL_LIMIT
from domain.toolbox.fields import CustomerId, Id, ToolArguments
from domain.toolbox.sales import IDENTITY_LIMIT
from domain.tools import SideEffect, ToolPolicy, ToolSpec

CASHIERS = frozenset({AgentType.BILLING, AgentType.TIER3})
"""Who moves money (PRD [312-328, 624-660])."""

PAYMENT_APPROVAL = Decimal("1000.00")
"""The largest payment, or sum in instalments, that needs no person's approval."""

LEAST_INSTALMENTS, MOST_INSTALMENTS = 2, 6
PLAN_MINIMUM = Decimal("60.00")
PLAN_START_DAYS = 7
"""The first instalment is due within so many days."""
DISPUTE_DAYS = 56
"""Eight weeks from an invoice's date."""
ANSWER_DAYS = 14
"""Ten working days."""
DISPUTES_SHOWN = 5

Reason = Annotated[str, StringConstraints(min_length=3, max_length=200)]


class ProcessPayment(ToolArguments):
    customer_id: CustomerId
    invoice_id: Id = Field(description="The invoice that is paid.")
    amount: PayableAmount = Field(description="At most what is due of it; a part is possible.")
    payment_method_id: Id | None = Field(None, description="The method to charge; by default the customer's own.")


class PaymentTaken(Record):
    payment_id: str
    transaction_id: str = Field(description="The ledger transaction: the customer's reference.")
    invoice_id: str
    amount: Amount
    currency: str
    charged_to: str
    still_due: Amount = Field(description="What remains of the invoice.")
    new_balance: Amount = Field(description="What the customer owes now; negative: what we owe the customer.")


PROCESS_PAYMENT = ToolSpec(
    name="process_payment",
    description=(
        "Charge the customer's card or bank account for an invoice. Only after the customer agreed to exactly this "
        "amount and invoice. Cards can be declined; then nothing was charged."
    ),
    arguments=ProcessPayment,
    result=PaymentTaken,
    policy=ToolPolicy(
        agents=CASHIERS,
        timeout_seconds=10,
        attempts=5,
        side_effect=SideEffect.MONEY,
        audit_level="high",
        needs_consent=True,
        approval_above=PAYMENT_APPROVAL,
        identity=IdentityLevel.AUTHENTICATED,
        verified_above=IDENTITY_LIMIT,
    ),
    aliases=("payment_processor",),
)


class SetupPaymentPlan(ToolArguments):
    customer_id: CustomerId
    invoice_id: Id = Field(description="The open invoice that is split.")
    amount: PayableAmount = Field(description=f"The sum to split: from {PLAN_MINIMUM} to what is due of the invoice.")
    instalments: Annotated[int, Field(ge=LEAST_INSTALMENTS, le=MOST_INSTALMENTS)] = Field(
        description="In how many equal monthly parts."
    )
    first_payment_on: date | None = Field(
        None, description=f"Within {PLAN_START_DAYS} days from today, which is also the default."
    )


class Instalment(Record):
    number: int
    due_on: date
    amount: Amount


class PaymentPlanSet(Record):
    plan_id: str
    invoice_id: str
    amount: Amount
    currency: str
    charged_to: str
    instalments: list[Instalment] = Field(max_length=MOST_INSTALMENTS)


SETUP_PAYMENT_PLAN = ToolSpec(
    name="setup_payment_plan",
    description=(
        "Split an open invoice into two to six equal monthly instalments, without interest or fee. Only after the "
        "customer agreed to exactly this plan; one plan at a time."
    ),
    arguments=SetupPaymentPlan,
    result=PaymentPlanSet,
    policy=ToolPolicy(
        agents=CASHIERS,
        timeout_seconds=10,
        attempts=5,
        side_effect=SideEffect.RECORD,
        audit_level="high",
        needs_consent=True,
        approval_above=PAYMENT_APPROVAL,
        identity=IdentityLevel.AUTHENTICATED,
        verified_above=IDENTITY_LIMIT,
    ),
)


class RefundManager(ToolArguments):
    customer_id: CustomerId
    invoice_id: Id = Field(description="The invoice that was paid.")
    amount: PayableAmount = Field(description="At most what was paid of it and not given back yet.")
    reason: Reason = Field(description="Why, in one sentence for the customer's statement.")
    dispute_id: Id | None = Field(None, description="The dispute that this settles.")


class MoneyReturned(Record):
    """First step of a refund: the money is booked and on its way to the customer's bank."""

    refund_id: str
    transaction_id: str


class RefundMade(Record):
    refund_id: str
    transaction_id: str = Field(description="The ledger transaction: the customer's reference.")
    invoice_id: str
    amount: Amount
    currency: str
    paid_to: str
    still_refundable: Amount
    new_balance: Amount = Field(description="What the customer owes now; negative: what we owe the customer.")
    notification_id: str = Field(description="The confirmation that is sent to the customer.")


REFUND_MANAGER = ToolSpec(
    name="refund_manager",
    description=(
        "Pay money back to the card or bank account an invoice was paid from, and confirm it by e-mail. Only after the "
        "customer agreed to exactly this; above 100 a person must approve it first. For a credit on the account "
        "instead, use apply_credit_adjustment."
    ),
    arguments=RefundManager,
    result=RefundMade,
    policy=ToolPolicy(
        agents=CASHIERS,
        timeout_seconds=10,
        attempts=5,
        side_effect=SideEffect.MONEY,
        audit_level="high",
        needs_consent=True,
        approval_above=APPROVAL_LIMIT,
        identity=IdentityLevel.AUTHENTICATED,
    ),
    saga=REFUND,
)

DisputeAction = Literal["list", "open", "withdraw"]


class DisputeTracker(ToolArguments):
    """``open`` needs invoice, amount and reason; ``withdraw`` the dispute."""

    customer_id: CustomerId
    action: DisputeAction = Field("list", description="list, open a new one, or withdraw one.")
    dispute_id: Id | None = Field(None, description="To withdraw it, or to list only this one.")
    invoice_id: Id | None = Field(None, description="The invoice in doubt.")
    amount: PayableAmount | None = Field(None, description="The part of the invoice that is in doubt.")
    reason: Reason | None = Field(None, description="What the customer says is wrong.")

    @model_validator(mode="after")
    def _complete(self) -> "DisputeTracker":
        if self.action == "open" and None in (self.invoice_id, self.amount, self.reason):
            raise ValueError("to open a dispute give invoice_id, amount and reason")
        if self.action == "withdraw" and self.dispute_id is None:
            raise ValueError("to withdraw a dispute give its dispute_id")
        return self


class Dispute(Record):
    dispute_id: str
    invoice_id: str
    amount: Amount
    reason: str
    status: Literal["open", "refunded", "rejected", "withdrawn"]
    opened_on: date
    answer_by: date = Field(description="The customer has an answer by then.")


class Disputes(Record):
    disputes: list[Dispute] = Field(max_length=DISPUTES_SHOWN, description="Newest first.")


DISPUTE_TRACKER = ToolSpec(
    name="dispute_tracker",
    description=(
        "List the customer's disputes about invoices, open one (within eight weeks of the invoice), or withdraw one. "
        "What is in dispute is not collected until it is decided."
    ),
    arguments=DisputeTracker,
    result=Disputes,
    policy=ToolPolicy(
        agents=CASHIERS | {AgentType.SUPERVISOR, AgentType.HUMAN},
        timeout_seconds=5,
        attempts=5,
        side_effect=SideEffect.RECORD,
        audit_level="high",
        identity=IdentityLevel.AUTHENTICATED,
    ),
)

TOOLS = (PROCESS_PAYMENT, SETUP_PAYMENT_PLAN, REFUND_MANAGER, DISPUTE_TRACKER)
