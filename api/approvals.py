"""Approvals as the API drives them: the decision is an update of the approval's own workflow, which refuses what comes
too late; the list is read from the table that follows from the log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from temporalio.client import Client, WorkflowFailureError

from api.conversations import RPC_TIMEOUT, UPDATE_TIMEOUT, UnknownWorkflow, engine_errors, patiently
from api.problems import UnknownApproval
from domain.errors import ApprovalClosed
from domain.messages import ApprovalDecision
from workflows.approval import ApprovalWorkflow


class ApprovalRecord(Protocol):
    """``state``: pending, approved, rejected or expired."""

    @property
    def approval_id(self) -> str: ...
    @property
    def conversation_id(self) -> str: ...
    @property
    def tool(self) -> str: ...
    @property
    def agent_type(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def parameters(self) -> dict[str, str]: ...
    @property
    def reason(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def requested_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime | None: ...
    @property
    def decided_at(self) -> datetime | None: ...
    @property
    def decided_by(self) -> str: ...
    @property
    def decision_reason(self) -> str: ...


class ApprovalTable(Protocol):
    """Every method raises ``LogUnavailable``."""

    async def page(self, state: str | None, *, limit: int, offset: int) -> Sequence[ApprovalRecord]: ...

    async def find(self, approval_id: str) -> ApprovalRecord | None: ...


class Approvals(Protocol):
    """Raises ``LogUnavailable`` where it reads, ``EngineUnavailable`` where it decides."""

    async def page(self, state: str | None, *, limit: int, offset: int) -> Sequence[ApprovalRecord]: ...

    async def find(self, approval_id: str) -> ApprovalRecord:
        """Raises ``UnknownApproval``."""
        ...

    async def decide(self, decision: ApprovalDecision) -> None:
        """The first decision counts; the same by the same person is no error. Raises ``UnknownApproval``,
        ``ApprovalClosed``."""
        ...


class TemporalApprovals:
    def __init__(self, client: Client, table: ApprovalTable) -> None:
        self._client = client
        self._table = table

    async def page(self, state: str | None, *, limit: int, offset: int) -> Sequence[ApprovalRecord]:
        return await self._table.page(state, limit=limit, offset=offset)

    async def find(self, approval_id: str) -> ApprovalRecord:
        record = await self._table.find(approval_id)
        if record is None:
            raise UnknownApproval("There is no approval of this id.")
        return record

    async def decide(self, decision: ApprovalDecision) -> None:
        handle = self._client.get_workflow_handle_for(ApprovalWorkflow.run, decision.approval_id)
        update_id = f"{decision.decided_by}.{'approve' if decision.approve else 'reject'}"
        try:
            await patiently(
                lambda: handle.execute_update(
                    ApprovalWorkflow.decide, decision, id=update_id, rpc_timeout=UPDATE_TIMEOUT
                ),
                ApprovalClosed,
            )
        except UnknownWorkflow:
            await self._check_taken(decision)

    async def _check_taken(self, decision: ApprovalDecision) -> None:
        """The workflow has ended: with this very decision, or with another. The table may not know yet."""
        record = await self.find(decision.approval_id)
        state, decided_by = record.state, record.decided_by
        if state == "pending":
            state, decided_by = await self._outcome(decision.approval_id)
        taken = "approved" if decision.approve else "rejected"
        if (state, decided_by) != (taken, decision.decided_by):
            raise ApprovalClosed(f"It was {state} already.")

    async def _outcome(self, approval_id: str) -> tuple[str, str]:
        """Raises ``ApprovalClosed`` for a workflow that somebody ended, ``EngineUnavailable``."""
        handle = self._client.get_workflow_handle_for(ApprovalWorkflow.run, approval_id)
        try:
            with engine_errors():
                notice = await handle.result(rpc_timeout=RPC_TIMEOUT)
        except (UnknownWorkflow, WorkflowFailureError):
            raise ApprovalClosed("It is over.") from None
        return notice.outcome, notice.decided_by
