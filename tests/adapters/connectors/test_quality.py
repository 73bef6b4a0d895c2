"""The quality check of conversations whose tools another system serves: what it did stands in our books, too."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from activities.ports import BackOffice
from activities.tools import ToolActivities
from adapters.postgres.back_office import postgres_back_office
from adapters.postgres.pool import open_pool
from agents.minds import AgentMinds
from domain.errors import BackOfficeUnavailable
from domain.quality import Check, QualityReport
from tests.activities.office import Office
from tests.activities.test_quality import CREDIT, asks, check, credited, says
from tests.adapters.connectors.asking import effect, note
from tests.adapters.connectors.conftest import Connect
from tests.adapters.connectors.test_http import NOTES, counts, crm
from tests.conftest import MakeDatabase

pytestmark = pytest.mark.integration

POOL_SIZE = 2
OPERATIONS = {"billing.credit": "POST /credits", "relations.add_note": NOTES}


@pytest_asyncio.fixture
async def office(make_database: MakeDatabase, demo_template: str) -> AsyncIterator[Office]:
    """Of the test's own: conversations have one log."""
    pool = await open_pool(await make_database(demo_template), min_size=1, max_size=POOL_SIZE)
    yield Office(pool)
    await pool.close()


@pytest_asyncio.fixture
async def own(office: Office) -> BackOffice:
    return postgres_back_office(office.pool)


@pytest_asyncio.fixture
async def connected(office: Office, connect: Connect, http_port: int) -> Office:
    office.tools = ToolActivities(await connect(billing=crm(http_port, operations=OPERATIONS)))
    return office


async def test_an_honest_credit_passes(connected: Office, http_port: int) -> None:
    before = (await counts(http_port)).get("credits", 0)
    report = await check(connected, AgentMinds(), await credited(connected))
    assert report == QualityReport(score=1.0, passed=True)
    assert (await counts(http_port))["credits"] == before + 1


async def test_a_credit_without_a_yes_in_the_log_fails(connected: Office) -> None:
    first, _, *rest = await credited(connected)
    report = await check(connected, AgentMinds(), [first, says(1, "Hm."), *rest])
    assert [(finding.check, finding.seq) for finding in report.findings] == [(Check.POLICY, 4)]


async def test_a_credit_that_no_tool_gave_fails(connected: Office) -> None:
    story = [asks(1, "You charged 49.99 twice"), says(1, "I've credited $49.99 to your account.")]
    report = await check(connected, AgentMinds(), story)
    assert [finding.check for finding in report.findings] == [Check.PROMISES]
    assert not report.passed


async def test_a_repetition_is_entered_once(connected: Office) -> None:
    first = await connected.credit(CREDIT)
    again = await connected.credit(CREDIT)
    assert first.success
    assert first.result == again.result
    [entered] = await connected.rows("select tool, customer_id, agent, result from effects")
    assert entered["result"]["transaction_id"].startswith("TX-")
    assert (entered["tool"], entered["customer_id"], entered["agent"]) == (
        "apply_credit_adjustment",
        "CUST_001",
        "billing",
    )


async def test_while_our_books_are_away_the_effect_is_tried_again(
    connect: Connect, http_port: int, own: BackOffice, office: Office
) -> None:
    served, once = await connect(crm=crm(http_port, operations=OPERATIONS)), effect()
    before = (await counts(http_port)).get("notes", 0)
    async with AsyncExitStack() as busy:
        for _ in range(POOL_SIZE):
            await busy.enter_async_context(office.pool.connection())
        with pytest.raises(BackOfficeUnavailable, match="PostgreSQL is away"):
            await served.support.relations.add_note(once, note())
    added = await served.support.relations.add_note(once, note())
    [entered] = await office.rows("select key, result from effects")
    assert (entered["key"], entered["result"]["note_id"]) == (once.key, added.note_id)
    assert (await counts(http_port))["notes"] == before + 1
