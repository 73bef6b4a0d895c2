"""Run one tool, for staff and for services."""

from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.auth import AGENT_OF_ROLE, INTERNAL, Principal, require
from api.bodies import IdempotencyKey, read_body, request_body
from api.documented import write_problems
from api.problems import FieldError, InvalidRequest
from api.routes.conversations import as_json
from api.schemas import AgentContext, ExecuteTool, ToolError, ToolExecuted
from api.services import LimitedCaller, fresh_id, id_for_key, services_of
from domain.errors import InvalidArguments, NotAuthorized, OutsideAuthority, UnknownTool
from domain.messages import ToolCall, ToolOutcome, ToolRequest
from domain.state import AgentType
from domain.toolbox import resolve

router = APIRouter(prefix="/tools", tags=["tools"])

DEFAULT_AGENT = AgentType.TIER1
"""Whose rights a service has that names no agent: the least."""
_REFUSALS = {error.type: error for error in (InvalidArguments, NotAuthorized, OutsideAuthority)}
"""Outcomes that are the request's fault and become problems; other failures are answers."""


@router.post(
    "/execute",
    response_model=ToolExecuted,
    summary="Run a tool (staff and services)",
    responses=write_problems("forbidden", "not-authorized", "outside-authority", "unknown-tool", "invalid-arguments"),
    openapi_extra=request_body(
        ExecuteTool, profile={"tool_name": "get_customer_profile", "parameters": {"customer_id": "CUST_001"}}
    ),
)
async def execute_tool(
    caller: LimitedCaller,
    request: Request,
    key: IdempotencyKey = None,
) -> Response:
    """The same checks, timeouts and retries as when an agent runs it. With an `Idempotency-Key` a repeat gets the
    outcome of the first run."""
    require(caller, INTERNAL)
    services = services_of(request)
    body = await read_body(request, ExecuteTool)
    tool = resolve(body.tool_name)
    if tool is None:
        raise UnknownTool("There is no tool of this name.")
    run_id = id_for_key("t", caller, key) if key else fresh_id("t")
    outcome = await services.tool_runs.run(run_id, _request(caller, body, tool.name, run_id))
    if outcome.error_type in _REFUSALS:
        raise _REFUSALS[outcome.error_type](outcome.error)
    return as_json(_executed(outcome), leave_out_none=True)


def _request(caller: Principal, body: ExecuteTool, tool_name: str, run_id: str) -> ToolRequest:
    context = body.agent_context
    return ToolRequest(
        conversation_id=context.conversation_id or run_id,
        customer_id=_customer_of(body, context),
        agent=AGENT_OF_ROLE.get(caller.role) or _agent_of(context),
        call=ToolCall(call_id=run_id, tool=tool_name, arguments=body.parameters),
        ticket_id=context.ticket_id or "",
        occasion=run_id,
        at=datetime.now(UTC),
    )


def _agent_of(context: AgentContext) -> AgentType:
    """Whom a service speaks for. Raises ``InvalidRequest`` for a person: their own run stands for an approval."""
    if context.agent_type is AgentType.HUMAN:
        detail = "A service cannot run tools as a person."
        raise InvalidRequest([FieldError(pointer="/agent_context/agent_type", detail=detail)])
    return context.agent_type or DEFAULT_AGENT


def _customer_of(body: ExecuteTool, context: AgentContext) -> str:
    """The customer of the context, or the one the arguments name. Raises ``InvalidRequest`` if they differ."""
    named = body.parameters.get("customer_id")
    if context.customer_id and isinstance(named, str) and named != context.customer_id:
        detail = "The parameters name another customer than the context."
        raise InvalidRequest([FieldError(pointer="/agent_context/customer_id", detail=detail)])
    return context.customer_id or (named if isinstance(named, str) else "")


def _executed(outcome: ToolOutcome) -> ToolExecuted:
    return ToolExecuted(
        tool_name=outcome.tool,
        success=outcome.success,
        result=outcome.result if outcome.success else None,
        error=None if outcome.success else ToolError(type=outcome.error_type, message=outcome.error),
        execution_time=outcome.run_seconds,
    )
