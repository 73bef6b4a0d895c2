import json

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from agents.context import context_of
from agents.transcript import RESULT_LIMIT, messages_for
from domain.agents import AGENTS
from domain.messages import ThinkInput
from domain.state import AgentType, ConversationTurn
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE, ArticlesFound
from tests.agents.thoughts import NOW, gave, refused, thought

pytestmark = pytest.mark.unit


def transcript(given: ThinkInput) -> list:  # type: ignore[type-arg]
    return messages_for(given, context_of(given, AGENTS[AgentType.BILLING]), "You are an agent.")


def test_system_message_comes_first_and_carries_prompt_and_context() -> None:
    first = transcript(thought())[0]
    assert isinstance(first, SystemMessage)
    assert first.text.startswith("You are an agent.\n\n<context>{")


def test_sides_alternate_and_the_customer_begins() -> None:
    given = thought("and now?")
    turns = [
        ("agent", "Welcome."),
        ("customer", "Hi"),
        ("customer", "My bill"),
        ("agent", "Yes?"),
        ("system", "Rate us"),
    ]
    history = [ConversationTurn(timestamp=NOW, speaker=speaker, message=text) for speaker, text in turns]
    given.state.conversation_history = [*history, *given.state.conversation_history]
    _, *said = transcript(given)
    assert [(type(message), message.text) for message in said] == [
        (HumanMessage, "Hi\nMy bill"),
        (AIMessage, "Yes?\nRate us"),
        (HumanMessage, "and now?"),
    ]


def test_messages_of_the_turn_are_added_if_the_window_lacks_them() -> None:
    given = thought("my bill is wrong")
    given.state.conversation_history = []
    assert transcript(given)[-1].text == "my bill is wrong"


def test_tool_steps_pair_calls_with_reports() -> None:
    found = gave(SEARCH_KNOWLEDGE_BASE, ArticlesFound(articles=[]), "call-1", query="refund")
    failed = refused(SEARCH_KNOWLEDGE_BASE, "back-office-unavailable", "Try later.", "call-2")
    asked, report, asked_again, error = transcript(thought(results=(found, failed)))[2:]
    assert asked.tool_calls[0]["args"] == {"query": "refund"}
    assert isinstance(report, ToolMessage)
    assert report.tool_call_id == asked.tool_calls[0]["id"]
    assert json.loads(report.text) == {"ok": True, "result": {"articles": []}}
    assert asked_again.tool_calls[0]["id"] == "call-2"
    assert error.status == "error"
    assert json.loads(error.text) == {"ok": False, "error_type": "back-office-unavailable", "error": "Try later."}


def test_a_runaway_result_is_cut() -> None:
    outcome = gave(SEARCH_KNOWLEDGE_BASE, ArticlesFound(articles=[])).model_copy(
        update={"result": {"text": "x" * 3 * RESULT_LIMIT}}
    )
    report = json.loads(transcript(thought(results=(outcome,)))[-1].text)
    assert report["error_type"] == "too-long"
    assert len(report["error"]) == RESULT_LIMIT
