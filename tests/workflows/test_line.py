"""As many conversations are open as may be: the next one waits, is told so, and begins when another has ended."""

from typing import Any

import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from temporalio.client import Client

from adapters.postgres.room import PostgresRoom
from domain import words
from domain.events import InterimMessage
from domain.messages import Decision, EnginePolicy, ThinkInput
from tests.workflows.stage import says, staged

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]


async def test_the_next_conversation_waits_until_another_has_ended(
    temporal_client: Client, pool: AsyncConnectionPool[AsyncConnection[Any]]
) -> None:
    async def solves(thought: ThinkInput) -> Decision:
        return says("Glad to help.", outcome="resolution_confirmed")

    policy = EnginePolicy(room_look_seconds=0.3, survey_expires_seconds=300)
    async with staged(temporal_client, pool, policy, PostgresRoom(pool, limit=1)) as stage:
        stage.agents.mind = solves
        first = await stage.open("thanks, that solved it")
        await first.until("survey_requested")
        second = await stage.open("my bill is wrong")
        events = await second.until("customer_message", "interim_message")
        assert [event.message for event in events if isinstance(event, InterimMessage)] == [words.IN_LINE]
        await second.say("it is the July one")
        events = await second.until("customer_message", "customer_message")
        assert "agent_message" not in [event.type for event in events]
        await first.say("5")
        await first.until("conversation_closed")
        await second.until_answered()
        assert [thought.messages[-1].message for thought in stage.agents.thoughts][-1] == "it is the July one"
