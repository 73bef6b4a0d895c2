"""The HTTP application: routes, middlewares and error handlers put together. What it runs on comes from composition."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.composition import PrometheusMeter, Settings, running_services
from api.middleware import BodyLimit, RequestScope, SecurityHeaders
from api.openapi import describe
from api.problems import (
    FieldError,
    InvalidRequest,
    on_http_exception,
    on_switchboard_error,
    problem_response,
    trace_of,
)
from api.routes import (
    agents,
    approvals,
    conversations,
    events,
    handoffs,
    health,
    integrations,
    pages,
    surveys,
    tools,
    websocket,
)
from domain.errors import SwitchboardError

TITLE = "Contact Center Agentic Flow API"
VERSION = "1.0.0"
DESCRIPTION = "API for intelligent contact center automation"
"""All three as in the PRD [904-907]."""


def create_app(settings: Settings) -> FastAPI:
    """The application; adapters are opened when it starts and closed when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running_services(settings) as services:
            app.state.services = services
            yield

    # FastAPI's own pages load their scripts from elsewhere; ours is in api.reference.
    app = FastAPI(
        title=TITLE, version=VERSION, description=DESCRIPTION, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    _add_routes(app)
    _add_handlers(app)
    _add_middlewares(app, settings)
    describe(app)
    return app


def _add_routes(app: FastAPI) -> None:
    api = APIRouter(prefix="/api/v1")
    for module in (conversations, surveys, events, websocket, handoffs, approvals, tools, agents, integrations):
        api.include_router(module.router)
    app.include_router(api)
    app.include_router(health.router)
    app.include_router(pages.router)
    app.mount("/chat", pages.chat_files(), name="chat")


def _add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(SwitchboardError, on_switchboard_error)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_invalid_parameters)


def _add_middlewares(app: FastAPI, settings: Settings) -> None:
    """The last one added is the outermost."""
    app.add_middleware(BodyLimit, limit=settings.max_request_bytes)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Request-ID"],
            expose_headers=["Retry-After", "X-Request-ID", "Location"],
            max_age=600,
        )
    app.add_middleware(SecurityHeaders, embedders=settings.cors_origins)
    app.add_middleware(RequestScope, observe=PrometheusMeter().request)


async def _on_invalid_parameters(request: Request, error: Exception) -> Response:
    """Query and header parameters, which FastAPI checks; bodies are checked in ``api.bodies``."""
    assert isinstance(error, RequestValidationError)
    errors = [FieldError(pointer="/".join(map(str, detail["loc"])), detail=detail["msg"]) for detail in error.errors()]
    return problem_response(InvalidRequest(errors), trace_of(request))
