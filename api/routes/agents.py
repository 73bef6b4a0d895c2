"""How the agents do."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.auth import INTERNAL, Caller, require
from api.documented import problems
from api.problems import FieldError, InvalidRequest
from api.routes.conversations import as_json
from api.schemas import AgentFigures, AgentPerformance
from api.services import services_of
from domain.state import AgentType

router = APIRouter(prefix="/agents", tags=["agents"])

LONGEST = timedelta(days=366)
_RANGE = re.compile(r"([1-9][0-9]{0,4})(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@router.get(
    "/performance",
    response_model=AgentPerformance,
    summary="Figures by agent type (staff and services)",
    responses=problems("forbidden", "log-unavailable"),
)
async def get_performance(
    caller: Caller,
    request: Request,
    time_range: Annotated[str, Query(description="Up to now: `15m`, `24h`, `7d`, `4w`; a year at most.")] = "24h",
    agent_type: Annotated[AgentType | None, Query(description="Only this agent.")] = None,
) -> Response:
    require(caller, INTERNAL)
    services = services_of(request)
    until = datetime.now(UTC)
    since = until - parse_range(time_range)
    found = await services.performance.figures(since, until, agent_type)
    agents = [AgentFigures.model_validate(figures, from_attributes=True) for figures in found]
    return as_json(AgentPerformance(time_range=time_range, since=since, until=until, agents=agents))


def parse_range(text: str) -> timedelta:
    """
    >>> parse_range("90m")
    datetime.timedelta(seconds=5400)

    Raises ``InvalidRequest``.
    """
    parsed = _RANGE.fullmatch(text)
    span = timedelta(**{_UNITS[parsed[2]]: int(parsed[1])}) if parsed else timedelta.max
    if span > LONGEST:
        detail = "Write a number and a unit, like 15m, 24h, 7d or 4w; a year at most."
        raise InvalidRequest([FieldError(pointer="query/time_range", detail=detail)])
    return span
