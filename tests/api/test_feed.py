import asyncio
import time
from contextlib import aclosing
from types import SimpleNamespace

import pytest

from api import feed as feed_module
from api import hub as hub_module
from api.feed import DeltaFilter, Feeds, Quiet, Typing
from api.hub import Delta, Hub
from domain.events import LoggedEvent
from tests.api.logbook import Logbook

pytestmark = pytest.mark.unit

C = "c-1"


@pytest.fixture
def log():
    return Logbook()


@pytest.fixture
def hub(log):
    return Hub(log)


class Reader:
    """Collects what a feed yields, in the background."""

    def __init__(self, log, hub, *, after=0, deltas=False, until=None):
        self.items = []
        self._task = asyncio.create_task(self._read(Feeds(log, hub), after, deltas, until or time.time() + 60))

    async def _read(self, feeds, after, deltas, until):
        async with aclosing(feeds.follow(C, after=after, until=until, deltas=deltas)) as items:
            async for item in items:
                self.items.append(item)

    @property
    def seqs(self):
        return [item.seq for item in self.items if isinstance(item, LoggedEvent)]

    @property
    def texts(self):
        return [item.text for item in self.items if isinstance(item, Delta)]

    async def until(self, condition):
        async with asyncio.timeout(5):
            while not condition(self):
                await asyncio.sleep(0.005)

    async def stop(self):
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@pytest.fixture
async def read(log, hub):
    readers = []

    def start(**options):
        readers.append(Reader(log, hub, **options))
        return readers[-1]

    yield start
    for reader in readers:
        await reader.stop()
    assert len(hub) == 0, "whoever stops reading stops listening"


async def test_what_is_there_then_what_comes(log, hub, read):
    log.say()
    reader = read()
    await reader.until(lambda r: r.seqs == [1])
    hub.rang(C, log.say(), replied=False)
    await reader.until(lambda r: r.seqs == [1, 2])


async def test_after_leaves_out_what_the_client_has(log, read):
    for _ in range(5):
        log.say()
    reader = read(after=3)
    await reader.until(lambda r: r.seqs == [4, 5])


async def test_a_long_log_comes_page_by_page_without_a_gap(log, read, monkeypatch):
    monkeypatch.setattr(feed_module, "PAGE", 10)
    for _ in range(35):
        log.say()
    reader = read()
    await reader.until(lambda r: r.seqs == list(range(1, 36)))


async def test_a_lost_ring_costs_one_poll_and_nothing_else(log, hub, read, monkeypatch):
    monkeypatch.setattr(hub_module, "POLL_SECONDS", 0.02)
    poll = asyncio.create_task(hub.poll())
    reader = read()
    await asyncio.sleep(0.02)
    log.say()
    await reader.until(lambda r: r.seqs == [1])
    reads = log.reads
    await asyncio.sleep(0.1)
    assert log.reads == reads, "a silent conversation is not read again"
    poll.cancel()


async def test_late_and_repeated_rings_bring_nothing_twice(log, hub, read):
    reader = read()
    log.say()
    for _ in range(5):
        hub.rang(C, 1, replied=True)
    await reader.until(lambda r: r.seqs == [1])
    hub.rang(C, 1, replied=True)
    hub.restored()
    await asyncio.sleep(0.02)
    assert reader.seqs == [1]


async def test_a_stream_waits_for_the_log(log, hub, read, monkeypatch):
    monkeypatch.setattr(feed_module, "RETRY_SECONDS", 0.01)
    log.away = True
    reader = read()
    log.say()
    await asyncio.sleep(0.05)
    assert reader.seqs == []
    log.away = False
    await reader.until(lambda r: r.seqs == [1])


async def test_a_quiet_stream_is_kept_warm(read, monkeypatch):
    monkeypatch.setattr(feed_module, "HEARTBEAT_SECONDS", 0.02)
    reader = read()
    await reader.until(lambda r: sum(isinstance(item, Quiet) for item in r.items) >= 2)


async def test_a_stream_ends_with_its_token(read):
    reader = read(until=time.time() + 0.1)
    async with asyncio.timeout(2):
        await reader._task


async def test_tokens_come_between_the_events(log, hub, read):
    reader = read(deltas=True)
    await asyncio.sleep(0.01)
    hub.streamed(C, "", 0, "")
    hub.streamed(C, "1.0", 0, "The")
    hub.streamed(C, "1.0", 0, "re.")
    await reader.until(lambda r: r.texts == ["The", "re."])
    assert isinstance(reader.items[0], Typing)
    hub.rang(C, log.reply("m1"), replied=True)
    await reader.until(lambda r: r.seqs == [1])
    hub.streamed(C, "1.0", 0, "straggler")
    await asyncio.sleep(0.02)
    assert reader.texts == ["The", "re."]


async def test_a_stream_opened_after_a_claim_hears_no_ai(log, hub, read):
    log.row = SimpleNamespace(epoch=3, agent_type="human")
    reader = read(deltas=True)
    await asyncio.sleep(0.01)
    hub.streamed(C, "1.2", 2, "zombie")
    hub.streamed(C, "1.3", 3, "still a zombie")
    hub.rang(C, log.complete(), replied=True)
    await reader.until(lambda r: r.seqs)
    hub.streamed(C, "2.3", 3, "hello again")
    await reader.until(lambda r: r.texts == ["hello again"])


class TestTheFilter:
    def test_only_the_newest_turn_is_heard(self):
        gate = DeltaFilter()
        assert gate.admits(Delta("1.0", 0, "a"))
        assert gate.admits(Delta("2.0", 0, "b"))
        assert not gate.admits(Delta("1.0", 0, "late"))

    def test_a_raised_epoch_silences_the_older_ones(self):
        gate = DeltaFilter()
        assert gate.admits(Delta("1.0", 0, "a"))
        assert gate.admits(Delta("", 1, ""))
        assert not gate.admits(Delta("1.0", 0, "b"))
        assert gate.admits(Delta("1.1", 1, "c"))

    def test_who_speaks_already_is_not_announced(self):
        gate, log = DeltaFilter(), Logbook()
        assert gate.admits(Delta("", 0, ""))
        assert gate.admits(Delta("1.0", 0, "a"))
        assert not gate.admits(Delta("", 0, ""))
        assert gate.admits(Delta("", 1, ""))
        assert gate.admits(Delta("1.1", 1, "b"))
        log.reply(turn_id="1.1")
        gate.saw(log.events[0])
        assert gate.admits(Delta("", 1, ""))

    def test_a_turn_with_its_reply_is_over(self):
        gate, log = DeltaFilter(), Logbook()
        log.reply(turn_id="1.0")
        gate.saw(log.events[0])
        assert not gate.admits(Delta("1.0", 0, "late"))

    def test_between_claim_and_completion_no_ai_is_heard(self):
        gate, log = DeltaFilter(), Logbook()
        gate.admits(Delta("1.0", 0, "a"))
        log.claim()
        log.complete()
        gate.saw(log.events[0])
        assert not gate.admits(Delta("1.0", 0, "b"))
        assert not gate.admits(Delta("1.1", 1, "b"))
        gate.saw(log.events[1])
        assert not gate.admits(Delta("1.0", 0, "of before the claim"))
        assert gate.admits(Delta("2.1", 1, "c"))
