"""Tier 1: common questions, basic troubleshooting, what the account has, passwords, service status, and the way to
those who can do more."""

from agents.playbook import contacts, details, identity, passwords
from agents.playbook.articles import (
    ANSWER_FROM_ARTICLES,
    explain_then_offer_person,
    has_unseen_article,
    nothing_fits,
    nothing_found,
    search,
)
from agents.playbook.checks import CHECKS
from agents.playbook.guides import fetch_guide, guide_is_readable, read_out, wants_guide
from agents.playbook.manners import ENDINGS, MANNERS, TRIED_ENOUGH, WANTS_CALL, give_up
from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, OFFER_PERSON, money, named, started
from agents.playbook.situation import Situation
from agents.playbook.wishes import wants_other_terms
from domain.intents import UNKNOWN, Family, family_of
from domain.toolbox.customer import GET_ACCOUNT_SERVICES, AccountServices
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE
from domain.triggers import Trigger

_LIMITS = {
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


def bring_in_billing(situation: Situation) -> Move:
    return Say(
        started(situation, "That is about your bill, so I'm bringing in our billing agent."),
        outcome="cannot_help",
        because=Trigger.BILLING_ISSUE,
        reason="The concern is about billing.",
    )


def bring_in_sales(situation: Situation) -> Move:
    return Say(
        started(situation, "Our sales agent looks after products, contracts and orders, so I'm bringing them in."),
        outcome="cannot_help",
        because=Trigger.SALES_OPPORTUNITY,
        reason="The customer wants to buy or to leave, or asks about an order or a contract.",
    )


def say_limits(situation: Situation) -> Move:
    return explain_then_offer_person(situation, _LIMITS[situation.intent])


def _limited(situation: Situation) -> bool:
    return situation.intent in _LIMITS


def _searchable(situation: Situation) -> bool:
    return situation.can(SEARCH_KNOWLEDGE_BASE) and not situation.ran(SEARCH_KNOWLEDGE_BASE)


def _about_sales(situation: Situation) -> bool:
    asked = situation.intent in {"order_status", "cancellation_request"} or family_of(situation.intent) is Family.SALES
    return asked or (situation.intent == "general_faq" and wants_other_terms(situation.said))


def _exhausted(situation: Situation) -> bool:
    return nothing_fits(situation) and not has_unseen_article(situation)


RULES = (
    WANTS_CALL,
    *MANNERS,
    *passwords.RULES,
    *details.ANSWERS,
    *identity.RULES,
    *details.REFUSALS,
    *contacts.RULES,
    *ENDINGS,
    Rule("fraud", lambda s: s.intent == "fraud_report", report_fraud),
    Rule("complaint", lambda s: s.intent == "complaint", hear_complaint),
    Rule("greeting", lambda s: s.intent == "greeting", lambda s: ask_on(s) if s.replied else greet(s)),
    Rule("still unclear", lambda s: s.intent in {"", UNKNOWN}, nothing_found),
    Rule("about a bill", lambda s: family_of(s.intent) is Family.BILLING, bring_in_billing),
    Rule("about products, contracts or orders", _about_sales, bring_in_sales),
    TRIED_ENOUGH,
    *details.TOPIC,
    *CHECKS,
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
    Rule("no article fits", _exhausted, nothing_found),
    *ANSWER_FROM_ARTICLES,
    Rule("nothing helps", lambda _: True, give_up),
)
