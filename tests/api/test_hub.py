import asyncio

import pytest

from api import hub as hub_module
from api.hub import Hub
from tests.api.logbook import Logbook

pytestmark = pytest.mark.unit

C = "c-1"


class Watching:
    def __init__(self) -> None:
        self.told: list[str] = []

    async def watch(self, conversation_id):
        self.told.append(f"+{conversation_id}")

    async def unwatch(self, conversation_id):
        self.told.append(f"-{conversation_id}")


@pytest.fixture
def hub():
    return Hub(Logbook())


async def test_a_ring_wakes_those_who_listen_to_that_conversation(hub):
    async with hub.listen(C) as ear, hub.listen("c-2") as other:
        hub.rang(C, 1, replied=True)
        assert await ear.wait(1)
        assert not await other.wait(0.01)


async def test_being_woken_before_waiting_is_remembered_once(hub):
    async with hub.listen(C) as ear:
        hub.rang(C, 1, replied=True)
        assert await ear.wait(0)
        assert not await ear.wait(0.01)


async def test_who_waits_for_a_reply_is_not_woken_by_anything_else(hub):
    async with hub.listen(C, replies_only=True) as ear:
        hub.rang(C, 1, replied=False)
        assert not await ear.wait(0.01)
        hub.rang(C, 2, replied=True)
        assert await ear.wait(1)


async def test_a_stream_is_watched_while_somebody_wants_its_tokens(hub):
    hub.ears = watching = Watching()
    async with hub.listen(C, deltas=True):
        async with hub.listen(C, deltas=True), hub.listen(C):
            assert watching.told == ["+c-1", "+c-1"]
        assert watching.told[-1] == "+c-1"
    assert watching.told[-1] == "-c-1"


async def test_a_slow_client_loses_old_tokens_and_not_memory(hub, monkeypatch):
    async with hub.listen(C, deltas=True) as ear:
        for number in range(hub_module.DELTA_BACKLOG + 10):
            hub.streamed(C, "t", 0, str(number))
        assert len(ear.deltas) == hub_module.DELTA_BACKLOG
        assert ear.deltas[0].text == "10"


async def test_polling_survives_an_outage_of_the_log(monkeypatch):
    monkeypatch.setattr(hub_module, "POLL_SECONDS", 0.01)
    log = Logbook()
    hub = Hub(log)
    poll = asyncio.create_task(hub.poll())
    log.away = True
    async with hub.listen(C, replies_only=True) as ear:
        log.reply("m1")
        assert not await ear.wait(0.05)
        log.away = False
        assert await ear.wait(1)
        assert not await ear.wait(0.05), "what was told once is not told again"
    poll.cancel()
