"""One model call of the agent loop: stream, read, repair once. The loop itself is the engine's (domain/turns.py)."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.runnables import Runnable

from agents.conclude import CONCLUDE, Malformed, reply_from
from agents.failures import model_errors
from agents.prompting import repair_prompt
from domain.errors import ModelFailed
from domain.messages import Decision, ToolCall
from domain.state import AgentType
from domain.toolbox import resolve
from domain.tools import AnyTool

OnDelta = Callable[[str], Awaitable[None]]
"""Called with each piece of text as the model produces it."""
BoundModel = Runnable[LanguageModelInput, AIMessage]
ReadT = TypeVar("ReadT")

CALLS_LIMIT = 5
"""Tool calls of one answer; a model that wants more can ask again after these."""
_TOOL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True)
class ModelCall:
    """What any call of a model needs. ``repair`` is the prompt that asks once more after a useless answer."""

    model: BoundModel
    label: str
    timeout_seconds: float
    messages: list[BaseMessage]
    repair: str = field(default="repair.md", kw_only=True)


@dataclass(frozen=True)
class Call(ModelCall):
    """What an agent's call needs. ``steps``: how many tool results this turn has, which keeps invented ids unique."""

    tools: Sequence[AnyTool]
    customer_id: str
    steps: int
    agent: AgentType | None = None


async def decide(call: Call, on_delta: OnDelta) -> Decision:
    """Ask the model, and once more if its answer cannot be used.

    Text is handed to ``on_delta`` as it comes; the decision's text is what counts, also where a repair made it differ.
    Raises ``ModelUnavailable`` or ``ModelFailed``.
    """
    return await usable_answer(call, partial(_read, call=call), on_delta)


async def usable_answer(call: ModelCall, read: Callable[[AIMessageChunk], ReadT], on_delta: OnDelta) -> ReadT:
    """What ``read`` makes of the answer, or of the second one if it finds the first ``Malformed``.

    Raises ``ModelUnavailable`` or ``ModelFailed``.
    """
    answer = await _ask(call, call.messages, on_delta)
    try:
        return read(answer)
    except Malformed as first:
        again = await _ask(call, [*call.messages, *_repair(answer, first, call.repair)], on_delta)
    try:
        return read(again)
    except Malformed as second:
        raise ModelFailed(f"{call.label} gave no usable answer: {second}") from None


async def _ask(call: ModelCall, messages: list[BaseMessage], on_delta: OnDelta) -> AIMessageChunk:
    """One streamed call, as one message. A stream without chunks is an error of langchain's already."""
    chunks: list[AIMessageChunk] = []
    with model_errors(call.label):
        async with asyncio.timeout(call.timeout_seconds):
            async for chunk in call.model.astream(messages):
                assert isinstance(chunk, AIMessageChunk), "chat models stream chunks"
                chunks.append(chunk)
                if text := chunk.text:
                    await on_delta(text)
    return chunks[0] + chunks[1:]


def _read(answer: AIMessageChunk, call: Call) -> Decision:
    """Raises ``Malformed``. Tool calls come first: a conclusion beside them was drawn too early."""
    requested = tool_calls(answer)
    wanted = [one for one in requested if one.tool != CONCLUDE]
    if wanted:
        return Decision(tool_calls=_identified(wanted[:CALLS_LIMIT], call))
    conclusion = requested[0].arguments if requested else {}
    return Decision(reply=reply_from(answer.text, conclusion, call.tools, call.customer_id, agent=call.agent))


def tool_calls(answer: AIMessageChunk) -> list[ToolCall]:
    """The calls, with arguments that were complete: langchain closes what a cut stream left open, which would turn a
    credit of 49 into one of 4. Raises ``Malformed``."""
    return [
        ToolCall(call_id=part["id"] or "", tool=_name(part["name"]), arguments=_arguments(part["args"]))
        for part in answer.tool_call_chunks
    ]


def _name(name: str | None) -> str:
    if name is None or not _TOOL_NAME.fullmatch(name):
        raise Malformed("a tool call carries no proper tool name")
    tool = resolve(name)
    return tool.name if tool else name


def _arguments(text: str | None) -> dict[str, Any]:
    try:
        arguments = json.loads(text or "{}")
    except ValueError:
        raise Malformed("the arguments of a tool call are no complete JSON") from None
    if not isinstance(arguments, dict):
        raise Malformed("the arguments of a tool call are no JSON object")
    return arguments


def _identified(calls: list[ToolCall], call: Call) -> list[ToolCall]:
    """Every call with an id of its own within the turn: results are told apart by it."""
    seen: set[str] = set()
    identified = []
    for number, one in enumerate(calls, call.steps + 1):
        call_id = one.call_id if one.call_id and one.call_id not in seen else f"call-{number}"
        seen.add(call_id)
        identified.append(one.model_copy(update={"call_id": call_id}))
    return identified


def _repair(answer: AIMessageChunk, problem: Malformed, prompt: str) -> list[BaseMessage]:
    """The answer without its broken calls, which no provider would take back, and what was wrong with it."""
    return [AIMessage(answer.text or "…"), HumanMessage(repair_prompt(str(problem), prompt).text)]
