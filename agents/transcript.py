"""A thought as the messages a chat model reads: instructions with context, what was said, this turn's tools."""

import json
from collections.abc import Iterable

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from pydantic import JsonValue

from agents.context import AgentContext, frame
from domain.messages import ThinkInput, ToolOutcome
from domain.state import ConversationTurn

RESULT_LIMIT = 6_000
"""Characters of one tool result. The tools keep well below; a runaway must not fill a model's window."""


def messages_for(thought: ThinkInput, context: AgentContext, prompt: str) -> list[BaseMessage]:
    """System message, the window of the conversation, this turn's tool calls with their results."""
    return [
        SystemMessage(f"{prompt}\n\n{frame(context)}"),
        *_conversation(thought),
        *_tool_steps(thought.tool_results),
    ]


def _conversation(thought: ThinkInput) -> list[BaseMessage]:
    """What was said, ending with the customer.

    Providers want customer and agent to alternate and the customer to begin: neighbours of one side are joined, and
    what an agent said before the first customer message of the window is left to the summary.
    """
    turns = thought.state.conversation_history
    joined: list[tuple[bool, list[str]]] = []
    for by_customer, text in _utterances(thought, turns):
        if not joined and not by_customer:
            continue
        if joined and joined[-1][0] == by_customer:
            joined[-1][1].append(text)
        else:
            joined.append((by_customer, [text]))
    return [_message(by_customer, "\n".join(texts)) for by_customer, texts in joined]


def _utterances(thought: ThinkInput, turns: list[ConversationTurn]) -> Iterable[tuple[bool, str]]:
    """Whether the customer said it, and what. The window's tail holds this turn's messages; if it should not, they are
    added: a model that answers something else than what was asked is worse than one that reads it twice."""
    for turn in turns:
        yield turn.speaker == "customer", turn.message
    if not turns or turns[-1].speaker != "customer":
        for message in thought.messages:
            yield True, message.message


def _message(by_customer: bool, text: str) -> BaseMessage:
    return HumanMessage(text) if by_customer else AIMessage(text)


def _tool_steps(outcomes: list[ToolOutcome]) -> Iterable[BaseMessage]:
    for outcome in outcomes:
        call = {"name": outcome.tool, "args": outcome.arguments, "id": outcome.call_id, "type": "tool_call"}
        yield AIMessage("", tool_calls=[call])
        yield ToolMessage(
            _report(outcome),
            tool_call_id=outcome.call_id,
            name=outcome.tool,
            status="success" if outcome.success else "error",
        )


def _report(outcome: ToolOutcome) -> str:
    """
    ``{"ok": true, "result": {…}}`` or ``{"ok": false, "error_type": "not-found", "error": "…"}``
    """
    report: dict[str, JsonValue]
    if outcome.success:
        report = {"ok": True, "result": outcome.result}
    else:
        report = {"ok": False, "error_type": outcome.error_type, "error": outcome.error}
    text = json.dumps(report, ensure_ascii=False, separators=(",", ":"))
    if len(text) <= RESULT_LIMIT:
        return text
    return json.dumps({"ok": outcome.success, "error_type": "too-long", "error": text[:RESULT_LIMIT]})
