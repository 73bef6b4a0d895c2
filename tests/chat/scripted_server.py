"""A server for the chat widget that speaks the API's public contract and does exactly what a test says.

The widget's own behaviour (reconnecting, duplicates, lost answers, refusals, words of an older turn) needs a server
that fails on cue. Everything that depends on the engine is tested against the real stack instead, in ``tests/e2e``.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

CHAT_FOLDER = Path(__file__).parents[2] / "api" / "chat"
CUSTOMER = "CUST_001"
STRICT_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
)


@dataclass
class Received:
    """One message as it came in, repeats included."""

    way: Literal["socket", "request"]
    message_id: str
    text: str


@dataclass
class Refusal:
    status: int
    detail: str = ""
    retry_after: int = 0

    def body(self) -> dict[str, Any]:
        return {"type": "about:blank", "status": self.status, "title": "Refused", "detail": self.detail}


@dataclass
class Conversation:
    conversation_id: str
    log: list[dict[str, Any]] = field(default_factory=list)
    sockets: set[WebSocket] = field(default_factory=set)
    message_ids: set[str] = field(default_factory=set)


@dataclass
class Script:
    """What the server does wrong. Tests change it while the page runs."""

    sockets_blocked: bool = False
    """Refuse every WebSocket handshake, as some proxies do."""
    silent_about: int = 0
    """Log so many messages without answering, closing the socket instead."""
    refusals: list[Refusal] = field(default_factory=list)
    """Answers to the next messages."""
    unavailable: bool = False
    """503 for every request, no handshake: the API is away."""
    demo_off: bool = False
    """No session for visitors, as in production."""
    valid_token: str = "token-1"
    reply_delay_seconds: float = 0.0
    """Time before a message is accepted."""


class ScriptedServer:
    """Runs in a thread of its own; all methods may be called from the test."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.chat_url = f"{self.url}/chat"
        self.script = Script()
        self.conversations: dict[str, Conversation] = {}
        self.started_with: list[tuple[str, dict[str, Any]]] = []
        self.received: list[Received] = []
        self.rated: list[dict[str, Any]] = []
        self.pages: dict[str, str] = {}
        self._server = uvicorn.Server(uvicorn.Config(self._app(), port=port, log_level="error", lifespan="off"))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    # --- life

    def start(self) -> None:
        self._thread.start()
        wait_until(lambda: self._server.started)

    def stop(self) -> None:
        self._server.force_exit = self._server.should_exit = True
        self._thread.join(timeout=10)

    def reset(self) -> None:
        """Forget everything between tests; old sockets are closed."""
        self.drop_sockets()
        self.script = Script()
        for kept in (self.conversations, self.started_with, self.received, self.rated, self.pages):
            kept.clear()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._server.serve())

    # --- what tests say

    @property
    def current(self) -> Conversation:
        """The newest conversation; waits for the first one."""
        wait_until(lambda: bool(self.conversations))
        return list(self.conversations.values())[-1]

    def log(self, type_: str, *, into: Conversation | None = None, **payload: Any) -> int:
        """Append an event to a conversation (default: the current one) and send it out. Returns its seq."""
        return self._run(self._append(into or self.current, type_, payload))

    def delta(self, turn_id: str, text: str) -> None:
        self._run(self._broadcast(self.current, {"type": "delta", "turn_id": turn_id, "text": text}))

    def reply(self, text: str, turn_id: str = "turn-1", agent_type: str = "tier1") -> int:
        """An agent's finished message, answering everything asked so far."""
        answers = sorted(self.current.message_ids)
        return self.log("agent_message", turn_id=turn_id, agent_type=agent_type, message=text, answers=answers)

    def send_again(self, seq: int) -> None:
        """Send a logged event a second time, as a server does that is not sure."""
        self._run(self._broadcast(self.current, event_frame(self.current.log[seq - 1])))

    def drop_sockets(self) -> None:
        for conversation in list(self.conversations.values()):
            self._run(self._close_sockets(conversation))

    def add_conversation(self, conversation_id: str) -> Conversation:
        return self.conversations.setdefault(conversation_id, Conversation(conversation_id))

    def wait_for_message(self, count: int = 1) -> Received:
        """The ``count``-th message received, waiting for it."""
        wait_until(lambda: len(self.received) >= count)
        return self.received[count - 1]

    def wait_for_rating(self, count: int = 1) -> dict[str, Any]:
        """The ``count``-th answer to a survey, waiting for it."""
        wait_until(lambda: len(self.rated) >= count)
        return self.rated[count - 1]

    def wait_for_socket(self) -> None:
        wait_until(lambda: bool(self.current.sockets))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    # --- the contract

    def _app(self) -> Starlette:
        api = [
            Route("/conversations", self._start_conversation, methods=["POST"]),
            Route("/conversations/{id}/messages", self._post_message, methods=["POST"]),
            Route("/conversations/{id}/survey", self._answer_survey, methods=["POST"]),
            Route("/conversations/{id}/events", self._read_events),
            WebSocketRoute("/conversations/{id}/ws", self._socket),
        ]
        app = Starlette(
            routes=[
                Mount("/api/v1", routes=api),
                Route("/chat/session", self._session),
                Route("/chat", lambda _: secure(FileResponse(CHAT_FOLDER / "index.html"))),
                Route("/pages/{name}", lambda request: HTMLResponse(self.pages[request.path_params["name"]])),
                Mount("/chat", StaticFiles(directory=CHAT_FOLDER)),
            ]
        )
        app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_headers=["*"], allow_methods=["*"])
        return app

    async def _session(self, request: Request) -> Response:
        if self.script.unavailable:
            return Response(status_code=503)
        if self.script.demo_off:
            return JSONResponse(Refusal(404).body(), status_code=404)
        return JSONResponse({"token": self.script.valid_token, "customer_id": CUSTOMER, "api_base": "/api/v1"})

    async def _start_conversation(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        key = request.headers["idempotency-key"]
        self.started_with.append((key, await request.json()))
        conversation = self.add_conversation(f"c-{key}")
        return JSONResponse({"conversation_id": conversation.conversation_id}, status_code=201)

    async def _post_message(self, request: Request) -> Response:
        conversation = self.conversations.get(request.path_params["id"])
        if refused := self._refused(request, conversation):
            return refused
        body = await request.json()
        refusal = await self._take(conversation, "request", body["message_id"], body["message"])
        if refusal:
            headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
            return JSONResponse(refusal.body(), status_code=refusal.status, headers=headers)
        return JSONResponse({"message_id": body["message_id"]}, status_code=202)

    async def _answer_survey(self, request: Request) -> Response:
        conversation = self.conversations.get(request.path_params["id"])
        if refused := self._refused(request, conversation):
            return refused
        self.rated.append(await request.json())
        await asyncio.sleep(self.script.reply_delay_seconds)
        if self.script.refusals:
            refusal = self.script.refusals.pop(0)
            return JSONResponse(refusal.body(), status_code=refusal.status)
        return JSONResponse({"survey_id": "s1", "seq": len(conversation.log)})

    async def _read_events(self, request: Request) -> Response:
        conversation = self.conversations.get(request.path_params["id"])
        if refused := self._refused(request, conversation):
            return refused
        after = int(request.query_params.get("after", 0))
        page = [row for row in conversation.log if row["seq"] > after][:50]
        return JSONResponse({"events": page, "next_after": page[-1]["seq"] if page else after})

    async def _socket(self, socket: WebSocket) -> None:
        conversation = self.conversations.get(socket.path_params["id"])
        allowed = socket.scope["subprotocols"] == ["bearer", self.script.valid_token] and conversation
        if self.script.sockets_blocked or self.script.unavailable or not allowed:
            await socket.close(4403)
            return
        await socket.accept("bearer")
        try:
            for row in conversation.log:
                if row["seq"] > int(socket.query_params["after"]):
                    await socket.send_json(event_frame(row))
            conversation.sockets.add(socket)
            while True:
                await self._socket_message(conversation, socket, await socket.receive_json())
        except (WebSocketDisconnect, RuntimeError):
            conversation.sockets.discard(socket)

    async def _socket_message(self, conversation: Conversation, socket: WebSocket, frame: dict[str, Any]) -> None:
        message_id = frame["message_id"]
        refusal = await self._take(conversation, "socket", message_id, frame["message"])
        if refusal is None:
            await socket.send_json({"type": "accepted", "message_id": message_id})
        elif refusal.status:
            await socket.send_json({"message_id": message_id, **refusal.body(), "type": "problem"})
        else:
            await socket.close()

    async def _take(
        self, conversation: Conversation, way: Literal["socket", "request"], message_id: str, text: str
    ) -> Refusal | None:
        self.received.append(Received(way, message_id, text))
        await asyncio.sleep(self.script.reply_delay_seconds)
        if self.script.refusals:
            return self.script.refusals.pop(0)
        if message_id not in conversation.message_ids:
            conversation.message_ids.add(message_id)
            silent = self.script.silent_about > 0
            row = number(conversation, "customer_message", {"message_id": message_id, "message": text})
            if not silent:
                await self._broadcast(conversation, event_frame(row))
        if self.script.silent_about > 0:
            self.script.silent_about -= 1
            return Refusal(0)
        return None

    async def _append(self, conversation: Conversation, type_: str, payload: dict[str, Any]) -> int:
        row = number(conversation, type_, payload)
        await self._broadcast(conversation, event_frame(row))
        return row["seq"]

    async def _broadcast(self, conversation: Conversation, frame: dict[str, Any]) -> None:
        for socket in list(conversation.sockets):
            await socket.send_json(frame)

    async def _close_sockets(self, conversation: Conversation) -> None:
        for socket in list(conversation.sockets):
            conversation.sockets.discard(socket)
            await socket.close(1012)

    def _refused(self, request: Request, conversation: Conversation | str | None = "any") -> Response | None:
        if self.script.unavailable:
            return Response(status_code=503)
        if request.headers.get("authorization") != f"Bearer {self.script.valid_token}":
            return JSONResponse(Refusal(401, "The token is not valid.").body(), status_code=401)
        if conversation is None:
            return JSONResponse(Refusal(404, "There is no such conversation.").body(), status_code=404)
        return None


def number(conversation: Conversation, type_: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Give an event the next seq, as the log does; rows have the shape of the JSON page."""
    seq = len(conversation.log) + 1
    at = datetime.now(UTC).isoformat()
    row = {"seq": seq, "type": type_, "at": at, "event_id": f"{conversation.conversation_id}-{seq}", **payload}
    conversation.log.append(row)
    return row


def event_frame(row: dict[str, Any]) -> dict[str, Any]:
    event = {key: value for key, value in row.items() if key != "seq"}
    return {"type": "event", "seq": row["seq"], "event": event}


def secure(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = STRICT_CSP
    return response


def wait_until(condition: Callable[[], bool], timeout_seconds: float = 10.0) -> None:
    """Poll a condition. Raises AssertionError when it stays false."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("the condition did not become true in time")
        time.sleep(0.02)
