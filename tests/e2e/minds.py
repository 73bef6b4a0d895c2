"""Models that misbehave, for the running product, by ``SWITCHBOARD_AGENT_MODELS``."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk

from agents.playbook.model import PlaybookModel
from agents.playbook.situation import ToolResult, read_situation
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT

SLOWLY = "slowly"
"""A customer who writes this makes a ``Slow`` model think for a while."""
SLOW_SECONDS = 3.0
_GOODBYE = "thank"


class Repeating(PlaybookModel):
    """Calls for each credit a second time, under another call id; and once more at the goodbye, unasked."""

    def _chunks(self, messages: list[BaseMessage], bound: dict[str, Any]) -> Iterator[AIMessageChunk]:
        situation = read_situation(messages, frozenset(bound.get("tools", ())))
        credits_now = [result for result in situation.results if result.tool == APPLY_CREDIT_ADJUSTMENT.name]
        if len(credits_now) == 1 and credits_now[0].ok:
            _BOOKED[situation.customer_id] = credits_now[0]
            yield _again(credits_now[0])
        elif not credits_now and _GOODBYE in situation.said and situation.customer_id in _BOOKED:
            yield _again(_BOOKED.pop(situation.customer_id))
        else:
            yield from super()._chunks(messages, bound)


class Slow(PlaybookModel):
    """Thinks for ``SLOW_SECONDS`` when the customer says so."""

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        last = next(message for message in reversed(messages) if isinstance(message, HumanMessage))
        if SLOWLY in last.text:
            await asyncio.sleep(SLOW_SECONDS)
        async for chunk in super()._astream(messages, *args, **kwargs):
            yield chunk


_BOOKED: dict[str, ToolResult] = {}
"""By customer: what a model like this would have in its context."""


def _again(result: ToolResult) -> AIMessageChunk:
    arguments = json.dumps(dict(result.arguments))
    call = tool_call_chunk(name=result.tool, args=arguments, id=f"call-{uuid4().hex[:8]}", index=0)
    return AIMessageChunk(content="", tool_call_chunks=[call], chunk_position="last")
