"""Doubting a line of an invoice: finding it, opening a dispute, telling and settling it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from agents.playbook.bills import WHICH_LINE, line_named
from agents.playbook.phrases import ANYTHING_ELSE
from domain.classification import Affirmation, Classification
from domain.consent import make_offer
from domain.messages import ThinkInput, ToolOutcome
from domain.state import Consent, Offer
from domain.toolbox.billing import GET_BILLING_INFORMATION, BillingInformation
from domain.toolbox.payments import DISPUTE_TRACKER, REFUND_MANAGER, Dispute, Disputes, DisputeTracker
from domain.triggers import Trigger
from tests.agents.playbook.bills import bills, duplicate, invoice
from tests.agents.playbook.rules import moved, said, used
from tests.agents.thoughts import gave, refused, thought

pytestmark = pytest.mark.unit

VISIT = invoice(lines=(("Premium plan", "49.99"), ("Email Service Pro", "9.99"), ("Technician visit", "39.00"),
                       ("Bundle discount", "-5.00")))  # fmt: skip
EARLIER = invoice("INV-2026-10-0001", lines=(("Premium plan", "49.99"), ("Roaming day pass", "6.99")))
BILLS = bills(VISIT, EARLIER)
ASKED = ("wrong charge", f"I had a look. {WHICH_LINE}")
OPENING = DisputeTracker(
    customer_id="CUST_001",
    action="open",
    invoice_id="INV-2026-11-0001",
    amount=Decimal("39.00"),
    reason="The customer does not recognise this charge or finds it wrong.",
)


def about(text: str, intent: str = "billing_dispute", affirmation: Affirmation = "unclear", **more: Any) -> ThinkInput:
    return thought(text, reading=Classification(intent=intent, confidence=0.97, affirmation=affirmation), **more)


def a_dispute(**changes: Any) -> Dispute:
    fields: dict[str, Any] = {
        "dispute_id": "DSP-1",
        "invoice_id": "INV-2026-11-0001",
        "amount": Decimal("39.00"),
        "reason": "Wrong.",
        "status": "open",
        "opened_on": date(2026, 11, 16),
        "answer_by": date(2026, 11, 30),
    }
    return Dispute(**fields | changes)


def disputes(*found: Dispute, **arguments: Any) -> ToolOutcome:
    asked = {"customer_id": "CUST_001"} | arguments
    return gave(DISPUTE_TRACKER, Disputes(disputes=list(found)), call_id="call-disputes", **asked)


def an_offer(arguments: DisputeTracker = OPENING) -> Offer:
    return make_offer(DISPUTE_TRACKER, arguments, "Dispute about a line")


# ---------------------------------------------------------------------- which line


@pytest.mark.parametrize(
    ("words", "description"),
    [
        ("the technician visit", "Technician visit"),
        ("The one over 39.00", "Technician visit"),
        ("39", "Technician visit"),
        ("the e-mail one", "Email Service Pro"),
        ("9,99", "Email Service Pro"),
        ("roaming", "Roaming day pass"),
        ("I never had a technician at home on 3 November", "Technician visit"),
        ("the discount", None),
        ("the whole thing", None),
        ("INV-2026-11-0039", None),
    ],
)
def test_a_line_is_found_by_amount_or_name(words: str, description: str | None) -> None:
    line = line_named(BillingInformation.model_validate(BILLS.result), words)
    assert (line.description if line else None) == description


# ---------------------------------------------------------------------- opening one


@pytest.mark.parametrize(("text", "before"), [("The technician visit on my invoice is wrong", ()), ("39.00", ASKED)])
def test_a_doubted_line_is_looked_up_and_a_dispute_offered(text: str, before: tuple[str, ...]) -> None:
    assert used(about(text, before=before)).tool is GET_BILLING_INFORMATION
    assert used(about(text, before=before, results=(BILLS,))).tool is DISPUTE_TRACKER
    move = said(about(text, before=before, results=(BILLS, disputes())))
    for part in ("Technician visit", "$39.00", "INV-2026-11-0001"):
        assert part in move.text
    assert move.offer is not None
    assert DISPUTE_TRACKER.arguments.model_validate(dict(move.offer.arguments)) == OPENING


def test_a_line_of_a_refund_wish_is_disputed_too() -> None:
    results = (BILLS, disputes())
    move = said(about("refund the technician visit please", "refund_request", results=results))
    assert move.offer is not None
    assert move.offer.tool is DISPUTE_TRACKER


def test_what_is_in_dispute_already_is_told_with_its_date() -> None:
    move = said(about("the technician visit", before=ASKED, results=(BILLS, disputes(a_dispute()))))
    assert "DSP-1" in move.text
    assert "30 November 2026" in move.text
    assert move.offer is None


def test_a_decided_dispute_does_not_hinder_a_new_one() -> None:
    decided = disputes(a_dispute(status="withdrawn"))
    assert said(about("the technician visit", before=ASKED, results=(BILLS, decided))).offer is not None


def test_a_yes_opens_exactly_that_and_the_answer_is_dated() -> None:
    agreed = {"offer": an_offer(), "consent": Consent(message_id="m-1", offer=an_offer())}
    use = used(about("yes", affirmation="yes", **agreed))
    assert DISPUTE_TRACKER.arguments.model_validate(dict(use.arguments)) == OPENING
    opened = disputes(a_dispute(), **OPENING.model_dump(mode="json", exclude_none=True))
    move = said(about("yes", affirmation="yes", **agreed, results=(opened,)))
    for part in ("I've opened dispute DSP-1", "30 November 2026", "isn't collected", "payment plan"):
        assert part in move.text
    assert move.outcome == "resolution_offered"


def test_a_no_opens_nothing() -> None:
    move = said(about("no", affirmation="no", offer=an_offer(), before=("a", "Shall I?")))
    assert move.text.endswith(ANYTHING_ELSE)
    assert move.offer is None


def test_a_dispute_that_the_rules_forbid_goes_to_who_may_decide() -> None:
    agreed = {"offer": an_offer(), "consent": Consent(message_id="m-1", offer=an_offer())}
    move = said(about("yes", affirmation="yes", **agreed, results=(refused(DISPUTE_TRACKER, "dispute-refused"),)))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.HIGH_VALUE_ADJUSTMENT)


def test_a_line_that_is_in_no_invoice_goes_to_who_can_look_further() -> None:
    assert used(about("the fee for parking", before=ASKED)).tool is GET_BILLING_INFORMATION
    move = said(about("the fee for parking", before=ASKED, results=(BILLS,)))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.HIGH_VALUE_ADJUSTMENT)


@pytest.mark.parametrize(
    "text", ["I don't accept that", "that's not acceptable", "this is unfair", "I want a compensation for this"]
)
def test_who_does_not_accept_the_decision_gets_somebody_who_may_decide(text: str) -> None:
    move = said(about(text, "refund_request", before=("refund please", f"I found no charge. {WHICH_LINE}")))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.HIGH_VALUE_ADJUSTMENT)


def test_being_short_of_money_is_no_disagreement() -> None:
    name, _ = moved(about("there is not enough money on my account", "payment_issue", before=("pay", "Shall I?")))
    assert name != "does not accept the decision"


# ---------------------------------------------------------------------- those there are


@pytest.mark.parametrize("text", ["What happened to my dispute?", "I disputed an invoice, is there an answer?"])
def test_disputes_are_told_as_they_stand(text: str) -> None:
    assert used(about(text, results=(BILLS,))).tool is DISPUTE_TRACKER
    found = disputes(a_dispute(), a_dispute(dispute_id="DSP-0", status="rejected"))
    told = said(about(text, results=(BILLS, found))).text
    assert "DSP-1" in told
    assert "by 30 November 2026" in told
    assert "DSP-0" in told
    assert "was rejected" in told
    assert "no dispute on your account" in said(about(text, results=(BILLS, disputes()))).text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("I want to dispute a charge", "bill to explain"),
        ("I want to open a dispute about my bill", "bill to explain"),
        ("I'd like a dispute about the technician visit", "doubts a line"),
    ],
)
def test_wanting_one_is_not_asking_about_one(text: str, rule: str) -> None:
    assert moved(about(text, results=(BILLS,)))[0] == rule


def test_a_dispute_about_a_duplicate_is_settled_by_a_payout_after_a_yes() -> None:
    twice = bills(VISIT, duplicates=[duplicate("34.99")])
    found = disputes(a_dispute(amount=Decimal("34.99")))
    move = said(about("What happened to my dispute?", results=(twice, found)))
    assert "you are right" in move.text
    assert move.offer is not None
    assert move.offer.tool is REFUND_MANAGER
    arguments = REFUND_MANAGER.arguments.model_validate(dict(move.offer.arguments))
    assert (arguments.dispute_id, arguments.amount) == ("DSP-1", Decimal("34.99"))


@pytest.mark.parametrize("other", [{"amount": Decimal("1.00")}, {"status": "refunded"}, {"invoice_id": "INV-X"}])
def test_a_dispute_about_something_else_is_not_settled_by_it(other: dict[str, Any]) -> None:
    twice = bills(VISIT, duplicates=[duplicate("34.99")])
    found = disputes(a_dispute(**{"amount": Decimal("34.99")} | other))
    assert said(about("What happened to my dispute?", results=(twice, found))).offer is None


def test_a_dispute_is_withdrawn_after_a_yes() -> None:
    text = "I'd like to withdraw the dispute"
    move = said(about(text, results=(BILLS, disputes(a_dispute()))))
    assert move.offer is not None
    assert dict(move.offer.arguments) == {"customer_id": "CUST_001", "action": "withdraw", "dispute_id": "DSP-1"}
    wanted = DisputeTracker.model_validate(dict(move.offer.arguments))
    agreed = {"offer": an_offer(wanted), "consent": Consent(message_id="m-1", offer=an_offer(wanted))}
    assert used(about("yes", affirmation="yes", **agreed)).arguments["action"] == "withdraw"
    gone = disputes(a_dispute(status="withdrawn"), action="withdraw", dispute_id="DSP-1")
    assert "withdrawn your dispute DSP-1" in said(about("yes", affirmation="yes", **agreed, results=(gone,))).text
