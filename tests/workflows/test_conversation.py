"""Conversations on a real Temporal server, with a real log and scripted minds."""

import asyncio

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowUpdateFailedError

from activities import think
from domain import words
from domain.batches import BATCH_ITEMS
from domain.events import AgentMessage, HandoffRequested, HumanMessage
from domain.messages import (
    Decision,
    EnginePolicy,
    HandoffClaim,
    HandoffCompletion,
    PersonMessage,
    ThinkInput,
)
from tests.workflows.stage import Stage, Talk, says
from workflows.conversation import ConversationWorkflow

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]


async def test_every_message_is_answered_once_in_order(stage: Stage) -> None:
    talk = await stage.open("my bill is wrong")
    await talk.until_answered()
    await talk.say("it is the July one")
    events = await talk.until_answered()
    assert [event.type for event in events if event.type != "status_changed"] == [
        "conversation_started",
        "customer_message",
        "intent_classified",
        "agent_assigned",
        "agent_message",
        "customer_message",
        "intent_classified",
        "agent_message",
    ]
    async with asyncio.timeout(10):  # the log has the reply before the conversation hears of it
        while await talk.handle.query(ConversationWorkflow.last_seq) != len(events):
            await asyncio.sleep(0.05)


async def test_a_repeat_is_dropped(stage: Stage) -> None:
    talk = await stage.open("hello")
    for _ in range(20):
        await talk.say("my bill is wrong", "same")
    events = await talk.until_answered()
    await talk.say("and now?")
    events = await talk.until_answered()
    assert [event.type for event in events].count("customer_message") == 3


async def test_messages_in_mid_thought_restart_it_with_all_of_them(stage: Stage) -> None:
    first_began = asyncio.Event()

    async def slow_at_first(thought: ThinkInput) -> Decision:
        if len(thought.messages) == 1:
            first_began.set()
            await asyncio.sleep(30)
        return says(f"I heard {len(thought.messages)}.")

    stage.agents.mind = slow_at_first
    talk = await stage.open("my bill is wrong")
    await first_began.wait()
    await talk.say("it is the July one")
    events = await talk.until_answered()
    replies = [event for event in events if isinstance(event, AgentMessage)]
    assert [(reply.message, reply.answers) for reply in replies] == [("I heard 2.", ["m1", "m2"])]


async def test_a_failing_model_is_never_silence(stage: Stage) -> None:
    async def broken(thought: ThinkInput) -> Decision:
        raise RuntimeError("no model today")

    stage.agents.mind = broken
    talk = await stage.open("my bill is wrong")
    events = await talk.until("agent_message", "handoff_requested")
    reply = next(event for event in events if isinstance(event, AgentMessage))
    assert "colleague" in reply.message
    assert len(stage.agents.thoughts) == 4
    await talk.say("are you there?")
    await talk.until_answered()
    state = await talk.state()
    assert state.requires_human and state.status == "escalated"


