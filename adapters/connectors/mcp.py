"""Systems that are MCP servers, over streamable HTTP or as a program that speaks on stdin and stdout.

A tool refuses by an error result that holds a problem: a JSON object with ``type`` or ``status``, and ``detail``. Any
other error result tells nothing of what happened, and counts as an outage.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import cast

import httpx2
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import INVALID_PARAMS, REQUEST_TIMEOUT, CallToolResult, RequestParamsMeta, TextContent
from pydantic import JsonValue, ValidationError

from adapters.connectors.declaration import McpSystem
from adapters.connectors.errors import looking_up, refusal, said_in_words, typed_refusal
from adapters.connectors.operations import EFFECT_KEY, OPERATIONS, Asked
from adapters.connectors.served import unreadable
from domain.errors import BackOfficeUnavailable, InvalidArguments, SwitchboardError

KEY_META = "switchboard/idempotency-key"
"""Where an effect's key travels: ``_meta`` of the request (MCP specification, "_meta")."""
TOOL_PAGES = 50


class McpConnector:
    """Implements ``Connector``. One session at a time, kept by a task of its own, for its scopes must end where they
    began; after a failure the next call opens another. ``aclose`` when done."""

    def __init__(self, system: str, declared: McpSystem) -> None:
        self.system = system
        self._declared = declared
        self._opening = asyncio.Lock()
        self._session: _Session | None = None

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, operation: str, asked: Asked, arguments: Mapping[str, JsonValue]) -> JsonValue:
        return await self._run(operation, self._declared.operations[operation].tool, asked, arguments)

    async def look_up(self, operation: str, asked: Asked) -> JsonValue:
        tool = self._declared.operations[operation].lookup
        with looking_up(self.system):
            return await self._run(operation, tool, asked, {EFFECT_KEY: asked.effect_key}, looks_up=True)

    async def misfits(self) -> list[tuple[str, str]]:
        """What is declared and the server does not have, as key and sentence. Raises ``BackOfficeUnavailable``."""
        known = await self._tool_names()
        return [
            (f"operations.{operation}", f"the server has no tool {tool!r}")
            for operation, served in self._declared.operations.items()
            for tool in (served.tool, served.lookup)
            if tool and tool not in known
        ]

    async def _tool_names(self) -> set[str]:
        names: set[str] = set()
        cursor = None
        async with self._client() as client:
            for _ in range(TOOL_PAGES):
                page = await client.list_tools(cursor=cursor)
                names |= {tool.name for tool in page.tools}
                cursor = page.next_cursor
                if cursor is None:
                    break
        return names

    async def _run(
        self, operation: str, tool: str, asked: Asked, arguments: Mapping[str, JsonValue], *, looks_up: bool = False
    ) -> JsonValue:
        is_effect = OPERATIONS[operation].is_effect and not looks_up
        given = {name: value for name, value in arguments.items() if value is not None}
        async with self._client() as client:
            try:
                result = await client.call_tool(tool, given, meta=_meta(asked.effect_key) if is_effect else None)
            except (ValidationError, RuntimeError):
                # The result fits neither the protocol nor the tool's own schema.
                raise unreadable(self.system, is_effect=is_effect) from None
        if result.is_error:
            raise self._refusal(result, asked)
        return _content(result)

    def _refusal(self, result: CallToolResult, asked: Asked) -> SwitchboardError:
        problem = _content(result)
        if isinstance(problem, dict) and ("status" in problem or "type" in problem or "code" in problem):
            status = problem.get("status")
            return refusal(
                self.system, status if isinstance(status, int) else 409, problem, asked, self._declared.errors
            )
        text = problem if isinstance(problem, str) else ""
        for words, error_type in self._declared.errors.items():
            refused = typed_refusal(error_type, said_in_words(text), asked) if words in text else None
            if refused is not None:
                return refused
        return BackOfficeUnavailable(f"A tool of {self.system} failed.")

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Client]:
        """A connected client. Whatever breaks the connection ends the session and is an outage."""
        async with self._opening:
            if self._session is None or self._session.is_over:
                self._session = await _Session.open(self._declared, self.system)
            session = self._session
        try:
            yield session.client
        except MCPError as error:
            if error.code == INVALID_PARAMS:
                raise InvalidArguments(f"{self.system} does not take these arguments.") from error
            if error.code != REQUEST_TIMEOUT:
                await session.close()
            raise BackOfficeUnavailable(f"{self.system} failed (MCP error {error.code}).") from error
        except (httpx2.HTTPError, OSError) as error:
            await session.close()
            raise BackOfficeUnavailable(f"{self.system} did not answer ({type(error).__name__}).") from error


