"""What all agents do alike."""

from typing import Any

import pytest

from agents.playbook.manners import _ONLY_ENGLISH, _PERSON_IN
from agents.playbook.phrases import ANYTHING_ELSE, DID_IT_HELP, OFFER_PERSON, day, listed, money, month
from domain.classification import Affirmation, Classification
from domain.messages import ThinkInput
from domain.staffing import STAFFED
from domain.state import AgentType, ResolutionAttempt, TicketStatus
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT, GET_BILLING_INFORMATION
from domain.toolbox.crm import CREATE_TICKET, RESET_PASSWORD, UPDATE_ACCOUNT
from domain.toolbox.field_service import SCHEDULE_CALLBACK, SCHEDULE_TECHNICIAN_VISIT
from domain.toolbox.payments import DISPUTE_TRACKER, PROCESS_PAYMENT, REFUND_MANAGER, SETUP_PAYMENT_PLAN
from domain.toolbox.sales import PROCESS_ORDER
from domain.toolbox.technical import APPLY_CONFIGURATION_CHANGE
from domain.toolbox.tickets import (
    SEND_CUSTOMER_NOTIFICATION,
    UPDATE_TICKET_STATUS,
    NotificationQueued,
    TicketUpdated,
)
from domain.tools import AnyTool
from domain.triggers import Trigger
from tests.agents.playbook.rules import moved, said, used
from tests.agents.thoughts import NOW, an_offer, gave, refused, thought

pytestmark = pytest.mark.unit

WORKING = [AgentType.TIER1, AgentType.BILLING]
OFFERED = ("how do I pay?", f"You can pay by card. {DID_IT_HELP}")


def about(
    text: str, intent: str = "payment_issue", affirmation: Affirmation = "unclear", language: str = "en", **more: Any
) -> ThinkInput:
    reading = Classification(intent=intent, confidence=0.97, affirmation=affirmation, language=language)
    return thought(text, reading=reading, **more)


@pytest.mark.parametrize("agent", sorted(STAFFED))
def test_nobody_is_kept_from_a_person(agent: AgentType) -> None:
    move = said(about("I want to talk to a human", "human_request", agent=agent))
    assert move.outcome == "wants_person"
    offered = said(about("yes please", affirmation="yes", agent=agent, before=("help", f"Sorry. {OFFER_PERSON}")))
    assert offered.outcome == "wants_person"


@pytest.mark.parametrize("agent", sorted(STAFFED))
@pytest.mark.parametrize("text", ["are you a bot?", "Am I talking to a real person?", "who are you", "what are you?"])
def test_it_says_what_it_is(agent: AgentType, text: str) -> None:
    move = said(about(text, "general_faq", agent=agent))
    assert "offline assistant" in move.text
    assert "not a person" in move.text


def test_asking_whether_it_is_human_is_not_asking_for_one() -> None:
    assert said(about("are you human?", "human_request")).outcome == "continue"


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_another_language_is_met_with_an_honest_word_in_it(language: str) -> None:
    move = said(about("…", "unknown", language=language, agent=AgentType.CLARIFICATION))
    assert move.text == f"{_ONLY_ENGLISH[language]} {_PERSON_IN[language]}"
    yes = about("ja", "unknown", "yes", language=language, agent=AgentType.CLARIFICATION, before=("…", move.text))
    assert said(yes).outcome == "wants_person"


def test_a_language_it_has_no_word_of_is_met_in_english() -> None:
    move = said(about("…", "unknown", language="nl", agent=AgentType.CLARIFICATION))
    assert "only answer in English" in move.text


@pytest.mark.parametrize("agent", WORKING)
def test_a_person_declined_is_accepted(agent: AgentType) -> None:
    move = said(about("no thanks", affirmation="no", agent=agent, before=("help", f"Sorry. {OFFER_PERSON}")))
    assert move.text.endswith(ANYTHING_ELSE)
    assert move.outcome == "continue"


@pytest.mark.parametrize("agent", WORKING)
@pytest.mark.parametrize("text", ["yes", "thanks", "that worked", "perfect, thank you", "no, that's all, thanks"])
def test_success_ends_with_a_goodbye(agent: AgentType, text: str) -> None:
    affirmation: Affirmation = "yes" if text == "yes" else "unclear"
    move = said(about(text, affirmation=affirmation, agent=agent, before=OFFERED, resolution_status="offered"))
    assert move.outcome == "resolution_confirmed"
    assert move.text == "I'm glad that's sorted, Alice. Thank you for getting in touch!"