async def test_a_slow_model_is_never_silence(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the model does, each attempt ends by itself, and counts; then a person is asked for."""
    monkeypatch.setattr(think, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(think, "DECISION_SECONDS", 0.2)

    async def never(thought: ThinkInput) -> Decision:
        await asyncio.sleep(60)
        raise AssertionError("nobody waits that long")

    stage.agents.mind = never
    talk = await stage.open("my bill is wrong")
    events = await talk.until("agent_message", "handoff_requested")
    reply = next(event for event in events if isinstance(event, AgentMessage))
    assert (reply.message, reply.answers) == (words.MODEL_FAILED, ["m1"])
    assert len(stage.agents.thoughts) == think.MODEL_FAILURES_LIMIT


async def test_a_claim_lets_one_of_eight_in_and_silences_the_ai(stage: Stage) -> None:
    thinking = asyncio.Event()

    async def wants_person_then_talks_on(thought: ThinkInput) -> Decision:
        if not thinking.is_set():
            thinking.set()
            return says("I will get somebody.", outcome="wants_person")
        return says("I should not speak.")

    stage.agents.mind = wants_person_then_talks_on
    talk = await stage.open("a person please")
    handoff_id = await handoff_of(talk)
    racers = [
        talk.handle.execute_update(
            ConversationWorkflow.claim, HandoffClaim(handoff_id=handoff_id, person_id=f"p{n}"), id=f"claim-{n}"
        )
        for n in range(8)
    ]
    results = await asyncio.gather(*racers, return_exceptions=True)
    winners = [result for result in results if not isinstance(result, BaseException)]
    losers = [result for result in results if isinstance(result, WorkflowUpdateFailedError)]
    assert (len(winners), len(losers)) == (1, 7)
    assert {getattr(error.cause, "type", "") for error in losers} == {"claim-refused"}
    await talk.say("is anybody there?")
    await talk.until("handoff_claimed", *["customer_message"] * 2)
    said = PersonMessage(
        message_id="h1", person_id=winners[0].person_id, message="I am here.", sent_at=talk.message("").sent_at
    )
    talk.sent.pop()
    await talk.handle.execute_update(ConversationWorkflow.say_as_person, said)
    events = await talk.until_answered()
    assert [e.answers for e in events if isinstance(e, HumanMessage)] == [["m2"]]
    assert not any(isinstance(e, AgentMessage) for e in events[[e.type for e in events].index("handoff_claimed") :])
    done = HandoffCompletion(
        handoff_id=handoff_id, person_id=winners[0].person_id, outcome="resolved", wrap_up_code="resolved"
    )
    await talk.handle.execute_update(ConversationWorkflow.complete_handoff, done)
    await talk.until("handoff_completed", "survey_requested")
    await talk.say("5, thanks a lot")
    await talk.until("survey_answered", "conversation_closed")
    assert await ended(talk) == WorkflowExecutionStatus.COMPLETED


async def test_reopening_goes_on_where_it_ended(stage: Stage) -> None:
    async def solves(thought: ThinkInput) -> Decision:
        return says("Glad to help.", outcome="resolution_confirmed")

    stage.agents.mind = solves
    talk = await stage.open("thanks, that solved it")
    await talk.until("survey_requested")
    await talk.say("4")
    await talk.until("conversation_closed")
    assert await ended(talk) == WorkflowExecutionStatus.COMPLETED
    await talk.say_even_if_closed("one more thing")
    events = await talk.until_answered()
    assert [event.type for event in events].count("conversation_reopened") == 1
    assert stage.agents.thoughts[-1].state.conversation_history[0].message == "thanks, that solved it"


async def test_an_old_conversation_hands_over_to_a_new_one(stage: Stage) -> None:
    stage.policy = EnginePolicy(reopen_window_seconds=0)

    async def solves(thought: ThinkInput) -> Decision:
        return says("Glad to help.", outcome="resolution_confirmed")

    stage.agents.mind = solves
    talk = await stage.open("thanks, that solved it")
    await talk.until("survey_requested")
    await talk.say("4")
    await talk.until("conversation_closed")
    await ended(talk)
    await talk.say_even_if_closed("much later")
    await talk.until("conversation_continued")
    ((linked, continuation),) = stage.continuations.given
    assert [message.message for message in continuation.messages] == ["much later"]
    assert linked.startswith(talk.conversation_id)
    assert await ended(talk) == WorkflowExecutionStatus.COMPLETED


async def test_a_storm_across_continue_as_new_loses_nothing(stage: Stage) -> None:
    stage.policy = EnginePolicy(continue_as_new_turns=2)
    talk = await stage.open("hello")
    for n in range(50):
        await talk.say(f"message {n}")
        await asyncio.sleep(0.04)
    events = await talk.until_answered(seconds=30)
    logged = [event.message_id for event in events if event.type == "customer_message"]
    assert logged == talk.sent
    await renewed(talk)
    await talk.say("and one more")
    events = await talk.until_answered()
    assert [event.message_id for event in events if event.type == "customer_message"] == talk.sent


async def test_a_claim_in_a_storm_returns_once_it_is_in_the_log(stage: Stage) -> None:
    """More is pending than one append takes, and the claim comes last."""

    async def gets_somebody(thought: ThinkInput) -> Decision:
        return says("I will get somebody.", outcome="wants_person")

    stage.agents.mind = gets_somebody
    talk = await stage.open("a person please")
    handoff_id = await handoff_of(talk)
    async with stage.log.held():
        for n in range(BATCH_ITEMS + 20):
            await talk.say(f"message {n}")
        claim = HandoffClaim(handoff_id=handoff_id, person_id="p1")
        claiming = asyncio.create_task(talk.handle.execute_update(ConversationWorkflow.claim, claim, id="claim"))
        while (await talk.state()).current_agent_id != "p1":
            await asyncio.sleep(0.05)
    claimed = await claiming
    types = await talk.types()
    assert claimed.seq > types.index("handoff_claimed")
    await talk.until(*["customer_message"] * len(talk.sent))


async def test_an_end_repeated_in_the_next_run_is_told_the_same(stage: Stage) -> None:
    """Temporal knows update ids of one run only."""
    stage.policy = EnginePolicy(continue_as_new_turns=1)

    async def gets_somebody_once(thought: ThinkInput) -> Decision:
        first = len(stage.agents.thoughts) == 1
        return says("Well.", outcome="wants_person" if first else "continue")

    stage.agents.mind = gets_somebody_once
    talk = await stage.open("a person please")
    handoff_id = await handoff_of(talk)
    claim = HandoffClaim(handoff_id=handoff_id, person_id="p1")
    await talk.handle.execute_update(ConversationWorkflow.claim, claim, id="claim")
    ending = HandoffCompletion(handoff_id=handoff_id, person_id="p1", outcome="returned")
    first = await talk.handle.execute_update(ConversationWorkflow.complete_handoff, ending, id="end")
    run_id = (await talk.handle.describe()).run_id
    await talk.say("and now?")
    await talk.until_answered()
    await renewed(talk, run_id)
    second = await talk.handle.execute_update(ConversationWorkflow.complete_handoff, ending, id="end")
    assert (second.handoff_id, second.outcome) == (first.handoff_id, first.outcome)
    assert (await talk.types()).count("handoff_completed") == 1


async def renewed(talk: Talk, run_id: str = "") -> None:
    """Wait until the conversation has continued as new (since ``run_id``): it does when it next rests."""
    for _ in range(200):
        found = await talk.handle.describe()
        if found.run_id != (run_id or found.raw_description.workflow_execution_info.first_run_id):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the conversation never continued as new")


async def handoff_of(talk: Talk) -> str:
    events = await talk.until("handoff_requested")
    return next(event.handoff_id for event in events if isinstance(event, HandoffRequested))


async def ended(talk: Talk) -> WorkflowExecutionStatus | None:
    await asyncio.wait_for(talk.handle.result(), 20)
    return (await talk.handle.describe()).status
