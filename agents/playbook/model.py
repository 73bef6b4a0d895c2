"""The playbook as a langchain chat model: same messages in, same messages out as Gemini or Claude."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from typing_extensions import override

from agents.conclude import CONCLUDE
from agents.playbook import billing, clarification, quality, sales, supervisor, tier1, tier2, tier3
from agents.playbook.moves import Move, Rule, Say, Use, first_move
from agents.playbook.situation import Situation, read_situation
from agents.quality import REPORT_QUALITY, read_evidence
from domain.quality import FINDINGS_LIMIT
from domain.state import AgentType

RULES: dict[AgentType, Sequence[Rule]] = {
    AgentType.CLARIFICATION: clarification.RULES,
    AgentType.TIER1: tier1.RULES,
    AgentType.TIER2: tier2.RULES,
    AgentType.TIER3: tier3.RULES,
    AgentType.SALES: sales.RULES,
    AgentType.BILLING: billing.RULES,
    AgentType.SUPERVISOR: supervisor.RULES,
}


class PlaybookModel(BaseChatModel):
    """Decides by rule. ``words_per_chunk`` and ``seconds_per_chunk`` say how it streams: at once, unless a demo
    wants it to look like typing."""

    words_per_chunk: int = 8
    seconds_per_chunk: float = 0.0

    @property
    @override
    def _llm_type(self) -> str:
        return "playbook"

    @override
    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Only the tools' names matter to the rules."""
        names = [convert_to_openai_tool(tool)["function"]["name"] for tool in tools]
        return self.bind(tools=names, **kwargs)

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = list(self._chunks(messages, kwargs))
        whole = chunks[0] + chunks[1:]
        message = AIMessage(whole.text, tool_calls=whole.tool_calls)
        return ChatResult(generations=[ChatGeneration(message=message)])

    @override
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._generate(messages, stop, None, **kwargs)

    @override
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages, kwargs):
            yield ChatGenerationChunk(message=chunk)

    @override
    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages, kwargs):
            if self.seconds_per_chunk:
                await asyncio.sleep(self.seconds_per_chunk)
            yield ChatGenerationChunk(message=chunk)

    def _chunks(self, messages: list[BaseMessage], bound: dict[str, Any]) -> Iterator[AIMessageChunk]:
        if REPORT_QUALITY in bound.get("tools", ()):
            yield AIMessageChunk(content="", tool_call_chunks=[_report(messages)], chunk_position="last")
            return
        situation = read_situation(messages, frozenset(bound.get("tools", ())))
        rule, move = first_move(RULES[situation.context.agent], situation)
        if isinstance(move, Say):
            for words in _in_groups(move.text, self.words_per_chunk):
                yield AIMessageChunk(content=words)
        yield AIMessageChunk(content="", tool_call_chunks=[_call(rule, move, situation)], chunk_position="last")


def _in_groups(text: str, size: int) -> Iterator[str]:
    """The text in pieces of so many words that join to exactly the text."""
    words = text.split(" ")
    for start in range(0, len(words), size):
        piece = " ".join(words[start : start + size])
        yield piece if start + size >= len(words) else f"{piece} "


def _call(rule: Rule, move: Move, situation: Situation) -> Any:
    name, arguments = (
        (move.tool.name, dict(move.arguments)) if isinstance(move, Use) else (CONCLUDE, _meaning(rule, move))
    )
    return tool_call_chunk(name=name, args=json.dumps(arguments), id=f"call-{len(situation.results) + 1}", index=0)


def _report(messages: Sequence[BaseMessage]) -> Any:
    """The rules' findings, as a model reports them."""
    findings = [finding.model_dump(mode="json") for finding in quality.findings_of(read_evidence(messages))]
    arguments = json.dumps({"findings": findings[:FINDINGS_LIMIT]})
    return tool_call_chunk(name=REPORT_QUALITY, args=arguments, id="call-1", index=0)


def _meaning(rule: Rule, move: Say) -> dict[str, Any]:
    meaning: dict[str, Any] = {
        "outcome": move.outcome,
        "confidence": move.confidence,
        "articles": list(move.articles),
        "reason": move.reason or f"Rule: {rule.name}.",
    }
    if move.because:
        meaning["because"] = move.because
    if move.offer:
        meaning["offer"] = {
            "tool": move.offer.tool.name,
            "arguments": dict(move.offer.arguments),
            "summary": move.offer.summary,
        }
    return meaning
