"""One survey question with a reminder and an expiry: sent on the customer's channel, answered in the conversation."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.survey import SurveyActivities, SurveyQuestion
    from domain.messages import SurveyNotice
    from domain.model import Record
    from workflows.options import SURVEY, SURVEY_CALLED, summarized


class SurveyInput(Record):
    conversation_workflow_id: str
    survey_id: str
    question: SurveyQuestion
    expires_seconds: float
    reminder_seconds: float | None = None
    """None: no reminder."""


@workflow.defn
class SurveyWorkflow:
    """Sends the question, then tells the conversation when a reminder is due, and when it is too late for an answer.

    Whether the survey is open at that moment is for the conversation to judge: the customer may just be answering.
    """

    @workflow.init
    def __init__(self, start: SurveyInput) -> None:
        self._start = start
        self._stopped = False

    @workflow.run
    async def run(self, start: SurveyInput) -> None:
        await workflow.execute_activity_method(
            SurveyActivities.send_survey,
            start.question,
            **summarized(SURVEY, "Send the survey question"),
        )
        expires_at = workflow.now() + timedelta(seconds=start.expires_seconds)
        if start.reminder_seconds is not None:
            reminder_at = workflow.now() + timedelta(seconds=start.reminder_seconds)
            if await self._stopped_before(reminder_at, "Survey reminder"):
                return
            # Not after an outage that lasted longer than the survey.
            if workflow.now() < expires_at:
                await self._call(SurveyNotice(survey_id=start.survey_id, kind="reminder"))
        if not await self._stopped_before(expires_at, "Survey expires"):
            await self._call(SurveyNotice(survey_id=start.survey_id, kind="expired", answers_first=True))

    async def _stopped_before(self, instant: datetime, summary: str) -> bool:
        """Wait until then; True if it is over earlier."""
        try:
            await workflow.wait_condition(
                lambda: self._stopped,
                timeout=max(timedelta(), instant - workflow.now()),
                timeout_summary=summary,
            )
        except TimeoutError:
            return False
        return True

    async def _call(self, notice: SurveyNotice) -> None:
        # Without a run id: the conversation may have continued as new since.
        conversation = workflow.get_external_workflow_handle(self._start.conversation_workflow_id)
        try:
            await conversation.signal(SURVEY_CALLED, notice)
        except FailureError:
            workflow.logger.info("The conversation of this survey is gone.")

    @workflow.signal
    def stop(self) -> None:
        """Answered, or the conversation goes on."""
        self._stopped = True
