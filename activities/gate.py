"""The one way to a tool: ``domain/admission.py``, and a look into the customer system where identity is asked for."""

from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel

from activities.effects import Effect
from activities.ports import Customers
from domain.admission import Admitted, admit
from domain.errors import NotAuthorized
from domain.identity import FAILED_CHECKS_MINUTES
from domain.messages import ToolRequest
from domain.tools import AnyTool


@dataclass(frozen=True)
class Passed:
    """A call that may run, and what identifies its effect."""

    tool: AnyTool
    arguments: BaseModel
    effect: Effect


class Gate:
    def __init__(self, customers: Customers) -> None:
        self._customers = customers

    async def check(self, request: ToolRequest) -> Passed:
        """Raises ToolRefused (its subclasses say why) or UnknownCustomer."""
        admitted = admit(request)
        await self._require_identity(request, admitted)
        return Passed(admitted.tool, admitted.arguments, _effect(request, admitted))

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


def _effect(request: ToolRequest, admitted: Admitted) -> Effect:
    return Effect(
        key=admitted.effect_key,
        tool=admitted.tool.name,
        conversation_id=request.conversation_id,
        customer_id=request.customer_id,
        agent=request.agent,
        at=request.at,
    )
