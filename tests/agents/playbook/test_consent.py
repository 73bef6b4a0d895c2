"""What an agent offers, and its reasons, must be what the engine takes: the same check as for any model's words."""

from collections.abc import Mapping
from typing import Any

import pytest

from agents.conclude import reply_from
from agents.playbook.consent import above_approval, agreed_to, offered, turned_down, waits_for_approval
from agents.playbook.model import _meaning
from agents.playbook.moves import Rule
from domain.agents import AGENTS
from domain.classification import Classification
from domain.errors import ApprovalPending
from domain.messages import AgentReply, ThinkInput, ToolOutcome
from domain.state import AgentType
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT
from domain.toolbox.payments import DISPUTE_TRACKER, PROCESS_PAYMENT, REFUND_MANAGER, SETUP_PAYMENT_PLAN
from tests.agents.playbook import test_disputes as disputing
from tests.agents.playbook import test_payments as paying
from tests.agents.playbook.bills import bills, duplicate
from tests.agents.playbook.rules import moved, situation_of
from tests.agents.thoughts import CREDIT, a_consent, an_offer, refused, thought

pytestmark = pytest.mark.unit


def concluded(given: ThinkInput) -> AgentReply:
    name, move = moved(given)
    meaning = _meaning(Rule(name, lambda _: True, lambda _: move), move)  # type: ignore[arg-type]
    return reply_from(move.text, meaning, AGENTS[given.agent].tools, "CUST_001", agent=given.agent)  # type: ignore[union-attr]


def about(text: str, intent: str, agent: AgentType = AgentType.BILLING, **more: Any) -> ThinkInput:
    return thought(text, agent=agent, reading=Classification(intent=intent, confidence=0.97), **more)


TWICE = bills(duplicates=[duplicate()])
OFFERS: Mapping[str, tuple[ThinkInput, str]] = {
    "a credit": (about("charged twice", "duplicate_charge", results=(TWICE,)), APPLY_CREDIT_ADJUSTMENT.name),
    "a payout": (about("I want it back on my card", "refund_request", results=(TWICE,)), REFUND_MANAGER.name),
    "a payment": (paying.pays(results=(paying.OVERDUE,)), PROCESS_PAYMENT.name),
    "another card": (
        paying.agreed(PROCESS_PAYMENT, paying.PAYMENT, refused(PROCESS_PAYMENT, "payment-declined", paying.ANOTHER)),
        PROCESS_PAYMENT.name,
    ),
    "a plan": (
        paying.splits(results=(paying.OVERDUE_LARGE, paying.check(verified=True))),
        SETUP_PAYMENT_PLAN.name,
    ),
    "a dispute": (
        disputing.about("the technician visit is wrong", results=(disputing.BILLS, disputing.disputes())),
        DISPUTE_TRACKER.name,
    ),
    "a withdrawal": (
        disputing.about(
            "please withdraw the dispute", results=(disputing.BILLS, disputing.disputes(disputing.a_dispute()))
        ),
        DISPUTE_TRACKER.name,
    ),
}


@pytest.mark.parametrize("what", OFFERS)
def test_each_offer_is_one_that_the_engine_takes(what: str) -> None:
    given, tool = OFFERS[what]
    reply = concluded(given)
    assert reply.offer is not None
    assert reply.offer.tool == tool


@pytest.mark.parametrize(
    ("given", "because"),
    [
        (about("unauthorized charges", "billing_question"), "fraud_suspected"),
        (about("that's not acceptable", "refund_request", before=("refund", "No.")), "high_value_adjustment"),
        (about("where is my order", "order_status", AgentType.TIER1), "sales_opportunity"),
        (about("explain my bill", "billing_question", AgentType.TIER1), "billing_issue"),
    ],
)
def test_each_reason_is_one_that_the_agent_can_have(given: ThinkInput, because: str) -> None:
    assert concluded(given).because == because


def test_a_yes_is_to_one_tool_and_runs_once() -> None:
    agreed = situation_of(about("yes", "duplicate_charge", offer=an_offer(), consent=a_consent()))
    assert agreed_to(agreed, APPLY_CREDIT_ADJUSTMENT)
    assert not agreed_to(agreed, REFUND_MANAGER)
    ran: tuple[ToolOutcome, ...] = (refused(APPLY_CREDIT_ADJUSTMENT, "unavailable"),)
    again = situation_of(about("yes", "duplicate_charge", offer=an_offer(), consent=a_consent(), results=ran))
    assert not agreed_to(again, APPLY_CREDIT_ADJUSTMENT)
    assert not waits_for_approval(again, APPLY_CREDIT_ADJUSTMENT)


def test_an_offer_stands_until_something_was_looked_into() -> None:
    standing = situation_of(about("no thanks", "duplicate_charge", offer=an_offer()))
    assert offered(standing, APPLY_CREDIT_ADJUSTMENT)
    assert turned_down(standing, APPLY_CREDIT_ADJUSTMENT)
    assert not turned_down(standing, PROCESS_PAYMENT)
    looked = situation_of(about("no thanks", "duplicate_charge", offer=an_offer(), results=(TWICE,)))
    assert not offered(looked, APPLY_CREDIT_ADJUSTMENT)


def test_the_limit_itself_needs_no_approval() -> None:
    limit = APPLY_CREDIT_ADJUSTMENT.policy.approval_above
    assert limit is not None
    assert not above_approval(APPLY_CREDIT_ADJUSTMENT, limit)
    assert above_approval(APPLY_CREDIT_ADJUSTMENT, limit + CREDIT.amount)
    assert not above_approval(DISPUTE_TRACKER, limit + CREDIT.amount), "it has no limit"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("A person has been asked and will decide within 36 hours; then", "decide within 36 hours"),
        ("No.", "soon as they"),
    ],
)
def test_the_time_to_decide_is_the_engines(error: str, words: str) -> None:
    waiting = (refused(APPLY_CREDIT_ADJUSTMENT, ApprovalPending.type, error),)
    reply = concluded(about("yes", "duplicate_charge", offer=an_offer(), consent=a_consent(), results=waiting))
    assert words in reply.message
    assert reply.offer is None
