"""The chat page, and the page behind each problem's ``type``."""

from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from api.documented import problems
from api.problems import KINDS, PATH, type_uri
from api.services import services_of

CHAT_FOLDER = Path(__file__).parents[1] / "chat"
"""The widget: plain files, also for pages elsewhere that embed it."""

router = APIRouter(tags=["pages"])


@router.get("/chat", include_in_schema=False)
async def chat_page() -> Response:
    if not (CHAT_FOLDER / "index.html").exists():
        raise HTTPException(404)
    return FileResponse(CHAT_FOLDER / "index.html")


@router.get("/chat/session", include_in_schema=False)
async def chat_session(request: Request) -> Response:
    """Signs a visitor in as the demo's customer; in production the site that embeds the widget brings the token."""
    services = services_of(request)
    if services.demo is None:
        raise HTTPException(404)
    session = {"token": services.demo.mint(), "customer_id": services.demo.customer_id, "api_base": "/api/v1"}
    return JSONResponse(session)


@router.get(PATH + "{error_type}", summary="What a problem type means", responses=problems("unknown-path"))
async def problem_page(error_type: str) -> Response:
    kind = KINDS.get(error_type)
    if kind is None:
        raise HTTPException(404)
    told = {"type": type_uri(error_type), "title": kind.title, "status": kind.status, "meaning": kind.meaning}
    return JSONResponse(told)


def chat_files() -> StaticFiles:
    return StaticFiles(directory=CHAT_FOLDER, html=True, check_dir=False)
