"""An effect above the limit: asked for, decided, carried out once, and the customer told each time."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain import words
from domain.admission import grant_wanted
from domain.approvals import Approvals
from domain.carry import Carry, Handoff, StartApproval, StopChild
from domain.consent import make_offer
from domain.events import ApprovalDecided, ApprovalRequested, InterimMessage, ToolCalled
from domain.messages import ApprovalNotice, EnginePolicy, ToolCall, ToolOutcome, ToolRequest
from domain.scribe import Scribe
from domain.state import AgentState, AgentType, Consent
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT, ApplyCreditAdjustment
from domain.toolbox.payments import REFUND_MANAGER, RefundManager

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ARGUMENTS: dict[str, Any] = {"customer_id": "CUST_001", "amount": "150.00", "reason": "Two months without service"}


def a_request(agent: AgentType = AgentType.BILLING, *, agreed: bool = True, **changed: Any) -> ToolRequest:
    arguments = ARGUMENTS | changed
    offer = make_offer(APPLY_CREDIT_ADJUSTMENT, ApplyCreditAdjustment.model_validate(ARGUMENTS), "A credit of $150.00")
    return ToolRequest(
        conversation_id="c",
        customer_id="CUST_001",
        agent=agent,
        call=ToolCall(call_id="call-1", tool="apply_credit_adjustment", arguments=arguments),
        consent=Consent(message_id="m2", offer=offer) if agreed else None,
        at=NOW,
    )


class Desk:
    def __init__(self) -> None:
        state = AgentState(session_id="s", conversation_id="c", session_start=NOW, last_activity=NOW)
        self.carry = Carry(state=state)
        self.approvals = Approvals(self.carry, EnginePolicy(), Scribe(self.carry))

    def ask(self, request: ToolRequest | None = None) -> ToolOutcome | None:
        return self.approvals.ask(request or a_request(), NOW)

    def decide(self, outcome: Any, *, after: timedelta = timedelta(hours=1)) -> bool:
        approval_id = self.carry.approvals[0].approval_id
        notice = ApprovalNotice(approval_id=approval_id, outcome=outcome, decided_by="sam", reason="Fair.")
        return self.approvals.decided(notice, NOW + after)

    def logged(self, kind: type) -> list[Any]:
        return [event for event in self.carry.pending if isinstance(event, kind)]


def outcome(*, success: bool) -> ToolOutcome:
    return ToolOutcome(call_id="call-1", tool="apply_credit_adjustment", success=success)


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        (a_request(), True),
        (a_request(amount="100.00"), False),
        (a_request(agreed=False), False),
        (a_request(amount="151.00"), False),
        (a_request(customer_id="CUST_002"), False),
        (a_request(AgentType.TIER1), False),
        (a_request(amount="-5"), False),
    ],
    ids=["agreed", "within the limit", "not agreed", "other amount", "other customer", "not its tool", "negative"],
)
def test_an_approval_is_wanted_only_where_nothing_else_is_wrong(request_: ToolRequest, wanted: bool) -> None:
    assert (grant_wanted(request_) is not None) is wanted


def test_asking_opens_it_once() -> None:
    desk = Desk()
    first, second = desk.ask(), desk.ask()
    assert first and second
    assert (first.error_type, first.success) == ("approval-pending", False)
    [requested] = desk.logged(ApprovalRequested)
    assert requested.summary == "A credit of $150.00"
    assert requested.expires_at == NOW + timedelta(hours=24)
    [errand] = desk.carry.errands
    assert isinstance(errand, StartApproval)
    assert errand.workflow_id == requested.approval_id
    assert desk.approvals.open


def test_what_is_approved_runs_once_with_the_grant_and_the_customer_hears_of_it() -> None:
    desk = Desk()
    desk.ask()
    assert not desk.decide("approved")
    assert not desk.decide("rejected"), "the first decision counts"
    step = desk.approvals.next_run(NOW + timedelta(hours=1))
    assert step is not None
    [request] = step.requests
    assert request.grant is not None
    assert (request.grant.decided_by, request.consent) == ("sam", a_request().consent)
    assert Decimal(str(request.call.arguments["amount"])) == Decimal(150)
    assert desk.approvals.next_run(NOW) is None, "it is under way"
    assert len(desk.logged(ToolCalled)) == 1
    assert not desk.approvals.ran(step.turn_id, [outcome(success=True)], NOW)
    [decided] = desk.logged(ApprovalDecided)
    assert (decided.approved, decided.decided_by, decided.reason) == (True, "sam", "Fair.")
    assert [word.message for word in desk.logged(InterimMessage)] == [
        words.APPROVED_AND_DONE.format(summary="(A credit of $150.00.)")
    ]
    assert not desk.approvals.open


def test_what_was_approved_and_failed_goes_to_a_person() -> None:
    desk = Desk()
    desk.ask()
    desk.decide("approved")
    step = desk.approvals.next_run(NOW)
    assert step is not None
    assert desk.approvals.ran(step.turn_id, [outcome(success=False)], NOW)
    assert not desk.approvals.ran(step.turn_id, [outcome(success=False)], NOW), "a repeat changes nothing"
    assert desk.logged(InterimMessage)[0].message.startswith("My colleague has approved it, but")


def test_a_rejection_is_told_without_the_colleagues_own_reason() -> None:
    desk = Desk()
    desk.ask()
    assert not desk.decide("rejected")
    [word] = desk.logged(InterimMessage)
    assert "decided against it" in word.message
    assert "Fair." not in word.message
    assert desk.approvals.next_run(NOW) is None


def test_an_expiry_brings_in_a_person_with_or_without_its_child() -> None:
    desk = Desk()
    desk.ask()
    due = desk.approvals.due()
    assert due == NOW + timedelta(hours=24, minutes=1)
    assert not desk.approvals.expire_if_due(due - timedelta(seconds=1))
    assert desk.approvals.expire_if_due(due)
    assert desk.logged(ApprovalDecided)[0].expired
    assert not desk.approvals.open
    late = ApprovalNotice(approval_id="approval-c-0-1", outcome="approved", decided_by="sam")
    assert not desk.approvals.decided(late, due)
    assert desk.approvals.next_run(due) is None


def refund(invoice: str, consent_id: str = "m4") -> ToolRequest:
    arguments = {"customer_id": "CUST_001", "invoice_id": invoice, "amount": "150.00", "reason": "Charged twice"}
    offer = make_offer(REFUND_MANAGER, RefundManager.model_validate(arguments), "A refund of $150.00")
    return ToolRequest(
        conversation_id="c",
        customer_id="CUST_001",
        agent=AgentType.BILLING,
        call=ToolCall(call_id="call-9", tool="refund_manager", arguments=arguments),
        consent=Consent(message_id=consent_id, offer=offer),
        at=NOW,
    )


def test_the_same_money_by_another_way_asks_nobody_again() -> None:
    """A credit and a refund of one invoice would give the money back twice."""
    desk = Desk()
    assert desk.ask(refund("INV-1"))
    again = desk.ask(refund("INV-1", "m6"))
    assert again and again.error_type == "approval-pending"
    assert len(desk.logged(ApprovalRequested)) == 1
    assert desk.ask(refund("INV-2"))
    assert len(desk.logged(ApprovalRequested)) == 2


def test_a_word_of_the_engine_voids_the_offer_that_stood() -> None:
    desk = Desk()
    desk.ask()
    state = desk.carry.state
    state.offer, state.offered_at = make_offer(REFUND_MANAGER, _refund_arguments(), "A refund"), NOW
    desk.decide("rejected")
    assert (state.offer, state.offered_at) == (None, None)


def _refund_arguments() -> RefundManager:
    return RefundManager.model_validate(refund("INV-1").call.arguments)


@pytest.mark.parametrize(
    ("text", "withdrawn"),
    [
        ("No, forget it, I don't want that credit any more", True),
        ("please cancel the request", True),
        ("I changed my mind", True),
        ("I no longer want the credit", True),
        ("I want to cancel my subscription", False),
        ("Thanks, I'll wait", False),
        ("What does it mean?", False),
    ],
)
def test_who_no_longer_wants_it_is_heard(text: str, withdrawn: bool) -> None:
    desk = Desk()
    desk.ask()
    desk.approvals.withdraw_if_wanted([text], NOW)
    assert desk.approvals.open is not withdrawn
    if withdrawn:
        assert [event.decided_by for event in desk.logged(ApprovalDecided)] == ["customer"]
        assert isinstance(desk.carry.errands[-1], StopChild)
        assert not desk.approvals.decided(
            ApprovalNotice(approval_id=desk.logged(ApprovalRequested)[0].approval_id, outcome="approved"), NOW
        )


def test_while_a_person_holds_it_only_they_speak() -> None:
    desk = Desk()
    desk.ask()
    desk.carry.handoff = Handoff(
        handoff_id="h", queue="billing", reason="x", requested_at=NOW, next_word_at=NOW, person_id="p1"
    )
    desk.decide("rejected")
    assert not desk.logged(InterimMessage)
    assert "decided against it" in desk.carry.owed_words[0]


def test_conversations_from_before_approvals_ask_for_none() -> None:
    carry = Desk().carry
    assert Approvals(carry, EnginePolicy(), Scribe(carry), asks=False).ask(a_request(), NOW) is None
