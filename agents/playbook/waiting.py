"""How long it takes: the queue for a person, and the deadline of the customer's ticket. Facts, and no promise."""

import re

from agents.playbook.manners import person_offered, wants_person
from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.phrases import OFFER_PERSON, named
from agents.playbook.situation import Situation
from domain.escalation import queue_for
from domain.state import TicketStatus
from domain.toolbox.oversight import GET_QUEUE_STATUS, GET_SLA_STATUS, QueuesSeen, SlaStatus

_PERSON = (
    r"(?:person|people|humans?|agents?|colleagues?|somebody|someone|anybody|anyone|operators?|representatives?|"
    r"advisors?|supervisors?)\b"
)
_QUEUE = r"(?:queue|wait(?:ing)?(?: time)?)\b"
_ASKS_QUEUE = re.compile(
    r"\bhow long (?!have)[^.?!]{0,40}\bwait(?:ing)?(?: here| now)?"
    rf"(?: (?:for|until|till|to)\b[^.?!]{{0,30}}\b{_PERSON}|"
    r" in (?:the )?(?:queue|line)\b|\s*(?:[,.?!]|$))|"
    rf"\bhow long(?: is|'s|\u2019s) (?:the|your) (?:\w+ )?{_QUEUE}|"
    rf"\bwhat(?: is|'s|\u2019s) (?:the|your|my) (?:\w+ )?{_QUEUE}|"
    r"\bhow many\b[^.?!]{0,30}\b(?:waiting|ahead of me|before me|in (?:the |your )?(?:queue|line))\b|"
    rf"\bhow long (?:until|till|before)\b[^.?!]{{0,20}}\b(?:talk|speak|write|get|reach)\b[^.?!]{{0,20}}\b{_PERSON}|"
    rf"\b(?:how long (?:until|till|before)|when (?:will|is|does))\b[^.?!]{{0,20}}\b{_PERSON}"
    r"[^.?!]{0,10}\b(?:free|available|joins?|answers?)\b",
    re.IGNORECASE,
)
_MATTER = r"(?:it|this|that|(?:my|the|this) (?:ticket|case|issue|problem|request|complaint|matter))"
_SOLVED = r"(?:solved?|resolved?|fix(?:ed)?|settled?|sorted|dealt with)\b"
_ASKS_DEADLINE = re.compile(
    rf"\bwhen (?:will|is|are you going to|do you|can i expect)\b[^.?!]{{0,20}}\b{_MATTER}\b[^.?!]{{0,20}}\b{_SOLVED}|"
    rf"\bwhen (?:will|do|are|can) you\b[^.?!]{{0,20}}\b{_SOLVED} {_MATTER}\b|"
    rf"\bhow long\b[^.?!]{{0,30}}\b(?:to|until|till|before)\b[^.?!]{{0,20}}\b{_MATTER}\b[^.?!]{{0,10}}\b{_SOLVED}|"
    rf"\bhow long\b[^.?!]{{0,30}}\b(?:to|until|till|before)\b[^.?!]{{0,10}}\b{_SOLVED} {_MATTER}\b|"
    # "the deadline for my payment" is a bill's
    rf"\b(?:what|when)(?: is|'s|\u2019s) (?:my|the|your) deadline(?: (?:for|of|on) {_MATTER})?\W*(?:$|[.?!])|"
    r"\bis (?:my|the|this) (?:ticket|case|request|complaint) (?:overdue|late)\b",
    re.IGNORECASE,
)
_HOUR, _DAY = 60, 24 * 60


def look_at_queue(situation: Situation) -> Move:
    """The one that this conversation would wait in."""
    return Use(GET_QUEUE_STATUS, {"queue": queue_for(situation.context.agent)})


