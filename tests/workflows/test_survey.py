"""The survey's child by itself: what it tells the conversation, and in which order, whoever is away meanwhile."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from activities.survey import SurveyQuestion
from domain.messages import SurveyNotice
from domain.state import Channel
from workflows.options import SURVEY_CALLED
from workflows.survey import SurveyInput, SurveyWorkflow

pytestmark = [pytest.mark.integration, pytest.mark.timeout(90)]

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@workflow.defn(sandboxed=False)
class Listener:
    """Stands for the conversation: remembers what it is told."""

    @workflow.init
    def __init__(self) -> None:
        self._heard: list[str] = []

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.signal(name=SURVEY_CALLED)
    def survey_called(self, notice: SurveyNotice) -> None:
        self._heard.append(notice.kind)

    @workflow.query
    def heard(self) -> list[str]:
        return self._heard


@dataclass
class Scene:
    client: Client
    task_queue: str = field(default_factory=lambda: f"survey-{uuid4().hex[:8]}")
    sent: list[str] = field(default_factory=list)

    def worker(self) -> Worker:
        @activity.defn(name="send_survey")
        async def send_survey(question: SurveyQuestion) -> None:
            self.sent.append(question.survey_id)

        return Worker(
            self.client, task_queue=self.task_queue, workflows=[SurveyWorkflow, Listener], activities=[send_survey]
        )

    async def start(self, *, reminder: float | None, expires: float) -> tuple[WorkflowHandle, WorkflowHandle]:
        """The survey and who listens to it."""
        listener = await self.client.start_workflow(
            Listener.run, id=f"listener-{uuid4().hex[:8]}", task_queue=self.task_queue
        )
        survey_id = f"survey-{uuid4().hex[:8]}"
        question = SurveyQuestion(
            survey_id=survey_id,
            conversation_id="c",
            customer_id="CUST_001",
            channel=Channel.WEB,
            question="How did we do?",
            at=START,
        )
        start = SurveyInput(
            conversation_workflow_id=listener.id,
            survey_id=survey_id,
            question=question,
            expires_seconds=expires,
            reminder_seconds=reminder,
        )
        survey = await self.client.start_workflow(SurveyWorkflow.run, start, id=survey_id, task_queue=self.task_queue)
        return survey, listener

    async def until_sent(self) -> None:
        async with asyncio.timeout(20):
            while not self.sent:
                await asyncio.sleep(0.02)


@pytest.fixture
def scene(temporal_client: Client) -> Scene:
    return Scene(temporal_client)


async def heard(listener: WorkflowHandle) -> list[str]:
    """What it was told; it is needed no more."""
    told = await listener.query(Listener.heard)
    await listener.terminate()
    return told


async def test_a_reminder_and_then_the_end(scene: Scene) -> None:
    async with scene.worker():
        survey, listener = await scene.start(reminder=0.3, expires=5)
        await survey.result()
        assert await heard(listener) == ["reminder", "expired"]
    assert scene.sent == [survey.id]


@pytest.mark.parametrize(("reminder", "told"), [(300.0, []), (0.1, ["reminder"])], ids=["before", "after it"])
async def test_silence_once_it_is_answered(scene: Scene, reminder: float, told: list[str]) -> None:
    async with scene.worker():
        survey, listener = await scene.start(reminder=reminder, expires=600)
        await scene.until_sent()
        async with asyncio.timeout(20):
            while await listener.query(Listener.heard) != told:
                await asyncio.sleep(0.05)
        await survey.signal(SurveyWorkflow.stop)
        await survey.result()
        assert await heard(listener) == told


async def test_who_wants_no_reminder_and_surveys_of_old_code_have_none(scene: Scene) -> None:
    assert SurveyInput.model_fields["reminder_seconds"].default is None
    async with scene.worker():
        survey, listener = await scene.start(reminder=None, expires=0.3)
        await survey.result()
        assert await heard(listener) == ["expired"]


@pytest.mark.parametrize(
    ("expires", "told"), [(12, ["reminder", "expired"]), (1, ["expired"])], ids=["late", "too late"]
)
async def test_nobody_runs_when_the_reminder_is_due(scene: Scene, expires: float, told: list[str]) -> None:
    """It comes late, but not when the survey is over by then."""
    async with scene.worker():
        survey, listener = await scene.start(reminder=0.8, expires=expires)
        await scene.until_sent()
    await asyncio.sleep(2)
    async with scene.worker():
        if expires > 2:
            async with asyncio.timeout(15):
                while not await listener.query(Listener.heard):
                    await asyncio.sleep(0.05)
        await survey.result()
        assert await heard(listener) == told


async def test_a_conversation_that_is_gone_needs_nothing(scene: Scene) -> None:
    async with scene.worker():
        survey, listener = await scene.start(reminder=0.3, expires=0.6)
        await listener.terminate()
        await survey.result()
