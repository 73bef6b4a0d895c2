"""Other systems report what happened on their side. They sign what they send; tokens are for people and services."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Principal, Role
from api.bodies import read_body, request_body
from api.documented import signed_problems
from api.routes.conversations import as_json, known_id
from api.schemas import IntegrationAccepted, ReportIntegrationEvent
from api.services import services_of, take_permit
from api.signatures import TIMESTAMP_HEADER
from domain.integrations import IntegrationReport

router = APIRouter(prefix="/integrations", tags=["integrations"])

System = Annotated[str, Path(description="A system that shares a secret with us.", examples=["ticketing"])]

_TIMESTAMP = {
    "name": TIMESTAMP_HEADER,
    "in": "header",
    "required": True,
    "description": "Seconds since 1970 at the time of signing; five minutes from now at most.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"},
}


@router.post(
    "/{system}/events",
    status_code=202,
    response_model=IntegrationAccepted,
    summary="Report an event of another system",
    responses=signed_problems("unknown-system", "unknown-conversation", "conversation-closed", "log-unavailable"),
    openapi_extra={
        "parameters": [_TIMESTAMP],
        **request_body(
            ReportIntegrationEvent,
            ticket_moved_on={
                "event_id": "evt-4711",
                "type": "ticket_updated",
                "conversation_id": "c-0123456789abcdef",
                "external_id": "INC-2044",
                "at": "2026-11-23T09:00:00Z",
                "data": {"status": "in_progress", "assignee": "network team"},
            },
        ),
    },
)
async def report_event(system: System, request: Request) -> Response:
    """The conversation logs it, once for each `event_id` of a system, visible to staff. A repeat gets the same answer.

    `ticket_updated` and `case_updated` also say which ticket and which case of the other system belong to the
    conversation: from then on `external_id` alone finds it.
    """
    services = services_of(request)
    services.signatures.require_known(system)
    services.signatures.check(system, request.headers, await request.body())
    await take_permit(services, Principal(subject=f"integration:{system}", role=Role.SERVICE, expires_at=0.0))
    body = await read_body(request, ReportIntegrationEvent)
    report = IntegrationReport(
        event_id=body.event_id,
        system=system,
        kind=body.type,
        external_id=body.external_id or "",
        at=body.at,
        data=body.data,
    )
    conversation_id = body.conversation_id or await services.integrations.conversation_of(report)
    known_id(conversation_id)
    await services.integrations.report(conversation_id, report)
    return as_json(IntegrationAccepted(event_id=body.event_id, conversation_id=conversation_id), 202)
