"""A line to a server that can be cut at the worst moment: when the server has done it, and nobody has heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from cli.servers.processes import free_port


@dataclass
class Line:
    """``cut_after`` is a part of a request: the next one that holds it is answered, and the client gets a closed
    connection instead."""

    port: int
    cut_after: bytes = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_cut_by(self, piece: bytes) -> bool:
        """True once."""
        if not self.cut_after or self.cut_after not in piece:
            return False
        self.cut_after = b""
        return True


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator[Line]:
    line = Line(free_port())

    async def serve(client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        server_in, server_out = await asyncio.open_connection("127.0.0.1", port)
        doomed = asyncio.Event()
        outbound = asyncio.create_task(_pump(client_in, server_out, line, doomed))
        with suppress(OSError):
            while piece := await server_in.read(65_536):
                if doomed.is_set():
                    break
                client_out.write(piece)
                await client_out.drain()
        outbound.cancel()
        server_out.close()
        client_out.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", line.port)
    async with listener:
        yield line


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, line: Line, doomed: asyncio.Event) -> None:
    with suppress(OSError):
        while piece := await source.read(65_536):
            if line.is_cut_by(piece):
                doomed.set()
            sink.write(piece)
            await sink.drain()
