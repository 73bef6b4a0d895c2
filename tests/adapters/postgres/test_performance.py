"""The figures against conversations written by hand, so that each number can be checked on paper."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.postgres.conversation_log import PostgresConversationLog, SilentBell
from adapters.postgres.performance import PostgresPerformance
from adapters.postgres.pool import open_pool
from domain.events import (
    AgentMessage,
    ConversationClosed,
    ConversationReopened,
    CustomerMessageLogged,
    Escalated,
    Event,
    HandoffRequested,
    HumanMessage,
    QualityChecked,
    SurveyAnswered,
    ToolCompleted,
    ToolFailed,
)
from domain.messages import OpenInput
from domain.satisfaction import mean_effort, net_promoter_score, satisfied_share
from domain.state import AgentState, AgentType, Channel, ContextTransfer

pytestmark = pytest.mark.integration
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
BILLING, TIER1, HUMAN = AgentType.BILLING, AgentType.TIER1, AgentType.HUMAN


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def asks(second: float) -> CustomerMessageLogged:
    return CustomerMessageLogged(event_id=f"msg-{second}", at=at(second), message_id=str(second), message="?")


def replies(second: float, asked: float, agent: AgentType) -> Event:
    if agent == HUMAN:
        return HumanMessage(
            event_id=f"h-{second}",
            at=at(second),
            message_id=f"h-{second}",
            person_id="p",
            message="!",
            answers=[str(asked)],
        )
    return AgentMessage(
        event_id=f"r-{second}", at=at(second), turn_id=str(second), agent_type=agent, message="!", answers=[str(asked)]
    )


def escalates(second: float, agent: AgentType, to: AgentType = HUMAN) -> Escalated:
    return Escalated(
        event_id=f"e-{second}",
        at=at(second),
        from_agent=agent,
        to_agent=to,
        reason="r",
        context_transfer=ContextTransfer(),
    )


def asks_person(second: float) -> HandoffRequested:
    return HandoffRequested(event_id=f"a-{second}", at=at(second), handoff_id="h", queue="billing", reason="r")


def tool(second: float, agent: AgentType, *, worked: bool) -> Event:
    common = {"event_id": f"t-{second}", "at": at(second), "call_id": "c", "tool": "x", "agent_type": agent}
    common |= {"execution_seconds": 0.1, "audit_level": "low"}
    return ToolCompleted(**common) if worked else ToolFailed(**common, error_type="not-found", error="no")


def rates(second: float, score: int) -> SurveyAnswered:
    return SurveyAnswered(event_id=f"s-{second}", at=at(second), survey_id="s", score=score)


def checked(second: float, score: float) -> QualityChecked:
    return QualityChecked(event_id=f"q-{second}", at=at(second), score=score, passed=score >= 0.7)


def closes(second: float) -> ConversationClosed:
    return ConversationClosed(event_id=f"c-{second}", at=at(second), reason="resolved")


@pytest_asyncio.fixture(scope="module")
async def performance(make_database, migrated_template) -> AsyncIterator[PostgresPerformance]:
    pool = await open_pool(await make_database(migrated_template))
    log = PostgresConversationLog(pool, SilentBell())
    conversations: list[list[Event]] = [
        [asks(0), replies(2, 0, BILLING), tool(3, BILLING, worked=True), checked(40, 0.9), rates(50, 5), closes(100)],
        [
            *(asks(0), replies(4, 0, BILLING), tool(5, BILLING, worked=False)),
            *(checked(6, 0.2), checked(40, 0.6), rates(50, 3), closes(300)),
        ],
        [
            *(asks(0), replies(6, 0, BILLING), escalates(7, BILLING), asks_person(7)),
            *(asks(8), replies(28, 8, HUMAN), closes(200)),
        ],
        [asks(0), replies(10, 0, TIER1)],
        [asks(-9_000), replies(-8_000, -9_000, TIER1)],
    ]
    for events in conversations:
        conversation_id = f"c-{uuid4().hex[:8]}"
        await log.open(OpenInput(conversation_id=conversation_id, customer_id="C", channel=Channel.WEB, now=START))
        state = AgentState(session_id="s", conversation_id=conversation_id, session_start=START, last_activity=START)
        await log.append(conversation_id, 0, events, state=state, snapshot=False)
    yield PostgresPerformance(pool)
    await pool.close()


async def test_the_figures(performance):
    tier1, billing, human = await performance.figures(START, at(3600), None)
    assert [tier1.agent_type, billing.agent_type, human.agent_type] == [TIER1, BILLING, HUMAN]
    assert billing.model_dump(exclude={"agent_type"}) == pytest.approx(
        {
            "conversations": 3,
            "first_contact_resolution": 2 / 3,
            "handle_time_seconds": 200.0,
            "escalation_rate": 1 / 3,
            "csat": 0.5,
            "csat_mean": 4.0,
            "nps": None,
            "effort": None,
            "quality": 0.75,
            "tool_calls": 2,
            "tool_success": 0.5,
            "p95_reply_seconds": 5.8,
            "cost": None,
        }
    )
    assert human.p95_reply_seconds == 20.0
    assert human.escalation_rate == 0.0
    assert (tier1.conversations, tier1.handle_time_seconds, tier1.csat, tier1.quality) == (1, None, None, None)


@pytest.mark.parametrize(
    ("models", "cost"),
    [
        (["playbook tier1@3"], 0.0),
        (["playbook tier1@3", "playbook tier1@4", "engine"], 0.0),
        (["playbook tier1@3", "class:somewhere:Dear tier1@3"], None),
        (["vertex:gemini-pro tier1@3"], None),
        (["playbooks tier1@3"], None),
        (["engine"], None),
        ([""], None),
    ],
)
async def test_a_cost_is_told_only_where_it_is_known(make_database, migrated_template, models, cost):
    pool = await open_pool(await make_database(migrated_template))
    log = PostgresConversationLog(pool, SilentBell())
    await log.open(OpenInput(conversation_id="c", customer_id="C", channel=Channel.WEB, now=START))
    state = AgentState(session_id="s", conversation_id="c", session_start=START, last_activity=START)
    for second, model in enumerate(models):
        reply = replies(second + 0.5, second, TIER1).model_copy(update={"model": model})
        await log.append("c", 0, [asks(second), reply], state=state, snapshot=False)
    await log.append("c", 0, [asks(100), replies(101, 100, HUMAN)], state=state, snapshot=False)
    tier1, human = await PostgresPerformance(pool).figures(START, at(3600), None)
    await pool.close()
    assert (tier1.cost, human.cost) == (cost, 0.0)


async def test_surveys_are_counted_as_the_formulas_have_them(make_database, migrated_template):
    pool = await open_pool(await make_database(migrated_template))
    log = PostgresConversationLog(pool, SilentBell())
    surveys = [{"score": 4, "nps": 10, "effort": 1}, {"score": 4, "nps": 7, "effort": 4}, {"score": 2, "nps": 6}]
    for number, survey in enumerate([*surveys, {"score": 5}]):
        conversation_id = f"c-{number}"
        await log.open(OpenInput(conversation_id=conversation_id, customer_id="C", channel=Channel.WEB, now=START))
        state = AgentState(session_id="s", conversation_id=conversation_id, session_start=START, last_activity=START)
        answered = SurveyAnswered(event_id="s", at=at(50), survey_id="s", **survey)
        events = [asks(0), replies(2, 0, TIER1), answered]
        await log.append(conversation_id, 0, events, state=state, snapshot=False)
    [tier1] = await PostgresPerformance(pool).figures(START, at(3600), None)
    await pool.close()
    assert tier1.csat == pytest.approx(satisfied_share([4, 4, 2, 5]))
    assert (tier1.nps, tier1.effort) == (pytest.approx(net_promoter_score([10, 7, 6])), mean_effort([1, 4]))


@pytest.mark.parametrize(
    ("meanwhile", "rate"),
    [
        ([], 1.0),
        ([escalates(3, TIER1, to=BILLING)], 1.0),
        ([escalates(3, TIER1), asks_person(3)], 0.0),
        ([closes(3), ConversationReopened(event_id="o", at=at(4), closed_at=at(3))], 0.0),
    ],
)
async def test_a_first_contact_resolves_without_a_person_and_without_coming_back(
    make_database, migrated_template, meanwhile, rate
):
    pool = await open_pool(await make_database(migrated_template))
    log = PostgresConversationLog(pool, SilentBell())
    await log.open(OpenInput(conversation_id="c", customer_id="C", channel=Channel.WEB, now=START))
    state = AgentState(session_id="s", conversation_id="c", session_start=START, last_activity=START)
    await log.append("c", 0, [asks(0), replies(2, 0, TIER1), *meanwhile, closes(9)], state=state, snapshot=False)
    [tier1] = await PostgresPerformance(pool).figures(START, at(3600), None)
    await pool.close()
    assert tier1.first_contact_resolution == rate


async def test_one_agent_type(performance):
    assert [f.agent_type for f in await performance.figures(START, at(3600), HUMAN)] == [HUMAN]


async def test_a_period_in_which_nothing_happened(performance):
    assert await performance.figures(at(10_000), at(20_000), None) == []
