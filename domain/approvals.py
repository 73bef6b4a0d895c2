"""Effects that a person must approve (PRD [277, 727, 730]): the agent's call is kept, a child workflow waits for the
decision, and the engine carries out what was approved, in exactly the arguments that the customer agreed to."""

import json
import re
from datetime import datetime, timedelta

from domain import words
from domain.admission import grant_wanted, read_arguments
from domain.carry import Approval, Carry, StartApproval, StopChild
from domain.consent import covers
from domain.errors import ApprovalPending
from domain.events import ApprovalDecided, ApprovalRequested, ToolCalled
from domain.ids import approval_workflow_id
from domain.masking import mask_arguments
from domain.messages import ApprovalNotice, EnginePolicy, Grant, ToolOutcome, ToolRequest
from domain.scribe import Scribe
from domain.state import AgentType, ConversationTurn
from domain.steps import RunTools
from domain.toolbox import policy_of, resolve
from domain.tools import SideEffect

GRACE = timedelta(minutes=1)
"""The child calls on time; this is for one that was lost."""
SUBJECTS = ("invoice_id", "quote_id")
PENDING = (
    "A person has been asked to approve this and will decide within {hours:g} hours; then it is carried out, and the "
    "customer is told, without you. Tell the customer that, promise no result, and do not call it again."
)

OTHER_PENDING = (
    "A person is still to decide, within {hours:g} hours, on another request about the same matter; this one was not "
    "asked for. Tell the customer that, and that they can withdraw the other one by saying so."
)
_WITHDRAWS = re.compile(
    r"\b(?:cancel|forget|withdraw|drop|stop|call off|undo)\b(?: about)? "
    r"(?:it|that|this|(?:the|my|that|this) (?:credit|refund|request|approval|change|order|payment))\b"
    r"|\b(?:don'?t|do not|no longer) (?:want|need) (?:it|that|this|(?:the|my|that) (?:credit|refund|change|order))\b"
    r"|\bchanged my mind\b",
    re.IGNORECASE,
)


