import pytest
from langchain_core.messages import HumanMessage, ToolMessage

from agents.models import ModelConfig, build_model
from bench.models import Instant, OneTool

pytestmark = pytest.mark.unit


async def streamed(model: Instant, *messages) -> list:
    return [chunk async for chunk in model.astream(list(messages))]


async def test_an_instant_model_answers_in_one_piece():
    pieces = await streamed(Instant(), HumanMessage("hello"))
    assert [bool(piece.text) for piece in pieces if piece.text] == [True]


async def test_a_model_with_one_tool_asks_once_and_then_answers():
    asking = await streamed(OneTool(), HumanMessage("hello"))
    assert [call["name"] for piece in asking for call in piece.tool_call_chunks] == ["get_billing_information"]
    answering = await streamed(OneTool(), HumanMessage("hello"), ToolMessage("{}", tool_call_id="call-1"))
    assert "".join(piece.text for piece in answering)


def test_settings_can_choose_them():
    assert isinstance(build_model(ModelConfig.parse("class:bench.models:Instant")), Instant)
