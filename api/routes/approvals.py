"""Approvals: effects above what agents may decide alone, and a person's decision on them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import APPROVERS, INTERNAL, Caller, require
from api.bodies import read_body, request_body
from api.documented import problems, write_problems
from api.problems import UnknownApproval
from api.routes.conversations import as_json
from api.schemas import Approval as ApprovalView
from api.schemas import ApprovalDecided, ApprovalPage, DecideApproval
from api.services import LimitedCaller, services_of
from api.views import approval_of
from domain.ids import is_approval_id
from domain.messages import ApprovalDecision

router = APIRouter(prefix="/approvals", tags=["approvals"])

ApprovalId = Annotated[
    str, Path(description="As `GET /approvals` gave it.", examples=["approval-c-0123456789abcdef-1-4"])
]
State = Literal["pending", "approved", "rejected", "expired"]


@router.get(
    "",
    response_model=ApprovalPage,
    summary="What has to be approved (staff)",
    responses=problems("forbidden", "log-unavailable"),
)
async def list_approvals(
    caller: Caller,
    request: Request,
    state: Annotated[State | None, Query(description="Only approvals in this state.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Longest waiting first."""
    require(caller, INTERNAL)
    found = await services_of(request).approvals.page(state, limit=limit + 1, offset=offset)
    items = [approval_of(record) for record in found[:limit]]
    return as_json(ApprovalPage(items=items, next_offset=offset + limit if len(found) > limit else None))


@router.get(
    "/{approval_id}",
    response_model=ApprovalView,
    summary="One approval (staff)",
    responses=problems("forbidden", "unknown-approval", "log-unavailable"),
)
async def get_approval(approval_id: ApprovalId, caller: Caller, request: Request) -> Response:
    require(caller, INTERNAL)
    return as_json(approval_of(await services_of(request).approvals.find(known_approval(approval_id))))


@router.post(
    "/{approval_id}/decision",
    response_model=ApprovalDecided,
    summary="Approve or reject (supervisors)",
    responses=write_problems("forbidden", "unknown-approval", "approval-closed"),
    openapi_extra=request_body(DecideApproval, approve={"approve": True, "reason": "Two months without service."}),
)
async def decide_approval(approval_id: ApprovalId, caller: LimitedCaller, request: Request) -> Response:
    """The first decision counts; the same again by the same person is no error. What is approved is carried out by the
    engine, in exactly the arguments that the customer agreed to, and the customer is told either way."""
    require(caller, APPROVERS)
    body = await read_body(request, DecideApproval)
    decision = ApprovalDecision(
        approval_id=known_approval(approval_id), approve=body.approve, decided_by=caller.subject, reason=body.reason
    )
    await services_of(request).approvals.decide(decision)
    state: Literal["approved", "rejected"] = "approved" if body.approve else "rejected"
    return as_json(ApprovalDecided(approval_id=approval_id, state=state, decided_by=caller.subject))


def known_approval(approval_id: str) -> str:
    """Raises ``UnknownApproval`` for what cannot be the id of one: other workflows have ids, too."""
    if not is_approval_id(approval_id):
        raise UnknownApproval("There is no approval of this id.")
    return approval_id
