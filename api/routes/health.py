"""For load balancers and monitoring; no token needed, nothing told that a stranger must not know."""

import asyncio

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from api.routes.conversations import as_json
from api.schemas import Readiness
from api.services import Check, services_of

router = APIRouter(tags=["health"])

CHECK_SECONDS = 1.0


@router.get("/health", summary="The process is alive")
async def health() -> dict[str, str]:
    return {"status": "alive"}


@router.get(
    "/ready",
    response_model=Readiness,
    summary="Requests can be served",
    responses={503: {"model": Readiness, "description": "Temporal is away."}},
)
async def ready(request: Request) -> Response:
    """Fails only without Temporal: without the rest messages are still accepted, and a hiccup of one database must not
    empty the load balancer."""
    services = services_of(request)
    names = ["temporal", *services.other_checks]
    answers = await asyncio.gather(
        *(_answers(check) for check in (services.engine_check, *services.other_checks.values()))
    )
    checks = {name: "ok" if ok else "away" for name, ok in zip(names, answers, strict=True)}
    if not answers[0]:
        return as_json(Readiness.model_validate({"status": "unavailable", "checks": checks}), 503)
    return as_json(Readiness.model_validate({"status": "ready" if all(answers) else "degraded", "checks": checks}))


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _answers(check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except Exception:  # noqa: BLE001 whatever it is, the dependency does not answer
        return False
