"""Ports that other systems serve, over HTTP or MCP, as a file declares it (docs/connectors.md)."""

from contextlib import AsyncExitStack
from pathlib import Path

from activities.ports import BackOffice


async def connected_back_office(own: BackOffice, file: Path | None, stack: AsyncExitStack) -> BackOffice:
    """``own``, with the operations that the file gives to other systems; ``stack`` closes the connections.

    Systems may be away at start; one that is there and lacks what is declared stops it. Raises ``WrongConnectors``.
    """
    if file is None:
        return own
    # The libraries cost a second of each start, and of the way back after a crash: only who connects something pays.
    from adapters.connectors.composition import connect

    return await connect(own, file, stack)
