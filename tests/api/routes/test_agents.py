from datetime import timedelta

import pytest

from api.problems import InvalidRequest
from api.routes.agents import parse_range
from tests.api.stage import Api, says

pytestmark = pytest.mark.integration


async def test_the_figures_of_those_who_worked(api: Api):
    for _ in range(2):
        conversation_id = await api.start_conversation("hello")
        await api.until(conversation_id, "agent_message")

    async def wants_person(thought, on_delta):
        return says("I'll get somebody.", outcome="wants_person")

    api.agents.mind = wants_person
    conversation_id = await api.start_conversation("a person!")
    await api.until(conversation_id, "handoff_requested")
    response = await api.client("supervisor").get("/agents/performance?time_range=15m")
    assert response.status_code == 200
    (billing,) = response.json()["agents"]
    assert billing["agent_type"] == "billing"
    assert billing["conversations"] == 3
    assert billing["escalation_rate"] == pytest.approx(1 / 3)
    assert 0 < billing["p95_reply_seconds"] < 30
    assert billing["csat"] is None
    assert billing["cost"] is None


async def test_one_agent_alone(api: Api):
    client = api.client("service")
    none = await client.get("/agents/performance?agent_type=agent_tier3")
    assert none.json()["agents"] == []
    assert none.json()["time_range"] == "24h"


async def test_customers_have_no_business_with_it(api: Api):
    assert (await api.client("customer").get("/agents/performance")).status_code == 403


@pytest.mark.parametrize(
    "query", ["time_range=yesterday", "time_range=0h", "time_range=-1h", "time_range=99999w", "agent_type=wizard"]
)
async def test_wrong_questions(api: Api, query):
    response = await api.client().get(f"/agents/performance?{query}")
    assert response.status_code == 422
    assert response.json()["errors"]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("15m", timedelta(minutes=15)),
        ("24h", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ("4w", timedelta(weeks=4)),
        ("366d", timedelta(days=366)),
    ],
)
def test_ranges(text, span):
    assert parse_range(text) == span


@pytest.mark.parametrize("text", ["", "h", "1", "1y", "1 h", "1h\n", "367d", "１h"])
def test_what_is_no_range(text):
    with pytest.raises(InvalidRequest):
        parse_range(text)
