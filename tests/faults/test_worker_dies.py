"""The worker is killed with -9, or frozen and woken too late, at each point of each step. It all happens, once."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from domain.messages import HandoffClaim
from tests.faults.points import POINTS
from tests.faults.scene import STORY, Scene
from workflows.conversation import ConversationWorkflow

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


async def killed(point: str, scene: Scene) -> None:
    await until_held(scene, point)
    await scene.kill_and_replace()
    await scene.until_answered()
    await scene.tell(*STORY[POINTS[point].told + 1 :])
    await scene.until_closed()
    await scene.check_story()


async def frozen(point: str, scene: Scene) -> None:
    """… and woken when another worker has finished the turn."""
    await until_held(scene, point)
    (frozen,) = scene.workers
    frozen.send(signal.SIGSTOP)
    await scene.worker()
    before = await scene.until_answered()
    frozen.release()
    frozen.send(signal.SIGCONT)
    # It leaves when it has done what it was about to do.
    frozen.send(signal.SIGTERM)
    await frozen.ended()
    assert [event.event_id for event in await scene.events()] == [event.event_id for event in before]
    await scene.tell(*STORY[POINTS[point].told + 1 :])
    await scene.until_closed()
    await scene.check_story()


async def until_held(scene: Scene, point: str) -> None:
    """Tell the story as far as the point."""
    told = POINTS[point].told
    worker = await scene.worker(point)
    await scene.open()
    await scene.tell(*STORY[:told])
    await scene.say(STORY[told])
    await worker.until_held()


async def killed_continuing_as_new(scene: Scene) -> None:
    worker = await scene.worker("continuing as new")
    await scene.open(continue_as_new_turns=1)
    await scene.say(STORY[0])
    await worker.until_held()
    await scene.kill_and_replace()
    await scene.tell(*STORY[1:])
    await scene.until_closed()
    await scene.check_story()


async def killed_while_the_sla_clock_calls(scene: Scene) -> None:
    """The clock runs while nobody has answered yet; its 12 hours are 2 seconds here."""
    worker = await scene.worker("the SLA clock calls")
    await scene.open(sla_scale=2 / (12 * 3600))
    await worker.until_held()
    await scene.kill_and_replace()
    await scene.until_logged("sla_breached")
    await scene.tell(*STORY)
    await scene.until_closed()
    await scene.check_story()
    types = [event.type for event in await scene.events()]
    assert (types.count("sla_at_risk"), types.count("sla_breached")) == (1, 1)


async def killed_while_a_person_claims(point: str, scene: Scene) -> None:
    worker = await scene.worker(point)
    await scene.open()
    await scene.tell("I want to talk to a human being")
    events = await scene.until_logged("handoff_requested")
    handoff_id = next(event.handoff_id for event in events if event.type == "handoff_requested")
    claim = HandoffClaim(handoff_id=handoff_id, person_id="kim")
    claiming = asyncio.create_task(scene.handle.execute_update(ConversationWorkflow.claim, claim, id="kim-claims"))
    await worker.until_held()
    await scene.say("Is anybody there?")
    await scene.kill_and_replace()
    assert (await claiming).person_id == "kim"
    events = await scene.until_logged("customer_message", times=2)
    types = [event.type for event in events]
    assert types.count("handoff_claimed") == 1
    assert "agent_message" not in types[types.index("handoff_claimed") :]


FROZEN = ("in the model", "after the model", "after the reply is logged", "before the credit", "after the credit")
SCENES: dict[str, Callable[[Scene], Awaitable[None]]] = {
    **{f"killed {point}": partial(killed, point) for point in POINTS},
    **{f"frozen {point}": partial(frozen, point) for point in FROZEN},
    "killed continuing as new": killed_continuing_as_new,
    "killed while the SLA clock calls": killed_while_the_sla_clock_calls,
    **{
        f"killed {when} the claim is logged": partial(killed_while_a_person_claims, f"{when} the claim is logged")
        for when in ("before", "after")
    },
}


@pytest.mark.parametrize("name", SCENES)
async def test_it_all_happens_once(played, name: str) -> None:
    await played(name)
