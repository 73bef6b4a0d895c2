"""What an agent offers, and its reasons, must be what the engine takes: the same check as for any model's words."""

from collections.abc import Mapping
from typing import Any

import pytest

from agents.classifier.affirmation import read_affirmation
from agents.conclude import reply_from
from agents.playbook.consent import above_approval, agreed_to, offered, turned_down, waits_for_approval
from agents.playbook.model import _meaning
from agents.playbook.moves import Rule, Say
from domain.agents import AGENTS
from domain.classification import Classification
from domain.consent import make_offer
from domain.errors import ApprovalPending
from domain.messages import AgentReply, ThinkInput, ToolOutcome
from domain.state import AgentType, Consent, Offer
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


def answered(text: str, offer: Offer, agent: AgentType = AgentType.BILLING, intent: str = "") -> ThinkInput:
    """What the engine makes of the words, as an answer to the offer."""
    affirmation = read_affirmation(text)
    reading = Classification(intent=intent or "duplicate_charge", confidence=0.97, affirmation=affirmation)
    consent = Consent(message_id="m-1", offer=offer) if affirmation == "yes" else None
    return thought(text, agent=agent, reading=reading, before=("a", "Shall I?"), offer=offer, consent=consent)


PAYMENT_OFFER = paying.an_offer(PROCESS_PAYMENT, paying.PAYMENT)
PLAN_OFFER = paying.an_offer(SETUP_PAYMENT_PLAN, paying.PLAN)


@pytest.mark.parametrize("text", ["Yes please, credit it", "yes", "sure, go ahead", "Yes, book the credit please"])
def test_a_plain_yes_runs_the_offer(text: str) -> None:
    name, move = moved(answered(text, an_offer()))
    assert (name, getattr(move, "tool", None)) == ("agreed to the credit", APPLY_CREDIT_ADJUSTMENT)


@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("Yes, credit 20 of it", an_offer()),
        ("Yes please credit half of it", an_offer()),
        ("do it next month please", an_offer()),
        ("Yes, refund it", an_offer()),
        ("Yes, order it", an_offer()),
        ("Yes please charge half of it", PAYMENT_OFFER),
        ("Yes, take $20 now and the rest next month", PAYMENT_OFFER),
        ("yes, on Friday please", PAYMENT_OFFER),
        ("yes, credit it", PAYMENT_OFFER),
        ("Yes, take $20 now and the rest next month", PLAN_OFFER),
        ("yes, from tomorrow", PLAN_OFFER),
    ],
)
def test_a_yes_to_something_else_puts_the_offer_again(text: str, offer: Offer) -> None:
    name, move = moved(answered(text, offer, intent="payment_issue"))
    assert name.endswith("on other terms")
    assert isinstance(move, Say)
    assert move.text.startswith("I haven't done anything yet, Alice")
    assert f"exactly this: {offer.summary}. It " in move.text
    assert move.text.endswith("Shall I do that?")
    assert move.offer is not None
    assert make_offer(move.offer.tool, move.offer.tool.arguments.model_validate(dict(move.offer.arguments)), "") == (
        offer.model_copy(update={"summary": ""})
    )


def test_what_can_be_offered_otherwise_is() -> None:
    name, move = moved(answered("Yes, in six instalments", PLAN_OFFER))
    assert name == "another number of instalments"
    assert isinstance(move, Say)
    assert move.offer is not None
    assert move.offer.arguments["instalments"] == 6
    name, _ = moved(answered("Yes, to my Mastercard please", an_offer()))
    assert name == "wants the credit paid out"
    name, _ = moved(answered("Yes, in six instalments", PAYMENT_OFFER, intent="payment_plan"))
    assert name == "open bills not seen", "a plan is offered when they are"


@pytest.mark.parametrize("text", ["I would like to know why this happened", "yes, that solved it", "yes, is it free"])
def test_what_is_no_yes_to_an_offer_runs_nothing(text: str) -> None:
    for offer, tool in (
        (an_offer(), APPLY_CREDIT_ADJUSTMENT),
        (PAYMENT_OFFER, PROCESS_PAYMENT),
        (PLAN_OFFER, SETUP_PAYMENT_PLAN),
    ):
        assert not agreed_to(situation_of(answered(text, offer)), tool)
        assert getattr(moved(answered(text, offer))[1], "tool", None) is not tool


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
