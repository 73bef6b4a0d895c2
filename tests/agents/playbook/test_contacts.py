"""Earlier contacts and tickets."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agents.playbook.phrases import ANYTHING_ELSE, OFFER_PERSON
from domain.classification import Classification
from domain.messages import ThinkInput
from domain.state import AgentType, Channel, PastInteraction, Priority, TicketStatus
from domain.toolbox.crm import CREATE_TICKET, TicketCreated
from domain.toolbox.customer import GET_CUSTOMER_INTERACTION_HISTORY, InteractionHistory
from tests.agents.playbook.rules import said, used
from tests.agents.thoughts import gave, refused, thought

pytestmark = pytest.mark.unit


def about(text: str, intent: str = "general_faq", **more: Any) -> ThinkInput:
    return thought(text, agent=AgentType.TIER1, reading=Classification(intent=intent, confidence=0.97), **more)


def contact(day: int, summary: str, *, resolved: bool = True) -> PastInteraction:
    at = datetime(2026, 10, day, 9, tzinfo=UTC)
    return PastInteraction(at=at, channel=Channel.PHONE, category="x", summary=summary, resolved=resolved)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Did I contact you before?", "general_faq"),
        ("What did I ask you last time?", "unknown"),
        ("what did we talk about last time", "unknown"),
        ("What was my last contact with you about?", "billing_question"),
        ("Have I been in contact with you before?", "general_faq"),
    ],
)
def test_earlier_contacts_are_looked_up_a_year_back(text: str, intent: str) -> None:
    use = used(about(text, intent))
    assert use.tool is GET_CUSTOMER_INTERACTION_HISTORY
    assert use.arguments["days_back"] == 365
    assert GET_CUSTOMER_INTERACTION_HISTORY.arguments.model_validate(dict(use.arguments))


def test_the_newest_contacts_are_told_first_and_what_was_left_open() -> None:
    history = InteractionHistory(
        interactions=[contact(1, "The oldest."), contact(2, "About a bill."), contact(3, "Slow.", resolved=False),
                      contact(4, "The newest.")],
        total=4,
    )  # fmt: skip
    text = said(about("Did I contact you before?", results=(gave(GET_CUSTOMER_INTERACTION_HISTORY, history),))).text
    assert text.index("4 October 2026, phone: The newest.") < text.index("Slow. It was not settled then.")
    assert "About a bill.\n" in text
    assert "The oldest" not in text
    assert text.endswith(ANYTHING_ELSE)
    nobody = InteractionHistory(interactions=[], total=0)
    none = said(about("Did I contact you before?", results=(gave(GET_CUSTOMER_INTERACTION_HISTORY, nobody),)))
    assert "no earlier contact" in none.text


@pytest.mark.parametrize(
    "text",
    ["Can you open a ticket for my TV problem?", "please create a new ticket", "Open a ticket", "I want a ticket"],
)
def test_a_ticket_is_opened_in_the_customers_words(text: str) -> None:
    use = used(about(text))
    assert use.tool is CREATE_TICKET
    arguments = CREATE_TICKET.arguments.model_validate(dict(use.arguments))
    assert text in arguments.description
    assert arguments.product_type == ("tv" if "TV" in text else "")


@pytest.mark.parametrize(
    "text",
    [
        "Do I have any open tickets?",
        "what is the status of my open ticket?",
        "please don't open a ticket",
        "Did you create a ticket for me?",
        "Can you close my open ticket T-123?",
        "I have opened a ticket already",
        "How do I create a ticket?",
    ],
)
def test_a_ticket_that_is_only_spoken_of_is_not_opened(text: str) -> None:
    assert used(about(text)).tool is not CREATE_TICKET


def test_the_tickets_number_is_told_and_its_day() -> None:
    ticket = TicketCreated(
        ticket_id="T-77",
        status=TicketStatus.NEW,
        priority=Priority.MEDIUM,
        sla_deadline=datetime(2026, 11, 23, 15, tzinfo=UTC),
    )
    text = said(about("please open a ticket", results=(gave(CREATE_TICKET, ticket),))).text
    assert "T-77" in text
    assert "23 November 2026" in text
    failed = said(about("please open a ticket", results=(refused(CREATE_TICKET, "unavailable"),)))
    assert "couldn't open" in failed.text
    assert failed.text.endswith(OFFER_PERSON)
