"""Clients that follow a conversation live, and come back where they were whenever the line breaks."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.talks import PATIENCE, Talk

_PAUSE_SECONDS = 0.1


class Follower:
    """``seqs`` are those of the events it was told, in the order of their coming; ``lines`` how often it connected."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.seqs: list[int] = []
        self.lines = 0

    async def follow(self) -> None:
        """For ever: from the last seq seen, over and over."""
        while True:
            with suppress(OSError, httpx.TransportError, WebSocketException):
                await self._listen(self.seqs[-1] if self.seqs else 0)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def until_at(self, seq: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while not self.seqs or self.seqs[-1] < seq:
                await asyncio.sleep(0.02)

    async def until_connected(self, lines: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.lines < lines:
                await asyncio.sleep(0.02)

    async def _listen(self, after: int) -> None:
        raise NotImplementedError


class OverSse(Follower):
    """As a browser's EventSource: it comes back with ``Last-Event-ID``."""

    async def _listen(self, after: int) -> None:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": str(after)} if after else {})
        url = f"{self.talk.path}/events"
        async with self.talk.client.stream("GET", url, headers=headers, timeout=httpx.Timeout(30)) as answer:
            if answer.status_code != 200:
                assert answer.status_code == 503, answer.status_code
                return
            self.lines += 1
            async for line in answer.aiter_lines():
                if line.startswith("data: ") and '"seq"' in line:
                    self.seqs.append(json.loads(line.removeprefix("data: "))["seq"])


class OverWebSocket(Follower):
    """It comes back with ``?after=``."""

    async def _listen(self, after: int) -> None:
        product = self.talk.product
        url = f"{product.api_url.replace('http', 'ws', 1)}/api/v1{self.talk.path}/ws?after={after}"
        headers = {"Authorization": f"Bearer {product.token('service')}"}
        async with connect(url, additional_headers=headers) as line:
            self.lines += 1
            async for frame in line:
                told: dict[str, Any] = json.loads(frame)
                if told["type"] == "event":
                    self.seqs.append(told["seq"])


@asynccontextmanager
async def following(*talks: Talk) -> AsyncIterator[list[Follower]]:
    """Each conversation is followed both ways; afterwards every follower was told everything, once, in order."""
    kinds: list[Callable[[Talk], Follower]] = [OverSse, OverWebSocket]
    followers = [kind(talk) for talk in talks for kind in kinds]
    tasks = [asyncio.create_task(follower.follow()) for follower in followers]
    try:
        for follower in followers:
            await follower.until_connected(1)
        yield followers
        for follower in followers:
            last = (await follower.talk.events())[-1]["seq"]
            await follower.until_at(last)
            # What is logged beside the end, as the quality check is, may have come since.
            assert follower.seqs == list(range(1, len(follower.seqs) + 1))
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results), results
