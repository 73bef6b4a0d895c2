"""Tools of customer care: notes, opportunities, tickets, changes of the account, and what earlier cases teach."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from domain.identity import IdentityLevel
from domain.model import Record
from domain.money import Amount
from domain.state import AgentType, Priority, TicketStatus
from domain.toolbox.customer import SERVICE_AGENTS
from domain.toolbox.fields import CustomerId, Id, ToolArguments, Word
from domain.tools import SideEffect, ToolPolicy, ToolSpec

CASES_SHOWN = 5
CASE_TEXT = 260
"""Characters of a problem and of its resolution; with ``CASES_SHOWN`` the whole result stays under about 3 KB."""
NOTES_SHOWN = 5
NOTE_SHOWN = 240
OPPORTUNITIES_SHOWN = 5

Title = Annotated[str, StringConstraints(min_length=3, max_length=120)]


class GetSimilarCases(ToolArguments):
    problem: Annotated[str, StringConstraints(min_length=3, max_length=500)] = Field(
        description="What is wrong, in a sentence or as keywords."
    )
    product_type: Word | None = Field(None, description="Only cases of this product, for example internet.")
    max_results: Annotated[int, Field(ge=1, le=CASES_SHOWN)] = 3


class SolvedCase(Record):
    case_id: str
    category: str
    product_type: str
    problem: str
    resolution: str
    closed_at: datetime
    score: float = Field(description="Only comparable within one answer.")


class SimilarCases(Record):
    cases: list[SolvedCase] = Field(max_length=CASES_SHOWN, description="Best first.")


GET_SIMILAR_CASES = ToolSpec(
    name="get_similar_cases",
    description="Find closed cases with a similar problem, and how they were solved.",
    arguments=GetSimilarCases,
    result=SimilarCases,
    policy=ToolPolicy(
        agents=frozenset({AgentType.TIER2, AgentType.TIER3, AgentType.SUPERVISOR, AgentType.HUMAN}), timeout_seconds=5
    ),
)

NoteCategory = Literal["general", "technical", "billing", "sales", "complaint", "preference"]


class UpdateCustomerNotes(ToolArguments):
    customer_id: CustomerId
    note: Annotated[str, StringConstraints(min_length=3, max_length=1_000)] = Field(
        description="For the next colleague; no card numbers or passwords."
    )
    category: NoteCategory = "general"


class NoteAdded(Record):
    note_id: str
    category: NoteCategory
    notes: int = Field(description="How many notes there are about the customer now.")


UPDATE_CUSTOMER_NOTES = ToolSpec(
    name="update_customer_notes",
    description="Add a note about the customer for the next colleague. Notes are never overwritten.",
    arguments=UpdateCustomerNotes,
    result=NoteAdded,
    policy=ToolPolicy(
        agents=frozenset({AgentType.TIER2, AgentType.TIER3, AgentType.HUMAN}),
        timeout_seconds=5,
        attempts=5,
        side_effect=SideEffect.RECORD,
        audit_level="medium",
    ),
)

Stage = Literal["open", "quoted", "won", "lost"]
STAGES: dict[Stage, frozenset[Stage]] = {
    "open": frozenset({"quoted", "won", "lost"}),
    "quoted": frozenset({"won", "lost"}),
    "won": frozenset(),
    "lost": frozenset({"open"}),
}
"""What may follow: what is won stays won, what is lost can be opened again."""


class CrmIntegration(ToolArguments):
    """``overview`` needs nothing more, ``open_opportunity`` a title, ``set_stage`` an opportunity and its stage."""

    customer_id: CustomerId
    action: Literal["overview", "open_opportunity", "set_stage"] = "overview"
    title: Title | None = Field(None, description="What the customer is interested in.")
    monthly_value: Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=2, allow_inf_nan=False)] = Field(
        Decimal("0.00"), description="What it would bring a month, in the account's currency."
    )
    opportunity_id: Id | None = None
    stage: Stage | None = None

    @model_validator(mode="after")
    def _complete(self) -> "CrmIntegration":
        if self.action == "open_opportunity" and self.title is None:
            raise ValueError("open_opportunity needs a title")
        if self.action == "set_stage" and (self.opportunity_id is None or self.stage is None):
            raise ValueError("set_stage needs opportunity_id and stage")
        return self


class CustomerNote(Record):
    at: datetime
    category: NoteCategory
    note: str
    agent: str


class Opportunity(Record):
    opportunity_id: str
    title: str
    stage: Stage
    monthly_value: Amount


class CrmRecord(Record):
    """The customer's record after the action."""

    notes: list[CustomerNote] = Field(max_length=NOTES_SHOWN, description="Newest first.")
    opportunities: list[Opportunity] = Field(max_length=OPPORTUNITIES_SHOWN, description="Newest first.")
    open_tickets: int
    changed: str | None = Field(None, description="The opportunity that was opened or moved.")


