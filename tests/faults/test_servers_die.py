"""API, Redis, PostgreSQL and Temporal die by kill -9 under the running product, and come back with what they keep."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import pytest
import pytest_asyncio

from tests.faults.followers import following
from tests.product import Product, running_product
from tests.talks import STORY, Talk, caller, charged_twice, open_talk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

RESTART_SECONDS = 30.0
"""The launcher's own bound is 3 s; test_up.py holds it to that on a machine that is not busy dying."""


@pytest_asyncio.fixture(scope="module")
async def mortal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The product, for killing parts of it."""
    async with running_product(tmp_path_factory.mktemp("mortal")) as product:
        yield product


@pytest_asyncio.fixture
async def client(mortal: Product) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(mortal) as client:
        yield client


@pytest_asyncio.fixture
async def talk(mortal: Product, client: httpx.AsyncClient) -> Talk:
    """A conversation whose customer was charged twice."""
    return await open_talk(mortal, client, await charged_twice(mortal))


@contextmanager
def stays_dead(product: Product, name: str) -> Iterator[None]:
    """kill -9, and the launcher sleeps: it finds the dead process only afterwards."""
    product.process.send_signal(signal.SIGSTOP)
    try:
        product.signal(name)
        yield
    finally:
        product.process.send_signal(signal.SIGCONT)


async def test_the_api_with_clients_streaming(mortal: Product, talk: Talk) -> None:
    async with following(talk) as followers:
        for number, text in enumerate(STORY[:2], start=2):
            await talk.send(text)
            dead = mortal.signal("api")
            await mortal.replaced("api", dead, RESTART_SECONDS)
            for follower in followers:
                await follower.until_connected(number)
            await talk.until_answered()
        await talk.tell(*STORY[2:])
        await talk.check_story()


async def test_the_api_between_taking_a_message_and_saying_so(mortal: Product, talk: Talk) -> None:
    """Whether it was taken is unknown to the client: it asks again with the same id."""
    for number in range(2):
        asked = [asyncio.create_task(talk.post("Hello?", f"m{number}-{n}")) for n in range(5)]
        await asyncio.sleep(0)
        dead = mortal.signal("api")
        await asyncio.gather(*asked, return_exceptions=True)
        await mortal.replaced("api", dead, RESTART_SECONDS)
        for n in range(5):
            await talk.send("Hello?", f"m{number}-{n}")
    events = await talk.until_answered()
    logged = [event["message_id"] for event in events if event["type"] == "customer_message"]
    assert sorted(logged) == sorted(talk.sent)
    answered = [message_id for event in events for message_id in event.get("answers", [])]
    assert sorted(answered) == sorted(talk.sent)


async def test_redis_with_clients_streaming_and_messages_going_in(mortal: Product, talk: Talk) -> None:
    async with following(talk) as followers:
        await talk.ask(STORY[0])
        dead = mortal.pid("redis")
        with stays_dead(mortal, "redis"):
            accepted = await talk.post(STORY[1])
            assert accepted.status_code == 202
            talk.sent.append(accepted.json()["message_id"])
            events = await talk.until_answered()
            for follower in followers:
                await follower.until_at(events[-1]["seq"])
        await mortal.replaced("redis", dead, RESTART_SECONDS)
        dead = mortal.signal("redis")
        await talk.ask(STORY[2])
        await mortal.replaced("redis", dead, RESTART_SECONDS)
        await talk.ask(STORY[3])
        await talk.check_story()
        assert [follower.lines for follower in followers] == [1, 1], "no line broke: Redis is only the bell"


async def test_postgres_in_mid_conversation(mortal: Product, talk: Talk) -> None:
    async with following(talk):
        await talk.ask(STORY[0])
        dead = mortal.pid("postgres")
        with stays_dead(mortal, "postgres"):
            accepted = [
                await talk.post(text, message_id) for text, message_id in ((STORY[1], "yes"), ("Hello?", "two"))
            ]
            assert [answer.status_code for answer in accepted] == [202, 202]
            talk.sent += ["yes", "two"]
            read = await talk.client.get(f"{talk.path}/events", headers={"Accept": "application/json"})
            assert (read.status_code, read.json()["type"]) == (503, "/problems/log-unavailable")
            ready = await talk.client.get(f"{mortal.api_url}/ready")
            assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        await mortal.replaced("postgres", dead, RESTART_SECONDS)
        await talk.until_answered()
        await talk.check_promise()


async def test_postgres_while_the_credit_is_booked(mortal: Product, talk: Talk) -> None:
    await talk.ask(STORY[0])
    await talk.send(STORY[1])
    dead = mortal.signal("postgres")
    await mortal.replaced("postgres", dead, RESTART_SECONDS)
    await talk.until_answered()
    await talk.tell(*STORY[2:])
    await talk.check_story()


async def test_temporal(mortal: Product, talk: Talk, client: httpx.AsyncClient) -> None:
    await talk.ask(STORY[0])
    dead = mortal.pid("temporal")
    await talk.send(STORY[1])
    with stays_dead(mortal, "temporal"):
        refused = await talk.post("Are you there?")
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/engine-unavailable")
        assert refused.headers["content-type"] == "application/problem+json"
        assert int(refused.headers["retry-after"]) > 0
        refused = await client.post("/conversations", json={"customer_id": "CUST_001", "channel": "web"})
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/engine-unavailable")
        ready = await client.get(f"{mortal.api_url}/ready")
        assert ready.status_code == 503
        read = await client.get(f"{talk.path}/status")
        assert read.status_code == 200, "reading needs no engine"
    await mortal.replaced("temporal", dead, RESTART_SECONDS)
    await talk.until_answered()
    await talk.tell(*STORY[2:])
    await talk.check_story()


async def test_temporal_right_after_it_took_messages(mortal: Product, client: httpx.AsyncClient) -> None:
    """What was answered with 202 is on its disk."""
    talks = [await open_talk(mortal, client) for _ in range(5)]
    await asyncio.gather(*(talk.send("What are your opening hours?") for talk in talks))
    dead = mortal.signal("temporal")
    await mortal.replaced("temporal", dead, RESTART_SECONDS)
    for talk in talks:
        await talk.check_promise()
