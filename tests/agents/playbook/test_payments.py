"""Paying an open invoice, at once or in instalments."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from agents.playbook.bills import due_of, open_invoices
from agents.playbook.identity import QUESTION
from agents.playbook.phrases import ANYTHING_ELSE, OFFER_PERSON
from domain import approvals
from domain.billing import Credit
from domain.classification import Affirmation, Classification
from domain.consent import make_offer
from domain.errors import ApprovalPending
from domain.identity import IdentityFactor, IdentityLevel
from domain.messages import ThinkInput, ToolOutcome
from domain.state import Consent, Offer
from domain.toolbox.billing import GET_BILLING_INFORMATION, BillingInformation
from domain.toolbox.customer import VERIFY_CUSTOMER_IDENTITY, IdentityCheck
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE
from domain.toolbox.payments import (
    PROCESS_PAYMENT,
    SETUP_PAYMENT_PLAN,
    Instalment,
    PaymentPlanSet,
    PaymentTaken,
    ProcessPayment,
    SetupPaymentPlan,
)
from domain.tools import AnyTool
from tests.agents.playbook.bills import bills, invoice
from tests.agents.playbook.rules import moved, said, used
from tests.agents.thoughts import gave, refused, thought

pytestmark = pytest.mark.unit

PENDING = approvals.PENDING.format(hours=24)

SMALL, LARGE = (("Basic plan", "27.98"),), (("Premium plan", "103.96"),)
OVERDUE = bills(invoice("INV-2", status="overdue", lines=SMALL), invoice("INV-1", status="overdue", lines=SMALL))
OVERDUE_LARGE = bills(invoice("INV-9", status="overdue", lines=LARGE))
PAYMENT = ProcessPayment(customer_id="CUST_001", invoice_id="INV-1", amount=Decimal("27.98"))
PLAN = SetupPaymentPlan(customer_id="CUST_001", invoice_id="INV-9", amount=Decimal("103.96"), instalments=3)
ANOTHER = (
    "The bank declined 27.98 on Visa ending 0002 (PM-0002-1); it does not tell us why. Nothing was charged. Ask the "
)
ANOTHER += "customer to check limit and balance. Offer another method on file: Mastercard ending 5100 (PM-0002-2)."
NO_OTHER = "The bank declined it. There is no other method: the customer can add one under Billing > Payment methods."


def about(intent: str, text: str, affirmation: Affirmation = "unclear", **more: Any) -> ThinkInput:
    return thought(text, reading=Classification(intent=intent, confidence=0.97, affirmation=affirmation), **more)


def pays(text: str = "I want to pay my overdue invoice", **more: Any) -> ThinkInput:
    return about("payment_issue", text, **more)


def splits(text: str = "I need to pay in instalments", **more: Any) -> ThinkInput:
    return about("payment_plan", text, **more)


def check(*, verified: bool) -> ToolOutcome:
    result = IdentityCheck(
        customer_id="CUST_001",
        level=IdentityLevel.VERIFIED if verified else IdentityLevel.AUTHENTICATED,
        verified=verified,
        factors_on_file=[IdentityFactor.PIN],
        attempts_left=4,
    )
    return gave(VERIFY_CUSTOMER_IDENTITY, result, call_id="call-identity")


def an_offer(tool: AnyTool, arguments: BaseModel) -> Offer:
    return make_offer(tool, arguments, "What was offered")


def agreed(tool: AnyTool, arguments: BaseModel, *results: ToolOutcome) -> ThinkInput:
    offer = an_offer(tool, arguments)
    consent = Consent(message_id="m-1", offer=offer)
    return about("payment_issue", "yes", "yes", offer=offer, consent=consent, results=results)


# ---------------------------------------------------------------------- what is due


def test_due_is_what_payments_and_credits_left() -> None:
    credit = Credit(
        transaction_id="TX-1", invoice_id="INV-1", amount=Decimal(3), reason="x", credited_on=date(2026, 11, 6)
    )
    part_paid = invoice("INV-1", status="open", paid="20.00")
    found = BillingInformation.model_validate(bills(part_paid, credits_given=[credit]).result)
    assert due_of(found.invoices[0], found) == Decimal("36.98"), "59.98 less 20.00 and 3.00; what failed is no payment"
    settled = BillingInformation.model_validate(bills(invoice(status="paid"), invoice(status="void")).result)
    assert open_invoices(settled) == []


# ---------------------------------------------------------------------- a payment


def test_it_looks_as_far_back_as_it_can_before_it_asks_for_money() -> None:
    use = used(pays())
    assert use.tool is GET_BILLING_INFORMATION
    assert use.arguments["max_invoices"] == 3


def test_the_oldest_open_invoice_is_offered_in_full() -> None:
    move = said(pays(results=(OVERDUE,)))
    assert "INV-1, which is overdue, has $27.98 to pay" in move.text
    assert "1 more open" in move.text
    assert move.offer is not None
    assert PROCESS_PAYMENT.arguments.model_validate(dict(move.offer.arguments)) == PAYMENT


def test_an_invoice_that_is_named_comes_first() -> None:
    move = said(pays("please pay invoice INV-2 now", results=(OVERDUE,)))
    assert move.offer is not None
    assert move.offer.arguments["invoice_id"] == "INV-2"


@pytest.mark.parametrize("text", ["how can I pay my bill?", "which cards do you accept?", "do you take paypal"])
def test_who_asks_how_to_pay_gets_an_article(text: str) -> None:
    assert used(pays(text)).tool is SEARCH_KNOWLEDGE_BASE


@pytest.mark.parametrize("given", [pays, splits])
def test_who_owes_nothing_is_told_so(given: Any) -> None:
    move = said(given(results=(bills(invoice()),)))
    assert "Nothing is open on your account." in move.text
    assert move.text.endswith(ANYTHING_ELSE)
    assert move.offer is None


def test_a_yes_charges_exactly_that() -> None:
    use = used(agreed(PROCESS_PAYMENT, PAYMENT))
    assert use.tool is PROCESS_PAYMENT
    assert PROCESS_PAYMENT.arguments.model_validate(dict(use.arguments)) == PAYMENT


def test_what_was_charged_is_told_with_its_reference() -> None:
    taken = PaymentTaken(
        payment_id="PAY-1",
        transaction_id="TX-9",
        invoice_id="INV-1",
        amount=Decimal("20.00"),
        currency="USD",
        charged_to="Visa ending 0030",
        still_due=Decimal("7.98"),
        new_balance=Decimal("35.96"),
    )
    move = said(agreed(PROCESS_PAYMENT, PAYMENT, gave(PROCESS_PAYMENT, taken)))
    for part in ("$20.00 to Visa ending 0030", "$7.98 of it is still to pay", "TX-9", "$35.96 to pay"):
        assert part in move.text
    assert move.outcome == "resolution_offered"


def test_a_declined_card_leads_to_another_one_on_file() -> None:
    move = said(agreed(PROCESS_PAYMENT, PAYMENT, refused(PROCESS_PAYMENT, "payment-declined", ANOTHER)))
    assert "declined" in move.text
    assert "Nothing was charged" in move.text
    assert "Mastercard ending 5100" in move.text
    assert move.offer is not None
    assert move.offer.arguments["payment_method_id"] == "PM-0002-2"
    assert move.offer.arguments["invoice_id"] == "INV-1"
    assert PROCESS_PAYMENT.arguments.model_validate(dict(move.offer.arguments))


def test_after_another_one_was_declined_too_none_is_offered_again() -> None:
    second = PAYMENT.model_copy(update={"payment_method_id": "PM-0002-2"})
    first = ANOTHER.replace("Mastercard ending 5100 (PM-0002-2)", "Visa ending 0002 (PM-0002-1)")
    move = said(agreed(PROCESS_PAYMENT, second, refused(PROCESS_PAYMENT, "payment-declined", first)))
    assert move.offer is None
    assert "Billing > Payment methods" in move.text


@pytest.mark.parametrize("error_type", ["payment-declined", "not-found", "payment-refused", "something-new"])
def test_without_another_method_the_ways_left_are_named(error_type: str) -> None:
    move = said(agreed(PROCESS_PAYMENT, PAYMENT, refused(PROCESS_PAYMENT, error_type, NO_OTHER)))
    assert "Nothing was charged" in move.text
    assert "Billing > Payment methods" in move.text
    assert "instalments" in move.text
    assert move.offer is None


@pytest.mark.parametrize(("tool", "arguments"), [(PROCESS_PAYMENT, PAYMENT), (SETUP_PAYMENT_PLAN, PLAN)])
def test_a_no_charges_nothing(tool: AnyTool, arguments: BaseModel) -> None:
    name, move = moved(about("payment_issue", "no thanks", "no", offer=an_offer(tool, arguments), before=("a", "b?")))
    assert name == "declined the payment"
    assert getattr(move, "offer", None) is None


@pytest.mark.parametrize(("tool", "arguments"), [(PROCESS_PAYMENT, PAYMENT), (SETUP_PAYMENT_PLAN, PLAN)])
def test_what_a_person_has_to_approve_is_told_as_waiting(tool: AnyTool, arguments: BaseModel) -> None:
    move = said(agreed(tool, arguments, refused(tool, ApprovalPending.type, PENDING)))
    assert "within 24 hours" in move.text
    assert "Nothing has been booked yet" in move.text
    assert move.outcome == "continue"


def test_another_card_is_set_by_the_customer_and_the_offer_stays() -> None:
    move = said(pays("can you use another card?", offer=an_offer(PROCESS_PAYMENT, PAYMENT), before=("a", "Shall I?")))
    assert "set as default" in move.text
    assert move.offer is not None
    assert move.offer.tool is PROCESS_PAYMENT


# ---------------------------------------------------------------------- who it is


@pytest.mark.parametrize("given", [pays, splits])
def test_above_the_limit_they_prove_who_they_are_before_anything_is_offered(given: Any) -> None:
    use = used(given(results=(OVERDUE_LARGE,)))
    assert use.tool is VERIFY_CUSTOMER_IDENTITY
    assert "factor" not in use.arguments
    asked = said(given(results=(OVERDUE_LARGE, check(verified=False))))
    assert QUESTION in asked.text
    assert asked.offer is None
    assert said(given(results=(OVERDUE_LARGE, check(verified=True)))).offer is not None


def test_up_to_the_limit_nobody_is_asked_who_they_are() -> None:
    assert said(pays(results=(OVERDUE,))).offer is not None


def test_after_the_proof_it_goes_on_with_what_was_wanted() -> None:
    asked = f"Before I look into this: {QUESTION} your four-digit PIN?"
    answer = splits("8624", before=("Split my invoice in four instalments", asked))
    assert used(answer).tool is VERIFY_CUSTOMER_IDENTITY
    proved = splits(
        "8624", before=("Split my invoice in four instalments", asked), results=(check(verified=True), OVERDUE_LARGE)
    )
    move = said(proved)
    assert move.offer is not None
    assert move.offer.arguments["instalments"] == 4
    paying = pays("8624", before=("I want to pay my invoice", asked), results=(check(verified=True),))
    assert used(paying).tool is GET_BILLING_INFORMATION


# ---------------------------------------------------------------------- a plan


@pytest.mark.parametrize(
    ("text", "number", "words"),
    [
        ("I need instalments", 3, "name another number"),
        ("in 4 instalments please", 4, "4 monthly instalments"),
        ("split INV-2026-11-0019 in six parts", 6, "6 monthly instalments"),
        ("I'd like 12 instalments", 6, "from 2 to 6"),
        ("can I pay it in 1 instalment", 2, "from 2 to 6"),
    ],
)
def test_an_open_invoice_is_split_as_the_customer_wants_within_the_rules(text: str, number: int, words: str) -> None:
    move = said(splits(text, results=(OVERDUE_LARGE, check(verified=True))))
    assert words in move.text
    assert move.offer is not None
    assert SETUP_PAYMENT_PLAN.arguments.model_validate(dict(move.offer.arguments))
    assert move.offer.arguments["instalments"] == number


def test_what_is_too_small_for_a_plan_can_be_paid() -> None:
    move = said(splits(results=(OVERDUE,)))
    assert "less than a payment plan starts at" in move.text
    assert move.offer is not None
    assert move.offer.tool is PROCESS_PAYMENT


def test_a_plan_is_for_the_invoice_that_is_large_enough() -> None:
    both = bills(
        invoice("INV-2", status="overdue", lines=(("Mobile S", "66.97"),)),
        invoice("INV-1", status="overdue", lines=(("Mobile S", "34.96"),)),
    )
    move = said(splits(results=(both,)))
    assert move.offer is not None
    assert move.offer.arguments["invoice_id"] == "INV-2"


@pytest.mark.parametrize(("text", "number"), [("four instead", 4), ("no, rather 6 please", 6), ("make it ten", None)])
def test_another_number_is_another_offer_of_the_same_plan(text: str, number: int | None) -> None:
    given = splits(text, offer=an_offer(SETUP_PAYMENT_PLAN, PLAN), before=("instalments", "Shall I set up 3?"))
    name, _ = moved(given)
    assert (name == "another number of instalments") is (number is not None)
    if number is not None:
        arguments = dict(said(given).offer.arguments)  # type: ignore[union-attr]
        assert SETUP_PAYMENT_PLAN.arguments.model_validate(arguments) == PLAN.model_copy(update={"instalments": number})


def test_the_plan_is_told_part_by_part() -> None:
    plan = PaymentPlanSet(
        plan_id="PLAN-1",
        invoice_id="INV-9",
        amount=Decimal("103.96"),
        currency="USD",
        charged_to="Bank account ending 1919",
        instalments=[
            Instalment(number=1, due_on=date(2026, 11, 27), amount=Decimal("51.98")),
            Instalment(number=2, due_on=date(2026, 12, 27), amount=Decimal("51.98")),
        ],
    )
    move = said(agreed(SETUP_PAYMENT_PLAN, PLAN, gave(SETUP_PAYMENT_PLAN, plan)))
    for part in ("PLAN-1", "$51.98 on 27 November 2026 and $51.98 on 27 December 2026", "Bank account ending 1919"):
        assert part in move.text
    assert move.outcome == "resolution_offered"


@pytest.mark.parametrize(
    ("error_type", "words"),
    [
        ("plan-refused", "one plan at a time"),
        ("not-found", "on file"),
        ("payment-refused", "has expired"),
        ("back-office-unavailable", "didn't take it"),
    ],
)
def test_a_refused_plan_is_told_truthfully_and_a_person_offered(error_type: str, words: str) -> None:
    move = said(agreed(SETUP_PAYMENT_PLAN, PLAN, refused(SETUP_PAYMENT_PLAN, error_type)))
    assert words in move.text
    assert "I've set up" not in move.text
    assert move.text.endswith(OFFER_PERSON)