def tell_queue(situation: Situation) -> Move:
    seen: QueuesSeen | None = situation.result(GET_QUEUE_STATUS)
    if seen is None or not seen.queues:
        return Say(f"I'm sorry{named(situation)}, I can't see the queue right now, and I don't want to guess how long "
                   f"it is. {OFFER_PERSON}")  # fmt: skip
    queue = seen.queues[0]
    if not queue.waiting:
        facts = f"Right now nobody else is waiting for one of my colleagues{named(situation)}."
    else:
        waits = "1 conversation waits" if queue.waiting == 1 else f"{queue.waiting} conversations wait"
        longest = "it has waited" if queue.waiting == 1 else "the first of them has waited"
        facts = (
            f"Right now {waits} for one of my colleagues{named(situation)}; "
            f"{longest} {_span(queue.longest_wait_minutes)}."
        )
    return Say(
        f"{facts} How long it will be for you I can't promise. If you'd rather not wait, write \"call me\", and I'll "
        f"offer you a time for a call. Otherwise a colleague can help you here. {OFFER_PERSON}"
    )


def look_at_deadline(_situation: Situation) -> Move:
    return Use(GET_SLA_STATUS)


def tell_deadline(situation: Situation) -> Move:
    """A deadline is our goal: what comes of it nobody can promise."""
    sla: SlaStatus | None = situation.result(GET_SLA_STATUS)
    if sla is None:
        return Say(f"I'm sorry{named(situation)}, I can't see the deadline of your ticket right now, and I don't want "
                   f"to guess. {OFFER_PERSON}")  # fmt: skip
    ticket = f"your ticket {sla.ticket_id}, priority {sla.priority},"
    by = f"{sla.deadline:%A}, {sla.deadline.day} {sla.deadline:%B}, {sla.deadline:%H:%M} UTC"
    if sla.breached:
        facts = (
            f"I'm sorry{named(situation)}: {ticket} should have been solved by {by}. We are late, and that is on us."
        )
    elif sla.minutes_left is not None:
        facts = (
            f"I've looked{named(situation)}: our goal is to solve {ticket} by {by}. That leaves us "
            f"{_span(sla.minutes_left)}; it is our goal, and I can't promise the hour."
        )
    elif sla.status is TicketStatus.PENDING_CUSTOMER:
        facts = (
            f"I've looked{named(situation)}: our goal for {ticket} is {by}, and the time that we wait for your answer "
            "comes on top. It is our goal, and I can't promise the hour."
        )
    else:
        facts = f"In our books {ticket} is {sla.status}{named(situation)}, so no deadline runs. Maybe it isn't for you."
    return Say(f"{facts} {OFFER_PERSON}")


def _span(minutes: int) -> str:
    """
    >>> [_span(0), _span(1), _span(90), _span(3000)]
    ['less than a minute', 'about 1 minute', 'about 1 hour', 'about 2 days']
    """
    for length, unit in ((_DAY, "day"), (_HOUR, "hour"), (1, "minute")):
        if number := minutes // length:
            return f"about {number} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"


def _asks_queue(situation: Situation) -> bool:
    if not _ASKS_QUEUE.search(situation.said) or _takes_person(situation):
        return False
    rest = _ASKS_QUEUE.sub(" ", situation.said)
    return not (wants_person(situation) and re.search(rf"\b{_PERSON}", rest, re.IGNORECASE))


def _asks_deadline(situation: Situation) -> bool:
    return bool(_ASKS_DEADLINE.search(situation.said)) and not _takes_person(situation)


def _takes_person(situation: Situation) -> bool:
    return person_offered(situation) and situation.agreed


WAITING = (
    Rule("queue not seen", lambda s: _asks_queue(s) and s.can(GET_QUEUE_STATUS) and not s.ran(GET_QUEUE_STATUS),
         look_at_queue),
    Rule("queue seen", lambda s: _asks_queue(s) and s.ran(GET_QUEUE_STATUS), tell_queue),
    Rule("deadline not seen", lambda s: _asks_deadline(s) and s.can(GET_SLA_STATUS) and not s.ran(GET_SLA_STATUS),
         look_at_deadline),
    Rule("deadline seen", lambda s: _asks_deadline(s) and s.ran(GET_SLA_STATUS), tell_deadline),
)  # fmt: skip
"""Before ``CONDUCT``: who asks how long a person takes has not asked for one yet. Who does both gets the person."""
