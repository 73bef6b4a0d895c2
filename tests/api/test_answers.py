import asyncio
import time

import pytest

from api import answers
from api.answers import await_answer
from api.hub import Hub
from tests.api.logbook import Logbook

pytestmark = pytest.mark.unit

C = "c-1"


@pytest.fixture
def log():
    return Logbook()


async def wait_for(log, hub, message_id="m1", seconds=2.0, meanwhile=None):
    async with hub.listen(C, replies_only=True) as ear:
        if meanwhile:
            asyncio.get_running_loop().call_later(0.02, meanwhile)
        return await await_answer(log, ear, C, message_id, seconds)


async def test_a_ring_brings_the_answer_with_one_look(log):
    hub = Hub(log)
    answer = await wait_for(log, hub, meanwhile=lambda: hub.rang(C, log.reply("m1"), replied=True))
    assert answer.reply.event.message == "There."
    assert log.looks == 1


async def test_an_answer_to_something_else_is_not_ours(log):
    hub = Hub(log)
    assert await wait_for(log, hub, seconds=0.1, meanwhile=lambda: hub.rang(C, log.reply("m9"), replied=True)) is None


async def test_an_answer_of_long_ago_is_found_without_a_ring(log, monkeypatch):
    monkeypatch.setattr(answers, "FIRST_LOOK_SECONDS", 0.02)
    log.reply("m1")
    started = time.monotonic()
    assert (await wait_for(log, Hub(log))).reply is not None
    assert time.monotonic() - started < 1


async def test_without_an_answer_the_wait_ends_in_time(log):
    started = time.monotonic()
    assert await wait_for(log, Hub(log), seconds=0.1) is None
    assert time.monotonic() - started < 1


async def test_an_outage_of_the_log_is_waited_out(log):
    hub = Hub(log)
    log.away = True

    def back():
        log.away = False
        hub.rang(C, log.reply("m1"), replied=True)

    async with hub.listen(C, replies_only=True) as ear:
        ear.wake(grown=True)
        asyncio.get_running_loop().call_later(0.05, back)
        assert (await await_answer(log, ear, C, "m1", 2.0)).reply is not None
