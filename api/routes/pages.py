"""What browsers open: the chat page, the API's reference, and the page behind each problem's ``type``."""

from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from api.documented import problems
from api.problems import KINDS, PATH, type_uri
from api.reference import reference_page
from api.services import services_of

CHAT_FOLDER = Path(__file__).parents[1] / "chat"
"""The widget: plain files, also for pages elsewhere that embed it."""

_CHAT_FILES = StaticFiles(directory=CHAT_FOLDER, html=True, check_dir=False)
"""They carry an ETag, and ask with it before each use (``no-cache``): a release shows at once, the rest costs a 304."""

router = APIRouter(tags=["pages"])


@router.get("/chat", include_in_schema=False)
async def chat_page(request: Request) -> Response:
    return await _CHAT_FILES.get_response("index.html", request.scope)


@router.get("/chat/session", include_in_schema=False)
async def chat_session(request: Request) -> Response:
    """Signs a visitor in as the demo's customer; in production the site that embeds the widget brings the token."""
    services = services_of(request)
    if services.demo is None:
        raise HTTPException(404)
    session = {"token": services.demo.mint(), "customer_id": services.demo.customer_id, "api_base": "/api/v1"}
    # The other answers under /chat may be kept and asked about; this one is a key.
    return JSONResponse(session, headers={"Cache-Control": "no-store"})


@router.get("/docs", include_in_schema=False)
async def reference(request: Request) -> Response:
    return HTMLResponse(reference_page(request.app.openapi()))


@router.get(PATH + "{error_type}", summary="What a problem type means", responses=problems("unknown-path"))
async def problem_page(error_type: str) -> Response:
    kind = KINDS.get(error_type)
    if kind is None:
        raise HTTPException(404)
    told = {"type": type_uri(error_type), "title": kind.title, "status": kind.status, "meaning": kind.meaning}
    return JSONResponse(told)


def chat_files() -> StaticFiles:
    return _CHAT_FILES
