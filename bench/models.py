"""Chat models that answer in no time, so that what is measured is ours. Plugged in by the setting ``agent_models``."""

from collections.abc import Iterator
from itertools import count
from typing import Any, Self

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from bench.texts import REPLIES, VARIANTS


class Instant(BaseChatModel):
    """Answers at once, in one piece, and calls no tool."""

    _turns: Iterator[int] = PrivateAttr(default_factory=count)

    @property
    def _llm_type(self) -> str:
        return "instant"

    def bind_tools(self, tools: Any, **options: Any) -> Self:  # type: ignore[override]
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self._reply()))])

    async def _astream(self, messages: list[BaseMessage], *args: Any, **options: Any) -> Any:
        yield ChatGenerationChunk(message=self._chunk(messages))

    def _chunk(self, messages: list[BaseMessage]) -> AIMessageChunk:
        return AIMessageChunk(self._reply())

    def _reply(self) -> str:
        return REPLIES[next(self._turns) % VARIANTS]


class OneTool(Instant):
    """Looks the invoices up, then answers: the turn of the peer's usual graph."""

    def _chunk(self, messages: list[BaseMessage]) -> AIMessageChunk:
        if isinstance(messages[-1], ToolMessage):
            return AIMessageChunk(self._reply())
        call = {"name": "get_billing_information", "args": '{"customer_id": "CUST_001"}', "id": "call-1", "index": 0}
        return AIMessageChunk("", tool_call_chunks=[{**call, "type": "tool_call_chunk"}])
