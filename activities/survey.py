"""Sending the survey question to the customer's own address, beside the conversation that shows it."""

from datetime import datetime

from pydantic import ValidationError
from temporalio import activity

from activities.errors import as_application_error
from activities.ports import Effect, Notifier
from domain.errors import UnknownCustomer
from domain.idempotency import effect_key
from domain.model import Record
from domain.state import AgentType, Channel
from domain.toolbox.tickets import NotificationChannel, SendCustomerNotification

REACHED_BY: dict[Channel, NotificationChannel] = {
    Channel.PHONE: "sms",
    Channel.SMS: "sms",
    Channel.MOBILE: "mobile",
}
"""By e-mail where nothing is said."""


class SurveyQuestion(Record):
    survey_id: str
    conversation_id: str
    customer_id: str
    channel: Channel
    question: str
    at: datetime


class SurveyActivities:
    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier

    @activity.defn
    async def send_survey(self, question: SurveyQuestion) -> None:
        """Queue the question, once a survey."""
        effect = Effect(
            key=effect_key(question.conversation_id, question.survey_id, "send_survey", ""),
            tool="send_survey",
            conversation_id=question.conversation_id,
            customer_id=question.customer_id,
            agent=AgentType.QUALITY_ASSURANCE,
            at=question.at,
        )
        with as_application_error():
            try:
                await self._notifier.send(effect, _notification(question))
            except (UnknownCustomer, ValidationError):
                activity.logger.warning("The customer of a survey is gone; nothing was sent.")


def _notification(question: SurveyQuestion) -> SendCustomerNotification:
    """Raises ValidationError for an id that the customer system cannot have."""
    return SendCustomerNotification(
        customer_id=question.customer_id,
        message=question.question,
        channel=REACHED_BY.get(question.channel, "email"),
        subject="How did we do?",
    )
