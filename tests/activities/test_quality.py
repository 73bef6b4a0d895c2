"""The check on a real log and real books."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import quality
from activities.quality import CheckInput, QualityActivities
from adapters.postgres.compliance import PostgresCompliance
from adapters.postgres.conversation_log import PostgresConversationLog, SilentBell
from adapters.postgres.database import Database
from agents.minds import AgentMinds
from domain.consent import make_offer
from domain.errors import ModelFailed, ModelUnavailable, SwitchboardError
from domain.events import AgentMessage, CustomerMessageLogged, Event, ToolCompleted
from domain.messages import OpenInput
from domain.quality import Check, EffectShown, QualityEvidence, QualityReport
from domain.state import AgentState, AgentType, Channel
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT
from tests.activities.office import Office

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
CONVERSATION = "conversation-of-CUST_001"
CREDIT = {
    "customer_id": "CUST_001",
    "amount": "49.99",
    "reason": "Duplicate charge",
    "invoice_id": "INV-2026-11-0001",
}
OFFER = make_offer(
    APPLY_CREDIT_ADJUSTMENT, APPLY_CREDIT_ADJUSTMENT.arguments.model_validate(CREDIT), "Credit of $49.99"
)


@dataclass
class KeepingMinds(AgentMinds):
    """The offline minds; what they were shown is kept."""

    fails: SwitchboardError | None = None
    shown: list[QualityEvidence] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    async def review(self, evidence: QualityEvidence) -> QualityReport:
        self.shown.append(evidence)
        if self.fails:
            raise self.fails
        return await super().review(evidence)


def says(number: int, text: str, **more: object) -> AgentMessage:
    return AgentMessage.model_validate(
        {"event_id": f"r-{number}", "at": NOW, "turn_id": str(number), "agent_type": "billing", "message": text}
        | {"answers": [f"m-{number}"]}
        | more
    )


def asks(number: int, text: str) -> CustomerMessageLogged:
    return CustomerMessageLogged(event_id=f"msg-m-{number}", at=NOW, message_id=f"m-{number}", message=text)


async def write(office: Office, events: Sequence[Event]) -> PostgresConversationLog:
    log = PostgresConversationLog(office.pool, SilentBell())
    await log.open(OpenInput(conversation_id=CONVERSATION, customer_id="CUST_001", channel=Channel.WEB, now=NOW))
    state = AgentState(session_id="s", conversation_id=CONVERSATION, session_start=NOW, last_activity=NOW)
    await log.append(CONVERSATION, 0, events, state=state, snapshot=False)
    return log


async def credited(office: Office) -> list[Event]:
    """A customer's yes, the credit in the books, and the log of it."""
    outcome = await office.credit(CREDIT, "m-2")
    assert outcome.success, outcome.error
    ran = ToolCompleted(
        event_id="t",
        at=NOW,
        call_id=outcome.call_id,
        tool=outcome.tool,
        agent_type=AgentType.BILLING,
        execution_seconds=outcome.run_seconds,
        audit_level="high",
        figures=outcome.figures,
    )
    return [
        asks(1, "You charged 49.99 twice"),
        says(1, "I can credit $49.99. Shall I?", offer=OFFER),
        asks(2, "Yes"),
        ran,
        says(2, "I've credited $49.99 to your account."),
    ]


async def check(office: Office, minds: AgentMinds, events: Sequence[Event], since_seq: int = 0) -> QualityReport:
    log = await write(office, events)
    activities = QualityActivities(log, PostgresCompliance(Database(office.pool)), minds)
    request = CheckInput(conversation_id=CONVERSATION, since_seq=since_seq)
    report: QualityReport = await ActivityEnvironment().run(activities.check, request)
    return report


async def test_an_honest_credit_passes_and_is_traced(office: Office) -> None:
    minds = KeepingMinds()
    assert await check(office, minds, await credited(office)) == QualityReport(score=1.0, passed=True)
    [evidence] = minds.shown
    assert evidence.effects == [
        EffectShown(
            tool="apply_credit_adjustment",
            agent=AgentType.BILLING,
            consent_message_id="m-2",
            agreed_at_seq=3,
            seq=4,
        )
    ]
    [run] = evidence.tool_runs
    assert run.figures[0] == "49.99"
    assert any(figure.startswith("TX-") for figure in run.figures)
    assert evidence.complete


async def test_a_credit_without_a_yes_in_the_log_fails(office: Office) -> None:
    first, _, *rest = await credited(office)
    report = await check(office, AgentMinds(), [first, says(1, "Hm."), *rest])
    assert [(finding.check, finding.seq) for finding in report.findings] == [(Check.POLICY, 4)]
    assert not report.passed


async def test_a_credit_that_is_not_in_the_books_fails(office: Office) -> None:
    story = await credited(office)
    await office.rows("update effects set conversation_id = 'another' returning key")
    report = await check(office, AgentMinds(), story)
    assert [finding.check for finding in report.findings] == [Check.PROMISES]


async def test_what_was_taken_back_is_not_in_the_books(office: Office) -> None:
    story = await credited(office)
    await office.rows("update effects set undone_at = now() returning key")
    assert [finding.check for finding in (await check(office, AgentMinds(), story)).findings] == [Check.PROMISES]


async def test_only_what_came_since_is_judged_and_all_of_it_is_known(office: Office) -> None:
    story = [*await credited(office), asks(3, "How much again?"), says(3, "$49.99. Not $77.77.")]
    report = await check(office, AgentMinds(), story, since_seq=6)
    assert [(finding.check, finding.seq) for finding in report.findings] == [(Check.FACTS, 7)]
    assert "77.77" in report.findings[0].text


async def test_a_conversation_that_nobody_opened_has_nothing_to_judge(office: Office) -> None:
    log = PostgresConversationLog(office.pool, SilentBell())
    activities = QualityActivities(log, PostgresCompliance(Database(office.pool)), AgentMinds())
    report = await ActivityEnvironment().run(activities.check, CheckInput(conversation_id="nobody"))
    assert report == QualityReport(score=1.0, passed=True)


async def test_a_long_log_is_read_in_pages_and_its_end_counts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "PAGE", 3)
    monkeypatch.setattr(quality, "EVENTS_LIMIT", 5)
    minds = KeepingMinds()
    await check(office, minds, [event for number in range(1, 5) for event in (asks(number, "?"), says(number, "!"))])
    [evidence] = minds.shown
    assert [said.seq for said in evidence.utterances] == [4, 5, 6, 7, 8]
    assert not evidence.complete


@pytest.mark.parametrize(
    ("error", "final"), [(ModelFailed("no usable answer"), True), (ModelUnavailable("away"), False)]
)
async def test_a_mind_that_fails_is_a_typed_error(office: Office, error: SwitchboardError, final: bool) -> None:
    with pytest.raises(ApplicationError) as failed:
        await check(office, KeepingMinds(fails=error), [asks(1, "Hello")])
    assert (failed.value.type, failed.value.non_retryable) == (error.type, final)


async def test_the_books_by_conversation(office: Office) -> None:
    await credited(office)
    compliance = PostgresCompliance(Database(office.pool))
    [effect] = await compliance.effects(CONVERSATION)
    assert (effect.tool, effect.agent) == ("apply_credit_adjustment", AgentType.BILLING)
    assert len(effect.key) == 64
    assert await compliance.effects("another") == []
