"""The live line of a conversation: the log and what happens between its events one way, the customer's messages the
other. Frames are JSON objects with a ``type``; ``docs/api.md`` lists them."""

import asyncio
import json
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, WebSocket
from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocketDisconnect, WebSocketState

from api.auth import Principal, bearer_token
from api.bodies import refusal
from api.feed import Quiet, Typing
from api.hub import Delta
from api.problems import (
    FieldError,
    InvalidRequest,
    MalformedBody,
    TooLarge,
    Unauthenticated,
    headers_of,
    problem_of,
    problem_response,
)
from api.routes.conversations import check_access, known_id
from api.schemas import PostMessage
from api.services import Services, fresh_id, services_of, take_permit
from api.views import event_json, status_of_event
from domain.errors import SwitchboardError
from domain.events import LoggedEvent
from domain.messages import CustomerMessage, PersonMessage

router = APIRouter(prefix="/conversations", tags=["events"])

SUBPROTOCOL = "bearer"
"""A browser that must not put its token into the URL offers the subprotocols ``bearer, <token>``."""
TOKEN_EXPIRED = 4401
"""Close code; like 401, and in the range that is free for applications."""
MAX_SEQ = 2**31 - 1

_AFTER: TypeAdapter[int] = TypeAdapter(Annotated[int, Query(ge=0, le=MAX_SEQ)])


class MessageFrame(PostMessage):
    """The only frame a client sends."""

    type: Literal["message"]


@router.websocket("/{conversation_id}/ws")
async def conversation_socket(websocket: WebSocket, conversation_id: str) -> None:
    """Everything after ``?after=`` and then what comes. Refused before the handshake with a problem response."""
    services = services_of(websocket)
    try:
        line = await _open(websocket, services, conversation_id)
    except SwitchboardError as refused:
        await _deny(websocket, refused)
        return
    services.meter.stream("websocket", 1)
    try:
        await line.run()
    finally:
        services.meter.stream("websocket", -1)


