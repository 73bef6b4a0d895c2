"""A conversation's log over HTTP: as a live stream of server-sent events, or a page of JSON."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api import sse
from api.auth import Caller, Principal
from api.documented import problems
from api.feed import Quiet, Typing
from api.hub import Delta
from api.problems import NotAcceptable
from api.routes.conversations import ConversationId, check_access, known_id
from api.schemas import EventPage
from api.services import Services, services_of
from api.views import event_json, events_page_json
from domain.events import LoggedEvent
from domain.model import Record

router = APIRouter(prefix="/conversations", tags=["events"])

MAX_SEQ = 2**31 - 1
MAX_PAGE = 500
After = Annotated[int, Query(ge=0, le=MAX_SEQ, description="Only events with a higher seq.")]


class TypedDelta(Record):
    turn_id: str
    text: str


@router.get(
    "/{conversation_id}/events",
    response_model=EventPage,
    summary="Read or follow the log",
    responses={
        200: {
            "description": "A stream that goes on, or with `Accept: application/json` a page.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": 'id: 1\ndata: {"seq":1}\n\n'}},
        },
        **problems("forbidden", "unknown-conversation", "not-acceptable", "log-unavailable"),
    },
)
async def get_events(
    *,
    conversation_id: ConversationId,
    caller: Caller,
    request: Request,
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Events in a JSON page.")] = 200,
    deltas: Annotated[bool, Query(description="In the stream, also `delta` and `typing` events, without ids.")] = False,
    accept: Annotated[str, Header(description="`text/event-stream` (default) or `application/json`.")] = "*/*",
    last_event_id: Annotated[
        int | None, Header(ge=0, le=MAX_SEQ, description="Where a broken stream goes on; wins over `after`.")
    ] = None,
) -> Response:
    """Events come in the order of `seq`, without a gap or a repeat. The stream's ids are seqs, so that a browser's
    `EventSource` resumes by itself; lines that start with a colon only keep the connection open."""
    services = services_of(request)
    known_id(conversation_id)
    wants_json = _wants_json(accept)
    await check_access(services, caller, conversation_id)
    if wants_json:
        page = await services.log.read(conversation_id, after=after, limit=limit)
        return Response(events_page_json(page, after, caller), media_type="application/json")
    start = after if last_event_id is None else last_event_id
    return StreamingResponse(
        _stream(services, caller, conversation_id, start, deltas=deltas),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


def _wants_json(accept: str) -> bool:
    """The stream unless JSON is asked for. Raises ``NotAcceptable``."""
    media = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    if media & {"text/event-stream", "text/*"}:
        return False
    if media & {"application/json", "application/*"}:
        return True
    if "*/*" in media or media == {""}:
        return False
    raise NotAcceptable("This is served as text/event-stream or application/json.")


async def _stream(
    services: Services, caller: Principal, conversation_id: str, after: int, *, deltas: bool
) -> AsyncIterator[bytes]:
    services.meter.stream("sse", 1)
    try:
        yield sse.RETRY
        following = services.feeds.follow(conversation_id, after=after, until=caller.expires_at, deltas=deltas)
        async with aclosing(following) as items:
            async for item in items:
                match item:
                    case LoggedEvent():
                        yield sse.frame(event_json(item, caller), event_id=item.seq)
                    case Delta():
                        delta = TypedDelta(turn_id=item.turn_id, text=item.text)
                        yield sse.frame(delta.model_dump_json(), event="delta")
                    case Typing():
                        yield sse.frame("{}", event="typing")
                    case Quiet():
                        yield sse.HEARTBEAT
    finally:
        services.meter.stream("sse", -1)
