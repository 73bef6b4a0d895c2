"""Honest conversations pass: the offline agents' own talks on the real back office, judged by the offline rules."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.postgres.compliance import PostgresCompliance
from adapters.postgres.database import Database
from adapters.postgres.pool import open_pool
from agents import Minds
from cli.simulation.script import Script, load_script
from domain.evidence import gather
from domain.quality import Check, QualityReport, Severity
from tests.activities.office import Office
from tests.agents.recorded import RecordedTalk
from tests.agents.talk import a_customer
from tests.conftest import MakeDatabase

pytestmark = pytest.mark.integration

SCRIPTS = sorted((Path(__file__).parents[1] / "conversations").glob("*.yaml"))


@pytest_asyncio.fixture(scope="module")
async def shop(make_database: MakeDatabase, demo_template: str) -> AsyncIterator[Office]:
    """One for all scripts: what a talk leaves behind for the next may surprise it, and must not make it lie."""
    pool = await open_pool(await make_database(demo_template), min_size=1, max_size=4)
    yield Office(pool)
    await pool.close()


async def told(minds: Minds, office: Office, customer_id: str, *says: str) -> RecordedTalk:
    customer = a_customer(customer_id=customer_id)
    talk = RecordedTalk(minds, office.tools.run, customer=customer, conversation_id=f"c-{uuid4().hex[:8]}")
    for text in says:
        await talk.say(text)
    return talk


async def judged(talk: RecordedTalk, office: Office) -> QualityReport:
    effects = await PostgresCompliance(Database(office.pool)).effects(talk.conversation_id)
    return await talk.minds.agents.review(gather(talk.conversation_id, talk.written(), effects))


STORY = ("I was charged twice for the same service", "Yes please", "yes thanks")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
async def test_the_scripts_of_conversations_pass(minds: Minds, shop: Office, path: Path) -> None:
    script: Script = load_script(path)
    talk = await told(minds, shop, script.customer, *(step.says for step in script.steps))
    report = await judged(talk, shop)
    assert report.passed, report.findings
    assert not [finding for finding in report.findings if finding.severity is not Severity.MINOR], report.findings


async def test_a_credit_and_its_figures_are_traced_to_the_last_cent(minds: Minds, office: Office) -> None:
    talk = await told(minds, office, "CUST_001", *STORY)
    effects = await PostgresCompliance(Database(office.pool)).effects(talk.conversation_id)
    evidence = gather(talk.conversation_id, talk.written(), effects)
    [credit] = evidence.effects
    assert (credit.tool, credit.consent_message_id) == ("apply_credit_adjustment", "m-2")
    assert 0 < credit.agreed_at_seq < credit.seq
    assert "49.99" in next(run.figures for run in evidence.tool_runs if run.tool == "get_billing_information")
    assert (await judged(talk, office)).score == 1.0


@pytest.mark.parametrize(
    ("lie", "check"),
    [
        (("$49.99", "$59.99"), Check.FACTS),
        (("Done", "Calm down, I've sent a technician. Done"), Check.TONE),
    ],
)
async def test_the_same_story_with_one_lie_fails(
    minds: Minds, office: Office, lie: tuple[str, str], check: Check
) -> None:
    talk = await told(minds, office, "CUST_001", *STORY)
    log = [
        one.model_copy(update={"event": one.event.model_copy(update={"message": one.event.message.replace(*lie)})})
        if one.event.type == "agent_message" and "TX-" in one.event.message
        else one
        for one in talk.written()
    ]
    effects = await PostgresCompliance(Database(office.pool)).effects(talk.conversation_id)
    report = await minds.agents.review(gather(talk.conversation_id, log, effects))
    assert not report.passed
    assert check in [finding.check for finding in report.findings]


async def test_a_credit_that_never_was_fails(minds: Minds, office: Office) -> None:
    talk = await told(minds, office, "CUST_001", *STORY)
    report = await minds.agents.review(gather(talk.conversation_id, talk.written(), []))
    assert [finding.check for finding in report.findings] == [Check.PROMISES]
    assert not report.passed
