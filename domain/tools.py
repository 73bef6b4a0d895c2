"""How a tool is declared. One ``ToolSpec`` gives the model its schema, the worker its activity and its authorization
check, the workflow its timeouts, and the docs their table."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from domain.identity import IdentityLevel
from domain.state import AgentType

ArgumentsT = TypeVar("ArgumentsT", bound=BaseModel)
ResultT = TypeVar("ResultT", bound=BaseModel)

AuditLevel = Literal["low", "medium", "high"]


class SideEffect(StrEnum):
    """What a run changes in the world. Anything but ``NONE`` ends the right to restart a thought."""

    NONE = "none"
    RECORD = "record"
    """Our own books: a ticket's status, a note."""
    OUTBOUND = "outbound"
    """Something reaches the customer or another company."""
    MONEY = "money"


@dataclass(frozen=True)
class ToolPolicy:
    """Limits and rights. ``timeout_seconds`` bounds one attempt; ``needs_consent`` demands the customer's yes to an
    offer of exactly these arguments before the run; ``approval_above`` is the largest ``amount`` that runs without a
    person's approval; ``identity`` is how sure we must be of who is speaking."""

    agents: frozenset[AgentType]
    timeout_seconds: float = 10.0
    attempts: int = 3
    side_effect: SideEffect = SideEffect.NONE
    audit_level: AuditLevel = "low"
    needs_consent: bool = False
    approval_above: Decimal | None = None
    identity: IdentityLevel = IdentityLevel.CLAIMED


@dataclass(frozen=True)
class ToolSpec(Generic[ArgumentsT, ResultT]):
    name: str
    description: str
    arguments: type[ArgumentsT]
    result: type[ResultT]
    policy: ToolPolicy
    aliases: tuple[str, ...] = field(default=())

    def schema_for_models(self) -> dict[str, Any]:
        """The function schema a chat model is given: name, description, JSON schema of the arguments."""
        return {"name": self.name, "description": self.description, "parameters": self.arguments.model_json_schema()}

    def allows(self, agent: AgentType) -> bool:
        return agent in self.policy.agents


AnyTool = ToolSpec[Any, Any]

EVERYBODY = frozenset(AgentType) - {AgentType.QUALITY_ASSURANCE}
"""Agents that speak with customers, the classifier included."""
