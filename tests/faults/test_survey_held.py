"""Messages that come while the survey's activity hangs."""

import pytest

from domain.events import AgentMessage
from tests.faults.scene import STORY

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


async def test_three_messages_while_the_survey_is_being_sent(new_scene):
    async with new_scene() as scene:
        worker = await scene.worker("before the survey is sent")
        await scene.open()
        await scene.tell(*STORY[:3])
        await worker.until_held()
        for text in ("Wait, one more thing", "What are your opening hours?", "And on Sundays?"):
            await scene.say(text)
        await scene.until_answered()
        worker.release()
        # The survey is asked once; this ends it without another.
        await scene.tell("Thank you, that answers it. Goodbye!")
        await scene.until_closed()
        await scene.check_promise()
        assert await scene.count("effects where tool = 'send_survey'") == 1
        events = await scene.events()
        assert any("hours" in event.message for event in events if isinstance(event, AgentMessage))


async def test_three_messages_in_one_go_as_it_is_released(new_scene):
    """The rating among them: it is heard, and the rest is not forgotten for it."""
    async with new_scene() as scene:
        worker = await scene.worker("after the survey is sent")
        await scene.open()
        await scene.tell(*STORY[:3])
        await worker.until_held()
        for text in ("5", "What are your opening hours?", "And on Sundays?"):
            await scene.say(text)
        worker.release()
        await scene.until_answered()
        await scene.check_promise()
        assert await scene.count("effects where tool = 'send_survey'") == 1
