"""The one control tool: how a model tells the engine what its reply means. It never leaves this package."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from domain.admission import read_arguments
from domain.consent import make_offer
from domain.errors import InvalidArguments
from domain.escalation import triggers_of
from domain.events import ReplyOutcome
from domain.messages import AgentReply
from domain.state import AgentType, Offer
from domain.toolbox import resolve
from domain.tools import AnyTool, SideEffect
from domain.triggers import RAISED_BY_AGENTS, Trigger

CONCLUDE = "conclude"
SUMMARY_LIMIT = 300
ARTICLES_LIMIT = 8


class Malformed(Exception):
    """What a model produced cannot be used. The text tells the model why, without quoting it."""


class ProposedOffer(BaseModel):
    """An effect the customer was asked to agree to, in exactly these arguments."""

    model_config = ConfigDict(extra="ignore")

    tool: str = Field(description="Name of the tool that would be called.")
    arguments: dict[str, JsonValue] = Field(description="Its complete arguments.")
    summary: str = Field(description="What the customer was told, in one sentence.")

    @field_validator("arguments", mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        """Some models write an object without a fixed shape as text."""
        return json.loads(value) if isinstance(value, str) else value


class Conclude(BaseModel):
    """Tell what your reply means. Call it once, together with the words for the customer."""

    model_config = ConfigDict(extra="ignore")

    outcome: ReplyOutcome = "continue"
    because: Trigger | None = Field(
        None,
        description="Only with the outcome cannot_help: why somebody else must go on. Your words then tell the "
        "customer that you bring in somebody, and no more: the next one answers.",
    )
    offer: ProposedOffer | None = Field(None, description="Only with the outcome continue.")
    articles: list[str] = Field(default_factory=list, description="Ids of the articles the reply is based on.")
    confidence: float = Field(1.0, ge=0, le=1, description="How sure you are that the reply is right.")
    reason: str = Field("", description="One sentence for colleagues: why this outcome.")


def schema_for_models() -> dict[str, Any]:
    """In the shape of ``ToolSpec.schema_for_models``."""
    return {
        "name": CONCLUDE,
        "description": (Conclude.__doc__ or "").strip(),
        "parameters": Conclude.model_json_schema(),
    }


def reply_from(
    text: str,
    arguments: Mapping[str, Any],
    tools: Sequence[AnyTool],
    customer_id: str,
    *,
    agent: AgentType | None = None,
) -> AgentReply:
    """The model's words and conclusion as a reply of this agent. Raises ``Malformed``."""
    words = text.strip()
    if not words:
        raise Malformed("there are no words for the customer")
    conclusion = _conclusion(arguments)
    return AgentReply(
        message=words,
        outcome=conclusion.outcome,
        because=_because(conclusion, agent),
        confidence=conclusion.confidence,
        offer=_offer(conclusion, tools, customer_id, agent),
        articles=conclusion.articles[:ARTICLES_LIMIT],
        reason=conclusion.reason[:SUMMARY_LIMIT],
    )


def _conclusion(arguments: Mapping[str, Any]) -> Conclude:
    try:
        return Conclude.model_validate(arguments)
    except ValidationError as error:
        raise wrong_values(CONCLUDE, error) from None


def wrong_values(tool: str, error: ValidationError) -> Malformed:
    """What is wrong with a control tool's arguments: where, without the values."""
    places = {".".join(map(str, problem["loc"])) or tool for problem in error.errors()}
    return Malformed(f"{tool} has wrong values for {', '.join(sorted(places))}")


def _because(conclusion: Conclude, agent: AgentType | None) -> Trigger | None:
    """The reason for handing over, one that this agent can have. Raises ``Malformed``."""
    because = conclusion.because
    if because is None:
        return None
    if conclusion.outcome != "cannot_help":
        raise Malformed(f"only cannot_help has a because, not {conclusion.outcome}")
    own = RAISED_BY_AGENTS if agent is None else RAISED_BY_AGENTS & set(triggers_of(agent))
    if because not in own:
        raise Malformed(f"your reason to hand over is one of {', '.join(sorted(own))}")
    return because


def _offer(conclusion: Conclude, tools: Sequence[AnyTool], customer_id: str, agent: AgentType | None) -> Offer | None:
    """The offer in canonical form, checked as the call itself will be. Raises ``Malformed``."""
    proposed = conclusion.offer
    if proposed is None:
        return None
    if conclusion.outcome != "continue":
        raise Malformed(f"an offer waits for an answer, so its outcome is continue, not {conclusion.outcome}")
    tool = resolve(proposed.tool)
    if tool is None or tool.name not in {one.name for one in tools} or tool.policy.side_effect is SideEffect.NONE:
        raise Malformed("the offer is not of a tool of yours that changes something and so is worth a consent")
    try:
        checked = read_arguments(tool, dict(proposed.arguments))
    except InvalidArguments as error:
        raise Malformed(f"the offer's arguments are wrong: {error.message}") from None
    _check_condition(tool, checked, agent)
    _check_customer(checked, customer_id)
    return make_offer(tool, checked, proposed.summary[:SUMMARY_LIMIT])


def _check_condition(tool: AnyTool, arguments: BaseModel, agent: AgentType | None) -> None:
    condition = None if agent is None else tool.condition_for(agent)
    if condition is not None and not condition.holds(arguments):
        raise Malformed(f"you may use {tool.name} only {condition.says}: offer nothing and conclude with cannot_help")


def _check_customer(arguments: BaseModel, customer_id: str) -> None:
    """No customer is asked to agree to what cannot be done."""
    if getattr(arguments, "customer_id", customer_id) != customer_id:
        raise Malformed("the offer is about another customer")
