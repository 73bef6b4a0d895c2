"""Thoughts as the engine makes them, for tests that call minds directly."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from domain.classification import Classification
from domain.consent import make_offer
from domain.ids import ticket_id
from domain.messages import CustomerMessage, ThinkInput, ToolOutcome
from domain.state import AgentState, AgentType, Consent, ConversationTurn, Offer, Priority, Ticket
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT, ApplyCreditAdjustment
from domain.tools import AnyTool
from tests.agents.talk import a_customer

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
CREDIT = ApplyCreditAdjustment(
    customer_id="CUST_001", amount=Decimal("49.99"), reason="Duplicate charge", invoice_id="INV-2026-11-0001"
)


def thought(
    said: str = "hello",
    *,
    agent: AgentType = AgentType.BILLING,
    before: tuple[str, ...] = (),
    results: tuple[ToolOutcome, ...] = (),
    reading: Classification | None = None,
    **state: Any,
) -> ThinkInput:
    """A thought about ``said``. ``before``: what was said earlier, agent and customer in turn, the customer first."""
    history = [
        ConversationTurn(timestamp=NOW, speaker="agent" if number % 2 else "customer", message=text)
        for number, text in enumerate(before)
    ]
    history.append(ConversationTurn(timestamp=NOW, speaker="customer", message=said))
    fields: dict[str, Any] = {"customer": a_customer(), "ticket": a_ticket(), "conversation_history": history}
    return ThinkInput(
        epoch=1,
        turn_id="1.1",
        agent=agent,
        messages=[CustomerMessage(message_id="m-1", message=said, sent_at=NOW)],
        pending=[],
        state=AgentState(session_id="s", conversation_id="c-1", session_start=NOW, last_activity=NOW, **fields | state),
        classification=reading or Classification(intent="duplicate_charge", confidence=0.99),
        tool_results=list(results),
        now=NOW,
    )


def a_ticket() -> Ticket:
    return Ticket(
        ticket_id=ticket_id("c-1"),
        priority=Priority.MEDIUM,
        category="conversation",
        created_at=NOW,
        updated_at=NOW,
        sla_deadline=NOW,
    )


def an_offer() -> Offer:
    return make_offer(APPLY_CREDIT_ADJUSTMENT, CREDIT, "Credit of $49.99")


def a_consent(message_id: str = "m-1") -> Consent:
    return Consent(message_id=message_id, offer=an_offer())


def gave(tool: AnyTool, result: BaseModel, call_id: str = "call-1", **arguments: Any) -> ToolOutcome:
    """What the engine hands back when a tool ran."""
    dumped = result.model_dump(mode="json")
    return ToolOutcome(call_id=call_id, tool=tool.name, success=True, result=dumped, arguments=arguments)


def refused(tool: AnyTool, error_type: str, error: str = "No.", call_id: str = "call-1") -> ToolOutcome:
    return ToolOutcome(call_id=call_id, tool=tool.name, success=False, error_type=error_type, error=error)


__all__ = ["CREDIT", "NOW", "a_consent", "a_ticket", "an_offer", "gave", "refused", "thought"]
