"""Idleness, the SLA clock, the word to who waits, and the survey's expiry: days that pass in milliseconds."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from domain.events import SurveyAnswered
from domain.messages import Decision, ThinkInput
from domain.sla import RESOLUTION
from domain.state import Priority
from domain.survey import Rating
from tests.workflows.stage import Stage, says, staged
from workflows.conversation import ConversationWorkflow

pytestmark = [pytest.mark.integration, pytest.mark.timeout(90)]


@pytest_asyncio.fixture
async def skipping(
    time_skipping_env: WorkflowEnvironment, pool: AsyncConnectionPool[AsyncConnection[Any]]
) -> AsyncIterator[Stage]:
    async with staged(time_skipping_env.client, pool) as stage:
        yield stage


async def test_silence_is_warned_of_then_closed(skipping: Stage, time_skipping_env: WorkflowEnvironment) -> None:
    talk = await skipping.open("my bill is wrong")
    await talk.until_answered()
    await time_skipping_env.sleep(timedelta(minutes=25, seconds=5))
    assert (await talk.until("idle_warning"))[-1].type == "idle_warning"
    await time_skipping_env.sleep(timedelta(minutes=5, seconds=5))
    await talk.until("conversation_closed")
    await talk.handle.result()
    assert (await talk.handle.describe()).status == WorkflowExecutionStatus.COMPLETED


async def test_a_word_from_the_customer_restarts_the_idle_clock(
    skipping: Stage, time_skipping_env: WorkflowEnvironment
) -> None:
    talk = await skipping.open("my bill is wrong")
    await talk.until_answered()
    now = await time_skipping_env.get_current_time()
    await time_skipping_env.sleep(timedelta(minutes=24))
    message = talk.message("still here").model_copy(update={"sent_at": now + timedelta(minutes=24)})
    await talk.handle.signal("customer_message", message)
    await talk.until_answered()
    await time_skipping_env.sleep(timedelta(minutes=20))
    assert "idle_warning" not in await talk.types()
    await time_skipping_env.sleep(timedelta(minutes=6))
    await talk.until("idle_warning")


async def test_who_waits_for_a_person_hears_of_it_every_five_minutes(
    skipping: Stage, time_skipping_env: WorkflowEnvironment
) -> None:
    async def gets_somebody(thought: ThinkInput) -> Decision:
        return says("I will get somebody.", outcome="wants_person")

    skipping.agents.mind = gets_somebody
    talk = await skipping.open("a person please")
    await talk.until("handoff_requested")
    await time_skipping_env.sleep(timedelta(minutes=15, seconds=30))
    words = await talk.until("interim_message", "interim_message", "interim_message")
    assert [event.type for event in words].count("interim_message") == 3
    assert "conversation_closed" not in [event.type for event in words]


async def test_an_urgent_ticket_is_at_risk_and_then_breached_while_it_is_ours(
    skipping: Stage, time_skipping_env: WorkflowEnvironment
) -> None:
    """Escalated: the clock runs, for nobody waits for the customer."""

    async def gets_somebody(thought: ThinkInput) -> Decision:
        return says("I will get somebody.", outcome="wants_person")

    skipping.agents.mind = gets_somebody
    talk = await skipping.open("a person please", priority=Priority.CRITICAL)
    await talk.until("handoff_requested")
    await time_skipping_env.sleep(RESOLUTION[Priority.CRITICAL] * 0.79)
    assert "sla_at_risk" not in await talk.types()
    await time_skipping_env.sleep(RESOLUTION[Priority.CRITICAL] * 0.03)
    await talk.until("sla_at_risk")
    assert (await talk.state()).sla_breach_risk
    assert "sla_breached" not in await talk.types()
    await time_skipping_env.sleep(RESOLUTION[Priority.CRITICAL] * 0.2)
    await talk.until("sla_breached")


async def test_the_clock_stands_still_while_the_customer_is_awaited(
    skipping: Stage, time_skipping_env: WorkflowEnvironment
) -> None:
    policy = skipping.policy.model_copy(update={"idle_warning_seconds": 10**6, "idle_close_seconds": 10**6})
    talk = await skipping.open("my bill is wrong", priority=Priority.CRITICAL, policy=policy)
    await talk.until_answered()
    await time_skipping_env.sleep(timedelta(hours=3))
    assert not {"sla_at_risk", "sla_breached"} & set(await talk.types())

    async def gets_somebody(thought: ThinkInput) -> Decision:
        return says("I will get somebody.", outcome="wants_person")

    skipping.agents.mind = gets_somebody
    await talk.say("a person please")
    await talk.until("handoff_requested")
    await time_skipping_env.sleep(timedelta(minutes=50))
    await talk.until("sla_at_risk")
    assert "sla_breached" not in await talk.types()
    await time_skipping_env.sleep(timedelta(minutes=15))
    await talk.until("sla_breached")


async def test_an_unanswered_survey_expires_and_the_conversation_closes(
    skipping: Stage, time_skipping_env: WorkflowEnvironment
) -> None:
    async def solves(thought: ThinkInput) -> Decision:
        return says("Glad to help.", outcome="resolution_confirmed")

    skipping.agents.mind = solves
    talk = await skipping.open("thanks, that solved it")
    await talk.until("survey_requested")
    await time_skipping_env.sleep(timedelta(minutes=14))
    assert "survey_reminded" not in await talk.types()
    await time_skipping_env.sleep(timedelta(minutes=2))
    await talk.until("survey_reminded")
    assert "survey_expired" not in await talk.types()
    await time_skipping_env.sleep(timedelta(minutes=15))
    events = await talk.until("survey_expired", "conversation_closed")
    assert [event.type for event in events].count("survey_reminded") == 1
    await talk.handle.result()


async def test_a_customer_who_answers_is_not_reminded(skipping: Stage, time_skipping_env: WorkflowEnvironment) -> None:
    async def solves(thought: ThinkInput) -> Decision:
        return says("Glad to help.", outcome="resolution_confirmed")

    skipping.agents.mind = solves
    talk = await skipping.open("thanks, that solved it")
    await talk.until("survey_requested")
    rating = Rating(score=5, nps=9, effort=2, comment="fast")
    recorded = await talk.handle.execute_update(ConversationWorkflow.answer_survey, rating)
    events = await talk.until("survey_answered", "conversation_closed")
    assert [event.rating for event in events if isinstance(event, SurveyAnswered)] == [rating]
    await talk.handle.result()
    survey = skipping.client.get_workflow_handle(recorded.survey_id)
    await survey.result()
    await time_skipping_env.sleep(timedelta(minutes=31))
    assert not {"survey_reminded", "survey_expired"} & set(await talk.types())


async def test_nobody_is_reminded_where_reminders_are_off(
    skipping: Stage, time_skipping_env: WorkflowEnvironment
) -> None:
    async def solves(thought: ThinkInput) -> Decision:
        return says("Glad to help.", outcome="resolution_confirmed")

    skipping.agents.mind = solves
    talk = await skipping.open(
        "thanks, that solved it", policy=skipping.policy.model_copy(update={"survey_reminder": False})
    )
    await talk.until("survey_requested")
    await time_skipping_env.sleep(timedelta(minutes=31))
    events = await talk.until("survey_expired", "conversation_closed")
    assert "survey_reminded" not in [event.type for event in events]
