"""What the playbook reads out of the messages: who the customer is, what they said, what this turn's tools gave."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from pydantic import BaseModel

from agents.classifier.affirmation import Feedback, closes, declines, read_feedback
from agents.context import AgentContext, unframe
from domain.tools import AnyTool


@dataclass(frozen=True)
class ToolResult:
    """What a tool call of this turn gave: ``result`` if ``ok``, else ``error_type`` and ``error``."""

    tool: str
    arguments: Mapping[str, Any]
    ok: bool
    result: Mapping[str, Any]
    error_type: str = ""
    error: str = ""


@dataclass(frozen=True)
class Situation:
    """``said`` is what the customer wrote since the agent last spoke, ``replied`` what the agent said before that;
    ``told`` is all that the customer wrote in the window, newest last."""

    context: AgentContext
    said: str
    replied: str
    results: tuple[ToolResult, ...]
    tools: frozenset[str]
    told: tuple[str, ...] = ()

    @property
    def intent(self) -> str:
        return self.context.intent

    @property
    def customer_id(self) -> str:
        return self.context.customer.customer_id if self.context.customer else ""

    @property
    def first_name(self) -> str:
        names = self.context.customer.name.split() if self.context.customer else []
        return names[0] if names else ""

    @cached_property
    def feedback(self) -> Feedback:
        """How the customer's words read as an answer to "did that help?"."""
        return read_feedback(self.said)

    @cached_property
    def declined(self) -> bool:
        return declines(self.said)

    @cached_property
    def closes(self) -> bool:
        return closes(self.said)

    @property
    def agreed(self) -> bool:
        return self.context.affirmation == "yes"

    def can(self, tool: AnyTool) -> bool:
        """Whether the tool is at hand, and what it is about is known."""
        return tool.name in self.tools and bool(self.customer_id or "customer_id" not in tool.arguments.model_fields)

    def ran(self, tool: AnyTool) -> bool:
        return any(result.tool == tool.name for result in self.results)

    def refusal(self, tool: AnyTool) -> ToolResult | None:
        """The latest run of the tool in this turn, if it failed."""
        latest = self._latest(tool)
        return latest if latest and not latest.ok else None

    def result(self, tool: AnyTool) -> Any:
        """The latest result of the tool in this turn, as its own result model; None if there is none."""
        latest = self._latest(tool)
        if latest is None or not latest.ok:
            return None
        model: type[BaseModel] = tool.result
        return model.model_validate(latest.result)

    def _latest(self, tool: AnyTool) -> ToolResult | None:
        return next((result for result in reversed(self.results) if result.tool == tool.name), None)


def read_situation(messages: Sequence[BaseMessage], tools: frozenset[str]) -> Situation:
    """Raises ValueError if the messages carry no context of ours."""
    system = next((message for message in messages if isinstance(message, SystemMessage)), None)
    if system is None:
        raise ValueError("there is no system message")
    spoken = [m for m in messages if isinstance(m, HumanMessage) or (isinstance(m, AIMessage) and not m.tool_calls)]
    said, before = _tail(spoken)
    return Situation(
        context=unframe(system.text),
        said=said,
        replied=before.text if before else "",
        results=tuple(_results(messages)),
        tools=tools,
        told=tuple(message.text for message in spoken if isinstance(message, HumanMessage)),
    )


def _tail(spoken: Sequence[BaseMessage]) -> tuple[str, BaseMessage | None]:
    """What the customer said last, and the message before it."""
    texts: list[str] = []
    for message in reversed(spoken):
        if isinstance(message, AIMessage):
            return "\n".join(reversed(texts)), message
        texts.append(message.text)
    return "\n".join(reversed(texts)), None


def _results(messages: Sequence[BaseMessage]) -> list[ToolResult]:
    calls = {call["id"]: call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls}
    return [
        _result(message, calls[message.tool_call_id])
        for message in messages
        if isinstance(message, ToolMessage) and message.tool_call_id in calls
    ]


def _result(message: ToolMessage, call: Mapping[str, Any]) -> ToolResult:
    report = json.loads(message.text)
    return ToolResult(
        tool=call["name"],
        arguments=call["args"],
        ok=report["ok"] and "result" in report,
        result=report.get("result", {}),
        error_type=report.get("error_type", ""),
        error=report.get("error", ""),
    )