@pytest.mark.parametrize("agent", WORKING)
def test_who_needs_nothing_more_is_let_go(agent: AgentType) -> None:
    before = ("help", f"All right. Is there anything else {ANYTHING_ELSE}")
    move = said(about("no", affirmation="no", agent=agent, before=before))
    assert (move.outcome, move.text) == ("resolution_confirmed", "All right, Alice. Thank you for getting in touch!")
    assert said(about("bye", agent=agent, before=before)).outcome == "resolution_confirmed"


@pytest.mark.parametrize("agent", WORKING)
@pytest.mark.parametrize("text", ["thanks", "bye", "no thanks", "great"])
def test_a_last_word_opens_nothing_again(agent: AgentType, text: str) -> None:
    move = said(about(text, agent=agent, before=OFFERED, resolution_status="resolved"))
    assert (move.outcome, move.text) == ("resolution_confirmed", "You're welcome, Alice. Have a good day!")


def test_a_relapse_after_the_end_is_work_again() -> None:
    name, _ = moved(about("no, it still doesn't work", affirmation="no", before=OFFERED, resolution_status="resolved"))
    assert name != "after the end"


def test_thanks_alone_are_taken() -> None:
    assert said(about("thanks", "thanks", agent=AgentType.TIER1)).text.startswith("You're welcome, Alice!")
    assert said(about("thank you", before=("a", "Which line?"))).text.startswith("You're welcome")


def test_a_goodbye_does_not_answer_an_offer() -> None:
    name, _ = moved(about("bye", offer=an_offer(), before=("charged twice", "Shall I?")))
    assert name == "declined the credit"


@pytest.mark.parametrize(
    ("text", "channel"),
    [("can you email me that?", "email"), ("text me the steps", "sms"), ("please send it to my phone", "sms")],
)
def test_the_last_answer_is_sent_on_request(text: str, channel: str) -> None:
    use = used(about(text, agent=AgentType.TIER1, before=OFFERED, resolution_status="offered"))
    assert use.tool is SEND_CUSTOMER_NOTIFICATION
    assert use.arguments["channel"] == channel
    assert use.arguments["message"] == OFFERED[1]
    assert SEND_CUSTOMER_NOTIFICATION.arguments.model_validate(dict(use.arguments))


@pytest.mark.parametrize(
    "text",
    [
        "your e-mail says this is wrong",
        "I can't open the mail with the details",
        "why did you text me this?",
        "please don't send me that",
    ],
)
def test_a_mail_that_is_only_spoken_of_is_not_sent(text: str) -> None:
    name, _ = moved(about(text, agent=AgentType.TIER1, before=OFFERED, resolution_status="offered"))
    assert name != "send me that"


@pytest.mark.parametrize("text", ["please don't call me back", "why did you call me back?"])
def test_a_call_that_is_not_wanted_is_not_arranged(text: str) -> None:
    assert moved(about(text, agent=AgentType.TIER1, before=OFFERED))[0] != "wants to be called back"


def test_what_was_sent_is_told_and_what_was_not_too() -> None:
    queued = NotificationQueued(notification_id="n", channel="email", recipient="a***@example.org", status="queued")
    request = {"agent": AgentType.TIER1, "before": OFFERED}
    sent = said(about("email me that", results=(gave(SEND_CUSTOMER_NOTIFICATION, queued),), **request))
    assert "e-mail to a***@example.org" in sent.text
    text = queued.model_copy(update={"channel": "sms"})
    assert (
        "a text message"
        in said(about("text me that", results=(gave(SEND_CUSTOMER_NOTIFICATION, text),), **request)).text
    )
    failed = said(about("email me that", results=(refused(SEND_CUSTOMER_NOTIFICATION, "unavailable"),), **request))
    assert "couldn't send" in failed.text


def test_with_nothing_said_there_is_nothing_to_send() -> None:
    name, _ = moved(about("send me an email about that", "general_faq", agent=AgentType.TIER1))
    assert name != "send me that"


def test_who_tries_first_is_given_time_and_the_ticket_waits() -> None:
    trying = {"agent": AgentType.TIER1, "before": OFFERED, "resolution_status": "offered"}
    use = used(about("ok I'll try that", **trying))
    assert use.tool is UPDATE_TICKET_STATUS
    assert use.arguments["status"] == TicketStatus.PENDING_CUSTOMER
    assert UPDATE_TICKET_STATUS.arguments.model_validate(dict(use.arguments))
    updated = TicketUpdated(
        ticket_id="T-c-1",
        previous_status=TicketStatus.IN_PROGRESS,
        status=TicketStatus.PENDING_CUSTOMER,
        updated_at=NOW,
    )
    for outcome in (gave(UPDATE_TICKET_STATUS, updated), refused(UPDATE_TICKET_STATUS, "status-refused")):
        move = said(about("ok I'll try that", **trying, results=(outcome,)))
        assert move.text.startswith("Take your time, Alice.")
        assert move.outcome == "resolution_offered"


