import asyncio

import pytest

from adapters.redis import listener as listener_module
from adapters.redis.bell import RedisBell
from adapters.redis.publisher import Publisher
from tests.adapters.redis.listening import listening, until

pytestmark = pytest.mark.integration


async def test_a_ring_is_heard(redis_server, redis):
    async with listening(redis_server.url) as (_, heard):
        await until(lambda: heard.restorations)
        await RedisBell(Publisher(redis)).ring("c-1", 3)
        await until(lambda: heard.rings)
    assert heard.rings == [("c-1", 3, True)]


async def test_rings_that_wait_together_travel_as_one(redis_server, redis):
    async with listening(redis_server.url) as (_, heard):
        await until(lambda: heard.restorations)
        bell = RedisBell(Publisher(redis))
        for seq in range(1, 51):
            await bell.ring("c-1", seq, replied=seq == 20)
        await bell.ring("c-2", 1, replied=False)
        await until(lambda: any(ring[0] == "c-2" for ring in heard.rings))
    assert heard.rings == [("c-1", 50, True), ("c-2", 1, False)]


async def test_a_dead_redis_costs_the_caller_nothing(redis_server, redis):
    redis_server.kill()
    publisher = Publisher(redis)
    bell = RedisBell(publisher)
    async with asyncio.timeout(0.1):
        for seq in range(500):
            await bell.ring("c-1", seq)
    await publisher.aclose()


async def test_after_a_restart_the_listener_hears_again_and_says_that_it_may_have_missed_something(redis_server, redis):
    async with listening(redis_server.url) as (listener, heard):
        await until(lambda: heard.restorations == 1)
        redis_server.kill()
        await until(lambda: not listener.connected)
        await redis_server.start()
        await until(lambda: heard.restorations == 2)
        await RedisBell(Publisher(redis)).ring("c-1", 9)
        await until(lambda: heard.rings)
    assert heard.rings == [("c-1", 9, True)]


async def test_a_frozen_redis_is_noticed(redis_server, monkeypatch):
    monkeypatch.setattr(listener_module, "SILENCE_SECONDS", 0.1)
    async with listening(redis_server.url) as (listener, heard):
        await until(lambda: heard.restorations == 1)
        await asyncio.sleep(0.5)
        assert listener.connected, "an idle connection that answers pings stays"
        redis_server.freeze()
        await until(lambda: not listener.connected)
        redis_server.thaw()
        await until(lambda: heard.restorations == 2)
