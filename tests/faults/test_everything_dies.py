"""Every process of the running product dies by kill -9, in an order that a seed decides, during many conversations."""

import asyncio
from collections.abc import Sequence
from random import Random

import httpx
import pytest

from tests.faults.followers import following
from tests.product import Product, running_product
from tests.talks import PATIENCE, STORY, Talk, caller, charged_twice, open_talk

pytestmark = [pytest.mark.e2e]

NAMES = ("temporal", "postgres", "redis", "worker", "api")


@pytest.mark.timeout(300)
async def test_during_six_conversations(tmp_path):
    await play(tmp_path, seed=1, customers=6, rounds=1)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(2, 5))
async def test_during_twenty_conversations(tmp_path, seed):
    await play(tmp_path, seed=seed, customers=20, rounds=4)


async def play(folder, *, seed: int, customers: int, rounds: int) -> None:
    """All customers tell the story at once, while every process dies once a round."""
    async with running_product(folder) as product, caller(product) as client:
        talks = await asyncio.gather(*(talk_of_new_customer(product, client) for _ in range(customers)))
        async with following(talks[0], talks[-1]):
            reaper = asyncio.create_task(reap(product, talks, Random(seed), rounds))
            await asyncio.gather(*(talk.tell(*STORY) for talk in talks))
            await reaper
            for talk in talks:
                await talk.check_story()


async def talk_of_new_customer(product: Product, client: httpx.AsyncClient) -> Talk:
    return await open_talk(product, client, await charged_twice(product))


async def reap(product: Product, talks: Sequence[Talk], chance: Random, rounds: int) -> None:
    """Kill by the number of messages accepted so far, so that the deaths spread over the stories on any machine."""
    victims = [name for _ in range(rounds) for name in chance.sample(NAMES, len(NAMES))]
    due = sorted(chance.sample(range(1, len(talks) * len(STORY)), len(victims)))
    dead: set[int] = set()
    for name, accepted in zip(victims, due, strict=True):
        async with asyncio.timeout(PATIENCE):
            # One that has not been started again since its last death is killed once it has.
            while sum(len(talk.sent) for talk in talks) < accepted or product.pid(name) in dead:
                await asyncio.sleep(0.01)
        dead.add(product.signal(name))
    assert len(dead) == len(victims)