def failures(agent: AgentType, count: int, topic: str) -> dict[str, Any]:
    attempt = ResolutionAttempt(
        agent_type=agent,
        timestamp=NOW,
        actions_taken=[],
        tools_used=[],
        outcome="did not help",
        confidence=1,
        success=False,
        topic=topic,
    )
    state = {"resolution_attempts": [attempt] * count, "current_intent": topic, "resolution_status": "unresolved"}
    return state | {"before": ("help", f"Try this. {DID_IT_HELP}")}


def test_after_two_tries_of_its_own_a_technical_matter_goes_on_to_who_knows_more() -> None:
    tried = failures(AgentType.TIER1, 2, "technical_issue")
    name, move = moved(about("no", "technical_issue", "no", agent=AgentType.TIER1, **tried))
    assert name == "tried enough"
    assert getattr(move, "outcome", "") == "cannot_help"
    once = failures(AgentType.TIER1, 1, "technical_issue")
    assert moved(about("no", "technical_issue", "no", agent=AgentType.TIER1, **once))[0] != "tried enough"


EFFECTS = [
    (AgentType.BILLING, APPLY_CREDIT_ADJUSTMENT),
    (AgentType.BILLING, REFUND_MANAGER),
    (AgentType.BILLING, PROCESS_PAYMENT),
    (AgentType.BILLING, SETUP_PAYMENT_PLAN),
    (AgentType.BILLING, DISPUTE_TRACKER),
    (AgentType.BILLING, UPDATE_ACCOUNT),
    (AgentType.TIER1, UPDATE_ACCOUNT),
    (AgentType.TIER1, RESET_PASSWORD),
    (AgentType.TIER1, CREATE_TICKET),
    (AgentType.TIER1, SEND_CUSTOMER_NOTIFICATION),
    (AgentType.TIER2, SCHEDULE_TECHNICIAN_VISIT),
    (AgentType.TIER3, APPLY_CONFIGURATION_CHANGE),
    (AgentType.SALES, PROCESS_ORDER),
    (AgentType.SUPERVISOR, SCHEDULE_CALLBACK),
]


@pytest.mark.parametrize(("agent", "tool"), EFFECTS)
@pytest.mark.parametrize("error_type", ["answer-unreadable", "unknown", "TimeoutError"])
def test_what_may_have_been_done_is_never_told_as_not_done(agent: AgentType, tool: AnyTool, error_type: str) -> None:
    move = said(about("yes", affirmation="yes", agent=agent, results=(refused(tool, error_type),)))
    assert "can't see whether it was done" in move.text
    assert "Please don't try it again" in move.text
    assert "othing" not in move.text
    assert move.outcome == "cannot_help"


def test_what_cannot_be_read_or_is_only_written_down_beside_is_another_matter() -> None:
    for tool in (GET_BILLING_INFORMATION, UPDATE_TICKET_STATUS):
        given = about("ok I'll try that", before=OFFERED, results=(refused(tool, "answer-unreadable"),))
        assert moved(given)[0] != "effect with unknown outcome"


def test_a_technical_effect_is_checked_by_a_person_and_not_by_the_next_tier() -> None:
    failed = (refused(SCHEDULE_TECHNICIAN_VISIT, "unknown"),)
    move = said(about("yes", "connection_problem", "yes", agent=AgentType.TIER2, results=failed))
    assert move.because is Trigger.APPROVAL_NEEDED


def test_after_two_tries_at_anything_else_a_person_is_offered() -> None:
    tried = failures(AgentType.BILLING, 2, "payment_issue")
    assert said(about("no", "payment_issue", "no", **tried)).text.endswith(OFFER_PERSON)


def test_the_tries_of_somebody_else_are_not_counted() -> None:
    tried = failures(AgentType.TIER1, 2, "payment_issue")
    assert moved(about("no", "payment_issue", "no", **tried))[0] != "tried enough"


def test_figures_read_as_people_write_them() -> None:
    from datetime import date
    from decimal import Decimal

    assert money(Decimal("1234.5"), "USD") == "$1,234.50"
    assert money(Decimal(-5), "EUR") == "-€5.00"
    assert money(Decimal(5), "CHF") == "5.00 CHF"
    assert day(date(2026, 11, 3)) == "3 November 2026"
    assert month("2026-11") == "November 2026"
    assert month("whenever") == "whenever"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"], "or") == "a, b or c"
