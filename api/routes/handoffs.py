"""Handoffs: the conversations that wait for a person, and a person's way into and out of one."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import INTERNAL, STAFF, Caller, require
from api.bodies import read_body, request_body
from api.documented import problems, write_problems
from api.problems import UnknownHandoff
from api.routes.conversations import as_json, known_id
from api.schemas import (
    CompleteHandoff,
    HandoffClaimed,
    HandoffDone,
    HandoffPage,
    ReturnHandoff,
)
from api.services import LimitedCaller, Services, services_of
from api.views import handoff_of
from domain.errors import UnknownConversation
from domain.messages import HandoffClaim, HandoffCompletion
from workflows.ids import conversation_of_handoff

router = APIRouter(prefix="/handoffs", tags=["handoffs"])

HandoffId = Annotated[str, Path(description="As `GET /handoffs` gave it.", examples=["handoff-c-0123456789abcdef-1"])]
State = Literal["requested", "claimed", "resolved", "returned", "cancelled"]


@router.get(
    "",
    response_model=HandoffPage,
    summary="Who waits for a person (staff)",
    responses=problems("forbidden", "log-unavailable"),
)
async def list_handoffs(
    caller: Caller,
    request: Request,
    state: Annotated[State | None, Query(description="Only handoffs in this state.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Longest waiting first."""
    require(caller, INTERNAL)
    services = services_of(request)
    found = await services.log.handoffs(state, limit=limit + 1, offset=offset)
    more = len(found) > limit
    items = [handoff_of(record) for record in found[:limit]]
    return as_json(HandoffPage(items=items, next_offset=offset + limit if more else None))


@router.post(
    "/{handoff_id}/claim",
    response_model=HandoffClaimed,
    summary="Take a conversation (staff)",
    responses=problems("forbidden", "unknown-handoff", "claim-refused", "rate-limited", "engine-unavailable"),
)
async def claim_handoff(handoff_id: HandoffId, caller: LimitedCaller, request: Request) -> Response:
    """From here on only the caller speaks to the customer. The first has it, the rest get 409. A repeat by the same
    person is no error."""
    require(caller, STAFF)
    services = services_of(request)
    conversation_id = conversation_of(handoff_id)
    claim = HandoffClaim(handoff_id=handoff_id, person_id=caller.subject)
    try:
        claimed = await services.conversations.claim(conversation_id, claim)
    except UnknownConversation:
        raise UnknownHandoff(f"There is no handoff {handoff_id}.") from None
    return as_json(
        HandoffClaimed(
            handoff_id=handoff_id, conversation_id=conversation_id, person_id=claimed.person_id, seq=claimed.seq
        )
    )


@router.post(
    "/{handoff_id}/complete",
    response_model=HandoffDone,
    summary="Finish a conversation (staff)",
    responses=write_problems("forbidden", "unknown-handoff", "not-owner"),
    openapi_extra=request_body(CompleteHandoff, done={"wrap_up_code": "resolved", "note": "Credited by hand."}),
)
async def complete_handoff(
    handoff_id: HandoffId,
    caller: LimitedCaller,
    request: Request,
) -> Response:
    """The concern is settled; the customer is asked how it went."""
    require(caller, STAFF)
    services = services_of(request)
    body = await read_body(request, CompleteHandoff)
    completion = HandoffCompletion(
        handoff_id=handoff_id,
        person_id=caller.subject,
        outcome="resolved",
        wrap_up_code=body.wrap_up_code,
        note=body.note,
    )
    return await _end(services, completion)


@router.post(
    "/{handoff_id}/return",
    response_model=HandoffDone,
    summary="Give a conversation back to the AI (staff)",
    responses=write_problems("forbidden", "unknown-handoff", "not-owner"),
    openapi_extra=request_body(ReturnHandoff, back={"note": "Only wanted the opening hours."}),
)
async def return_handoff(
    handoff_id: HandoffId,
    caller: LimitedCaller,
    request: Request,
) -> Response:
    """What the customer wrote last and nobody answered is answered by the AI."""
    require(caller, STAFF)
    services = services_of(request)
    body = await read_body(request, ReturnHandoff)
    completion = HandoffCompletion(handoff_id=handoff_id, person_id=caller.subject, outcome="returned", note=body.note)
    return await _end(services, completion)


def conversation_of(handoff_id: str) -> str:
    """Raises ``UnknownHandoff`` for what cannot be the id of one."""
    try:
        conversation_id = conversation_of_handoff(handoff_id)
        known_id(conversation_id)
    except (ValueError, UnknownConversation):
        raise UnknownHandoff("There is no handoff of this id.") from None
    return conversation_id


async def _end(services: Services, completion: HandoffCompletion) -> Response:
    conversation_id = conversation_of(completion.handoff_id)
    try:
        ended = await services.conversations.complete_handoff(conversation_id, completion)
    except UnknownConversation:
        raise UnknownHandoff(f"There is no handoff {completion.handoff_id}.") from None
    done = HandoffDone(
        handoff_id=completion.handoff_id, conversation_id=conversation_id, state=ended.outcome, seq=ended.seq
    )
    return as_json(done)
