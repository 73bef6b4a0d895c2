"""One model call: streaming, reading, repair, failure. The model is scripted; everything else is real."""

import asyncio
import json
from typing import Any

import pytest

from agents import loop
from agents.loop import CALLS_LIMIT, Call
from domain.errors import ModelFailed, ModelUnavailable
from domain.messages import Decision
from domain.state import AgentType
from domain.toolbox import tools_for
from tests.agents.scripted import Answer, ScriptedModel
from tests.agents.thoughts import CREDIT, an_offer

pytestmark = pytest.mark.unit

TOOLS = tools_for(AgentType.BILLING)
LOOK_UP = json.dumps({"customer_id": "CUST_001"})


class Ear:
    def __init__(self) -> None:
        self.heard: list[str] = []

    async def __call__(self, text: str) -> None:
        self.heard.append(text)


def call_of(model: Any, **changes: Any) -> Call:
    fields: dict[str, Any] = {
        "model": model,
        "label": "scripted",
        "timeout_seconds": 5,
        "messages": [],
        "tools": TOOLS,
        "customer_id": "CUST_001",
        "steps": 0,
    }
    return Call(**fields | changes)


async def decide(*answers: Answer, **changes: Any) -> tuple[Decision, ScriptedModel, list[str]]:
    model = ScriptedModel(script=list(answers), asked=[])
    ear = Ear()
    decision = await loop.decide(call_of(model, **changes), ear)
    return decision, model, ear.heard


async def test_text_is_streamed_and_is_the_reply() -> None:
    decision, _, heard = await decide(Answer("Hello Alice, how are you?", [("conclude", '{"confidence": 0.5}', "c")]))
    assert decision.reply is not None
    assert decision.reply.message == "".join(heard) == "Hello Alice, how are you?"
    assert len(heard) > 1
    assert decision.reply.confidence == 0.5


async def test_tool_calls_come_back_under_canonical_names() -> None:
    decision, _, _ = await decide(Answer("Let me look.", [("billing_system_lookup", LOOK_UP, "x1")]))
    assert decision.reply is None
    [call] = decision.tool_calls
    assert (call.call_id, call.tool, call.arguments) == ("x1", "get_billing_information", {"customer_id": "CUST_001"})


async def test_calls_go_before_a_conclusion_drawn_too_early() -> None:
    calls = [("conclude", '{"outcome": "resolution_confirmed"}', "a"), ("get_customer_profile", LOOK_UP, "b")]
    decision, _, _ = await decide(Answer("Done!", calls))
    assert decision.reply is None
    assert [call.tool for call in decision.tool_calls] == ["get_customer_profile"]


async def test_an_unknown_tool_is_passed_on_for_the_engine_to_refuse() -> None:
    decision, _, _ = await decide(Answer("", [("make_rich", "{}", "a")]))
    assert [call.tool for call in decision.tool_calls] == ["make_rich"]


async def test_every_call_gets_an_id_of_its_own() -> None:
    calls = [("get_customer_profile", LOOK_UP, None), ("get_account_services", LOOK_UP, "same")]
    calls += [("get_billing_information", LOOK_UP, "same")]
    decision, _, _ = await decide(Answer("", calls), steps=3)
    ids = [call.call_id for call in decision.tool_calls]
    assert ids == ["call-4", "same", "call-6"]


async def test_calls_are_bounded() -> None:
    calls = [("get_customer_profile", LOOK_UP, f"c{number}") for number in range(CALLS_LIMIT + 3)]
    decision, _, _ = await decide(Answer("", calls))
    assert len(decision.tool_calls) == CALLS_LIMIT


async def test_offers_are_validated_and_canonical() -> None:
    said = {"offer": {"tool": "apply_credit_adjustment", "arguments": json.loads(CREDIT.model_dump_json())}}
    said["offer"]["summary"] = "Credit of $49.99"
    decision, _, _ = await decide(Answer("Shall I?", [("conclude", json.dumps(said), "a")]))
    assert decision.reply is not None
    assert decision.reply.offer == an_offer()


@pytest.mark.parametrize(
    "broken",
    [
        Answer(" "),
        Answer("", [("conclude", "{}", "a")]),
        Answer("Hello", [("conclude", '{"outcome": "victory"}', "a")]),
        Answer("Hello", [("conclude", "[1, 2]", "a")]),
        Answer("", [("apply_credit_adjustment", '{"customer_id": "CUST_001", "amount": 4', "a")]),
        Answer("", [("get billing information!", "{}", "a")]),
        Answer("", [("x" * 65, "{}", "a")]),
    ],
)
async def test_an_answer_that_cannot_be_used_is_repaired_once(broken: Answer) -> None:
    decision, model, _ = await decide(broken, Answer("Better now."))
    assert decision.reply is not None
    assert decision.reply.message == "Better now."
    repair = model.asked[1][-1]
    assert "could not be used" in repair.text


async def test_a_second_failure_is_final_and_quotes_nothing() -> None:
    with pytest.raises(ModelFailed) as caught:
        await decide(Answer("secret words", [("conclude", '{"outcome": "x"}', "a")]), Answer(" "))
    assert "no words" in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_nothing_at_all_is_worth_another_attempt() -> None:
    with pytest.raises(ModelUnavailable):
        await decide(Answer())


async def test_errors_of_transport_are_worth_another_attempt() -> None:
    with pytest.raises(ModelUnavailable):
        await decide(Answer("Hel", then=ConnectionResetError()))


async def test_a_refusal_is_final() -> None:
    error = RuntimeError()
    error.status_code = 400  # type: ignore[attr-defined]
    with pytest.raises(ModelFailed):
        await decide(Answer("", then=error))


class SleepyModel(ScriptedModel):
    async def _astream(self, messages: Any, *_: Any, **__: Any) -> Any:
        await asyncio.sleep(60)
        yield


async def test_a_call_is_bounded_in_time() -> None:
    with pytest.raises(ModelUnavailable):
        await loop.decide(call_of(SleepyModel(), timeout_seconds=0.05), Ear())


async def test_cancellation_is_no_error_of_the_model() -> None:
    task = asyncio.create_task(loop.decide(call_of(SleepyModel()), Ear()))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
