"""Tools about the customer: who they are, what they came for before, what they have, and whether it is really them."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from domain.identity import IdentityFactor, IdentityLevel
from domain.masking import Sensitive
from domain.model import Record
from domain.money import Amount
from domain.state import AgentType, CustomerProfile, PastInteraction
from domain.toolbox.fields import CustomerId, ToolArguments, Word
from domain.tools import EVERYBODY, SideEffect, ToolPolicy, ToolSpec

SERVICE_AGENTS = EVERYBODY - {AgentType.INTENT_CLASSIFIER, AgentType.CLARIFICATION}
"""Those who work on a customer's concern."""

INTERACTIONS_SHOWN = 10
SERVICES_SHOWN = 12


class GetCustomerProfile(ToolArguments):
    customer_id: CustomerId


GET_CUSTOMER_PROFILE = ToolSpec(
    name="get_customer_profile",
    description=(
        "Retrieve comprehensive customer information: "
        "name, contact, tier, account status, preferences, latest contacts."
    ),
    arguments=GetCustomerProfile,
    result=CustomerProfile,
    policy=ToolPolicy(agents=EVERYBODY, timeout_seconds=5, audit_level="medium", identity=IdentityLevel.AUTHENTICATED),
)


class GetCustomerInteractionHistory(ToolArguments):
    customer_id: CustomerId
    days_back: Annotated[int, Field(ge=1, le=3650)] = Field(30, description="How many days to look back.")
    interaction_types: Annotated[list[Word], Field(max_length=10)] | None = Field(
        None, description="Only these categories or channels, for example billing_dispute, technical_support, phone."
    )


class InteractionHistory(Record):
    interactions: list[PastInteraction] = Field(max_length=INTERACTIONS_SHOWN, description="Newest last.")
    total: int = Field(description="How many there are; more than shown if the list is full.")


GET_CUSTOMER_INTERACTION_HISTORY = ToolSpec(
    name="get_customer_interaction_history",
    description="Fetch the customer's previous interactions with us, over all channels.",
    arguments=GetCustomerInteractionHistory,
    result=InteractionHistory,
    policy=ToolPolicy(
        agents=frozenset(AgentType), timeout_seconds=5, audit_level="medium", identity=IdentityLevel.AUTHENTICATED
    ),
)


class GetAccountServices(ToolArguments):
    customer_id: CustomerId


class AccountService(Record):
    service_id: str
    product: str = Field(description="The product's name, for example Premium Internet.")
    product_type: str = Field(description="internet, mobile, email_service, tv, cloud_backup or security.")
    status: str = Field(description="active, suspended or cancelled.")
    monthly_price: Amount
    started_on: date
    ended_on: date | None = None


class AccountServices(Record):
    currency: str
    monthly_total: Amount = Field(description="What the active services cost a month.")
    services: list[AccountService] = Field(max_length=SERVICES_SHOWN, description="Active ones first.")


GET_ACCOUNT_SERVICES = ToolSpec(
    name="get_account_services",
    description="List the products and services on the customer's account, with status and monthly price.",
    arguments=GetAccountServices,
    result=AccountServices,
    policy=ToolPolicy(
        agents=SERVICE_AGENTS, timeout_seconds=5, audit_level="medium", identity=IdentityLevel.AUTHENTICATED
    ),
)


class VerifyCustomerIdentity(ToolArguments):
    """Without factor and answer: only tell where we stand."""

    customer_id: CustomerId
    factor: IdentityFactor | None = Field(None, description="Which secret the customer was asked for.")
    answer: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=40)] | None,
        Field(description="What the customer answered; a date of birth as YYYY-MM-DD."),
        Sensitive(),
    ] = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> "VerifyCustomerIdentity":
        if (self.factor is None) != (self.answer is None):
            raise ValueError("give factor and answer together, or neither to see which factors are on file")
        return self


class IdentityCheck(Record):
    customer_id: str
    level: IdentityLevel
    verified: bool
    factors_on_file: list[IdentityFactor]
    attempts_left: int = Field(description="Wrong answers that are still allowed for now.")


VERIFY_CUSTOMER_IDENTITY = ToolSpec(
    name="verify_customer_identity",
    description=(
        "Check the customer's answer to a security question (date of birth, PIN or postcode). "
        "Without factor and answer it tells the present identity level and what can be asked for."
    ),
    arguments=VerifyCustomerIdentity,
    result=IdentityCheck,
    policy=ToolPolicy(agents=SERVICE_AGENTS, timeout_seconds=5, side_effect=SideEffect.RECORD, audit_level="high"),
)

TOOLS = (GET_CUSTOMER_PROFILE, GET_CUSTOMER_INTERACTION_HISTORY, GET_ACCOUNT_SERVICES, VERIFY_CUSTOMER_IDENTITY)
