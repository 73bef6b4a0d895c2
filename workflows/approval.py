"""A person's approval of one effect: waits for the decision or the expiry, and tells the conversation."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.errors import as_application_error
    from domain.errors import ApprovalClosed
    from domain.messages import ApprovalDecision, ApprovalNotice
    from domain.model import Record
    from workflows.options import APPROVAL_DECIDED


class ApprovalInput(Record):
    conversation_workflow_id: str
    approval_id: str
    expires_at: datetime


@workflow.defn
class ApprovalWorkflow:
    """The first decision counts; the same by the same person is no second one."""

    @workflow.init
    def __init__(self, start: ApprovalInput) -> None:
        self._start = start
        self._decision: ApprovalDecision | None = None
        self._over = False
        self._stopped = False

    @workflow.run
    async def run(self, start: ApprovalInput) -> ApprovalNotice:
        """What came of it."""
        try:
            await workflow.wait_condition(
                lambda: self._decision is not None or self._stopped,
                timeout=max(timedelta(), start.expires_at - workflow.now()),
                timeout_summary="Approval expires",
            )
        except TimeoutError:
            self._over = True
        notice = self._notice()
        if self._stopped:
            return notice
        # Without a run id: the conversation may have continued as new since.
        conversation = workflow.get_external_workflow_handle(start.conversation_workflow_id)
        try:
            await conversation.signal(APPROVAL_DECIDED, notice)
        except FailureError:
            workflow.logger.info("The conversation of this approval is gone.")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return notice

    @workflow.update
    async def decide(self, decision: ApprovalDecision) -> ApprovalDecision:
        """Approve or reject (else ``approval-closed``)."""
        with as_application_error():
            self._take(decision)
        return decision

    @decide.validator
    def _may_decide(self, decision: ApprovalDecision) -> None:
        with as_application_error():
            self._check(decision)

    @workflow.signal(name="decide")
    def decide_by_signal(self, decision: ApprovalDecision) -> None:
        """A signal has nobody to refuse to: what comes too late is ignored and logged."""
        try:
            self._take(decision)
        except ApprovalClosed as error:
            workflow.logger.warning("Ignored a signal: %s", error.type)

    @workflow.signal
    def stop(self) -> None:
        """The customer has withdrawn it: nobody need decide."""
        self._stopped = True

    def _take(self, decision: ApprovalDecision) -> None:
        self._check(decision)
        self._decision = decision

    def _check(self, decision: ApprovalDecision) -> None:
        """Raises ``ApprovalClosed`` unless this is the first decision, or the same again."""
        taken = self._decision
        again = taken is not None and (taken.approve, taken.decided_by) == (decision.approve, decision.decided_by)
        if self._over or self._stopped or (taken is not None and not again):
            raise ApprovalClosed("It was decided already." if taken else "It was too late to decide.")

    def _notice(self) -> ApprovalNotice:
        decision = self._decision
        if decision is None:
            return ApprovalNotice(approval_id=self._start.approval_id, outcome="expired")
        return ApprovalNotice(
            approval_id=self._start.approval_id,
            outcome="approved" if decision.approve else "rejected",
            decided_by=decision.decided_by,
            reason=decision.reason,
        )
