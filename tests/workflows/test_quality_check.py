"""The quality check of a conversation that is to end: it runs beside the survey, ends nothing by itself, and what it
doubts a person puts right."""

from collections.abc import Callable

import pytest

from domain.errors import ModelFailed, ModelUnavailable
from domain.events import ConversationClosed, Event, HandoffRequested, InterimMessage, QualityChecked
from domain.messages import Decision, EnginePolicy, ThinkInput
from domain.quality import Check, Finding, QualityEvidence, QualityReport, Severity
from domain.state import AgentType
from domain.triggers import Trigger
from domain.words import QUALITY_DOUBTED
from tests.workflows.stage import ScriptedAgents, Stage, Talk, says
from tests.workflows.test_escalation import hops
from workflows.survey import SurveyWorkflow

pytestmark = pytest.mark.integration

FAILED = QualityReport(
    score=0.2,
    passed=False,
    findings=[Finding(check=Check.PROMISES, severity=Severity.CRITICAL, text="No credit was given.", seq=4)],
)


async def content(thought: ThinkInput) -> Decision:
    """The customer says that it is solved."""
    return says("Glad to help.", outcome="resolution_confirmed")


def reviewing(agents: ScriptedAgents, review: Callable[[QualityEvidence], QualityReport]) -> list[QualityEvidence]:
    """Have this function check; returns what it will be shown."""
    shown: list[QualityEvidence] = []

    async def seen(evidence: QualityEvidence) -> QualityReport:
        shown.append(evidence)
        return review(evidence)

    agents.review = seen  # type: ignore[method-assign]
    return shown


async def solved(stage: Stage, policy: EnginePolicy | None = None) -> Talk:
    """A conversation whose customer has just said that it is solved."""
    stage.agents.mind = content
    return await stage.open("thanks, that solved it", policy=policy)


def types(events: list[Event]) -> list[str]:
    return [event.type for event in events]


def only(events: list[Event], kind: type) -> Event:
    [found] = [event for event in events if isinstance(event, kind)]
    return found


def assert_a_person_is_asked(events: list[Event]) -> None:
    """Once, for this reason, by way of the supervisor, and the customer is told in a word and not in a reply."""
    requested = only(events, HandoffRequested)
    assert isinstance(requested, HandoffRequested)
    assert requested.reason == Trigger.QUALITY_FAILED
    assert hops(events)[-2:] == [
        (AgentType.QUALITY_ASSURANCE, AgentType.SUPERVISOR, Trigger.QUALITY_FAILED),
        (AgentType.SUPERVISOR, AgentType.HUMAN, Trigger.QUALITY_FAILED),
    ]
    assert [event.message for event in events if isinstance(event, InterimMessage)] == [QUALITY_DOUBTED]


async def test_what_fails_the_check_is_put_right_by_a_person(stage: Stage) -> None:
    stage.agents.report = FAILED
    talk = await solved(stage)
    events = await talk.until("quality_checked", "handoff_requested")
    checked = only(events, QualityChecked)
    assert isinstance(checked, QualityChecked)
    assert (checked.score, checked.passed, checked.findings) == (0.2, False, FAILED.findings)
    assert_a_person_is_asked(events)
    assert (await talk.state()).requires_human

    # The survey is gone: a number is no answer to it, and nothing is closed by it.
    [survey_id] = [event.survey_id for event in events if event.type == "survey_requested"]
    await stage.client.get_workflow_handle_for(SurveyWorkflow.run, survey_id).result()
    await talk.say("5")
    events = await talk.until_answered()
    assert not {"survey_answered", "conversation_closed"} & set(types(events))


async def test_what_passes_ends_as_before(stage: Stage) -> None:
    shown = reviewing(stage.agents, lambda evidence: QualityReport.of([]))
    talk = await solved(stage)
    events = await talk.until("quality_checked", "survey_requested")
    checked = only(events, QualityChecked)
    assert isinstance(checked, QualityChecked)
    assert (checked.score, checked.passed) == (1.0, True)
    await talk.say("5")
    await talk.until("conversation_closed")
    await talk.handle.result()
    events = await talk.events()
    assert types(events).count("quality_checked") == 1, "no agent has worked on it since"
    assert "handoff_requested" not in types(events)
    [evidence] = shown
    assert [said.text for said in evidence.judged()] == ["Glad to help."], "all of it was in the log"


async def test_nobody_can_check_and_it_closes_all_the_same(stage: Stage) -> None:
    def fails(evidence: QualityEvidence) -> QualityReport:
        raise ModelFailed("refused")

    shown = reviewing(stage.agents, fails)
    talk = await solved(stage)
    await talk.until("survey_requested")
    await talk.say("5")
    await talk.until("conversation_closed")
    await talk.handle.result()
    [told] = [event for event in await talk.events() if isinstance(event, QualityChecked)]
    assert (told.score, told.passed) == (None, True), "the log says that nobody could"
    assert "handoff_requested" not in await talk.types()
    assert len(shown) == 1, "a refusal is final"


async def test_an_outage_of_the_model_delays_the_check_and_no_more(stage: Stage) -> None:
    left = [ModelUnavailable("busy")]

    def away_at_first(evidence: QualityEvidence) -> QualityReport:
        if left:
            raise left.pop()
        return QualityReport.of([])

    shown = reviewing(stage.agents, away_at_first)
    talk = await solved(stage)
    await talk.until("quality_checked")
    assert len(shown) == 2


async def test_who_falls_silent_is_checked_before_the_run_ends(stage: Stage) -> None:
    talk = await stage.open("my bill is wrong", policy=EnginePolicy(idle_warning_seconds=1, idle_close_seconds=2))
    await talk.until("conversation_closed")
    await talk.handle.result()
    events = await talk.events()
    closed = only(events, ConversationClosed)
    assert isinstance(closed, ConversationClosed)
    assert closed.reason == "idle"
    assert types(events)[-1] == "quality_checked", "checked once all of it is in the log"
    assert types(events).count("quality_checked") == 1


async def test_what_fails_after_the_end_is_reopened(stage: Stage) -> None:
    stage.agents.report = FAILED
    talk = await stage.open("my bill is wrong", policy=EnginePolicy(idle_warning_seconds=1, idle_close_seconds=2))
    events = await talk.until("conversation_closed", "quality_checked", "conversation_reopened", "handoff_requested")
    order = [
        kind
        for kind in types(events)
        if kind in {"conversation_closed", "quality_checked", "conversation_reopened", "handoff_requested"}
    ]
    assert order == ["conversation_closed", "quality_checked", "conversation_reopened", "handoff_requested"]
    assert_a_person_is_asked(events)
    assert (await talk.state()).requires_human


async def test_what_was_judged_once_is_not_judged_again(stage: Stage) -> None:
    """The customer goes on after the survey question: the second check is of what came since."""
    shown = reviewing(stage.agents, lambda evidence: QualityReport.of([]))
    talk = await solved(stage)
    await talk.until("quality_checked")
    await talk.say("one more thing is solved, too")
    await talk.until("quality_checked", "quality_checked")
    first, second = shown
    assert [said.text for said in first.judged()] == [said.text for said in second.judged()] == ["Glad to help."]
    assert second.since_seq > first.since_seq == 0
