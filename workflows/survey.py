"""One survey question with an expiry: sent on the customer's channel, answered in the conversation."""

from datetime import timedelta

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


@workflow.defn
class SurveyWorkflow:
    """Sends the question, then tells the conversation if it stays unanswered."""

    @workflow.init
    def __init__(self, start: SurveyInput) -> None:
        self._stopped = False

    @workflow.run
    async def run(self, start: SurveyInput) -> None:
        await workflow.execute_activity_method(
            SurveyActivities.send_survey,
            start.question,
            **summarized(SURVEY, "Send the survey question"),
        )
        try:
            await workflow.wait_condition(
                lambda: self._stopped,
                timeout=timedelta(seconds=start.expires_seconds),
                timeout_summary="Survey expires",
            )
        except TimeoutError:
            notice = SurveyNotice(survey_id=start.survey_id, kind="expired")
            conversation = workflow.get_external_workflow_handle(start.conversation_workflow_id)
            try:
                await conversation.signal(SURVEY_CALLED, notice)
            except FailureError:
                workflow.logger.info("The conversation of this survey is gone.")

    @workflow.signal
    def stop(self) -> None:
        """Answered, or the conversation goes on."""
        self._stopped = True
