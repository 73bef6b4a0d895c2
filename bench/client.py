"""One keep-alive HTTP/1.1 connection. Small on purpose: the load generator shares the cores with what it measures."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit


class HttpError(Exception):
    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"HTTP {status}: {body[:300].decode(errors='replace')}")
        self.status = status


class Connection:
    """Requests on one connection, one after the other; a broken one is opened anew by the next request."""

    def __init__(self, base_url: str, token: str = "") -> None:
        parts = urlsplit(base_url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        authorization = f"authorization: Bearer {token}\r\n" if token else ""
        self._headers = f"host: {self._host}:{self._port}\r\ncontent-type: application/json\r\n{authorization}"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The answer's JSON. Raises ``HttpError`` from 400 on, OSError or EOFError when the connection breaks."""
        payload = b"" if body is None else json.dumps(body).encode()
        try:
            status, answer = await self._exchange(method, path, payload)
        except BaseException:
            self.close()
            raise
        if status >= 400:
            raise HttpError(status, answer)
        result: dict[str, Any] = json.loads(answer)
        return result

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, method: str, path: str, payload: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\n{self._headers}content-length: {len(payload)}\r\n\r\n"
        writer.write(head.encode() + payload)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return int(answer[9:12]), await reader.readexactly(length)
