"""Patience with a product that is being restarted; what it really does is proven in tests/e2e/test_conversations.py."""

import json
from collections.abc import Callable

import httpx
import pytest

from cli.simulation.product import NoProduct, Product, Unexpected
from domain.state import Channel

pytestmark = pytest.mark.unit


def product(answer: Callable[[httpx.Request], httpx.Response]) -> Product:
    return Product(httpx.AsyncClient(base_url="http://product", transport=httpx.MockTransport(answer)))


async def test_what_was_not_accepted_is_sent_again_under_the_same_key() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) == 1:
            raise httpx.ConnectError("down")
        if len(seen) == 2:
            return httpx.Response(503)
        return httpx.Response(201, json={"conversation_id": "c-1"})

    assert await product(answer).open("CUST_001", Channel.WEB) == "c-1"
    assert len({request.headers["Idempotency-Key"] for request in seen}) == 1


async def test_a_message_without_an_answer_yet_is_asked_for_again_under_the_same_id() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content)["message_id"])
        return httpx.Response(200, json={"replies": [{}]}) if len(seen) > 1 else httpx.Response(202, json={})

    await product(answer).say("c-1", "Hello", "step-1")
    assert seen == ["step-1", "step-1"]


async def test_a_refusal_is_told_and_not_repeated() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(404, json={"title": "Unknown customer"})

    with pytest.raises(Unexpected, match="POST /conversations: 404 Unknown customer"):
        await product(answer).open("nobody", Channel.WEB)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("ready", "known", "told"),
    [
        (httpx.Response(503), httpx.Response(200, json={}), "is not ready"),
        (httpx.Response(200), httpx.Response(401, json={}), "token is not good"),
        (httpx.Response(200), httpx.Response(200, html="<html>"), "token is not good"),
    ],
)
async def test_what_is_no_product(ready: httpx.Response, known: httpx.Response, told: str) -> None:
    with pytest.raises(NoProduct, match=told):
        await product(lambda request: ready if request.url.path == "/ready" else known).check()
