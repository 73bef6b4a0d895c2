"""Sending the survey's question: an address that cannot be, or is gone, must not hold the conversation."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from temporalio.testing import ActivityEnvironment

from activities.ports import Effect
from activities.survey import SurveyActivities, SurveyQuestion
from domain.errors import UnknownCustomer
from domain.state import Channel
from domain.toolbox.tickets import SendCustomerNotification

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Outbox:
    """Implements ``send`` of ``Notifier``."""

    known: str = "CUST_001"
    sent: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, effect: Effect, notification: SendCustomerNotification) -> None:
        if notification.customer_id != self.known:
            raise UnknownCustomer(notification.customer_id)
        self.sent.append((notification.channel, notification.message))


async def send(customer_id: str, channel: Channel = Channel.WEB) -> Outbox:
    outbox = Outbox()
    question = SurveyQuestion(
        survey_id="survey-c-1",
        conversation_id="c",
        customer_id=customer_id,
        channel=channel,
        question="How did we do?",
        at=NOW,
    )
    await ActivityEnvironment().run(SurveyActivities(outbox).send_survey, question)  # type: ignore[arg-type]
    return outbox


@pytest.mark.parametrize(
    ("channel", "sent_by"), [(Channel.WEB, "email"), (Channel.SMS, "sms"), (Channel.MOBILE, "mobile")]
)
async def test_the_question_goes_to_the_customer_s_own_address(channel: Channel, sent_by: str):
    assert (await send("CUST_001", channel)).sent == [(sent_by, "How did we do?")]


@pytest.mark.parametrize("customer_id", ["", " ", "'; drop table customers; --", "名前", "x" * 300, "CUST_999"])
async def test_a_customer_who_cannot_be_reached_gets_no_question(customer_id: str):
    assert (await send(customer_id)).sent == []
