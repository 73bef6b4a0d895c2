"""Pure ASGI middlewares: one wraps every request with its id, log context, metrics and last line of defence; one bounds
bodies; one adds security headers. Starlette's ``BaseHTTPMiddleware`` would cost a task and a queue for each request."""

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import TooLarge, internal_problem, problem_response

REQUEST_ID = "x-request-id"
DRAIN_BYTES = 8 * 2**20
DRAIN_SECONDS = 2.0
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

ObserveRequest = Callable[[str, str, int, float], None]
"""Called with method, route template, status and seconds."""

_log = structlog.get_logger(__name__)


class RequestScope:
    """Gives a request its trace id (W3C ``traceparent``, ``X-Request-ID``, or a new one), measures it, and turns what
    nobody caught into a problem without a stack trace."""

    def __init__(self, app: ASGIApp, observe: ObserveRequest) -> None:
        self.app = app
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        trace_id = scope["trace_id"] = trace_id_of(Headers(scope=scope))
        # The route binds the conversation's id once it is known to be one; both are undone here.
        with structlog.contextvars.bound_contextvars(trace_id=trace_id, conversation_id=""):
            if scope["type"] == "http":
                await self._serve(scope, receive, send, trace_id)
            else:
                await self._serve_socket(scope, receive, send)

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as bug:  # noqa: BLE001 the last line of defence
            _log.exception("a socket failed", route=route_of(scope), error=type(bug).__name__)
            with suppress(RuntimeError, OSError):
                await send({"type": "websocket.close", "code": 1011})

    async def _serve(self, scope: Scope, receive: Receive, send: Send, trace_id: str) -> None:
        started, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = trace_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as bug:
            _log.exception("a request failed", route=route_of(scope), error=type(bug).__name__)
            if status:
                raise
            await internal_problem(trace_id)(scope, receive, send_with_id)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        self._observe(scope["method"], route, status, seconds)
        log = _log.info if status >= 400 else _log.debug
        log("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))


class SecurityHeaders:
    """Headers for every response; the chat page and the docs, which are pages, get a policy of their own.

    ``embedders`` are the origins that may frame the chat page.
    """

    def __init__(self, app: ASGIApp, embedders: list[str]) -> None:
        self.app = app
        self._api = _encoded({**_COMMON, "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"})
        ancestors = " ".join(["'self'", *embedders])
        chat = {"Content-Security-Policy": _CHAT_POLICY.format(ancestors=ancestors), "Cache-Control": "no-cache"}
        self._chat = _encoded(_COMMON | chat)
        self._docs = _encoded({**_COMMON, "Content-Security-Policy": _DOCS_POLICY})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = self._for(scope["path"])

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((n, v) for n, v in headers if n not in present)]
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _for(self, path: str) -> list[tuple[bytes, bytes]]:
        if path.startswith("/api/"):
            return self._api
        if path.startswith("/chat"):
            return self._chat
        return self._docs if path == "/docs" else self._api


_COMMON = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
_CHAT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; frame-ancestors {ancestors}"
)
_DOCS_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
"""No script, and nothing from anywhere; its style is in the page."""


class BodyLimit:
    """Refuses bodies above ``limit`` bytes with 413, also those that come in chunks and announce no length."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > self._limit:
            await _drain(receive)
            await problem_response(self._error(), scope.get("trace_id", ""))(scope, receive, send)
            return
        await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        received, started = 0, False

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received <= self._limit:
                return message
            if started:
                return {"type": "http.disconnect"}
            await _drain(receive)
            raise self._error()

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        await self.app(scope, receive_counted, send_noted)

    def _error(self) -> TooLarge:
        return TooLarge(f"A request body may have {self._limit} bytes.", headers={"Connection": "close"})


async def _drain(receive: Receive) -> None:
    """Read on for a while: a client that is still sending when the connection closes never sees the answer."""
    drained = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while drained < DRAIN_BYTES:
                message = await receive()
                drained += len(message.get("body", b""))
                if not message.get("more_body"):
                    return


def trace_id_of(headers: Headers) -> str:
    traced = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    if traced:
        return traced[1]
    given = headers.get(REQUEST_ID, "")
    return given if _GOOD_ID.fullmatch(given) else uuid4().hex


def route_of(scope: Scope) -> str:
    """The template of the route that matched, so that metrics and logs hold no ids."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", "")) or "unmatched"


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
