"""Offering and booking a technician's visit."""

from datetime import date, timedelta
from typing import Any

import pytest

from agents.playbook.phrases import ANYTHING_ELSE
from domain.appointments import TimeWindow
from domain.classification import Affirmation
from domain.consent import make_offer
from domain.messages import ThinkInput, ToolOutcome
from domain.state import AgentType, Consent
from domain.toolbox.crm import UPDATE_CUSTOMER_NOTES, NoteAdded
from domain.toolbox.field_service import (
    SCHEDULE_TECHNICIAN_VISIT,
    FreeVisit,
    ScheduleTechnicianVisit,
    TechnicianVisit,
)
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE, Article, ArticlesFound
from domain.toolbox.technical import RUN_DIAGNOSTIC_TEST
from tests.agents.playbook import technical
from tests.agents.playbook.rules import moved, said, used
from tests.agents.playbook.technical import MONDAY_LATE, NOISE, SATURDAY_EARLY, cases, diagnosis, free, logs
from tests.agents.thoughts import gave, refused

pytestmark = pytest.mark.unit

MONDAY_EARLY = FreeVisit(visit_date=MONDAY_LATE.visit_date, time_window=TimeWindow.EARLY)
SLOTS = (SATURDAY_EARLY, MONDAY_EARLY, MONDAY_LATE)
ASKED = ScheduleTechnicianVisit(
    customer_id="CUST_001",
    issue="The line is noisy.",
    visit_date=SATURDAY_EARLY.visit_date,
    time_window=SATURDAY_EARLY.time_window,
)
OFFER = make_offer(SCHEDULE_TECHNICIAN_VISIT, ASKED, "a technician's visit on Saturday")
BOOKED = TechnicianVisit(
    visit_id="VISIT-7",
    visit_date=SATURDAY_EARLY.visit_date,
    time_window=SATURDAY_EARLY.time_window,
    technician="Ruth Adler",
)


def answer(text: str, affirmation: Affirmation = "unclear", **more: Any) -> ThinkInput:
    """What the customer says to the offer."""
    agent = more.pop("agent", AgentType.TIER2)
    before = ("my internet keeps dropping", "Shall I book Saturday for you?")
    return technical.about(agent, "connection_problem", text, affirmation, before=before, offer=OFFER, **more)


def yes(*results: ToolOutcome, **more: Any) -> ThinkInput:
    return answer("yes please", "yes", consent=Consent(message_id="m-1", offer=OFFER), results=results, **more)


def taken(error_type: str = "slot-taken", error: str = "No.") -> ToolOutcome:
    return refused(SCHEDULE_TECHNICIAN_VISIT, error_type, error, call_id="book")


@pytest.mark.parametrize("agent", [AgentType.TIER2, AgentType.TIER3])
def test_a_yes_books_exactly_what_was_offered_notes_it_and_tells_it(agent: AgentType) -> None:
    use = used(yes(agent=agent))
    assert use.tool is SCHEDULE_TECHNICIAN_VISIT
    assert SCHEDULE_TECHNICIAN_VISIT.arguments.model_validate(dict(use.arguments)) == ASKED
    booked = gave(SCHEDULE_TECHNICIAN_VISIT, BOOKED)
    note = used(yes(booked, agent=agent))
    assert note.tool is UPDATE_CUSTOMER_NOTES
    assert "VISIT-7" in note.arguments["note"]
    assert "The line is noisy." in note.arguments["note"]
    noted = gave(UPDATE_CUSTOMER_NOTES, NoteAdded(note_id="N-1", category="technical", notes=1), call_id="note")
    told = said(yes(booked, noted, agent=agent))
    for part in ("Saturday, 21 November, from 8 to 10", "Ruth Adler", "VISIT-7"):
        assert part in told.text
    assert told.text.endswith(ANYTHING_ELSE)


def test_a_note_that_fails_does_not_hide_the_booking() -> None:
    failed = refused(UPDATE_CUSTOMER_NOTES, "unavailable", call_id="note")
    assert "VISIT-7" in said(yes(gave(SCHEDULE_TECHNICIAN_VISIT, BOOKED), failed)).text


def test_a_taken_window_leads_to_the_next_free_one() -> None:
    use = used(yes(taken()))
    assert use.tool is SCHEDULE_TECHNICIAN_VISIT
    assert "visit_date" not in use.arguments
    assert use.arguments["issue"] == ASKED.issue
    move = said(yes(taken(), free(MONDAY_EARLY, MONDAY_LATE)))
    assert "just been taken" in move.text
    assert move.offer is not None
    assert move.offer.arguments["visit_date"] == "2026-11-23"


@pytest.mark.parametrize(
    ("text", "day", "window"),
    [
        ("is Monday possible?", 23, "08-10"),
        ("Monday afternoon would be better", 23, "15-17"),
        ("rather on 2026-11-23", 23, "08-10"),
        ("the 23rd please", 23, "08-10"),
        ("can you come from 15 to 17?", 23, "15-17"),
        ("do you have another time?", 23, "08-10"),
        ("the third one", 23, "15-17"),
        ("no, on Monday morning", 23, "08-10"),
    ],
)
def test_another_window_is_found_by_the_customers_words(text: str, day: int, window: str) -> None:
    assert "visit_date" not in used(answer(text)).arguments
    move = said(answer(text, results=(free(*SLOTS),)))
    assert move.offer is not None
    assert (move.offer.arguments["visit_date"], move.offer.arguments["time_window"]) == (f"2026-11-{day}", window)


