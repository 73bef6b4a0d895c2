"""Tools as activities: every call of every agent passes the same gate, and each tool is an activity of its own name."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from temporalio import activity
from temporalio.common import RawValue

from activities.effects import Effect
from activities.errors import as_application_error
from activities.ports import BackOffice
from activities.toolbox.billing import BillingTools
from activities.toolbox.binding import BoundHandler, ToolContext, bind
from activities.toolbox.compliance import ComplianceTools
from activities.toolbox.crm import CrmTools
from activities.toolbox.customer import CustomerTools
from activities.toolbox.field_service import FieldServiceTools
from activities.toolbox.knowledge import KnowledgeTools
from activities.toolbox.oversight import OversightTools
from activities.toolbox.payments import PaymentTools
from activities.toolbox.sales import SalesTools
from activities.toolbox.technical import TechnicalTools
from activities.toolbox.tickets import TicketTools
from domain.admission import Admitted, admit
from domain.errors import BackOfficeUnavailable, NotAuthorized, SwitchboardError, ToolRefused, UnknownCustomer
from domain.identity import FAILED_CHECKS_MINUTES
from domain.masking import mask_arguments, without_secrets
from domain.messages import ToolOutcome, ToolRequest
from domain.toolbox import TOOLBOX, resolve

ToolActivity = Callable[[ToolRequest], Awaitable[ToolOutcome]]

OWN_SHARE = 0.9
"""A run gives up at this share of its activity's timeout, so that it ends by its own word: an attempt that Temporal
times out goes on unseen."""
DEFECT_ATTEMPTS = 6
DEFECT = "This tool is out of order. Do not promise anything that depends on it; offer the customer a person."
ECHO_LIMIT = 4_000
"""Characters of arguments that are given back to the agent with the outcome."""


class ToolActivities:
    """Runs tools on the back office.

    A refusal (unknown tool, wrong arguments, not allowed, not agreed, not found …) is an outcome with ``success=False``
    and an ``error`` for the agent to read. Whatever another attempt can mend is raised as ``ApplicationError`` with a
    stable ``type``, for Temporal to retry.
    """

    def __init__(self, back_office: BackOffice) -> None:
        self._customers = back_office.customers
        families = (
            CustomerTools(back_office.customers),
            BillingTools(back_office.billing),
            KnowledgeTools(back_office.knowledge),
            TicketTools(back_office.tickets, back_office.notifier, back_office.metrics),
            SalesTools(back_office.sales),
            PaymentTools(back_office.payments, back_office.disputes),
            TechnicalTools(back_office.support.devices),
            FieldServiceTools(back_office.support.appointments),
            CrmTools(back_office.support.relations, back_office.support.cases),
            ComplianceTools(back_office.support.compliance),
            OversightTools(back_office.support.oversight, back_office.support.performance),
        )
        self._handlers: dict[str, BoundHandler] = bind(families, TOOLBOX)

    def activities(self) -> list[Callable[..., Any]]:
        """What the worker registers: one activity per tool, and one for names that nobody declared."""
        return [*(self._activity(name) for name in TOOLBOX), self.undeclared_tool]

    @activity.defn(dynamic=True)
    async def undeclared_tool(self, arguments: Sequence[RawValue]) -> ToolOutcome:
        """A model asked for a tool that does not exist: tell it, instead of failing for want of an activity."""
        request: ToolRequest = activity.payload_converter().from_payload(arguments[0].payload, ToolRequest)
        return await self.run(request)

    async def run(self, request: ToolRequest) -> ToolOutcome:
        """Run the tool that ``request`` names, by name or alias. Raises ApplicationError if trying again can help."""
        started = time.monotonic()
        with as_application_error():
            try:
                result = await self._result(request)
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
                said = {"success": True, "result": result.model_dump(mode="json")}
            return ToolOutcome.model_validate(_echo(request) | said | {"run_seconds": time.monotonic() - started})

    def _activity(self, name: str) -> ToolActivity:
        async def run_tool(request: ToolRequest) -> ToolOutcome:
            return await self.run(request)

        return activity.defn(name=name)(run_tool)

    async def _result(self, request: ToolRequest) -> BaseModel:
        admitted = admit(request)
        seconds = admitted.tool.policy.timeout_seconds * OWN_SHARE
        try:
            async with asyncio.timeout(seconds):
                await self._require_identity(request, admitted)
                context = ToolContext(request, _effect(request, admitted))
                return await self._handlers[admitted.tool.name](admitted.arguments, context)
        except TimeoutError:
            raise BackOfficeUnavailable(f"{admitted.tool.name} did not finish within {seconds:g} s.") from None

    async def _require_identity(self, request: ToolRequest, admitted: Admitted) -> None:
        """The level a tool needs, by how the customer came in or by what they proved since."""
        needed = admitted.tool.policy.identity_for(admitted.arguments)
        if request.identity.reaches(needed):
            return
        since = request.at - timedelta(minutes=FAILED_CHECKS_MINUTES)
        standing = await self._customers.identity(request.customer_id, request.conversation_id, failures_since=since)
        if not standing.verified:
            raise NotAuthorized(
                f"{admitted.tool.name} needs a customer who is {needed}. Check their identity first: "
                f"ask for one of {', '.join(standing.factors_on_file)} and call verify_customer_identity."
            )


def _attempt() -> int:
    return activity.info().attempt if activity.in_activity() else 1


def _effect(request: ToolRequest, admitted: Admitted) -> Effect:
    return Effect(
        key=admitted.effect_key,
        tool=admitted.tool.name,
        conversation_id=request.conversation_id,
        customer_id=request.customer_id,
        agent=request.agent,
        at=request.at,
    )


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
