"""Earlier contacts and tickets: what somebody asked before, and a ticket for what goes on beside the conversation."""

import re

from agents.playbook.asking import affirmed, asks_to
from agents.playbook.concerns import product_of
from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, OFFER_PERSON, day, named, started
from agents.playbook.situation import Situation
from domain.state import PastInteraction
from domain.toolbox.crm import CREATE_TICKET, TicketCreated
from domain.toolbox.customer import GET_CUSTOMER_INTERACTION_HISTORY, InteractionHistory

LOOKED_BACK_DAYS = 365
CONTACTS_TOLD = 3
LONGEST, SHORTEST = 1_000, 10
"""Characters of a ticket's description."""
_ASKS_BEFORE = re.compile(
    r"\b(?:did|have|had|what|when)\b.*\bi (?:\w+ )?(?:ask|contact|call|writ|speak|talk|been in (?:contact|touch))\w*"
    r"(?: \w+){0,4} (?:before|last|already|earlier|previously)\b|\bdid i (?:contact|ask|call|write)\b|"
    r"\b(?:my|the) (?:last|latest|previous|earlier|past) (?:contacts?|requests?|conversations?|chats?|calls?|"
    r"questions?)\b|\b(?:talk|ask|spoke|speak)\w*(?: \w+){0,2} (?:about )?(?:last time|before)\b|"
    r"\bbeen in (?:contact|touch)\b",
    re.IGNORECASE,
)
_WANTS_TICKET = asks_to(
    r"(?:(?:open|create|raise|file|log|make|start)(?: me| us)? (?:an?|another|one)(?: \w+){0,2} tickets?\b|"
    r"(?:create|raise|file|log) (?:new )?tickets?\b)"
)
_NEEDS_TICKET = re.compile(
    r"\bi(?:'d like| would like| want| need) (?:an?|another)(?: new| support)? ticket\b(?! (?:number|id|status))",
    re.IGNORECASE,
)


def look_back(situation: Situation) -> Move:
    return Use(
        GET_CUSTOMER_INTERACTION_HISTORY,
        {"customer_id": situation.customer_id, "days_back": LOOKED_BACK_DAYS},
    )


def tell_contacts(situation: Situation) -> Move:
    history: InteractionHistory = situation.result(GET_CUSTOMER_INTERACTION_HISTORY)
    if not history.interactions:
        return Say(f"{started(situation, 'I see no earlier contact in the last year.')} Is there anything else "
                   f"{ANYTHING_ELSE}")  # fmt: skip
    newest = list(reversed(history.interactions))[:CONTACTS_TOLD]
    told = "\n".join(f"• {_told(contact)}" for contact in newest)
    return Say(
        f"{started(situation, 'This is what we have of your latest contacts:')}\n\n{told}\n\n"
        f"Is there anything else {ANYTHING_ELSE}"
    )


def _told(contact: PastInteraction) -> str:
    left = "" if contact.resolved else " It was not settled then."
    return f"{day(contact.at.date())}, {contact.channel}: {contact.summary}{left}"


def open_ticket(situation: Situation) -> Move:
    """In the customer's own words: a ticket is for colleagues, nobody reads them out again."""
    words = " ".join(situation.said.split())
    said = words if len(words) >= SHORTEST else f"The customer asks for a ticket: {words}"
    arguments = {"customer_id": situation.customer_id, "category": "customer_request", "description": said[:LONGEST]}
    product = product_of(situation)
    return Use(CREATE_TICKET, arguments | ({"product_type": product} if product else {}))


def report_ticket(situation: Situation) -> Move:
    ticket: TicketCreated = situation.result(CREATE_TICKET)
    return Say(
        f"Done{named(situation)}: I've opened ticket {ticket.ticket_id}. My colleagues mean to be done with it by "
        f"{day(ticket.sla_deadline.date())}. Is there anything else {ANYTHING_ELSE}"
    )


def explain_no_ticket(situation: Situation) -> Move:
    return Say(f"I'm sorry{named(situation)}, I couldn't open a ticket just now. {OFFER_PERSON}", confidence=0.8)


def _asks(situation: Situation) -> bool:
    return bool(_ASKS_BEFORE.search(situation.said)) and situation.can(GET_CUSTOMER_INTERACTION_HISTORY)


def _wants_ticket(situation: Situation) -> bool:
    words = affirmed(situation.said)
    return bool(_WANTS_TICKET.search(words) or _NEEDS_TICKET.search(words)) and situation.can(CREATE_TICKET)


RULES = (
    Rule("contacts known", lambda s: s.result(GET_CUSTOMER_INTERACTION_HISTORY) is not None, tell_contacts),
    Rule("ticket opened", lambda s: s.result(CREATE_TICKET) is not None, report_ticket),
    Rule("ticket refused", lambda s: s.refusal(CREATE_TICKET) is not None, explain_no_ticket),
    Rule("asks for earlier contacts", lambda s: _asks(s) and not s.results, look_back),
    Rule("wants a ticket", lambda s: _wants_ticket(s) and not s.results, open_ticket),
)
