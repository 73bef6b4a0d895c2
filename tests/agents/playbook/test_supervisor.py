"""Every rule of the supervisor's playbook that is its own."""

from datetime import timedelta
from typing import Any

import pytest

from agents.playbook.phrases import OFFER_PERSON
from domain.classification import Affirmation, Classification
from domain.consent import make_offer
from domain.messages import ThinkInput
from domain.state import AgentType, Consent, Priority, TicketStatus
from domain.toolbox.billing import GET_BILLING_INFORMATION
from domain.toolbox.customer import GET_CUSTOMER_INTERACTION_HISTORY
from domain.toolbox.field_service import SCHEDULE_CALLBACK, CallbackScheduled, ScheduleCallback
from domain.toolbox.oversight import GET_QUEUE_STATUS, GET_SLA_STATUS, QueuesSeen, QueueStatus, SlaStatus
from domain.tools import AnyTool
from domain.triggers import Trigger
from tests.agents.playbook.rules import moved, said, used
from tests.agents.thoughts import NOW, gave, refused, thought

pytestmark = pytest.mark.unit


def about(intent: str, text: str, affirmation: Affirmation = "unclear", **more: Any) -> ThinkInput:
    reading = Classification(intent=intent, confidence=0.97, affirmation=affirmation)
    return thought(text, agent=AgentType.SUPERVISOR, reading=reading, **more)


def test_a_person_is_a_person() -> None:
    assert said(about("human_request", "a human please")).outcome == "wants_person"


@pytest.mark.parametrize(
    "text",
    ["Can you make an exception for me?", "Please waive the fee", "I want compensation", "As a gesture of goodwill"],
)
def test_exceptions_are_a_persons(text: str) -> None:
    move = said(about("complaint", text))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.EXCEPTION)
    assert "exception" in move.text


def test_a_complaint_begins_with_our_own_books() -> None:
    assert used(about("complaint", "This is a disgrace")).tool is GET_CUSTOMER_INTERACTION_HISTORY


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("billing_question", "please call me back about my bill"),
        ("human_request", "Can somebody call me back tomorrow?"),
        ("connection_problem", "give me a call about my router"),
        ("unknown", "call me"),
    ],
)
def test_who_wants_a_call_is_offered_one_and_a_yes_arranges_it(intent: str, text: str) -> None:
    offer = said(about(intent, text)).offer
    assert offer is not None
    assert offer.tool is SCHEDULE_CALLBACK
    call = SCHEDULE_CALLBACK.arguments.model_validate(dict(offer.arguments))
    stands = make_offer(SCHEDULE_CALLBACK, call, offer.summary)
    agreed = {"offer": stands, "consent": Consent(message_id="m-1", offer=stands), "before": (text, "Shall I?")}
    use = used(about(intent, "Yes please", "yes", **agreed))
    assert use.tool is SCHEDULE_CALLBACK
    assert SCHEDULE_CALLBACK.arguments.model_validate(dict(use.arguments)) == call
    scheduled = CallbackScheduled(callback_id="CB-1", callback_at=call.callback_at, phone="+***", status="scheduled")
    name, move = moved(about(intent, "Yes please", "yes", **agreed, results=(gave(SCHEDULE_CALLBACK, scheduled),)))
    assert name in {"call arranged", "call not in the audit trail"}
    assert "complaint" not in str(move)


def test_who_wants_no_call_after_all_gets_none_and_nobody_else_unasked() -> None:
    """A bare no reads as the intent before it, a wish for somebody."""
    call = said(about("human_request", "call me back")).offer
    assert call is not None
    stands = make_offer(SCHEDULE_CALLBACK, ScheduleCallback.model_validate(dict(call.arguments)), call.summary)
    declined = about("human_request", "no thanks", "no", offer=stands, before=("call me back", "Shall I?"))
    assert "nobody calls" in said(declined).text
    person = about("human_request", "no, I want to talk to a human now", "no", offer=stands, before=("a", "Shall I?"))
    assert said(person).outcome == "wants_person"


def test_technical_matters_go_to_an_advanced_agent() -> None:
    move = said(about("connection_problem", "It is still slow"))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.ADVANCED_ASSIGNMENT)


def test_bills_are_looked_at_before_anything_is_said() -> None:
    assert used(about("billing_question", "What is this line?")).tool is GET_BILLING_INFORMATION


def test_bills_that_are_away_are_no_reason_to_guess() -> None:
    move = said(about("billing_question", "What is this line?", results=[refused(GET_BILLING_INFORMATION, "away")]))
    assert move.outcome == "cannot_help"
    assert "paid" not in move.text


def test_what_is_unclear_is_offered_a_person() -> None:
    assert said(about("unknown", "hmm")).text.endswith(OFFER_PERSON)


def a_queue(waiting: int, longest: int) -> QueuesSeen:
    status = QueueStatus(queue="general", waiting=waiting, longest_wait_minutes=longest, claimed_today=4)
    return QueuesSeen(queues=[status])


