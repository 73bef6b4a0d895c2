"""A worker that stops at one named point, so that a test can kill or freeze it exactly there.

When the point is reached for the first time the file ``held`` appears in the worker's folder; it goes on when
``release`` appears. Ports and workflows are the real ones; only one of their calls is held.

Workers are forked from a process that has imported everything: a fresh interpreter would take seconds for each.
"""

import asyncio
import inspect
import os
import signal
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

# Only to have them in memory before the fork.
import agents.classifier.classifier
import agents.minds
import agents.playbook.model  # noqa: F401
from adapters.settings import Settings
from adapters.temporal import connect_temporal
from tests.faults.points import ELSEWHERE, IN_SAGAS, POINTS, Call, Point
from worker import Ports, build_worker, connect_ports
from workflows.conversation import ConversationWorkflow
from workflows.sla import SlaWorkflow

WORKFLOWS: dict[str, type] = {"conversation": ConversationWorkflow, "sla": SlaWorkflow}
OFFICES = ("tickets", "billing", "notifier", "orders", "refunds", "effects")


class Hold:
    """Stands still, once, at a point. ``folder`` is the worker's own: its files talk to the test."""

    def __init__(self, point: Point, folder: Path) -> None:
        self._point = point
        self._held, self._release = folder / "held", folder / "release"

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, held before or after its work."""
        return self._around_async(call) if inspect.iscoroutinefunction(call) else self._around_plain(call)

    def _around_async(self, call: Callable[..., Any]) -> Callable[..., Any]:
        in_workflow = self._point.where in WORKFLOWS

        async def stand() -> None:
            # A workflow's task blocks its thread, as it would when dying there; an activity lets the others run.
            if in_workflow:
                self._stand()
            else:
                await asyncio.to_thread(self._stand)

        async def held(*args: Any, **kwargs: Any) -> Any:
            if self._point.when == "before" and self._is_here((args, kwargs)):
                await stand()
            result = await call(*args, **kwargs)
            if self._point.when == "after" and self._is_here((args, kwargs)):
                await stand()
            return result

        return held

    def _around_plain(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """For what runs in process: the whole worker stands still. Held where it says yes (or gives a result)."""

        def held(*args: Any, **kwargs: Any) -> Any:
            result = call(*args, **kwargs)
            if result and self._is_here((args, kwargs)):
                self._stand()
            return result

        return held

    def _is_here(self, call: Call) -> bool:
        return not self._held.exists() and self._point.which(call)

    def _stand(self) -> None:
        self._held.touch()
        while not self._release.exists():
            time.sleep(0.02)


class Held:
    """Any port, held at one of its methods."""

    def __init__(self, port: Any, point: Point, hold: Hold) -> None:
        self._port = port
        self._point = point
        self._hold = hold

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)
        return self._hold.around(call) if name == self._point.method else call


def hold_at(point: Point, ports: Ports, folder: Path) -> Ports:
    """The ports (or the workflow's class, changed in place) with this point held."""
    hold = Hold(point, folder)
    if point.where in WORKFLOWS:
        kind = WORKFLOWS[point.where]
        setattr(kind, point.method, hold.around(getattr(kind, point.method)))
        return ports
    if point.where in OFFICES:
        office = ports.back_office
        held = Held(getattr(office, point.where), point, hold)
        return replace(ports, back_office=replace(office, **{point.where: held}))
    return replace(ports, **{point.where: Held(getattr(ports, point.where), point, hold)})


def run(name: str, folder: Path, settings: Settings) -> None:
    """A worker's whole life, in a process of its own; an empty ``name`` holds it nowhere. SIGTERM ends it when its
    activities have ended."""
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    asyncio.run(_work({**POINTS, **ELSEWHERE, **IN_SAGAS}.get(name), folder, settings))
    # The Temporal client can crash while the interpreter shuts down.
    os._exit(0)


async def _work(point: Point | None, folder: Path, settings: Settings) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    client = await connect_temporal(settings)
    async with AsyncExitStack() as stack:
        ports = await connect_ports(client, settings, stack)
        if point is not None:
            ports = hold_at(point, ports, folder)
        async with build_worker(client, settings, ports):
            (folder / "ready").touch()
            await stopping.wait()
