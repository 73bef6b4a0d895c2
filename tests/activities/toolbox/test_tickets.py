from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from activities.ports import NewTicket
from adapters.postgres.back_office import postgres_back_office
from domain.state import Priority, Ticket
from tests.activities.office import NOW, Office

pytestmark = pytest.mark.integration

ME = {"customer_id": "CUST_001"}


@pytest_asyncio.fixture
async def ticket(office: Office) -> Ticket:
    opened = Ticket(
        ticket_id="T-1",
        priority=Priority.HIGH,
        category="conversation",
        created_at=NOW,
        updated_at=NOW,
        sla_deadline=NOW + timedelta(hours=4),
        tags=["vip"],
    )
    new = NewTicket(ticket=opened, conversation_id="conversation-of-CUST_001", customer_id="CUST_001")
    tickets = postgres_back_office(office.pool).tickets
    assert await tickets.open(new) == opened
    changed = new.model_copy(update={"ticket": opened.model_copy(update={"category": "other"})})
    assert await tickets.open(changed) == opened, "opening again finds the ticket as it is"
    return opened


async def update(office: Office, status: str, ticket_id: str = "T-1", **changes: Any):
    arguments = {"ticket_id": ticket_id, "status": status, "note": "Credit booked"}
    return await office.run("update_ticket_status", arguments, customer_id="CUST_001", **changes)


async def test_a_status_changes_with_a_note(office: Office, ticket: Ticket):
    outcome = await update(office, "resolved")
    assert outcome.result["previous_status"] == "new"
    assert outcome.result["status"] == "resolved"
    [change] = await office.rows("select * from ticket_changes")
    assert (change["previous"], change["status"], change["note"], change["agent"]) == (
        "new",
        "resolved",
        "Credit booked",
        "billing",
    )


async def test_a_repetition_in_the_same_turn_is_one_change(office: Office, ticket: Ticket):
    first, again = await update(office, "in_progress"), await update(office, "in_progress")
    assert first.result == again.result
    assert await office.value("select count(*) from ticket_changes") == 1


async def test_a_later_turn_may_say_it_again(office: Office, ticket: Ticket):
    await update(office, "resolved", occasion="m-1")
    await update(office, "in_progress", occasion="m-2")
    back = await update(office, "resolved", occasion="m-3")
    assert back.result["previous_status"] == "in_progress"
    assert await office.value("select status from tickets") == "resolved"


async def test_what_cannot_follow_is_refused_with_what_can(office: Office, ticket: Ticket):
    await update(office, "closed")
    outcome = await update(office, "resolved")
    assert outcome.error_type == "status-refused"
    assert "in_progress" in outcome.error
    assert await office.value("select status from tickets") == "closed"


@pytest.mark.parametrize(("ticket_id", "customer"), [("T-1", "CUST_002"), ("T-404", "CUST_001")])
async def test_other_peoples_tickets_are_not_found(office: Office, ticket: Ticket, ticket_id: str, customer: str):
    arguments = {"ticket_id": ticket_id, "status": "closed"}
    outcome = await office.run("update_ticket_status", arguments, customer_id=customer)
    assert outcome.error_type == "not-found"
    assert await office.value("select status from tickets") == "new"


@pytest.mark.parametrize(("channel", "recipient"), [("email", "a***@example.org"), ("sms", "+***"), ("mobile", "+***")])
async def test_a_notification_goes_to_the_address_on_file(office: Office, channel: str, recipient: str):
    outcome = await office.run("send_customer_notification", ME | {"message": "Credit booked", "channel": channel})
    assert outcome.result["recipient"] == recipient
    assert outcome.result["status"] == "queued"
    [queued] = await office.rows("select * from notifications")
    assert queued["body"] == "Credit booked"
    assert queued["recipient"] in {"alice.morgan@example.org", "+1-555-0101"}
    assert queued["notification_id"] == outcome.result["notification_id"]


async def test_the_same_notification_in_one_turn_is_sent_once(office: Office):
    message = ME | {"message": "Credit booked"}
    first = await office.run("send_customer_notification", message)
    again = await office.run("send_customer_notification", message)
    other = await office.run("send_customer_notification", message | {"message": "And a second thing"})
    later = await office.run("send_customer_notification", message, occasion="m-2")
    ids = {outcome.result["notification_id"] for outcome in (first, again, other, later)}
    assert first.result == again.result
    assert len(ids) == 3
    assert await office.value("select count(*) from notifications") == 3


async def test_metrics_are_recorded_once(office: Office):
    metrics = {"metrics": [{"name": "handle_time_seconds", "value": 12.5}, {"name": "turns", "value": 3}]}
    for _ in range(2):
        outcome = await office.run("log_interaction_metrics", metrics, agent="supervisor")
        assert outcome.result == {"logged": 2}
    rows = await office.rows("select name, value, agent from interaction_metrics order by name")
    assert rows == [
        {"name": "handle_time_seconds", "value": 12.5, "agent": "supervisor"},
        {"name": "turns", "value": 3.0, "agent": "supervisor"},
    ]
