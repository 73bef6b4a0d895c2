import pytest
from langchain_core.messages import AIMessage, BaseMessage

from agents.conclude import CONCLUDE, schema_for_models
from agents.context import context_of
from agents.playbook.model import RULES, PlaybookModel
from agents.transcript import messages_for
from domain.agents import AGENTS
from domain.classification import Classification
from domain.messages import ThinkInput
from domain.staffing import STAFFED
from domain.state import AgentType
from tests.agents.thoughts import a_consent, an_offer, thought

pytestmark = pytest.mark.unit

SCHEMAS = [*(tool.schema_for_models() for tool in AGENTS[AgentType.BILLING].tools), schema_for_models()]
GREETING = thought(
    agent=AgentType.TIER1, reading=Classification(intent="general_faq", confidence=0.9), said="who are you?"
)


def messages(given: ThinkInput) -> list[BaseMessage]:
    return messages_for(given, context_of(given, AGENTS[given.agent]), "You are an agent.")


def test_every_agent_at_work_has_rules_that_end_with_one_that_always_applies() -> None:
    assert set(RULES) == STAFFED
    for rules in RULES.values():
        assert rules[-1].when(None)  # type: ignore[arg-type]
        assert len({rule.name for rule in rules}) == len(rules)


async def test_streamed_text_equals_the_whole_in_every_mode() -> None:
    model = PlaybookModel(words_per_chunk=3).bind_tools(SCHEMAS)
    asked = messages(GREETING)
    whole = model.invoke(asked)
    assert isinstance(whole, AIMessage)
    assert (await model.ainvoke(asked)).content == whole.content
    streamed = [chunk async for chunk in model.astream(asked)]
    assert "".join(chunk.text for chunk in streamed) == whole.text
    assert "".join(chunk.text for chunk in model.stream(asked)) == whole.text
    assert len([chunk for chunk in streamed if chunk.text]) == -(-len(whole.text.split(" ")) // 3)
    assert [call["name"] for call in whole.tool_calls] == [CONCLUDE]
    assert sum(len(chunk.tool_call_chunks) for chunk in streamed) == 1


async def test_typing_speed_changes_nothing_but_time() -> None:
    asked = messages(GREETING)
    slow = PlaybookModel(seconds_per_chunk=0.001).bind_tools(SCHEMAS)
    fast = PlaybookModel().bind_tools(SCHEMAS)
    assert "".join([c.text async for c in slow.astream(asked)]) == "".join([c.text async for c in fast.astream(asked)])


def test_a_tool_call_comes_without_words() -> None:
    agreed = thought("yes", offer=an_offer(), consent=a_consent())
    answer = PlaybookModel().bind_tools(SCHEMAS).invoke(messages(agreed))
    assert answer.text == ""
    [call] = answer.tool_calls
    assert call["name"] == "apply_credit_adjustment"
    assert call["args"]["amount"] == "49.99"


def test_without_tools_it_uses_none() -> None:
    answer = PlaybookModel().invoke(messages(thought("I was charged twice")))
    assert [call["name"] for call in answer.tool_calls] == [CONCLUDE]
