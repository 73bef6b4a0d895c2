"""What other systems report, on a real Temporal server with a real log."""

from datetime import UTC, datetime

import pytest

from domain.integrations import IntegrationReport
from tests.workflows.stage import Stage
from workflows.conversation import ConversationWorkflow

pytestmark = [pytest.mark.integration, pytest.mark.timeout(60)]


def report(event_id: str) -> IntegrationReport:
    return IntegrationReport(
        event_id=event_id, system="ticketing", kind="ticket_updated", external_id="INC-1", at=datetime.now(UTC)
    )


async def test_a_report_is_logged_once_and_the_conversation_goes_on(stage: Stage) -> None:
    talk = await stage.open("my bill is wrong")
    await talk.until_answered()
    for _ in range(3):
        await talk.handle.signal(ConversationWorkflow.integration_event, report("e1"))
    await talk.until("integration_event")
    await talk.handle.signal(ConversationWorkflow.integration_event, report("e2"))
    await talk.until("integration_event", "integration_event")
    await talk.say("any news?")
    await talk.until_answered()
    assert (await talk.types()).count("integration_event") == 2
    assert (await talk.state()).external_ticket_id == "INC-1"
    assert (await stage.log.snapshot(talk.conversation_id)).external_ticket_id == "INC-1"
    assert await stage.log.conversation_about("ticketing", "INC-1") == talk.conversation_id
    assert await stage.log.conversation_about("crm", "INC-1") is None
