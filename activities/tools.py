"""Tools as activities: every call of every agent passes the same gate, and each tool is an activity of its own name."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydantic import BaseModel
from temporalio import activity
from temporalio.common import RawValue

from activities.gate import Gate
from activities.outcomes import outcome_of
from activities.ports import BackOffice
from activities.sagas import SagaActivities
from activities.toolbox.billing import BillingTools
from activities.toolbox.binding import BoundHandler, ToolContext, bind, bind_steps
from activities.toolbox.compliance import ComplianceTools
from activities.toolbox.crm import CrmTools
from activities.toolbox.customer import CustomerTools
from activities.toolbox.field_service import FieldServiceTools
from activities.toolbox.knowledge import KnowledgeTools
from activities.toolbox.oversight import OversightTools
from activities.toolbox.payments import PaymentTools, RefundSteps
from activities.toolbox.sales import OrderSteps, SalesTools
from activities.toolbox.technical import TechnicalTools
from activities.toolbox.tickets import TicketTools
from domain.messages import ToolOutcome, ToolRequest
from domain.toolbox import TOOLBOX, saga_of

ToolActivity = Callable[[ToolRequest], Awaitable[ToolOutcome]]


class ToolActivities:
    """Runs tools on the back office.

    A refusal (unknown tool, wrong arguments, not allowed, not agreed, not found …) is an outcome with ``success=False``
    and an ``error`` for the agent to read. Whatever another attempt can mend is raised as ``ApplicationError`` with a
    stable ``type``, for Temporal to retry.
    """

    def __init__(self, back_office: BackOffice) -> None:
        self._gate = Gate(back_office.customers)
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
        steps = bind_steps((OrderSteps(back_office.orders), RefundSteps(back_office.refunds)), TOOLBOX)
        self.sagas = SagaActivities(self._gate, steps, back_office.effects)

    def activities(self) -> list[Callable[..., Any]]:
        """What the worker registers: one activity per tool, one for names that nobody declared, the steps of sagas."""
        return [*(self._activity(name) for name in TOOLBOX), self.undeclared_tool, *self.sagas.activities()]

    @activity.defn(dynamic=True)
    async def undeclared_tool(self, arguments: Sequence[RawValue]) -> ToolOutcome:
        """A model asked for a tool that does not exist: tell it, instead of failing for want of an activity."""
        request: ToolRequest = activity.payload_converter().from_payload(arguments[0].payload, ToolRequest)
        return await self.run(request)

    async def run(self, request: ToolRequest) -> ToolOutcome:
        """Run the tool that ``request`` names, by name or alias. Raises ApplicationError if trying again can help."""
        if saga_of(request.call.tool) is not None:
            return await self.sagas.run_in_one(request)
        return await outcome_of(request, lambda: self._result(request))

    def _activity(self, name: str) -> ToolActivity:
        async def run_tool(request: ToolRequest) -> ToolOutcome:
            return await self.run(request)

        return activity.defn(name=name)(run_tool)

    async def _result(self, request: ToolRequest) -> BaseModel:
        passed = await self._gate.check(request)
        return await self._handlers[passed.tool.name](passed.arguments, ToolContext(request, passed.effect))
