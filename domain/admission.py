"""The gate in front of every tool: who may call it, with what, for whom, with whose agreement.

Refusals are written for the agent that called: each says what to do instead. The order matters: an agent learns nothing
about a tool that is not its own, and no customer is asked to agree to what cannot be done.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from domain.consent import covers
from domain.errors import (
    ApprovalRequired,
    ConsentRequired,
    InvalidArguments,
    NotAuthorized,
    NotFound,
    OutsideAuthority,
    SwitchboardError,
    ToolRefused,
    UnknownTool,
)
from domain.idempotency import canonical_json, effect_key
from domain.messages import Grant, ToolRequest
from domain.state import AgentType
from domain.toolbox import resolve, tools_for
from domain.tools import AnyTool

PROBLEMS_SHOWN = 5
NAME_SHOWN = 60


@dataclass(frozen=True)
class Admitted:
    """A call that may run. ``effect_key`` identifies what it changes, however often it is repeated."""

    tool: AnyTool
    arguments: BaseModel
    effect_key: str


def admit(request: ToolRequest) -> Admitted:
    """Check a call in full, identity apart: that may need a look into the customer system.

    Raises:
        UnknownTool, NotAuthorized, InvalidArguments, NotFound, OutsideAuthority, ApprovalRequired, ConsentRequired: in
            this order.
    """
    tool = named_tool(request)
    if not tool.allows(request.agent):
        raise NotAuthorized(f"{request.agent} may not use {tool.name}. {_own_tools(request.agent)}")
    arguments = read_arguments(tool, request.call.arguments)
    _require_ownership(arguments, request.customer_id)
    _require_condition(tool, arguments, request.agent)
    _require_approval(tool, arguments, request)
    _require_consent(tool, arguments, request)
    return Admitted(tool, arguments, _effect_key(tool, arguments, request))


def effect_key_of(request: ToolRequest) -> str:
    """The key that the call's effect would have; of a call that is refused, a key that no effect has."""
    try:
        tool = named_tool(request)
        arguments = read_arguments(tool, request.call.arguments)
    except ToolRefused:
        return effect_key(request.conversation_id, request.occasion, "refused", request.call.model_dump_json())
    return _effect_key(tool, arguments, request)


def named_tool(request: ToolRequest) -> AnyTool:
    """The tool that is called. Raises UnknownTool."""
    tool = resolve(request.call.tool)
    if tool is None:
        raise UnknownTool(f"There is no tool {request.call.tool[:NAME_SHOWN]!r}. {_own_tools(request.agent)}")
    return tool


def read_arguments(tool: AnyTool, arguments: dict[str, Any]) -> BaseModel:
    """The arguments as the tool's own model. Raises InvalidArguments with what is wrong, without the values."""
    try:
        model: BaseModel = tool.arguments.model_validate(arguments)
    except ValidationError as invalid:
        raise InvalidArguments(f"{tool.name}: {_problems(invalid)}. Call it again with right arguments.") from None
    return model


def _require_ownership(arguments: BaseModel, customer_id: str) -> None:
    asked = getattr(arguments, "customer_id", customer_id)
    if asked != customer_id:
        raise NotFound(f"There is no customer {asked} in this conversation. Its customer is {customer_id}.")


def _require_condition(tool: AnyTool, arguments: BaseModel, agent: AgentType) -> None:
    condition = tool.condition_for(agent)
    if condition is not None and not condition.holds(arguments):
        raise OutsideAuthority(f"{agent} may use {tool.name} only {condition.says}.")


def grant_wanted(request: ToolRequest) -> Grant | None:
    """What a person would have to approve for this call to run; None if it needs no approval, or if it is refused for
    another reason, approved or not. Pure."""
    tool = resolve(request.call.tool)
    try:
        admit(request)
    except ApprovalRequired:
        pass
    except SwitchboardError:
        return None
    else:
        return None
    assert tool is not None, "an unknown tool is refused for that"
    arguments = canonical_json(read_arguments(tool, request.call.arguments))
    grant = Grant(approval_id="", tool=tool.name, arguments_json=arguments, decided_by="")
    try:
        admit(request.model_copy(update={"grant": grant}))
    except SwitchboardError:
        return None
    return grant


def _require_approval(tool: AnyTool, arguments: BaseModel, request: ToolRequest) -> None:
    grant = request.grant
    if not tool.policy.approval_needed(arguments, request.agent):
        return
    if grant is None or (grant.tool, grant.arguments_json) != (tool.name, canonical_json(arguments)):
        raise ApprovalRequired(
            f"{tool.name} needs a person's approval for this. Promise nothing. Where the customer has to agree, offer "
            "exactly this; when it is called after their yes, the approval is asked for."
        )


def _require_consent(tool: AnyTool, arguments: BaseModel, request: ToolRequest) -> None:
    if not tool.policy.needs_consent:
        return
    if request.consent is None:
        raise ConsentRequired(
            f"{tool.name} needs the customer's agreement. Offer exactly this and wait for their yes: "
            f"{canonical_json(arguments)}"
        )
    if not covers(request.consent, tool, arguments):
        raise ConsentRequired(
            f"The customer agreed to {request.consent.offer.tool} with {request.consent.offer.arguments_json} "
            "and to nothing else. Run exactly that, or make a new offer."
        )


def _effect_key(tool: AnyTool, arguments: BaseModel, request: ToolRequest) -> str:
    agreed = request.consent.message_id if tool.policy.needs_consent and request.consent else ""
    return effect_key(request.conversation_id, agreed or request.occasion, tool.name, canonical_json(arguments))


def _own_tools(agent: AgentType) -> str:
    names = ", ".join(tool.name for tool in tools_for(agent))
    return f"Your tools: {names}." if names else "You have no tools."


def _problems(invalid: ValidationError) -> str:
    errors = invalid.errors(include_input=False, include_url=False, include_context=False)[:PROBLEMS_SHOWN]
    return "; ".join(f"{_place(error['loc'])}: {error['msg']}" for error in errors)


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part)[:NAME_SHOWN] for part in location) or "arguments"
