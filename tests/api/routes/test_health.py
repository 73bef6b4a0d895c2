import httpx
import pytest

from cli.servers.processes import free_port
from tests.api.stage import Api, own_queue, serving

pytestmark = pytest.mark.integration


@pytest.fixture
async def stranger(api: Api):
    async with httpx.AsyncClient(base_url=api.url) as client:
        yield client


async def test_all_is_well(api: Api, stranger):
    assert (await stranger.get("/health")).json() == {"status": "alive"}
    ready = await stranger.get("/ready")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ready", "checks": {"temporal": "ok", "postgres": "ok", "redis": "ok"}}


async def test_metrics(api: Api, stranger):
    conversation_id = await api.start_conversation("hello")
    await api.log(conversation_id)
    text = (await stranger.get("/metrics")).text
    assert 'switchboard_messages_total{channel="http",speaker="customer"}' in text
    assert "switchboard_http_request_seconds_bucket" in text
    assert conversation_id not in text


@pytest.mark.parametrize(
    ("away", "status", "verdict"),
    [
        ({"redis_url": "redis://127.0.0.1:{port}/0"}, 200, {"status": "degraded", "redis": "away"}),
        ({"database_url": "postgresql://x@127.0.0.1:{port}/x"}, 200, {"status": "degraded", "postgres": "away"}),
        ({"temporal_address": "127.0.0.1:{port}"}, 503, {"status": "unavailable", "temporal": "away"}),
    ],
)
async def test_only_without_temporal_we_are_not_ready(settings, away, status, verdict):
    missing = {name: value.format(port=free_port()) for name, value in away.items()}
    async with serving(own_queue(settings).model_copy(update=missing)) as api, httpx.AsyncClient() as client:
        response = await client.get(f"{api.url}/ready")
        assert response.status_code == status
        told = response.json()
        assert {"status": told["status"], **{k: v for k, v in told["checks"].items() if v == "away"}} == verdict
        assert (await client.get(f"{api.url}/health")).status_code == 200


async def test_the_demo_signs_a_visitor_in(api: Api, stranger):
    session = (await stranger.get("/chat/session")).json()
    assert session["customer_id"] == "CUST_001"
    response = await stranger.post(
        f"{session['api_base']}/conversations",
        json={"customer_id": "CUST_001", "channel": "web"},
        headers={"Authorization": f"Bearer {session['token']}"},
    )
    assert response.status_code == 201


async def test_without_the_demo_nobody_is_signed_in(settings):
    plain = own_queue(settings).model_copy(update={"demo": False})
    async with serving(plain) as api, httpx.AsyncClient() as client:
        assert (await client.get(f"{api.url}/chat/session")).status_code == 404


async def test_the_chat_page_and_its_files(stranger):
    page = await stranger.get("/chat")
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert (await stranger.get("/chat/")).text == page.text
    script = await stranger.get("/chat/widget.js")
    assert "javascript" in script.headers["content-type"]
    assert (await stranger.get("/chat/nothing.js")).status_code == 404
    assert (await stranger.get("/chat/..%2fapp.py")).status_code == 404


async def test_a_problems_type_leads_to_its_meaning(stranger):
    page = await stranger.get("/problems/claim-refused")
    assert page.json()["status"] == 409
    assert (await stranger.get("/problems/nope")).json()["type"] == "/problems/unknown-path"


async def test_pages_elsewhere_may_embed_the_chat_if_we_say_so(settings):
    ours = own_queue(settings).model_copy(update={"cors_origins": ["https://shop.example"]})
    async with serving(ours) as api, httpx.AsyncClient(base_url=api.url) as client:
        asks = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,idempotency-key",
        }
        good = await client.options("/api/v1/conversations", headers={"Origin": "https://shop.example", **asks})
        assert good.headers["access-control-allow-origin"] == "https://shop.example"
        bad = await client.options("/api/v1/conversations", headers={"Origin": "https://evil.example", **asks})
        assert "access-control-allow-origin" not in bad.headers
        refused = await client.get("/api/v1/conversations/c/status", headers={"Origin": "https://shop.example"})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "https://shop.example"