class Line:
    """One open connection: a task that sends and one that receives; whichever ends first ends both."""

    def __init__(
        self, websocket: WebSocket, services: Services, caller: Principal, conversation_id: str, after: int
    ) -> None:
        self._websocket = websocket
        self._services = services
        self._caller = caller
        self._conversation_id = conversation_id
        self._after = after
        self._sending = asyncio.Lock()

    async def run(self) -> None:
        tasks = [asyncio.create_task(self._send_feed()), asyncio.create_task(self._receive())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except (WebSocketDisconnect, RuntimeError, OSError):
            return
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send_feed(self) -> None:
        """Ends when the token expires; the client then comes back with a new one and misses nothing."""
        following = self._services.feeds.follow(
            self._conversation_id, after=self._after, until=self._caller.expires_at, deltas=True
        )
        async with aclosing(following) as items:
            async for item in items:
                for frame in self._frames(item):
                    await self._send(frame)
        await self._problem(Unauthenticated("The bearer token has expired."))
        await self._websocket.close(TOKEN_EXPIRED, "The bearer token has expired.")

    def _frames(self, item: LoggedEvent | Delta | Typing | Quiet) -> list[str]:
        match item:
            case LoggedEvent():
                frame = f'{{"type":"event","seq":{item.seq},"event":{event_json(item, self._caller)}}}'
                update = self._status_update(item)
                return [frame, update] if update else [frame]
            case Delta():
                return [json.dumps({"type": "delta", "turn_id": item.turn_id, "text": item.text})]
            case Typing():
                return ['{"type":"typing"}']
            case Quiet():
                return []

    def _status_update(self, logged: LoggedEvent) -> str:
        """The PRD's status frame [1024-1031]."""
        status = status_of_event(logged)
        if status is None:
            return ""
        return json.dumps(
            {
                "type": "status_update",
                "conversation_id": self._conversation_id,
                "status": status,
                "timestamp": logged.event.at.isoformat(),
                "seq": logged.seq,
            }
        )

    async def _receive(self) -> None:
        """A frame that is refused is told so; the line stays."""
        while True:
            message = await self._websocket.receive()
            if message["type"] != "websocket.receive":
                return
            frame: MessageFrame | None = None
            try:
                frame = read_frame(message, self._services.max_frame_bytes)
                await self._accept(frame)
            except SwitchboardError as error:
                await self._problem(error, frame.message_id if frame else None)

    async def _accept(self, frame: MessageFrame) -> None:
        await take_permit(self._services, self._caller)
        message_id = frame.message_id or fresh_id("m")
        if self._caller.is_staff:
            said = PersonMessage(
                message_id=message_id,
                person_id=self._caller.subject,
                message=frame.message,
                sent_at=datetime.now(UTC),
            )
            await self._services.conversations.say_as_person(self._conversation_id, said)
        else:
            message = CustomerMessage(
                message_id=message_id,
                message=frame.message,
                sent_at=datetime.now(UTC),
                attachments=[attachment.to_domain() for attachment in frame.attachments],
            )
            await self._services.conversations.post(self._conversation_id, message)
        self._services.meter.message("websocket", "human" if self._caller.is_staff else "customer")
        await self._send(json.dumps({"type": "accepted", "message_id": message_id}))

    async def _problem(self, error: SwitchboardError, message_id: str | None = None) -> None:
        await self._send(json.dumps(problem_frame(error, message_id)))

    async def _send(self, frame: str) -> None:
        async with self._sending:
            await self._websocket.send_text(frame)


def read_frame(message: Any, limit: int) -> MessageFrame:
    """Raises ``Refused``: not text, too large, not JSON, not a frame we know."""
    text = message.get("text")
    if text is None:
        raise MalformedBody("Frames are JSON in text, not binary.")
    if len(text) > limit:
        raise TooLarge(f"A frame may have {limit} characters.")
    try:
        return MessageFrame.model_validate_json(text)
    except ValidationError as invalid:
        raise refusal(invalid) from None


def problem_frame(error: SwitchboardError, message_id: str | None) -> dict[str, Any]:
    """A problem's members, its type as ``problem`` since ``type`` says what kind of frame this is."""
    problem = problem_of(error)
    frame: dict[str, Any] = {
        "type": "problem",
        "problem": problem.type,
        **problem.model_dump(exclude={"type"}, exclude_defaults=True),
    }
    if message_id:
        frame["message_id"] = message_id
    if retry_after := headers_of(error).get("Retry-After"):
        frame["retry_after"] = int(retry_after)
    return frame


async def _open(websocket: WebSocket, services: Services, conversation_id: str) -> Line:
    """Raises whatever forbids the connection."""
    token, subprotocol = token_of(websocket)
    caller = await services.verifier.verify(token)
    known_id(conversation_id)
    after = _after(websocket.query_params.get("after", "0"))
    await check_access(services, caller, conversation_id)
    await websocket.accept(subprotocol)
    return Line(websocket, services, caller, conversation_id, after)


def token_of(websocket: WebSocket) -> tuple[str, str | None]:
    """The token, and the subprotocol to answer with. From the header, else the subprotocol, else the query.

    Raises ``Unauthenticated``.
    """
    if header := websocket.headers.get("authorization"):
        return bearer_token(header), None
    offered = [part.strip() for part in websocket.headers.get("sec-websocket-protocol", "").split(",")]
    if len(offered) == 2 and offered[0] == SUBPROTOCOL:
        return offered[1], SUBPROTOCOL
    if token := websocket.query_params.get("access_token"):
        return token, None
    raise Unauthenticated("A bearer token is needed.", error="")


def _after(text: str) -> int:
    try:
        return _AFTER.validate_python(text)
    except ValidationError:
        detail = "A whole number, 0 or more."
        raise InvalidRequest([FieldError(pointer="query/after", detail=detail)]) from None


async def _deny(websocket: WebSocket, error: SwitchboardError) -> None:
    with suppress(RuntimeError, OSError):
        if websocket.client_state is WebSocketState.CONNECTING:
            await websocket.send_denial_response(problem_response(error, websocket.scope.get("trace_id", "")))
