"""The load generator on a system that answers by itself, and its client on a real socket."""

import asyncio

import pytest

from bench.client import Connection, HttpError
from bench.load import ClosedLoop, Sample, open_talks

pytestmark = pytest.mark.unit


class Echo:
    """Implements ``System``: answers after a while, remembers who was waiting at the same time."""

    name = "echo"
    pids: dict[str, int] = {}

    def __init__(self) -> None:
        self.waiting: set[str] = set()
        self.overlaps = 0
        self.message_ids: list[str] = []

    def connect(self) -> Connection:
        return Connection("http://127.0.0.1:1")

    async def open(self, connection: Connection, number: int) -> str:
        return f"conversation-{number:04}"

    async def say(self, connection: Connection, conversation_id: str, message_id: str, text: str) -> str:
        self.overlaps += conversation_id in self.waiting
        self.waiting.add(conversation_id)
        self.message_ids.append(message_id)
        await asyncio.sleep(0.01)
        self.waiting.discard(conversation_id)
        return text


async def test_a_conversation_waits_for_its_reply_before_it_goes_on():
    system = Echo()
    async with ClosedLoop(system, await open_talks(system, 8), warm_up_seconds=0.05) as loop:
        sample = await loop.measure(0.3)
    assert system.overlaps == 0
    assert len(set(system.message_ids)) == len(system.message_ids)
    assert sample.count > 8 * 4
    assert 0.3 <= sample.seconds < 2


async def test_only_what_is_seen_while_measuring_counts():
    system = Echo()
    async with ClosedLoop(system, await open_talks(system, 4), warm_up_seconds=0.1) as loop:
        sample = await loop.measure(0.1)
        counted = sample.count
        await asyncio.sleep(0.1)
    assert sample.count == counted < len(system.message_ids)


def test_quantiles():
    sample = Sample(seconds=2.0, latencies=[0.3, 0.1, 0.2, 0.4])
    assert (sample.quantile(0.5), sample.quantile(1.0), sample.per_second) == (0.3, 0.4, 2.0)


async def answering(status: int, body: bytes) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))

    return await asyncio.start_server(serve, "127.0.0.1", 0)


async def test_a_connection_is_kept_and_opened_anew_when_closed():
    server = await answering(200, b'{"ok": true}')
    connection = Connection(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", token="t")
    assert await connection.call("POST", "/", {"message": "é"}) == {"ok": True}
    assert await connection.call("GET", "/") == {"ok": True}
    connection.close()
    assert await connection.call("GET", "/") == {"ok": True}
    connection.close()
    server.close()


async def test_refusals_are_errors():
    server = await answering(429, b"{}")
    connection = Connection(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    with pytest.raises(HttpError, match="429") as refused:
        await connection.call("GET", "/")
    assert refused.value.status == 429
    connection.close()
    server.close()