@pytest.mark.parametrize("text", ["Yes, on Saturday please", "yes, the 21st", "yes, Saturday from 8 to 10"])
def test_a_yes_that_repeats_the_day_asks_for_the_same_window(text: str) -> None:
    move = said(answer(text))
    assert move.offer is not None
    assert move.offer.arguments["visit_date"] == "2026-11-21"
    assert "visit_date" not in used(answer("yes, on Monday please")).arguments


@pytest.mark.parametrize(("text", "affirmation"), [("Yes, order it", "yes"), ("yes, half of it", "unclear")])
def test_a_yes_to_something_else_books_no_visit(text: str, affirmation: Affirmation) -> None:
    consent = Consent(message_id="m-1", offer=OFFER) if affirmation == "yes" else None
    assert said(answer(text, affirmation, consent=consent)).text.endswith(
        "shall I book a technician's visit on Saturday?"
    )


def test_a_wish_that_nothing_fits_is_admitted() -> None:
    move = said(answer("Saturday afternoon", results=(free(*SLOTS),)))
    assert "nothing is free then" in move.text
    assert move.offer is not None


def test_a_day_behind_what_the_calendar_shows_is_tried_and_said_so() -> None:
    move = said(answer("rather Thursday afternoon", results=(free(*SLOTS),)))
    assert "further ahead than I can see" in move.text
    assert move.offer is not None
    assert move.offer.arguments["visit_date"] == "2026-11-26"
    assert move.offer.arguments["time_window"] == "13-15"
    sunday = said(answer("on Sunday, another time is bad", results=(free(*SLOTS),)))
    assert "nothing is free then" in sunday.text


@pytest.mark.parametrize("text", ["no thanks", "no, maybe later"])
def test_a_no_books_nothing(text: str) -> None:
    move = said(answer(text, "no"))
    assert "haven't booked anything" in move.text
    assert move.offer is None


def test_a_question_about_the_visit_is_answered_and_the_offer_stands() -> None:
    use = used(answer("do I have to be at home?"))
    assert use.tool is SEARCH_KNOWLEDGE_BASE
    article = Article(article_id="kb-v", title="Visits", category="technical", score=1, content="An adult is at home.")
    move = said(
        answer("do I have to be at home?", results=(gave(SEARCH_KNOWLEDGE_BASE, ArticlesFound(articles=[article])),))
    )
    assert "An adult is at home." in move.text
    assert move.articles == ("kb-v",)
    assert move.offer is not None
    assert move.offer.arguments["visit_date"] == "2026-11-21"
    away = said(answer("do I have to be at home?", results=(refused(SEARCH_KNOWLEDGE_BASE, "unavailable"),)))
    assert "don't want to guess" in away.text
    assert away.offer is not None


def test_what_is_neither_yes_nor_no_is_asked_again() -> None:
    move = said(answer("well the dog is ill"))
    assert "shall I book" in move.text
    assert move.offer is not None


def test_who_is_online_again_needs_no_visit() -> None:
    move = said(answer("it works now"))
    assert move.outcome == "resolution_confirmed"
    assert move.offer is None


def test_another_product_is_not_an_answer_to_the_offer() -> None:
    given = technical.about(AgentType.TIER2, "technical_issue", "my backup fails, too, another time", offer=OFFER)
    assert used(given).tool is RUN_DIAGNOSTIC_TEST


def test_a_second_visit_is_not_booked_beside_the_first() -> None:
    planned = taken("not-possible", "Visit VISIT-3 is booked already, for 2026-11-24 10-12. Tell the customer.")
    move = said(yes(planned))
    assert "Tuesday, 24 November, from 10 to 12" in move.text
    assert move.outcome == "continue"


@pytest.mark.parametrize(
    ("error_type", "words"), [("not-possible", "active service"), ("back-office-unavailable", "doesn't answer")]
)
def test_what_cannot_be_booked_is_passed_to_a_person(error_type: str, words: str) -> None:
    move = said(yes(taken(error_type)))
    assert words in move.text
    assert "Nothing has been booked" in move.text
    assert move.outcome == "cannot_help"


def test_no_window_in_four_weeks_is_passed_to_a_person() -> None:
    looked = (diagnosis(NOISE), logs(), cases("A cable."), free())
    move = said(technical.about(AgentType.TIER2, "connection_problem", "it drops", results=looked))
    assert move.outcome == "cannot_help"
    assert moved(yes(taken(), free()))[0] == "no window is free"


def test_more_than_three_windows_are_not_read_out() -> None:
    many = [
        FreeVisit(visit_date=date(2026, 11, 23) + timedelta(days=n), time_window=TimeWindow.EARLY) for n in range(5)
    ]
    text = said(answer("another time please", results=(free(*many),))).text
    assert "23 November" in text
    assert "25 November" in text
    assert "26 November" not in text
