import asyncio

import pytest

from adapters.redis.publisher import Publisher
from adapters.redis.stream import RedisTokenStream
from tests.adapters.redis.listening import listening, until

pytestmark = pytest.mark.integration


@pytest.fixture
def stream(redis):
    return RedisTokenStream(redis, Publisher(redis))


def said(heard, turn_id: str) -> str:
    return "".join(text for _, turn, _, text in heard.pieces if turn == turn_id)


async def test_text_arrives_in_order_in_fewer_pieces_than_it_was_made(redis_server, stream):
    async with listening(redis_server.url) as (listener, heard):
        await until(lambda: heard.restorations)
        await listener.watch("c-1")
        words = [f"word{number} " for number in range(200)]
        for word in words:
            await stream.delta("c-1", "t-1", 1, word)
        await until(lambda: said(heard, "t-1") == "".join(words))
    assert heard.pieces[0][3] == "word0 ", "the first piece does not wait for company"
    assert len(heard.pieces) < 40


async def test_only_watched_conversations_are_heard(redis_server, stream):
    async with listening(redis_server.url) as (listener, heard):
        await until(lambda: heard.restorations)
        await listener.watch("c-1")
        await listener.watch("c-2")
        await listener.unwatch("c-2")
        await stream.delta("c-2", "t-1", 1, "not heard")
        await stream.delta("c-1", "t-1", 1, "heard")
        await until(lambda: heard.pieces)
    assert {piece[0] for piece in heard.pieces} == {"c-1"}


async def test_a_new_turn_sends_what_the_old_one_held_back(redis_server, stream):
    async with listening(redis_server.url) as (listener, heard):
        await until(lambda: heard.restorations)
        await listener.watch("c-1")
        await stream.delta("c-1", "t-1", 1, "one ")
        await stream.delta("c-1", "t-1", 1, "two")
        await stream.delta("c-1", "t-2", 2, "three")
        await until(lambda: said(heard, "t-2"))
    assert heard.pieces == [("c-1", "t-1", 1, "one "), ("c-1", "t-1", 1, "two"), ("c-1", "t-2", 2, "three")]


async def test_watching_survives_a_restart(redis_server, stream):
    async with listening(redis_server.url) as (listener, heard):
        await until(lambda: heard.restorations)
        await listener.watch("c-1")
        redis_server.kill()
        await until(lambda: not listener.connected)
        await listener.watch("c-2")
        await redis_server.start()
        await until(lambda: heard.restorations == 2)
        await stream.delta("c-1", "t-1", 1, "still here")
        await stream.delta("c-2", "t-1", 1, "me too")
        await until(lambda: len(heard.pieces) == 2)


async def test_beginning_raises_the_epoch_and_never_lowers_it(redis_server, redis, stream):
    async with listening(redis_server.url) as (listener, heard):
        await until(lambda: heard.restorations)
        await listener.watch("c-1")
        assert await stream.latest_epoch("c-1") == 0
        await stream.began("c-1", 4)
        await stream.began("c-1", 3)
        await until(lambda: len(heard.pieces) == 2)
    assert await stream.latest_epoch("c-1") == 4
    assert 0 < await redis.ttl("switchboard:epoch:c-1") <= 3600
    assert heard.pieces[0] == ("c-1", "", 4, "")


async def test_without_redis_nothing_fails(redis_server, stream):
    redis_server.kill()
    async with asyncio.timeout(2):
        await stream.began("c-1", 4)
        await stream.delta("c-1", "t-1", 4, "nobody hears this")
        assert await stream.latest_epoch("c-1") == 0
