"""Cancelling: one honest offer to stay, then how it works, then a person who confirms it."""

import re

from agents.playbook.advice import recommend
from agents.playbook.articles import explain_then_offer_person, search
from agents.playbook.baskets import (
    currency,
    information,
    known_products,
    look_at_services,
    quote_question,
    services,
    services_wanted,
    takes_proposal,
)
from agents.playbook.manners import hand_over, person_offered
from agents.playbook.moves import Move, Rule, Say, Use, only_when
from agents.playbook.phrases import listed, money, named
from agents.playbook.situation import Situation
from agents.playbook.wishes import Wish, kinds_in
from domain.toolbox.customer import AccountService
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE
from domain.toolbox.oversight import CALCULATE_CUSTOMER_SATISFACTION, CustomerSatisfaction
from domain.toolbox.sales import GET_PRODUCT_INFORMATION, PRODUCT_CATALOG, ProductListed

BEFORE_LEAVING = "Before I tell you how to cancel"
"""Begins the offer to stay, which is made once."""
_EXPLAINED = "can't end a contract myself"
_HOW_IT_WORKS = f"I understand. I {_EXPLAINED}, but I can tell you how it works, and a colleague confirms it with you."
_LEAVES = re.compile(r"\b(?:cancel\w*|terminat\w*|leav(?:e|ing)|quit|end (?:it|my|the|our))\b", re.IGNORECASE)


def cancels(situation: Situation) -> bool:
    """The customer wants to leave, and has not taken the offer to stay."""
    if BEFORE_LEAVING in situation.replied:
        return not takes_proposal(situation)
    ends = situation.feedback == "solved" or situation.declined or situation.closes
    return situation.intent == "cancellation_request" and not (ends and not situation.results)


def at_stake(situation: Situation) -> AccountService | None:
    """The service they want to end: of the kind they name, else what costs most."""
    kinds = kinds_in(situation.said)
    named_ones = [service for service in services(situation) if service.product_type in kinds]
    return max(named_ones or services(situation), key=lambda service: service.monthly_price, default=None)


def smaller(situation: Situation) -> ProductListed | None:
    service = at_stake(situation)
    return recommend("smaller", known_products(situation), [service]) if service else None


def look_at_satisfaction(situation: Situation) -> Move:
    return Use(CALCULATE_CUSTOMER_SATISFACTION, {"customer_id": situation.customer_id})


def list_kind(situation: Situation) -> Move:
    service = at_stake(situation)
    assert service is not None, "the rule has looked"
    return Use(PRODUCT_CATALOG, {"product_type": service.product_type})


def look_at_smaller(situation: Situation) -> Move:
    product = smaller(situation)
    assert product is not None, "the rule has looked"
    return Use(GET_PRODUCT_INFORMATION, {"product_id": product.product_id})


def offer_to_stay(situation: Situation) -> Move:
    service, product = at_stake(situation), smaller(situation)
    assert service is not None, "the rule has looked"
    assert product is not None, "the rule has looked"
    found = information(situation, product.product_id)
    contents = f" ({listed(found.features)})" if found and found.features else ""
    saved = money(service.monthly_price - product.monthly_price, currency(situation))
    return Say(
        f"I'm sorry that you want to leave{named(situation)}.{_regret(situation)} {BEFORE_LEAVING}, one thought: the "
        f"{product.name}{contents} is {saved} a month less than your {service.product}. If that doesn't help you, "
        f"just say so, and I'll explain how to cancel. {quote_question([Wish(product)])}"
    )


def explain_cancelling(situation: Situation) -> Move:
    return explain_then_offer_person(situation, _HOW_IT_WORKS)


def _regret(situation: Situation) -> str:
    """Only where something went wrong."""
    satisfaction: CustomerSatisfaction | None = situation.result(CALCULATE_CUSTOMER_SATISFACTION)
    if satisfaction is None or satisfaction.risk == "low":
        return ""
    return " I can see that not everything went as it should lately, and I'm sorry about that, too."


def _stays_possible(situation: Situation) -> bool:
    asked_before = any(_LEAVES.search(text) for text in situation.told[:-2])
    return BEFORE_LEAVING not in situation.replied and not asked_before


def _unlisted(situation: Situation) -> bool:
    return at_stake(situation) is not None and situation.can(PRODUCT_CATALOG) and not situation.ran(PRODUCT_CATALOG)


def _insists(situation: Situation) -> bool:
    """How it works has been told, and they do not say no to the person who confirms it."""
    return person_offered(situation) and _EXPLAINED in situation.replied and bool(_LEAVES.search(situation.said))


OFFERING_TO_STAY = only_when(_stays_possible, (
    Rule("services to end not seen", services_wanted, look_at_services),
    Rule("satisfaction not looked at", lambda s: s.can(CALCULATE_CUSTOMER_SATISFACTION)
         and not s.ran(CALCULATE_CUSTOMER_SATISFACTION), look_at_satisfaction),
    Rule("products of that kind not listed", _unlisted, list_kind),
    Rule("smaller product not looked at", lambda s: smaller(s) is not None and not s.ran(GET_PRODUCT_INFORMATION),
         look_at_smaller),
    Rule("something smaller fits", lambda s: smaller(s) is not None, offer_to_stay),
))  # fmt: skip

CANCELLING = only_when(cancels, (
    Rule("insists on cancelling", _insists, hand_over),
    *OFFERING_TO_STAY,
    Rule("cancelling not looked up", lambda s: s.can(SEARCH_KNOWLEDGE_BASE) and not s.ran(SEARCH_KNOWLEDGE_BASE),
         search),
    Rule("cancelling explained", lambda _: True, explain_cancelling),
))  # fmt: skip
