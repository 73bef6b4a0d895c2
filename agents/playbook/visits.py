"""A technician's visit: show what is free, offer one window, find another if it is taken, book after the yes."""

import re
from calendar import month_name
from datetime import date, timedelta
from typing import Any

from agents.classifier.affirmation import changes_terms
from agents.context import OfferFacts
from agents.playbook.articles import quote
from agents.playbook.concerns import product_of
from agents.playbook.consent import agreed_otherwise, agreed_to, carry_out
from agents.playbook.moves import Move, Proposal, Rule, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, listed, named
from agents.playbook.situation import Situation
from domain.appointments import VISIT_HORIZON, TimeWindow, why_no_visit
from domain.toolbox.crm import UPDATE_CUSTOMER_NOTES
from domain.toolbox.field_service import (
    SCHEDULE_TECHNICIAN_VISIT,
    FreeVisit,
    ScheduleTechnicianVisit,
    TechnicianVisit,
)
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE

FREE_NAMED = 3
"""More to choose from than this is work for the customer."""
ISSUE_LIMIT = 300

_ORDINALS = ("first", "second", "third")
_ORDINAL = re.compile(rf"\b({'|'.join(_ORDINALS)})\b")
_MONTHS = "|".join(name.lower() for name in month_name[1:])
_DAY_OF_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)\b|\b(\d{{1,2}}) (?:of )?(?:{_MONTHS})\b")
_HOURS = re.compile(r"(?<![\d-])(\d{1,2}) ?(?:-|to|and) ?(\d{1,2})(?![\d-])")
_NAMES_A_DAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur)day\b|\b\d{4}-\d{2}-\d{2}\b|" + _DAY_OF_MONTH.pattern)
_NOT_NOW = re.compile(
    r"\b(?:maybe|perhaps|some) (?:later|other time|another time)\b|\bnot now\b|\bno,? thank", re.IGNORECASE
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MORNING = frozenset({TimeWindow.EARLY, TimeWindow.MORNING})
_ANOTHER_TIME = re.compile(
    rf"\b(?:another|other|different|later|earlier|sooner|next week|tomorrow|morning|afternoon|instead|"
    rf"{'|'.join(_WEEKDAYS)}|second|third)\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b\d{{1,2}}(?:st|nd|rd|th)\b|"
    r"\b\d{1,2} ?(?:-|to|and) ?\d{1,2}\b",
    re.IGNORECASE,
)
_ABOUT_THE_VISIT = re.compile(
    r"\b(?:cost\w*|price|charge|pay|free of charge|how long|home|be there|prepare|move it|cancel|reschedule|"
    r"what (?:will|does|happens)|who)\b",
    re.IGNORECASE,
)
_PLANNED = re.compile(r"booked already, for (\d{4}-\d{2}-\d{2}) (\d{2}-\d{2})")
"""What the calendar says to an agent that books a second visit."""


def see_free(situation: Situation, issue: str, product_type: str) -> Move:
    """Ask the calendar what is free; nothing is booked. ``issue`` is what the tools found, for the technician."""
    return Use(
        SCHEDULE_TECHNICIAN_VISIT,
        {"customer_id": situation.customer_id, "issue": issue[:ISSUE_LIMIT], "product_type": product_type},
    )


def offer_window(situation: Situation, lead: str) -> Move:
    """The first free window that fits what the customer said, as an offer; the next ones by name."""
    free = _free(situation)
    if wish := _beyond(situation, free):
        return _offer_wish(situation, wish)
    chosen = _fitting(situation, free) if _offered(situation) else free
    missed = "" if chosen else "I'm sorry, nothing is free then. "
    named_slots = (chosen or free)[:FREE_NAMED]
    first = named_slots[0]
    return Say(
        f"{lead}{missed}The next free times of our technicians are "
        f"{listed([_when(slot) for slot in named_slots], 'or')}. Shall I book {_when(first)} for you?",
        offer=_proposal(situation, first),
    )


def _offer_wish(situation: Situation, wish: FreeVisit) -> Move:
    """The calendar shows only the next windows: what lies behind them is seen when it is booked."""
    return Say(
        f"{_when(wish)} is further ahead than I can see from here. I can try to book it, and if it is taken I'll tell "
        "you what is free instead. Shall I?",
        offer=_proposal(situation, wish),
    )


def _proposal(situation: Situation, slot: FreeVisit) -> Proposal:
    arguments = _asked(situation) | {"visit_date": slot.visit_date.isoformat(), "time_window": slot.time_window.value}
    return Proposal(SCHEDULE_TECHNICIAN_VISIT, arguments, f"a technician's visit on {_when(slot)}")


def offer_another(situation: Situation) -> Move:
    taken = "I'm sorry, somebody else was faster: that time has just been taken. "
    return offer_window(situation, taken if _was_taken(situation) else "")


def leave_note(situation: Situation) -> Move:
    visit: TechnicianVisit = situation.result(SCHEDULE_TECHNICIAN_VISIT)
    consent = situation.context.consent
    issue = consent.arguments.get("issue", "") if consent else ""
    note = f"Visit {visit.visit_id} booked for {visit.visit_date} {visit.time_window}: {issue}"
    return Use(UPDATE_CUSTOMER_NOTES, {"customer_id": situation.customer_id, "note": note, "category": "technical"})


def confirm(situation: Situation) -> Move:
    visit: TechnicianVisit = situation.result(SCHEDULE_TECHNICIAN_VISIT)
    assert visit.visit_date is not None, "a booked visit has its day"
    assert visit.time_window is not None, "a booked visit has its window"
    who = f" {visit.technician} will come." if visit.technician else ""
    return Say(
        f"Done{named(situation)}: the visit is booked for {_time(visit.visit_date, visit.time_window)}.{who} "
        f"Your reference is {visit.visit_id}. Is there anything else {ANYTHING_ELSE}",
        confidence=1.0,
    )


def look_again(situation: Situation) -> Move:
    """What is free now, for the same trouble."""
    return Use(SCHEDULE_TECHNICIAN_VISIT, _asked(situation))


def explain_refusal(situation: Situation) -> Move:
    refusal = situation.refusal(SCHEDULE_TECHNICIAN_VISIT)
    assert refusal is not None, "the rule has looked"
    if planned := _PLANNED.search(refusal.error):
        when = _time(date.fromisoformat(planned[1]), TimeWindow(planned[2]))
        return Say(
            f"There is a technician's visit booked for you already, on {when}, so another one isn't needed. "
            f"Is there anything else {ANYTHING_ELSE}"
        )
    words = "our calendar of technicians doesn't answer at the moment"
    if refusal.error_type == "not-possible":
        words = "a visit can only be booked for an active service, and I see none on your account"
    return Say(
        f"I'm sorry{named(situation)}, I couldn't book a technician: {words}. Nothing has been booked. "
        "I've asked a colleague to arrange it; they will see everything we've written.",
        outcome="cannot_help",
        confidence=0.5,
        reason=f"The visit could not be booked: {refusal.error_type}.",
    )


def nothing_free(situation: Situation) -> Move:
    return Say(
        f"I'm sorry{named(situation)}, no technician is free in your area in the next four weeks. "
        "I've asked a colleague to find a way; they will see what I found.",
        outcome="cannot_help",
        confidence=0.6,
        reason="No technician is free within the horizon.",
    )


def accept_no(situation: Situation) -> Move:
    return Say(
        f"All right{named(situation)}, I haven't booked anything. If you'd like a visit later, just write here. "
        f"Is there anything else {ANYTHING_ELSE}"
    )


def ask_articles(_situation: Situation) -> Move:
    arguments: dict[str, object] = {"query": "technician visit what to expect cost", "max_results": 1}
    return Use(SEARCH_KNOWLEDGE_BASE, arguments)


def answer_and_offer_again(situation: Situation) -> Move:
    found = situation.result(SEARCH_KNOWLEDGE_BASE)
    article = found.articles[0] if found and found.articles else None
    told = quote(article, situation.said) if article else "I don't know that, and I don't want to guess."
    return _again(situation, f"{told}\n\nShall I book", (article.article_id,) if article else ())


def ask_again(situation: Situation) -> Move:
    return _again(situation, "Just so that I do the right thing: shall I book")


def _again(situation: Situation, lead: str, articles: tuple[str, ...] = ()) -> Move:
    offer = _standing(situation)
    assert offer is not None, "the rule has looked"
    again = Proposal(SCHEDULE_TECHNICIAN_VISIT, offer.arguments, offer.summary)
    return Say(f"{lead} {offer.summary}?", offer=again, articles=articles)


def no_visit_needed(situation: Situation) -> Move:
    return Say(
        f"I'm glad it works again{named(situation)}! Then I won't book a visit. Thank you for telling me.",
        outcome="resolution_confirmed",
    )


def found_free(situation: Situation) -> bool:
    visit = situation.result(SCHEDULE_TECHNICIAN_VISIT)
    return visit is not None and visit.visit_id is None


def _booked(situation: Situation) -> bool:
    visit = situation.result(SCHEDULE_TECHNICIAN_VISIT)
    return visit is not None and visit.visit_id is not None


def _free(situation: Situation) -> list[FreeVisit]:
    visit: TechnicianVisit = situation.result(SCHEDULE_TECHNICIAN_VISIT)
    return visit.free


def _asked(situation: Situation) -> dict[str, Any]:
    """For which trouble a window is looked for: as it was offered, else as the calendar was asked, without the time."""
    looks = [result.arguments for result in situation.results if result.tool == SCHEDULE_TECHNICIAN_VISIT.name]
    stands = _standing(situation)
    known = stands.arguments if stands else looks[-1] if looks else {}
    return {name: known[name] for name in ("customer_id", "issue", "product_type") if name in known}


def _standing(situation: Situation) -> OfferFacts | None:
    """The visit that was offered before this turn."""
    offer = situation.context.offer or situation.context.consent
    return offer if offer and offer.tool == SCHEDULE_TECHNICIAN_VISIT.name else None


def _offered(situation: Situation) -> bool:
    return _standing(situation) is not None


def _speaks_of_offer(situation: Situation) -> bool:
    """A window was offered, and the customer has not turned to another product."""
    stands = _standing(situation)
    return stands is not None and product_of(situation) in (None, _visit(stands).product_type)


def _visit(offer: OfferFacts) -> ScheduleTechnicianVisit:
    """What was offered; an offer leaves out what is the tool's default."""
    return ScheduleTechnicianVisit.model_validate(dict(offer.arguments))


def _wants_another(said: str) -> bool:
    return bool(_ANOTHER_TIME.search(said)) and not _NOT_NOW.search(said)


def _names_offered(situation: Situation) -> bool:
    """A yes that repeats the day of the offer: the same window again, not another one on that day."""
    stands, text = _standing(situation), situation.said.lower()
    if stands is None or situation.results or not changes_terms(text) or not _NAMES_A_DAY.search(text):
        return False
    visit = _visit(stands)
    if visit.visit_date is None or visit.time_window is None:
        return False
    return _day_fits(visit.visit_date, text) and _window_fits(visit.time_window, text)


def _asks_about_visit(situation: Situation) -> bool:
    return _speaks_of_offer(situation) and bool(_ABOUT_THE_VISIT.search(situation.said))


def _was_taken(situation: Situation) -> bool:
    return any(r.tool == SCHEDULE_TECHNICIAN_VISIT.name and r.error_type == "slot-taken" for r in situation.results)


def _is_taken(situation: Situation) -> bool:
    refusal = situation.refusal(SCHEDULE_TECHNICIAN_VISIT)
    return refusal is not None and refusal.error_type == "slot-taken"


def _fitting(situation: Situation, free: list[FreeVisit]) -> list[FreeVisit]:
    """The windows that fit the customer's words, soonest first; the one that was offered before is the last resort."""
    text, stands = situation.said.lower(), _standing(situation)
    if ordinal := _ORDINAL.search(text):
        number = _ORDINALS.index(ordinal[1])
        return free[number : number + 1]
    fitting = [slot for slot in free if _day_fits(slot.visit_date, text) and _window_fits(slot.time_window, text)]
    offered = (stands.arguments.get("visit_date"), stands.arguments.get("time_window")) if stands else None
    return [slot for slot in fitting if (slot.visit_date.isoformat(), slot.time_window) != offered] or fitting


def _beyond(situation: Situation, free: list[FreeVisit]) -> FreeVisit | None:
    """The day and window that the customer wishes, if the day lies behind what the calendar shows and can be booked."""
    text, today = situation.said.lower(), situation.context.today
    if not _offered(situation) or not free or not _NAMES_A_DAY.search(text):
        return None
    days = (free[-1].visit_date + timedelta(days=ahead) for ahead in range(1, VISIT_HORIZON.days))
    on = next((one for one in days if _day_fits(one, text) and why_no_visit(one, today) is None), None)
    shown = any(_day_fits(slot.visit_date, text) for slot in free)
    window = next(window for window in TimeWindow if _window_fits(window, text) or window is TimeWindow.LATE)
    return FreeVisit(visit_date=on, time_window=window) if on and not shown else None


def _day_fits(of: date, text: str) -> bool:
    if iso := re.search(r"\b\d{4}-\d{2}-\d{2}\b", text):
        return of.isoformat() == iso[0]
    if number := _DAY_OF_MONTH.search(text):
        return of.day == int(number[1] or number[2])
    wanted = [name for name in _WEEKDAYS if re.search(rf"\b{name}\b", text)]
    return not wanted or _WEEKDAYS[of.weekday()] in wanted


def _window_fits(window: TimeWindow, text: str) -> bool:
    if hours := _HOURS.search(text):
        return window.value == f"{int(hours[1]):02}-{int(hours[2]):02}"
    if "morning" in text:
        return window in _MORNING
    return window not in _MORNING if "afternoon" in text else True


def _when(slot: FreeVisit) -> str:
    return _time(slot.visit_date, slot.time_window)


def _time(on: date, window: TimeWindow) -> str:
    begins, _, ends = window.value.partition("-")
    return f"{on:%A}, {on.day} {on:%B}, from {int(begins)} to {int(ends)}"


VISITS = (
    Rule("visit booked, no note yet", lambda s: _booked(s) and s.can(UPDATE_CUSTOMER_NOTES)
         and not s.ran(UPDATE_CUSTOMER_NOTES), leave_note),
    Rule("visit booked", _booked, confirm),
    Rule("no window is free", lambda s: found_free(s) and not _free(s), nothing_free),
    Rule("another window", lambda s: found_free(s) and _offered(s), offer_another),
    Rule("window taken", _is_taken, look_again),
    Rule("visit refused", lambda s: s.refusal(SCHEDULE_TECHNICIAN_VISIT) is not None, explain_refusal),
    Rule("agreed to a visit", lambda s: agreed_to(s, SCHEDULE_TECHNICIAN_VISIT), carry_out),
    Rule("repeats the window that was offered", _names_offered, ask_again),
    Rule("wants another window", lambda s: _speaks_of_offer(s) and _wants_another(s.said), look_again),
    Rule("agreed to the visit on other terms", lambda s: agreed_otherwise(s, SCHEDULE_TECHNICIAN_VISIT), ask_again),
    Rule("declined the visit", lambda s: _speaks_of_offer(s) and (s.declined or bool(_NOT_NOW.search(s.said))),
         accept_no),
    Rule("works again", lambda s: _speaks_of_offer(s) and s.feedback == "solved", no_visit_needed),
    Rule("asks about the visit", lambda s: _asks_about_visit(s) and s.can(SEARCH_KNOWLEDGE_BASE)
         and not s.ran(SEARCH_KNOWLEDGE_BASE), ask_articles),
    Rule("answers about the visit", _asks_about_visit, answer_and_offer_again),
    Rule("neither yes nor no to a visit", _speaks_of_offer, ask_again),
)  # fmt: skip
"""For whoever sends technicians: all but the first offer, which the caller makes with ``see_free`` and
``offer_window``."""
