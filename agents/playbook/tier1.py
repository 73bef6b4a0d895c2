"""Tier 1: common questions, basic troubleshooting, what the account has, and the way to those who can do more."""

from agents.playbook.articles import ANSWER_FROM_ARTICLES, explain_then_offer_person, nothing_found, search
from agents.playbook.guides import fetch_guide, guide_is_readable, read_out, wants_guide
from agents.playbook.manners import ENDINGS, MANNERS, TRIED_ENOUGH, give_up
from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, OFFER_PERSON, money, named, started
from agents.playbook.situation import Situation
from domain.intents import UNKNOWN
from domain.toolbox.customer import GET_ACCOUNT_SERVICES, AccountServices
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE

_LIMITS = {
    "cancellation_request": "I can't end a contract myself, but I can tell you how it works, and a colleague can do it "
    "with you.",
    "order_status": "I can't look into orders and deliveries from here, I'm sorry.",
    "plan_change": "I can't change a plan myself, but I can tell you how it works, and a colleague can do it with you.",
    "service_outage": "I can't see the live state of the network from here, I'm sorry.",
    "compliance_request": "I can tell you how we handle this; acting on it is up to our privacy colleagues.",
}
"""What this agent cannot do, said before anything else; a person is offered with it."""


def greet(situation: Situation) -> Move:
    return Say(started(situation, "How can I help you today?"))


def ask_on(situation: Situation) -> Move:
    return Say(f"I'm here{named(situation)}. Is there anything else {ANYTHING_ELSE}")


def report_fraud(situation: Situation) -> Move:
    return Say(
        f"Thank you for telling us right away{named(situation)}. This needs a person's care, so I've asked a "
        "colleague to take over at once. Until then, please don't share any code or password with anyone, and "
        "change your password if "
        "you still can.",
        outcome="wants_person",
        confidence=1.0,
        reason="Suspected fraud goes to a person at once.",
    )


def hear_complaint(situation: Situation) -> Move:
    return Say(
        f"I'm very sorry{named(situation)}, that's not how it should be, and I understand that you're upset. "
        "I'd like this to be put right by somebody who can decide about it. "
        f"If you tell me what happened, they will have it in front of them. {OFFER_PERSON}"
    )


def list_services(situation: Situation) -> Move:
    account: AccountServices = situation.result(GET_ACCOUNT_SERVICES)
    active = [service for service in account.services if service.status == "active"]
    others = [service for service in account.services if service.status == "suspended"]
    if not account.services:
        return Say(f"{started(situation, 'There are no services on your account at the moment.')} {OFFER_PERSON}")
    lines = [f"• {one.product}, {money(one.monthly_price, account.currency)} a month" for one in active]
    lines += [f"• {one.product}, suspended" for one in others]
    total = money(account.monthly_total, account.currency)
    return Say(
        f"{started(situation, 'This is what you have with us:')}\n\n"
        + "\n".join(lines)
        + f"\n\nTogether that is {total} a "
        f"month. Is there anything else {ANYTHING_ELSE}"
    )


def say_limits(situation: Situation) -> Move:
    return explain_then_offer_person(situation, _LIMITS[situation.intent])


def _limited(situation: Situation) -> bool:
    return situation.intent in _LIMITS


def _searchable(situation: Situation) -> bool:
    return situation.can(SEARCH_KNOWLEDGE_BASE) and not situation.ran(SEARCH_KNOWLEDGE_BASE)


RULES = (
    *MANNERS,
    *ENDINGS,
    Rule("fraud", lambda s: s.intent == "fraud_report", report_fraud),
    Rule("complaint", lambda s: s.intent == "complaint", hear_complaint),
    Rule("greeting", lambda s: s.intent == "greeting", lambda s: ask_on(s) if s.replied else greet(s)),
    Rule("still unclear", lambda s: s.intent in {"", UNKNOWN}, nothing_found),
    TRIED_ENOUGH,
    Rule("services known", lambda s: s.result(GET_ACCOUNT_SERVICES) is not None, list_services),
    Rule("services refused", lambda s: s.refusal(GET_ACCOUNT_SERVICES) is not None, give_up),
    Rule(
        "asks for services",
        lambda s: s.intent == "service_overview" and s.can(GET_ACCOUNT_SERVICES),
        lambda s: Use(GET_ACCOUNT_SERVICES, {"customer_id": s.customer_id}),
    ),
    Rule("limits unexplained", lambda s: _limited(s) and _searchable(s), search),
    Rule("limits", _limited, say_limits),
    Rule("guide readable", guide_is_readable, read_out),
    Rule("guide fits", wants_guide, fetch_guide),
    *ANSWER_FROM_ARTICLES,
    Rule("nothing helps", lambda _: True, give_up),
)
