"""Whatever comes in, the answer is never a 5xx: random bytes, random JSON, random paths, queries and headers."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.settings import Settings
from api.app import create_app
from api.auth import TokenRules, TokenVerifier
from api.bodies import DOCUMENTED
from api.feed import Feeds
from api.hub import Hub
from api.problems import MEDIA_TYPE, UnknownApproval
from api.services import Services
from domain.errors import UnknownConversation
from domain.messages import ToolOutcome
from tests.api.logbook import Logbook
from tests.api.stage import token

pytestmark = pytest.mark.unit

CONFIG = Settings(jwt_secret="a-secret-of-the-tests-that-is-long-enough")


class Nobody:
    """Stands for everything behind the routes: nothing exists, every tool refuses."""

    async def check(self, *_: Any, **__: Any) -> None:
        return None

    async def exists(self, *_: Any) -> bool:
        return True

    async def start(self, *_: Any) -> bool:
        return True

    async def figures(self, *_: Any, **__: Any) -> list[Any]:
        return []

    async def run(self, run_id: str, request: Any) -> ToolOutcome:
        return ToolOutcome(call_id=run_id, tool=request.call.tool, success=False, error_type="not-found", error="no")

    async def unknown(self, conversation_id: str, *_: Any) -> Any:
        raise UnknownConversation(conversation_id)

    async def unknown_approval(self, *_: Any) -> Any:
        raise UnknownApproval("There is no approval of this id.")

    async def page(self, *_: Any, **__: Any) -> list[Any]:
        return []

    find = decide = unknown_approval
    owner_of = post = say_as_person = claim = complete_handoff = answer_survey = state = live_state = unknown

    def ignore(self, *_: Any) -> None:
        return None

    stream = rate_limited = message = ignore


@pytest.fixture(scope="module")
def app():
    app, log, nobody = create_app(CONFIG), Logbook(), Nobody()
    log.handoffs = nobody.figures  # type: ignore[attr-defined]
    hub = Hub(log)
    parts: dict[str, Any] = dict.fromkeys(Services.__dataclass_fields__, nobody)
    parts |= {"verifier": TokenVerifier(TokenRules(secret=CONFIG.jwt_secret)), "log": log, "answers": log, "hub": hub}
    parts |= {"feeds": Feeds(log, hub), "demo": None, "max_frame_bytes": 1000, "other_checks": {}}
    app.state.services = SimpleNamespace(**parts)
    return app


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
names = st.sampled_from(sorted({field for model in DOCUMENTED for field in model.model_fields}))
values = st.recursive(
    scalars | st.sampled_from(["CUST_001", "web", "get_customer_profile", "hello"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | st.text(max_size=5), inner, max_size=5),
    max_leaves=8,
)
bodies = st.binary(max_size=80) | st.dictionaries(names, values, max_size=6).map(lambda body: json.dumps(body).encode())
parts = st.text(max_size=12) | st.sampled_from(
    ["c-1", "handoff-c-1-1", "approval-c-1-1", "..", "%00", "messages", "claim"]
)
paths = st.sampled_from(
    [
        "conversations",
        "conversations/{}/messages",
        "conversations/{}/survey",
        "conversations/{}/status",
        "conversations/{}/state",
        "conversations/{}/events",
        "handoffs",
        "handoffs/{}/claim",
        "handoffs/{}/complete",
        "handoffs/{}/return",
        "approvals",
        "approvals/{}",
        "approvals/{}/decision",
        "tools/execute",
        "agents/performance",
        "{}",
    ]
)
queries = st.dictionaries(
    st.sampled_from(["wait", "after", "limit", "offset", "state", "time_range", "agent_type", "deltas"]),
    st.text(max_size=12) | st.integers().map(str) | st.floats().map(str),
    max_size=3,
)
visible = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20)
headers = st.dictionaries(
    st.sampled_from(["Idempotency-Key", "Last-Event-ID", "X-Request-ID", "Accept", "Content-Type", "traceparent"]),
    visible,
    max_size=3,
)


@settings(max_examples=360, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "POST", "PUT", "OPTIONS"]),
    role=st.sampled_from(["service", "customer", "agent_tier1", "admin"]),
    path=paths,
    part=parts,
    query=queries,
    extra=headers,
    body=bodies,
)
def test_no_input_is_our_fault(app, method, role, path, part, query, extra, body):
    url = "http://test/api/v1/" + path.replace("{}", quote(part, safe=""))

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        given = {"Content-Type": "application/json", "Accept": "application/json"}
        given |= {name: value.strip() for name, value in extra.items()}
        given |= {"Authorization": f"Bearer {token(CONFIG, role)}"}
        encoded = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
        async with httpx.AsyncClient(transport=transport) as client:
            request = client.build_request(method, url, params=query, content=body, headers=encoded)
            return await asyncio.wait_for(client.send(request), 5)

    response = asyncio.run(send())
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert response.headers["content-type"] == MEDIA_TYPE