CRM_INTEGRATION = ToolSpec(
    name="crm_integration",
    description="See notes, opportunities and open tickets of the customer in the CRM; open or move an opportunity.",
    arguments=CrmIntegration,
    result=CrmRecord,
    policy=ToolPolicy(
        agents=frozenset({AgentType.SALES, AgentType.TIER3, AgentType.HUMAN}),
        attempts=5,
        side_effect=SideEffect.RECORD,
        audit_level="medium",
        identity=IdentityLevel.AUTHENTICATED,
    ),
)


class CreateTicket(ToolArguments):
    customer_id: CustomerId
    category: Word
    description: Annotated[str, StringConstraints(min_length=10, max_length=1_000)] = Field(
        description="What is wrong, since when, what was tried."
    )
    priority: Priority = Priority.MEDIUM
    product_type: Annotated[str, StringConstraints(max_length=40)] = ""


class TicketCreated(Record):
    ticket_id: str
    status: TicketStatus
    priority: Priority
    sla_deadline: datetime


CREATE_TICKET = ToolSpec(
    name="create_ticket",
    description="Open another ticket for a concern that goes on beside this conversation, which has its own.",
    arguments=CreateTicket,
    result=TicketCreated,
    policy=ToolPolicy(
        agents=SERVICE_AGENTS, timeout_seconds=5, attempts=5, side_effect=SideEffect.RECORD, audit_level="medium"
    ),
)


class UpdateAccount(ToolArguments):
    """At least one of the fields; what is not given stays."""

    customer_id: CustomerId
    email: Annotated[str, StringConstraints(max_length=254, pattern=r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$")] | None = None
    phone: Annotated[str, StringConstraints(max_length=20, pattern=r"^\+[1-9][0-9 -]{6,18}$")] | None = Field(
        None, description="With country code, for example +1-555-0101."
    )
    language: Literal["en", "de", "es", "fr", "it", "pt"] | None = None
    contact_channel: Literal["email", "sms", "mobile", "phone"] | None = None

    @model_validator(mode="after")
    def _something(self) -> "UpdateAccount":
        if not self.model_dump(exclude={"customer_id"}, exclude_none=True):
            raise ValueError("give at least one of email, phone, language and contact_channel")
        return self


class FieldChanged(Record):
    field: str
    previous: str = Field(description="Masked.")
    value: str = Field(description="Masked.")


class AccountUpdated(Record):
    changed: list[FieldChanged]
    notified: str | None = Field(None, description="Where the old address or number was told of the change, masked.")


UPDATE_ACCOUNT = ToolSpec(
    name="update_account",
    description=(
        "Change the customer's e-mail address, phone number, language or preferred channel. "
        "A changed address or number is announced to the old one."
    ),
    arguments=UpdateAccount,
    result=AccountUpdated,
    policy=ToolPolicy(
        agents=frozenset({AgentType.TIER1, AgentType.TIER3, AgentType.BILLING, AgentType.HUMAN}),
        attempts=5,
        side_effect=SideEffect.OUTBOUND,
        audit_level="high",
        identity=IdentityLevel.AUTHENTICATED,
    ),
)


class ResetPassword(ToolArguments):
    """The code goes to the address on file, so it is safe for whoever asks."""

    customer_id: CustomerId
    channel: Literal["email", "sms"] = "email"


class PasswordResetSent(Record):
    reset_id: str
    channel: Literal["email", "sms"]
    recipient: str = Field(description="The address on file, masked.")
    expires_at: datetime


RESET_PASSWORD = ToolSpec(
    name="reset_password",
    description="Send the customer a code to set a new password, to the e-mail address or phone on file.",
    arguments=ResetPassword,
    result=PasswordResetSent,
    policy=ToolPolicy(
        agents=frozenset({AgentType.TIER1, AgentType.TIER2, AgentType.TIER3, AgentType.HUMAN}),
        attempts=5,
        side_effect=SideEffect.OUTBOUND,
        audit_level="high",
    ),
)

TOOLS = (GET_SIMILAR_CASES, UPDATE_CUSTOMER_NOTES, CRM_INTEGRATION, CREATE_TICKET, UPDATE_ACCOUNT, RESET_PASSWORD)
