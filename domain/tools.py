"""How a tool is declared. One ``ToolSpec`` gives the model its schema, the worker its activity and its authorization
check, the workflow its timeouts, and the docs their table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from domain.identity import IdentityLevel
from domain.sagas import Saga
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
class Condition:
    """What narrows one cell of the authorization matrix (PRD [624-660]): this agent may use the tool with some
    arguments only. ``says`` completes "may use it only " and tells where to go with the rest, for the agent that is
    refused and for the docs; ``holds`` is given the tool's own arguments, already validated."""

    says: str
    holds: Callable[[Any], bool]


@dataclass(frozen=True)
class ToolPolicy:
    """Limits and rights. ``timeout_seconds`` bounds one attempt; ``needs_consent`` demands the customer's yes to an
    offer of exactly these arguments before the run; ``approval_above`` is the largest ``amount`` that runs without a
    person's approval, ``needs_approval`` demands one whatever the arguments (a person's own run is its approval);
    ``identity`` is how sure we must be of who is speaking, and ``verified_above`` the largest
    ``amount`` for which that level is enough: above it the customer must be verified. ``conditions`` narrow what one of
    the ``agents`` may do; an agent without one may do everything."""

    agents: frozenset[AgentType]
    timeout_seconds: float = 10.0
    attempts: int = 3
    side_effect: SideEffect = SideEffect.NONE
    audit_level: AuditLevel = "low"
    needs_consent: bool = False
    approval_above: Decimal | None = None
    needs_approval: bool = False
    identity: IdentityLevel = IdentityLevel.CLAIMED
    verified_above: Decimal | None = None
    conditions: Mapping[AgentType, Condition] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Raises ValueError if a condition is for an agent that has no right it could narrow."""
        if strangers := sorted(self.conditions.keys() - self.agents):
            raise ValueError(f"conditions for agents without the tool: {', '.join(strangers)}")

    def approval_needed(self, arguments: BaseModel, agent: AgentType) -> bool:
        """Whether a person must approve a run with these arguments."""
        if self.approval_above is not None and getattr(arguments, "amount", 0) > self.approval_above:
            return True
        return self.needs_approval and agent is not AgentType.HUMAN

    def identity_for(self, arguments: BaseModel) -> IdentityLevel:
        """How sure we must be of who is speaking for a run with these arguments."""
        if self.verified_above is not None and getattr(arguments, "amount", 0) > self.verified_above:
            return IdentityLevel.VERIFIED
        return self.identity


@dataclass(frozen=True)
class ToolSpec(Generic[ArgumentsT, ResultT]):
    """``saga``: a run takes these steps, and leaves all of them behind or none. None: it is one step."""

    name: str
    description: str
    arguments: type[ArgumentsT]
    result: type[ResultT]
    policy: ToolPolicy
    aliases: tuple[str, ...] = field(default=())
    saga: Saga | None = None

    def schema_for_models(self) -> dict[str, Any]:
        """The function schema a chat model is given: name, description, JSON schema of the arguments."""
        return {"name": self.name, "description": self.description, "parameters": self.arguments.model_json_schema()}

    def allows(self, agent: AgentType) -> bool:
        """Whether the agent has the tool at all; ``condition_for`` may narrow with what."""
        return agent in self.policy.agents

    def condition_for(self, agent: AgentType) -> Condition | None:
        return self.policy.conditions.get(agent)


AnyTool = ToolSpec[Any, Any]

EVERYBODY = frozenset(AgentType) - {AgentType.QUALITY_ASSURANCE}
"""Agents that speak with customers, the classifier included."""
