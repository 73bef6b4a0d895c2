"""A conversation changes hands: to an agent who answers in the same turn, through the supervisor, or to a person."""

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from domain.errors import LogUnavailable
from domain.events import AgentAssigned, AgentMessage, Escalated, Event, HandoffRequested, InterimMessage
from domain.messages import Decision, ThinkInput
from domain.state import AgentType
from domain.triggers import Trigger
from tests.workflows.stage import Stage, answers_of, says

pytestmark = pytest.mark.integration

HUMAN, SUPERVISOR, TIER2, TIER3 = AgentType.HUMAN, AgentType.SUPERVISOR, AgentType.TIER2, AgentType.TIER3
BILLING = AgentType.BILLING


def hops(events: list[Event]) -> list[tuple[AgentType, AgentType, str]]:
    return [(e.from_agent, e.to_agent, e.reason) for e in events if isinstance(e, Escalated)]


async def test_who_asks_for_a_person_gets_one_by_way_of_the_supervisor(stage: Stage) -> None:
    async def mind(thought: ThinkInput) -> Decision:
        return says("I've asked a colleague to join.", outcome="wants_person")

    stage.agents.mind = mind
    talk = await stage.open("I want to talk to a person")
    events = await talk.until("handoff_requested")
    assert hops(events) == [
        (BILLING, SUPERVISOR, Trigger.CUSTOMER_REQUEST),
        (SUPERVISOR, HUMAN, Trigger.CUSTOMER_REQUEST),
    ]
    replies = [e for e in events if isinstance(e, AgentMessage)]
    assert [(reply.message, reply.answers) for reply in replies] == [("I've asked a colleague to join.", ["m1"])]
    requested = next(e for e in events if isinstance(e, HandoffRequested))
    assert (requested.queue, requested.reason) == ("billing", Trigger.CUSTOMER_REQUEST)
    assert (await talk.state()).requires_human


async def test_the_next_agent_answers_in_the_same_turn_and_knows_what_the_first_found(stage: Stage) -> None:
    async def mind(thought: ThinkInput) -> Decision:
        if thought.agent is BILLING and not thought.tool_results:
            call = {"call_id": "c1", "tool": "get_billing_information", "arguments": {"customer_id": "CUST_001"}}
            return Decision.model_validate({"tool_calls": [call]})
        if thought.agent is BILLING:
            return says("This looks like fraud to me.", outcome="cannot_help", because=Trigger.FRAUD_SUSPECTED)
        raise AssertionError(f"{thought.agent} was not to be asked")

    stage.agents.mind = mind
    talk = await stage.open("Somebody used my card")
    events = await talk.until("handoff_requested")
    assert hops(events) == [(BILLING, HUMAN, Trigger.FRAUD_SUSPECTED)]
    reply = next(e for e in events if isinstance(e, AgentMessage))
    assert (reply.agent_type, reply.tools_executed, reply.because) == (
        BILLING,
        ["get_billing_information"],
        Trigger.FRAUD_SUSPECTED,
    )


async def test_unsure_words_are_kept_back_and_the_supervisor_answers(stage: Stage) -> None:
    async def mind(thought: ThinkInput) -> Decision:
        if thought.agent is BILLING:
            return says("It might be the tax.", confidence=0.4)
        return says(f"I'm the {thought.agent}: it is the tax.")

    stage.agents.mind = mind
    talk = await stage.open("What is this line on my bill?")
    events = await talk.until_answered()
    assert hops(events) == [(BILLING, SUPERVISOR, Trigger.LOW_CONFIDENCE)]
    reply = next(e for e in events if isinstance(e, AgentMessage))
    assert (reply.agent_type, reply.message) == (SUPERVISOR, "I'm the supervisor: it is the tax.")
    assert [e.agent_type for e in events if isinstance(e, AgentAssigned)] == [BILLING, SUPERVISOR]
    assert not [e for e in events if isinstance(e, InterimMessage)]


async def test_agents_that_pass_a_conversation_around_lose_it_to_a_person(stage: Stage) -> None:
    async def mind(thought: ThinkInput) -> Decision:
        return says("Not mine.", outcome="cannot_help")

    stage.agents.mind = mind
    talk = await stage.open("Whose is this?")
    events = await talk.until("handoff_requested")
    assert hops(events)[-1][1] is HUMAN
    assert answers_of(events) == ["m1"]


async def test_without_an_assessment_a_person_goes_on(
    stage: Stage, pool: AsyncConnectionPool[AsyncConnection[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> int:
        raise LogUnavailable("away")

    monkeypatch.setattr("adapters.postgres.oversight.PostgresOversight.people_awaited", away)
    monkeypatch.setattr("workflows.escalation.ASSESSMENT_SECONDS", 2.0)

    async def mind(thought: ThinkInput) -> Decision:
        return says("I'm not sure.", confidence=0.4)

    stage.agents.mind = mind
    talk = await stage.open("What is this?")
    events = await talk.until("handoff_requested", seconds=40)
    assert hops(events)[-1] == (SUPERVISOR, HUMAN, Trigger.LOW_CONFIDENCE)
    assert answers_of(events) == ["m1"]
