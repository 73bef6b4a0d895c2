import json

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from api.middleware import BodyLimit, RequestScope, SecurityHeaders, trace_id_of
from api.problems import on_http_exception, on_switchboard_error
from api.routes.conversations import known_id
from domain.errors import SwitchboardError

pytestmark = pytest.mark.unit


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def broken(request: Request) -> PlainTextResponse:
    raise ValueError("my card is 4111 1111 1111 1111")


async def ignoring(request: Request) -> StreamingResponse:
    async def body():
        yield "a"
        yield "b"

    return StreamingResponse(body())


class Meter(list):
    def __call__(self, method, route, status, seconds):
        self.append((method, route, status))


@pytest.fixture(autouse=True)
def quiet():
    """Rendering a traceback for a terminal takes seconds."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
def meter():
    return Meter()


@pytest.fixture
async def client(meter):
    routes = [Route(f"/api/{f.__name__}/{{x}}", f, methods=["GET", "POST"]) for f in (echo, broken, ignoring)]
    handlers = {SwitchboardError: on_switchboard_error, HTTPException: on_http_exception}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.add_middleware(BodyLimit, limit=100)
    app.add_middleware(SecurityHeaders, embedders=["https://shop.example"])
    app.add_middleware(RequestScope, observe=meter)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def chunks(count: int):
    for _ in range(count):
        yield b"x" * 10


async def test_a_body_within_the_limit_passes(client):
    assert (await client.post("/api/echo/1", content=b"x" * 100)).text == "100"
    assert (await client.post("/api/echo/1", content=chunks(10))).text == "100"


async def test_an_announced_large_body_is_refused_unread(client):
    response = await client.post("/api/echo/1", content=b"x" * 101)
    assert response.status_code == 413
    assert response.json()["type"] == "/problems/too-large"


@pytest.mark.parametrize("length", ["9" * 30, "101", "0101"])
async def test_any_announcement_of_too_much_is_understood(client, length):
    response = await client.post("/api/echo/1", headers={"Content-Length": length}, content=chunks(1))
    assert response.status_code == 413


async def test_a_large_body_in_chunks_is_refused(client):
    response = await client.post("/api/echo/1", content=chunks(11))
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_bug_is_a_problem_without_its_words(client):
    response = await client.get("/api/broken/1")
    assert response.status_code == 500
    assert response.json()["type"] == "/problems/internal"
    assert "4111" not in response.text
    assert response.json()["trace_id"] == response.headers["x-request-id"]


async def test_requests_are_counted_by_route_and_never_by_id(client, meter):
    await client.get("/api/ignoring/c-17")
    await client.get("/nowhere")
    await client.get("/api/broken/1")
    assert meter == [
        ("GET", "/api/ignoring/{x}", 200),
        ("GET", "unmatched", 404),
        ("GET", "/api/broken/{x}", 500),
    ]


async def test_security_headers_are_on_every_answer(client):
    for path in ("/api/echo/1", "/nowhere", "/chat"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors" in headers["content-security-policy"]
    assert "https://shop.example" in (await client.get("/chat")).headers["content-security-policy"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
            "0af7651916cd43dd8448eb211c80319c",
        ),
        ({"x-request-id": "request-12345"}, "request-12345"),
    ],
)
def test_a_callers_trace_goes_on(headers, expected):
    assert trace_id_of(Headers(headers)) == expected


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "with space!", "new\nline-in-it", "ends-with-line\n", json.dumps({"a": 1})]
)
def test_a_strange_request_id_is_replaced(given):
    fresh = trace_id_of(Headers(raw=[(b"x-request-id", given.encode())]))
    assert fresh != given
    assert len(fresh) == 32


async def test_log_lines_carry_both_ids_and_nothing_of_the_request_stays_behind():
    async def route(request: Request) -> PlainTextResponse:
        known_id(request.path_params["x"])
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/api/conversations/{x}", route)])
    app.add_middleware(RequestScope, observe=Meter())
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            await client.get("/api/conversations/c-1", headers={"X-Request-ID": "request-1"})
    assert [(line["conversation_id"], line["trace_id"]) for line in lines] == [("c-1", "request-1")]
    assert structlog.contextvars.get_contextvars() == {}