class Approvals:
    def __init__(self, carry: Carry, policy: EnginePolicy, scribe: Scribe, *, asks: bool = True) -> None:
        self._carry = carry
        self._asks = asks
        self._policy = policy
        self._scribe = scribe

    @property
    def open(self) -> bool:
        """Whether something is still to be decided or carried out: until then the conversation does not end."""
        return bool(self._carry.approvals)

    def ask(self, request: ToolRequest, now: datetime) -> ToolOutcome | None:
        """Ask for the approval that this call lacks; None if it lacks none. Asking again for the same asks nobody."""
        wanted = grant_wanted(request) if self._asks else None
        if wanted is None:
            return None
        waiting = next((a.grant for a in self._carry.approvals if _overlap(a.grant, wanted)), None)
        if waiting is None:
            self._request(request, wanted, now)
        hours = self._policy.approval_expires_seconds / 3600
        return ToolOutcome(
            call_id=request.call.call_id,
            tool=wanted.tool,
            success=False,
            error_type=ApprovalPending.type,
            error=(PENDING if waiting is None or _same(waiting, wanted) else OTHER_PENDING).format(hours=hours),
        )

    def decided(self, notice: ApprovalNotice, now: datetime) -> bool:
        """Take the decision; one that was taken before, or is about nothing known, changes nothing. True: a person must
        go on."""
        approval = self._find(notice.approval_id)
        if approval is None or approval.stage != "asked":
            return False
        self._log(notice, now)
        if notice.outcome == "approved":
            approval.stage = "approved"
            approval.grant = approval.grant.model_copy(update={"decided_by": notice.decided_by})
            return False
        self._carry.approvals.remove(approval)
        self._tell(words.NOT_APPROVED if notice.outcome == "rejected" else words.APPROVAL_EXPIRED, approval, now)
        return notice.outcome == "expired"

    def withdraw_if_wanted(self, texts: list[str], now: datetime) -> None:
        """The customer no longer wants what nobody has decided yet: an approval must not carry it out."""
        asked = [approval for approval in self._carry.approvals if approval.stage == "asked"]
        if not asked or not any(_WITHDRAWS.search(text) for text in texts):
            return
        for approval in asked:
            self._carry.approvals.remove(approval)
            self._carry.errands.append(StopChild(workflow_id=approval.approval_id))
            withdrawn = ApprovalNotice(
                approval_id=approval.approval_id,
                outcome="rejected",
                decided_by="customer",
                reason="Withdrawn by the customer.",
            )
            self._log(withdrawn, now)
            self._tell(words.APPROVAL_WITHDRAWN, approval, now)

    def next_run(self, now: datetime) -> RunTools | None:
        """The next approved effect to carry out."""
        approval = next((a for a in self._carry.approvals if a.stage == "approved"), None)
        if approval is None:
            return None
        approval.stage = "running"
        request = approval.request.model_copy(update={"grant": approval.grant, "at": now})
        self._scribe.log(
            ToolCalled(
                event_id=f"called-{approval.approval_id}",
                at=now,
                call_id=request.call.call_id,
                tool=approval.grant.tool,
                agent_type=request.agent,
            )
        )
        return RunTools(approval.approval_id, [request])

    def ran(self, approval_id: str, outcomes: list[ToolOutcome], now: datetime) -> bool:
        """An approved effect was carried out; True: it could not be, and a person must go on."""
        approval = self._find(approval_id)
        if approval is None:
            return False
        self._carry.approvals.remove(approval)
        done = all(outcome.success for outcome in outcomes)
        if done:
            # The customer's "thank you, that's it" is about this.
            self._carry.state.resolution_status = "offered"
            self._carry.checked = False
        unknown = any(outcome.error_type == "unknown" for outcome in outcomes)
        failed = words.APPROVED_AND_UNSEEN if unknown else words.APPROVED_AND_FAILED
        self._tell(words.APPROVED_AND_DONE if done else failed, approval, now)
        return not done

    def due(self) -> datetime | None:
        """When the next approval is over even if its child never calls."""
        return min((a.expires_at + GRACE for a in self._carry.approvals if a.stage == "asked"), default=None)

    def expire_if_due(self, now: datetime) -> bool:
        """End what nobody decided in time; True: a person must go on."""
        over = [a for a in self._carry.approvals if a.stage == "asked" and now >= a.expires_at + GRACE]
        for approval in over:
            self.decided(ApprovalNotice(approval_id=approval.approval_id, outcome="expired"), now)
        return bool(over)

    def _find(self, approval_id: str) -> Approval | None:
        return next((a for a in self._carry.approvals if a.approval_id == approval_id), None)

    def _log(self, notice: ApprovalNotice, now: datetime) -> None:
        self._scribe.log(
            ApprovalDecided(
                event_id=f"decided-{notice.approval_id}",
                at=now,
                approval_id=notice.approval_id,
                approved=notice.outcome == "approved",
                decided_by=notice.decided_by,
                reason=notice.reason,
                expired=notice.outcome == "expired",
            )
        )

    def _request(self, request: ToolRequest, wanted: Grant, now: datetime) -> None:
        carry = self._carry
        tool = resolve(wanted.tool)
        assert tool is not None, "it was admitted"
        approval_id = approval_workflow_id(request.conversation_id, self._scribe.fresh_number())
        expires = timedelta(seconds=self._policy.approval_expires_seconds)
        arguments = read_arguments(tool, request.call.arguments)
        agreed = request.consent if request.consent and covers(request.consent, tool, arguments) else None
        summary = agreed.offer.summary if agreed else ""
        carry.approvals.append(
            Approval(
                approval_id=approval_id,
                request=request,
                grant=wanted.model_copy(update={"approval_id": approval_id}),
                summary=summary,
                expires_at=now + expires,
            )
        )
        carry.errands.append(StartApproval(workflow_id=approval_id, tool=wanted.tool, expires_at=now + expires))
        self._scribe.log(
            ApprovalRequested(
                event_id=f"asked-{approval_id}",
                at=now,
                approval_id=approval_id,
                tool=wanted.tool,
                reason=f"{request.agent} may not run this alone.",
                agent_type=request.agent,
                summary=summary,
                parameters=mask_arguments(tool.arguments, request.call.arguments),
                expires_at=now + expires,
            )
        )

    def _tell(self, text: str, approval: Approval, now: datetime) -> None:
        summary = f"({approval.summary.rstrip('.')}.)" if approval.summary else ""
        carry, text = self._carry, text.format(summary=summary).replace("  ", " ").strip()
        if carry.handoff is not None and carry.handoff.person_id:
            # Only the person speaks now; they see the decision, and the customer hears of it when they give back.
            carry.owed_words = [*carry.owed_words, text][-5:]
            return
        carry.idle_warned_at, carry.state.last_activity = None, now
        agent = AgentType(carry.state.current_agent_type or approval.request.agent)
        carry.state.record(ConversationTurn(timestamp=now, speaker="agent", message=text, agent_type=agent))
        self._scribe.word(text, now, owed=True)


def _same(one: Grant, other: Grant) -> bool:
    return (one.tool, one.arguments_json) == (other.tool, other.arguments_json)


def _overlap(one: Grant, other: Grant) -> bool:
    """The same effect, or the same money by another way: two people must not each approve one half of a mistake."""
    if _same(one, other):
        return True
    money = all(policy_of(grant.tool).side_effect is SideEffect.MONEY for grant in (one, other))
    about = _subject(one)
    return money and about is not None and about == _subject(other)


def _subject(grant: Grant) -> str | None:
    """What the money is about: an invoice, a quote."""
    arguments = json.loads(grant.arguments_json)
    return next((str(arguments[name]) for name in SUBJECTS if arguments.get(name)), None)