def an_sla(status: TicketStatus, minutes_left: int | None, *, breached: bool = False) -> SlaStatus:
    return SlaStatus(
        ticket_id="TK-7",
        status=status,
        priority=Priority.HIGH,
        deadline=NOW + timedelta(hours=3),
        minutes_left=minutes_left,
        breached=breached,
    )


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("human_request", "How long do I have to wait for a person?"),
        ("general_faq", "How long is the queue?"),
        ("complaint", "how long is the current waiting time"),
        ("complaint", "How many people are waiting?"),
        ("unknown", "how long will I have to wait"),
        ("human_request", "How long until I can talk to a human?"),
        ("human_request", "When will somebody be free?"),
        ("complaint", "What's the wait?"),
    ],
)
def test_who_asks_how_long_a_person_takes_hears_what_is_known(intent: str, text: str) -> None:
    use = used(about(intent, text))
    assert (use.tool, dict(use.arguments)) == (GET_QUEUE_STATUS, {"queue": "general"})
    move = said(about(intent, text, results=(gave(GET_QUEUE_STATUS, a_queue(3, 130)),)))
    assert "3 conversations wait" in move.text
    assert "about 2 hours" in move.text
    assert "can't promise" in move.text
    assert "call" in move.text
    assert (move.outcome, move.text.endswith(OFFER_PERSON)) == ("continue", True)


@pytest.mark.parametrize(
    ("waiting", "longest", "words"),
    [(0, 0, "nobody else is waiting"), (1, 0, "it has waited less than a minute"), (2, 1, "waited about 1 minute.")],
)
def test_a_queue_is_told_as_it_is(waiting: int, longest: int, words: str) -> None:
    results = (gave(GET_QUEUE_STATUS, a_queue(waiting, longest)),)
    assert words in said(about("human_request", "How long is the queue?", results=results)).text


def test_after_the_queue_a_yes_is_the_person_and_a_call_is_offered_to_who_wants_one() -> None:
    asked = "How long is the queue?"
    told = said(about("human_request", asked, results=(gave(GET_QUEUE_STATUS, a_queue(3, 12)),))).text
    assert said(about("human_request", "yes, I can wait", "yes", before=(asked, told))).outcome == "wants_person"
    again = about("human_request", "Yes. How long is the queue?", "yes", before=(asked, told))
    assert said(again).outcome == "wants_person"
    offer = said(about("human_request", "call me", before=(asked, told))).offer
    assert offer is not None
    assert offer.tool is SCHEDULE_CALLBACK


@pytest.mark.parametrize(
    "text",
    ["I want a human. How long is the queue?", "I'm done waiting, give me a person", "How long? Give me a person now"],
)
def test_who_asks_for_a_person_gets_one_whatever_the_queue(text: str) -> None:
    assert said(about("human_request", text)).outcome == "wants_person"


@pytest.mark.parametrize(
    "text",
    [
        "How long do I have to wait for my refund?",
        "How long will the line be down?",
        "How long until somebody repairs the cable?",
        "When will the invoice be paid?",
        "What is the deadline for my payment?",
        "When will the technician come?",
    ],
)
def test_other_waits_are_other_matters(text: str) -> None:
    move = str(moved(about("complaint", text)))
    assert "queue not seen" not in move
    assert "deadline not seen" not in move


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("complaint", "When will this be solved?"),
        ("human_request", "What is my deadline?"),
        ("billing_question", "And when will you fix it?"),
        ("unknown", "By when will my ticket be resolved?"),
        ("complaint", "How long will it take to solve this?"),
        ("complaint", "Is my ticket overdue?"),
    ],
)
def test_who_asks_when_it_is_solved_hears_our_goal(intent: str, text: str) -> None:
    use = used(about(intent, text))
    assert (use.tool, dict(use.arguments)) == (GET_SLA_STATUS, {})
    move = said(about(intent, text, results=(gave(GET_SLA_STATUS, an_sla(TicketStatus.IN_PROGRESS, 179)),)))
    for words in ("TK-7", "priority high", "Friday, 20 November, 18:00 UTC", "about 2 hours", "can't promise"):
        assert words in move.text
    assert (move.outcome, move.text.endswith(OFFER_PERSON)) == ("continue", True)


@pytest.mark.parametrize(
    ("sla", "words"),
    [
        (an_sla(TicketStatus.ESCALATED, -5, breached=True), "should have been solved by"),
        (an_sla(TicketStatus.PENDING_CUSTOMER, None), "wait for your answer"),
        (an_sla(TicketStatus.CLOSED, None), "no deadline runs"),
    ],
)
def test_a_deadline_is_told_as_it_is(sla: SlaStatus, words: str) -> None:
    assert words in said(about("complaint", "When will this be solved?", results=(gave(GET_SLA_STATUS, sla),))).text


@pytest.mark.parametrize(
    ("tool", "text"),
    [(GET_QUEUE_STATUS, "How long is the queue?"), (GET_SLA_STATUS, "When will this be solved?")],
)
def test_what_cannot_be_seen_is_not_guessed(tool: AnyTool, text: str) -> None:
    move = said(about("complaint", text, results=(refused(tool, "away"),)))
    assert "don't want to guess" in move.text
    assert move.text.endswith(OFFER_PERSON)
