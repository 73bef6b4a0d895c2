"""Sales: products, recommendations, prices, stock, quotes and orders. Changes of a contract are prepared here and
confirmed by a person; other terms than the price list's are a person's business."""

import re
from datetime import timedelta

from agents.playbook import identity
from agents.playbook.advice import ADVISING
from agents.playbook.articles import ANSWER_FROM_ARTICLES
from agents.playbook.baskets import (
    QUOTE_QUESTION,
    look_at_services,
    proposed,
    services,
    services_wanted,
    takes_proposal,
    wishes,
)
from agents.playbook.leaving import CANCELLING
from agents.playbook.manners import ENDINGS, MANNERS, TRIED_ENOUGH, WANTS_CALL, farewell, give_up
from agents.playbook.moves import Move, Rule, Say, only_when
from agents.playbook.orders import AFTER_THE_YES
from agents.playbook.phrases import OFFER_PERSON, listed, named, started
from agents.playbook.quotes import LARGE_DEALS, ORDERING, orders
from agents.playbook.situation import Situation
from agents.playbook.wishes import wants_other_terms
from domain.toolbox.sales import QUOTE_DAYS
from domain.triggers import Trigger

_QUOTE_ID = re.compile(r"\bQT-\d+\b", re.IGNORECASE)
_NO_ORDERS_HERE = "I can't see from here where an order or a delivery is, I'm sorry; a colleague can look into it."
RECENT_DAYS = 31


def pass_on_negotiation(situation: Situation) -> Move:
    return Say(
        f"I understand{named(situation)}. I can explain our prices and terms and draft a quote with them, but other "
        "terms than those are agreed with a person. I've asked one of my colleagues to take over; they will see "
        "everything we've written.",
        outcome="cannot_help",
        because=Trigger.CONTRACT_NEGOTIATION,
        reason="The customer wants other terms than the catalogue's.",
    )


def ask_what_was_quoted(situation: Situation) -> Move:
    return Say(
        started(situation, "I can't open an older quote from here.")
        + f" A quote keeps its price for {QUOTE_DAYS} days; after that I make a new one at today's prices, and it "
        "costs you nothing. Which product was it for?"
    )


def tell_what_runs(situation: Situation) -> Move:
    """Orders themselves are in no tool of any agent; what came of them is on the account."""
    month_ago = situation.context.today - timedelta(days=RECENT_DAYS)
    new = [service.product for service in services(situation) if service.started_on >= month_ago]
    runs = f"What you ordered lately and runs already: {listed(new)}. " if new else ""
    return Say(f"{started(situation, _NO_ORDERS_HERE)} {runs}{OFFER_PERSON}")


def _asks_for_order(situation: Situation) -> bool:
    return situation.intent == "order_status" and not orders(situation)


def _names_old_quote(situation: Situation) -> bool:
    return bool(_QUOTE_ID.search(situation.said)) and not proposed(situation) and not situation.results


def _only_thanks(situation: Situation) -> bool:
    """They have heard what they wanted to know, and take no quote."""
    asked = QUOTE_QUESTION in situation.replied and not situation.results and not situation.context.offer
    return asked and situation.feedback == "solved" and not situation.agreed and not takes_proposal(situation)


RULES = (
    WANTS_CALL,
    *MANNERS,
    *CANCELLING,
    *AFTER_THE_YES,
    *identity.CHECKS,
    Rule("thanks for the advice", _only_thanks, farewell),
    *ENDINGS,
    TRIED_ENOUGH,
    Rule("other terms", lambda s: wants_other_terms(s.said), pass_on_negotiation),
    Rule("names an older quote", lambda s: _names_old_quote(s) and not wishes(s), ask_what_was_quoted),
    *only_when(_asks_for_order, (
        Rule("services that were ordered not seen", services_wanted, look_at_services),
        Rule("asks for an order", lambda _: True, tell_what_runs),
    )),
    *LARGE_DEALS,
    *ORDERING,
    *ADVISING,
    *ANSWER_FROM_ARTICLES,
    Rule("nothing helps", lambda _: True, give_up),
)  # fmt: skip
