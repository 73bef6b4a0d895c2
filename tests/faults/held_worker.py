"""A worker that stops at one named point of one step, so that a test can kill or freeze it exactly there.

    python -m tests.faults.held_worker POINT FOLDER

Settings come from the environment. When the point is reached for the first time the file FOLDER/held appears; the worker
goes on when FOLDER/release appears. The ports are the real ones; only their calls are held.
"""

import asyncio
import inspect
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.settings import Settings
from adapters.temporal import connect_temporal
from worker import Ports, build_worker, connect_ports

POINTS: dict[str, tuple[str, str, str]] = {
    # name: (port, method, before or after the call's work)
    "before-open": ("log", "open", "before"),
    "after-open": ("log", "open", "after"),
    "after-classify": ("classifier", "classify", "after"),
    "before-append": ("log", "append", "before"),
    "after-append": ("log", "append", "after"),
    "in-model": ("agents", "decide", "before"),
    "after-model": ("agents", "decide", "after"),
    "after-reply": ("log", "append", "after-reply"),
    "before-credit": ("billing", "credit", "before"),
    "after-credit": ("billing", "credit", "after"),
    "before-survey": ("notifier", "send", "before"),
    "after-survey": ("notifier", "send", "after"),
}


class Held:
    """Any port, held at one of its methods."""

    def __init__(self, port: Any, method: str, when: str, folder: Path) -> None:
        self._port = port
        self._method = method
        self._when = when
        self._folder = folder

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)
        if name != self._method:
            return call
        held_before = (self._folder / "held").exists()
        if held_before:
            return call
        return self._held(call) if inspect.iscoroutinefunction(call) else self._held_at_once(call)

    def _held(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def held(*args: Any, **kwargs: Any) -> Any:
            if self._when == "before":
                await self._hold()
            result = await call(*args, **kwargs)
            if self._when == "after" or (self._when == "after-reply" and _is_reply(args)):
                await self._hold()
            return result

        return held

    def _held_at_once(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """For what runs in process without an await: the whole worker stands still, as it would when dying there."""

        def held(*args: Any, **kwargs: Any) -> Any:
            result = call(*args, **kwargs)
            self._mark()
            while not (self._folder / "release").exists():
                time.sleep(0.02)
            return result

        return held

    async def _hold(self) -> None:
        if (self._folder / "held").exists():
            return
        self._mark()
        while not (self._folder / "release").exists():
            await asyncio.sleep(0.02)

    def _mark(self) -> None:
        (self._folder / "held").touch()


def _is_reply(args: tuple[Any, ...]) -> bool:
    return any(event.type == "agent_message" for event in args[2])


def hold(ports: Ports, point: str, folder: Path) -> Ports:
    port, method, when = POINTS[point]
    if port in ("billing", "notifier"):
        office = ports.back_office
        held = Held(getattr(office, port), method, when, folder)
        return replace(ports, back_office=replace(office, **{port: held}))
    return replace(ports, **{port: Held(getattr(ports, port), method, when, folder)})


async def main(point: str, folder: Path) -> None:
    settings = Settings()
    client = await connect_temporal(settings)
    async with AsyncExitStack() as stack:
        ports = await connect_ports(client, settings, stack)
        if point != "none":
            ports = hold(ports, point, folder)
        async with build_worker(client, settings, ports):
            (folder / "ready").touch()
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