class _Session:
    def __init__(self, declared: McpSystem) -> None:
        self._declared = declared
        self._closing = asyncio.Event()
        self._opened: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep())

    @classmethod
    async def open(cls, declared: McpSystem, system: str) -> "_Session":
        """Raises ``BackOfficeUnavailable``."""
        session = cls(declared)
        try:
            async with asyncio.timeout(declared.timeout_seconds):
                await asyncio.shield(session._opened)
        except Exception as error:
            await session.close()
            raise BackOfficeUnavailable(f"{system} cannot be reached ({type(error).__name__}).") from error
        except asyncio.CancelledError:
            await session.close()
            raise
        return session

    @property
    def client(self) -> Client:
        return self._opened.result()

    @property
    def is_over(self) -> bool:
        return self._keeper.done() or self._closing.is_set()

    async def close(self) -> None:
        self._closing.set()
        if not self._opened.done():
            self._keeper.cancel()
        await asyncio.wait({self._keeper}, timeout=self._declared.timeout_seconds)
        if not self._keeper.done():
            self._keeper.cancel()

    async def _keep(self) -> None:
        try:
            async with AsyncExitStack() as stack:
                client = await stack.enter_async_context(await self._connecting(stack))
                self._opened.set_result(client)
                await self._closing.wait()
        except Exception as error:  # noqa: BLE001 whatever it is, who waits for the session must hear of it
            if not self._opened.done():
                self._opened.set_exception(error)
                # Seen here, in case nobody waits any more.
                self._opened.exception()

    async def _connecting(self, stack: AsyncExitStack) -> Client:
        declared = self._declared
        if declared.url is None:
            return Client(_program(declared), read_timeout_seconds=declared.timeout_seconds)
        headers = {"Authorization": f"Bearer {declared.token}"} if declared.token else {}
        # The request's own timeout has to come first: one of the transport ends the session, with all who share it.
        timeout = httpx2.Timeout(declared.timeout_seconds, read=2 * declared.timeout_seconds)
        http = httpx2.AsyncClient(headers=headers, timeout=timeout)
        await stack.enter_async_context(http)
        transport = streamable_http_client(str(declared.url), http_client=http)
        return Client(transport, read_timeout_seconds=declared.timeout_seconds)


def _program(declared: McpSystem) -> StdioServerParameters:
    """A program gets none of our environment but what is declared: it holds secrets."""
    wanted = [*declared.environment, *([declared.token_variable] if declared.token_variable else [])]
    environment = {name: os.environ[name] for name in wanted if name in os.environ}
    program, *arguments = declared.command
    return StdioServerParameters(command=program, args=arguments, env=environment)


def _meta(effect_key: str) -> RequestParamsMeta:
    # A TypedDict with a few known keys; the specification leaves the others to us.
    return cast(RequestParamsMeta, {KEY_META: effect_key})


def _content(result: CallToolResult) -> JsonValue:
    """The structured content, or the text, as JSON if it is some. What is no object the protocol's servers wrap in
    ``{"result": …}``."""
    structured: JsonValue = result.structured_content
    if isinstance(structured, dict) and set(structured) == {"result"}:
        return structured["result"]
    if structured is not None:
        return structured
    text = "".join(block.text for block in result.content if isinstance(block, TextContent))
    try:
        answer: JsonValue = json.loads(text)
    except ValueError:
        return text or None
    return answer
