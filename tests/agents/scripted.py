"""A chat model that says what the test tells it to, in chunks, like a provider's."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult


@dataclass
class Answer:
    """``calls`` are (name, arguments as the model wrote them, id); ``then`` is raised when all was said."""

    text: str = ""
    calls: list[tuple[str | None, str, str | None]] = field(default_factory=list)
    then: Exception | None = None


class ScriptedModel(BaseChatModel):
    """Gives the answers of ``script`` one after the other, and keeps what it was asked."""

    script: list[Any] = []
    asked: list[Any] = []
    bound: list[Any] = []
    max_retries: int = 6

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        self.bound.append([tool["name"] for tool in tools])
        return self.bind(**kwargs)

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        raise NotImplementedError

    async def _astream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        self.asked.append(messages)
        answer = self.script.pop(0)
        for chunk in _chunks(answer):
            yield ChatGenerationChunk(message=chunk)
        if answer.then is not None:
            raise answer.then


def _chunks(answer: Answer) -> Iterator[AIMessageChunk]:
    """Text and arguments come in pieces, as they do in life."""
    half = len(answer.text) // 2
    for piece in (answer.text[:half], answer.text[half:]):
        if piece:
            yield AIMessageChunk(content=piece)
    for index, (name, arguments, call_id) in enumerate(answer.calls):
        middle = len(arguments) // 2
        first = tool_call_chunk(name=name, args=arguments[:middle], id=call_id, index=index)
        yield AIMessageChunk(content="", tool_call_chunks=[first])
        rest = tool_call_chunk(name=None, args=arguments[middle:], id=None, index=index)
        yield AIMessageChunk(content="", tool_call_chunks=[rest])
