"""Ports that fail where a test says, and calls whose sagas change something of every kind."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from activities.ports import BackOffice
from domain.messages import ToolRequest
from domain.sagas import ORDER, REFUND, Saga
from domain.state import AgentType
from tests.activities.office import Office, request, yes_to
from tests.activities.toolbox.commerce import quote

SAGAS: dict[str, Saga] = {"process_order": ORDER, "refund_manager": REFUND}
OFFICE_OF = {"process_order": "orders", "refund_manager": "refunds"}
STEPS = [name for saga in SAGAS.values() for name in saga.way]
UNDOES = [step.undo for saga in SAGAS.values() for step in saga.steps]

Trouble = Callable[[], Awaitable[None]]


@dataclass
class Faulty:
    """Any port; before or after the work of ``method`` there is trouble."""

    port: Any
    method: str
    when: Literal["before", "after"]
    trouble: Trouble

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.port, name)
        return self._troubled(call) if name == self.method else call

    def _troubled(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def troubled(*args: Any) -> Any:
            if self.when == "before":
                await self.trouble()
            result = await call(*args)
            if self.when == "after":
                await self.trouble()
            return result

        return troubled


def faulty(office: BackOffice, name: str, when: Literal["before", "after"], trouble: Trouble) -> BackOffice:
    """The office with trouble at the step or undo of this name."""
    tool, _, method = name.partition(".")
    port = OFFICE_OF[tool]
    return replace(office, **{port: Faulty(getattr(office, port), method, when, trouble)})


def raising(error: Exception, times: int | None = None) -> Trouble:
    """Fail so many times, or for ever."""
    left = times

    async def fail() -> None:
        nonlocal left
        if left is not None:
            if left == 0:
                return
            left -= 1
        raise error

    return fail


async def agreed_call(office: Office, tool: str) -> ToolRequest:
    """A call that would succeed, with the customer's yes: an order of a device and a plan, a refund of a dispute."""
    arguments = await _order(office) if tool == "process_order" else await _refund(office)
    agent = AgentType.TIER3
    return request(tool, arguments, consent=yes_to(tool, arguments), agent=agent, identity="verified")


async def _order(office: Office) -> dict[str, Any]:
    return await quote(office, "CUST_001", ("phone_nova_pro", 1), ("mesh_point", 2), ("mobile_l", 1))


async def _refund(office: Office) -> dict[str, Any]:
    about = {"customer_id": "CUST_001", "invoice_id": "INV-2026-11-0001", "amount": "49.99"}
    reason = {"reason": "Premium plan stands there twice."}
    opened = await office.run("dispute_tracker", about | reason | {"action": "open"})
    assert opened.success, opened.error
    disputes: Any = opened.result["disputes"]
    return about | reason | {"dispute_id": disputes[0]["dispute_id"]}
