"""Systems with an HTTP API. Every failure is one of ours, and nothing is tried twice here: Temporal does that."""

import json
from collections.abc import Generator, Mapping

import httpx
from pydantic import JsonValue

from adapters.connectors.declaration import HttpSystem
from adapters.connectors.errors import looking_up, refusal
from adapters.connectors.openapi import misfits
from adapters.connectors.operations import OPERATIONS, Asked
from adapters.connectors.served import unreadable
from adapters.connectors.templates import READING, RequestTemplate, parameters
from domain.errors import BackOfficeUnavailable

IDEMPOTENCY_HEADER = "Idempotency-Key"
"""https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header"""
ANSWER_LIMIT = 2**20
"""Bytes. What tools answer is a thousandth of it."""


_NO_CONTENT = 204


class _Token(httpx.Auth):
    """The token goes to the system's own host, whatever addresses its declaration names."""

    def __init__(self, token: str, system: httpx.URL) -> None:
        self._token = token
        self._system = _origin(system)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if _origin(request.url) == self._system:
            request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class HttpConnector:
    """Implements ``Connector``. ``aclose`` when done."""

    def __init__(self, system: str, declared: HttpSystem) -> None:
        self.system = system
        self._declared = declared
        url = httpx.URL(str(declared.url).rstrip("/"))
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Accept": "application/json"},
            auth=_Token(declared.token, url) if declared.token else None,
            timeout=declared.timeout_seconds,
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def call(self, operation: str, asked: Asked, arguments: Mapping[str, JsonValue]) -> JsonValue:
        template = self._declared.operations[operation].template
        headers = {IDEMPOTENCY_HEADER: asked.effect_key} if asked.effect_key else {}
        is_effect = OPERATIONS[operation].is_effect
        rest = {name: value for name, value in arguments.items() if name not in template.names}
        request = self._request(template, asked, rest, headers)
        return await self._answer(request, asked, is_effect=is_effect)

    async def look_up(self, operation: str, asked: Asked) -> JsonValue:
        served = self._declared.operations[operation]
        request = self._request(RequestTemplate.parse(served.lookup), asked, {}, {})
        with looking_up(self.system):
            return await self._answer(request, asked, is_effect=False)

    async def misfits(self) -> list[tuple[str, str]]:
        """What is declared and the system does not have, as key and sentence, if it says where its OpenAPI document is.
        Raises ``BackOfficeUnavailable``, ``AnswerUnreadable``, ``NotFound``."""
        if not self._declared.openapi:
            return []
        request = self._client.build_request("GET", self._declared.openapi)
        return list(misfits(await self._answer(request, Asked({}), is_effect=False), self._declared))

    def _request(
        self, template: RequestTemplate, asked: Asked, rest: Mapping[str, JsonValue], headers: Mapping[str, str]
    ) -> httpx.Request:
        reads = template.method in READING
        return self._client.build_request(
            template.method,
            template.path_for(asked.known),
            params=[*template.query_for(asked.known), *(parameters(rest) if reads else ())],
            json=None if reads else rest,
            headers=headers,
        )

    async def _answer(self, request: httpx.Request, asked: Asked, *, is_effect: bool) -> JsonValue:
        status, body = await self._send(request)
        if not 200 <= status < 300:
            raise refusal(self.system, status, _json_or_none(body), asked, self._declared.errors)
        if status == _NO_CONTENT:
            return None
        try:
            answer: JsonValue = json.loads(body)
        except ValueError:
            raise unreadable(self.system, is_effect=is_effect) from None
        return answer

    async def _send(self, request: httpx.Request) -> tuple[int, bytes]:
        """Status and body; a body that never ends is cut, and then is no JSON."""
        try:
            response = await self._client.send(request, stream=True)
            try:
                body = b""
                async for piece in response.aiter_bytes():
                    body += piece
                    if len(body) > ANSWER_LIMIT:
                        return response.status_code, body[:ANSWER_LIMIT]
                return response.status_code, body
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            # Its text can hold the address with its query, which is nobody's business above.
            raise BackOfficeUnavailable(f"{self.system} did not answer ({type(error).__name__}).") from error


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _json_or_none(body: bytes) -> JsonValue:
    try:
        answer: JsonValue = json.loads(body)
    except ValueError:
        return None
    return answer
