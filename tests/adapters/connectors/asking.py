"""What the tests ask of other systems."""

from datetime import UTC, datetime
from uuid import uuid4

from activities.effects import Effect
from domain.state import AgentType
from domain.toolbox.crm import CreateTicket, UpdateCustomerNotes

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)


def effect(customer_id: str = "CUST_001", key: str = "") -> Effect:
    """With a key of its own unless one is given."""
    return Effect(
        key=key or uuid4().hex,
        tool="a_tool",
        conversation_id="c-1",
        customer_id=customer_id,
        agent=AgentType.TIER2,
        at=NOW,
    )


def note(customer_id: str = "CUST_001") -> UpdateCustomerNotes:
    return UpdateCustomerNotes(customer_id=customer_id, note="Prefers mornings.", category="preference")


def ticket(customer_id: str = "CUST_001") -> CreateTicket:
    return CreateTicket(customer_id=customer_id, category="technical", description="The router blinks red at night.")
