"""Puts connectors in front of the back office, as the file declares it."""

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from activities.ports import BackOffice
from adapters.connectors.declaration import HttpSystem, McpSystem, WrongConnectors, read_connectors
from adapters.connectors.operations import OPERATIONS
from adapters.connectors.served import Connector, Served, ServedMethod
from domain.errors import AnswerUnreadable, BackOfficeUnavailable, ToolRefused

_log = structlog.get_logger(__name__)


async def connect(own: BackOffice, file: Path, stack: AsyncExitStack) -> BackOffice:
    """As ``connected_back_office``, for a file that is there."""
    declared = read_connectors(file).systems
    calls: dict[str, dict[str, ServedMethod]] = defaultdict(dict)
    checks = []
    for name, system in declared.items():
        connector = _connector(name, system)
        stack.push_async_callback(connector.aclose)
        checks.append(_check(connector, file))
        for operation, served in system.operations.items():
            port, _, method = operation.partition(".")
            calls[port][method] = ServedMethod(
                OPERATIONS[operation], served, connector, own.effects, looks_up=not system.knows_idempotency_keys
            )
    await asyncio.gather(*checks)
    return _in_front(own, calls)


def _connector(name: str, system: HttpSystem | McpSystem) -> Connector:
    """Each kind's library is loaded where it is needed: MCP's alone takes as long as the rest of a worker."""
    if isinstance(system, HttpSystem):
        from adapters.connectors.http import HttpConnector

        return HttpConnector(name, system)
    from adapters.connectors.mcp import McpConnector

    return McpConnector(name, system)


def _in_front(own: BackOffice, calls: dict[str, dict[str, ServedMethod]]) -> BackOffice:
    office: dict[str, Any] = {}
    support: dict[str, Any] = {}
    for port, served in calls.items():
        home, place = (office, own) if hasattr(own, port) else (support, own.support)
        home[port] = Served(getattr(place, port), served)
    return replace(own, **office, support=replace(own.support, **support))


async def _check(connector: Connector, file: Path) -> None:
    """Raises ``WrongConnectors`` if the system lacks what is declared."""
    try:
        found = await connector.misfits()
    except (BackOfficeUnavailable, AnswerUnreadable, ToolRefused) as away:
        _log.warning("a system was not checked", system=connector.system, error=away.type)
        return
    if found:
        key, what = found[0]
        raise WrongConnectors(file, f"systems.{connector.system}.{key}", what)
