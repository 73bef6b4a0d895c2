"""How a run of a tool, or of one of its steps, becomes an outcome that an agent can read, or an error that Temporal
retries."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel
from temporalio import activity

from activities.errors import as_application_error
from domain.errors import BackOfficeUnavailable, SwitchboardError, ToolRefused, UnknownCustomer
from domain.figures import figures_of
from domain.masking import mask_arguments, without_secrets
from domain.messages import ToolOutcome, ToolRequest
from domain.toolbox import policy_of, resolve

OWN_SHARE = 0.9
"""A run gives up at this share of its activity's timeout, so that it ends by its own word: an attempt that Temporal
times out goes on unseen."""
DEFECT_ATTEMPTS = 6
DEFECT = "This tool is out of order. Do not promise anything that depends on it; offer the customer a person."
ECHO_LIMIT = 4_000
"""Characters of arguments that are given back to the agent with the outcome."""


async def outcome_of(request: ToolRequest, run: Callable[[], Awaitable[BaseModel]]) -> ToolOutcome:
    """What came of ``run``: its result, or why it was refused. Raises ApplicationError if trying again can help."""
    started = time.monotonic()
    with as_application_error():
        try:
            result = await _in_time(request, run)
        except (ToolRefused, UnknownCustomer) as refused:
            said = {"success": False, "error_type": refused.type, "error": refused.message}
        except SwitchboardError:
            raise
        except Exception:
            # A defect of ours, which rolled its transaction back. Told after some attempts: nobody waits for ever.
            if _attempt() < DEFECT_ATTEMPTS:
                raise
            said = {"success": False, "error_type": SwitchboardError.type, "error": DEFECT}
        else:
            said = _told(result)
        return ToolOutcome.model_validate(_echo(request) | said | {"run_seconds": time.monotonic() - started})


async def _in_time(request: ToolRequest, run: Callable[[], Awaitable[BaseModel]]) -> BaseModel:
    seconds = policy_of(request.call.tool).timeout_seconds * OWN_SHARE
    try:
        async with asyncio.timeout(seconds):
            return await run()
    except TimeoutError:
        raise BackOfficeUnavailable(f"{request.call.tool} did not finish within {seconds:g} s.") from None


def _told(result: BaseModel) -> dict[str, Any]:
    told = result.model_dump(mode="json")
    return {"success": True, "result": told, "figures": figures_of(told)}


def _attempt() -> int:
    return activity.info().attempt if activity.in_activity() else 1


def _echo(request: ToolRequest) -> dict[str, Any]:
    """Which call an outcome belongs to: for the model its own arguments without secrets, for everybody else masked."""
    call, tool = request.call, resolve(request.call.tool)
    if tool is None:
        return {"call_id": call.call_id, "tool": call.tool}
    small = len(json.dumps(call.arguments)) <= ECHO_LIMIT
    return {
        "call_id": call.call_id,
        "tool": tool.name,
        "arguments": without_secrets(tool.arguments, call.arguments) if small else {},
        "masked_arguments": mask_arguments(tool.arguments, call.arguments),
    }
