"""A back office for tool tests: the demo data, a pool, and requests as the engine makes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from activities.tools import ToolActivities
from adapters.postgres.back_office import postgres_back_office
from domain.consent import make_offer
from domain.identity import IdentityLevel
from domain.messages import ToolCall, ToolOutcome, ToolRequest
from domain.state import AgentType, Consent
from domain.toolbox import TOOLBOX

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
"""The day on which the demo data ends."""

_CALLS = count(1)


def request(tool: str, arguments: Mapping[str, Any], **changes: Any) -> ToolRequest:
    """A call by the billing agent in CUST_001's conversation, with a call id of its own."""
    customer = str(arguments.get("customer_id", "CUST_001"))
    return ToolRequest.model_validate(
        {
            "conversation_id": f"conversation-of-{customer}",
            "customer_id": customer,
            "agent": AgentType.BILLING,
            "call": ToolCall(call_id=f"call-{next(_CALLS)}", tool=tool, arguments=dict(arguments)),
            "occasion": "m-1",
            "at": NOW,
        }
        | changes
    )


def yes_to(tool: str, arguments: Mapping[str, Any], message_id: str = "m-yes") -> Consent:
    spec = TOOLBOX[tool]
    return Consent(message_id=message_id, offer=make_offer(spec, spec.arguments.model_validate(arguments), "offer"))


@dataclass
class Office:
    """Tools on a database, and a look behind them."""

    pool: AsyncConnectionPool[AsyncConnection[Any]]
    tools: ToolActivities = field(init=False)

    def __post_init__(self) -> None:
        self.tools = ToolActivities(postgres_back_office(self.pool))

    async def run(self, tool: str, arguments: Mapping[str, Any], **changes: Any) -> ToolOutcome:
        return await self.tools.run(request(tool, arguments, **changes))

    async def credit(self, arguments: Mapping[str, Any], message_id: str = "m-yes", **changes: Any) -> ToolOutcome:
        """A credit to which the customer said yes in ``message_id``."""
        consent = yes_to("apply_credit_adjustment", arguments, message_id)
        return await self.run("apply_credit_adjustment", arguments, consent=consent, **changes)

    async def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        async with self.pool.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            return await (await cursor.execute(query.encode(), parameters)).fetchall()

    async def value(self, query: str, *parameters: Any) -> Any:
        [row] = await self.rows(query, *parameters)
        [value] = row.values()
        return value


CLAIMED = {"identity": IdentityLevel.CLAIMED}
