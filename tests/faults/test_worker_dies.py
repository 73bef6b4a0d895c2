"""The worker is killed with -9, or frozen and woken too late, at each point of each step. It all still happens, once."""

import asyncio
import signal

import pytest

from domain.events import AgentMessage
from tests.faults.held_worker import POINTS
from tests.faults.scene import STORY, Scene, answers_of, credits_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

REACHED_AFTER = {"before-credit": 1, "after-credit": 1, "before-survey": 2, "after-survey": 2}
"""How many messages of the story are told before the point can be reached; 0 if the first one does."""


@pytest.mark.parametrize("point", sorted(POINTS))
async def test_kill_9_at_each_point_of_each_step(scene: Scene, point: str) -> None:
    told_before = REACHED_AFTER.get(point, 0)
    held = await scene.worker(point)
    await scene.open()
    await scene.tell(*STORY[:told_before])
    await scene.say(STORY[told_before])
    await held.until_held()
    held.kill()
    await scene.worker()
    await scene.until_answered()
    await scene.tell(*STORY[told_before + 1 :])
    await until_closed(scene)
    await scene.check_promise()
    assert await credits_of(scene.settings.database_url, scene.conversation_id) == 1


@pytest.mark.parametrize("point", ["in-model", "after-model", "after-reply", "before-credit", "after-credit"])
async def test_a_frozen_worker_that_wakes_after_another_finished_changes_nothing(scene: Scene, point: str) -> None:
    told_before = REACHED_AFTER.get(point, 0)
    held = await scene.worker(point)
    await scene.open()
    await scene.tell(*STORY[:told_before])
    await scene.say(STORY[told_before])
    await held.until_held()
    held.send(signal.SIGSTOP)
    await scene.worker()
    await scene.until_answered()
    before = await scene.events()
    held.release()
    held.send(signal.SIGCONT)
    await asyncio.sleep(3)
    assert [e.event_id for e in await scene.events()] == [e.event_id for e in before]
    await scene.tell(*STORY[told_before + 1 :])
    await until_closed(scene)
    await scene.check_promise()
    assert await credits_of(scene.settings.database_url, scene.conversation_id) == 1


async def test_a_worker_dies_every_second_of_the_story(scene: Scene) -> None:
    await scene.open()
    telling = asyncio.create_task(scene.tell(*STORY))
    while not telling.done():
        worker = await scene.worker()
        await asyncio.wait({telling}, timeout=1.0)
        worker.kill()
    await telling
    await scene.worker()
    await until_closed(scene)
    await scene.check_promise()
    assert await credits_of(scene.settings.database_url, scene.conversation_id) == 1


async def test_messages_while_the_survey_s_activity_is_held_are_answered(scene: Scene) -> None:
    held = await scene.worker("before-survey")
    await scene.open()
    await scene.tell(*STORY[:3])
    await held.until_held()
    for text in ("one more thing", "what is the price of the premium plan?", "hello?"):
        await scene.say(text)
    held.release()
    events = await scene.until_answered()
    assert len(answers_of(events)) == len(scene.sent)
    await scene.check_promise()


async def test_the_story_names_the_duplicate_charge(scene: Scene) -> None:
    await scene.worker()
    await scene.open()
    await scene.tell(STORY[0])
    reply = next(event for event in await scene.events() if isinstance(event, AgentMessage))
    assert "duplicate charge" in reply.message.lower()
    assert reply.agent_type == "billing"
    assert reply.resolution_offered
    assert reply.tools_executed


async def until_closed(scene: Scene) -> None:
    await asyncio.wait_for(scene.client.get_workflow_handle(scene.workflow_id).result(), 40)
    assert (await scene.events())[-1].type == "conversation_closed"
