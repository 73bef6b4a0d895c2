"""A ticket's clock as a workflow of its own: it calls the conversation at two instants, and may be wound anew."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from domain.carry import RewindSla
    from domain.messages import SlaNotice
    from domain.model import Record
    from workflows.options import SLA_CALLED

IDLE_LIMIT = timedelta(days=30)
"""A clock that called and was neither wound again nor stopped for this long has lost its conversation."""


class SlaInput(Record):
    conversation_workflow_id: str
    ticket_id: str
    at_risk_at: datetime
    deadline: datetime


@workflow.defn
class SlaWorkflow:
    """Signals ``at_risk`` and ``breached``. What these mean is for the conversation to judge: it knows the pauses."""

    @workflow.init
    def __init__(self, start: SlaInput) -> None:
        self._start = start
        self._at_risk_at: datetime | None = start.at_risk_at
        self._deadline: datetime | None = start.deadline
        self._stopped = False
        self._wound = False

    @workflow.run
    async def run(self, start: SlaInput) -> None:
        while not self._stopped:
            due = self._at_risk_at or self._deadline
            self._wound = False
            try:
                pause = max(timedelta(), due - workflow.now()) if due else IDLE_LIMIT
                await workflow.wait_condition(
                    lambda: self._stopped or self._wound, timeout=pause, timeout_summary="SLA clock"
                )
            except TimeoutError:
                if due is None or not await self._call():
                    return

    @workflow.signal
    def rewind(self, rewind: RewindSla) -> None:
        """The instants moved (the clock stood still while the customer was awaited)."""
        now = workflow.now()
        self._at_risk_at = rewind.at_risk_at if rewind.at_risk_at > now else None
        self._deadline = rewind.deadline
        self._wound = True

    @workflow.signal
    def stop(self) -> None:
        self._stopped = True

    async def _call(self) -> bool:
        """Tell the conversation; False if it is gone."""
        at_risk = self._at_risk_at is not None
        notice = SlaNotice(
            ticket_id=self._start.ticket_id,
            kind="at_risk" if at_risk else "breached",
            deadline=self._deadline or self._start.deadline,
        )
        self._at_risk_at = None
        if not at_risk:
            self._deadline = None
        # Without a run id: the conversation may have continued as new since.
        conversation = workflow.get_external_workflow_handle(self._start.conversation_workflow_id)
        try:
            await conversation.signal(SLA_CALLED, notice)
        except FailureError:
            return False
        return True
