"""Every rule of the billing playbook."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from agents.playbook.billing import NOTHING_BOOKED, WHICH_LINE
from agents.playbook.phrases import OFFER_PERSON
from domain.billing import DuplicateCharge
from domain.classification import Affirmation, Classification
from domain.messages import ThinkInput, ToolOutcome
from domain.state import ResolutionAttempt
from domain.toolbox.billing import (
    APPLY_CREDIT_ADJUSTMENT,
    GET_BILLING_INFORMATION,
    BillingInformation,
    ChargeShown,
    CreditApplied,
    InvoiceShown,
)
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE, Article, ArticlesFound
from tests.agents.playbook.rules import moved, said, used
from tests.agents.thoughts import CREDIT, NOW, a_consent, an_offer, gave, refused, thought

pytestmark = pytest.mark.unit


def about(intent: str, text: str, affirmation: Affirmation = "unclear", **more: Any) -> ThinkInput:
    reading = Classification(intent=intent, confidence=0.97, affirmation=affirmation)
    return thought(text, reading=reading, **more)


def duplicate(amount: str = "49.99", **changes: Any) -> DuplicateCharge:
    fields: dict[str, Any] = {
        "service": "Premium plan",
        "service_id": "SVC-1",
        "period": "2026-11",
        "amount": Decimal(amount),
        "invoice_ids": ["INV-2026-11-0001", "INV-2026-11-0001"],
        "charged_on": [date(2026, 11, 1), date(2026, 11, 3)],
    }
    return DuplicateCharge(**fields | changes)


def bills(
    *duplicates: DuplicateCharge, balance: str = "0.00", invoices: bool = True, status: str = "paid"
) -> ToolOutcome:
    invoice = InvoiceShown(
        invoice_id="INV-2026-11-0001",
        issued_on=date(2026, 11, 4),
        due_on=date(2026, 11, 18),
        status=status,  # type: ignore[arg-type]
        total=Decimal("59.98"),
        charges=[
            ChargeShown.model_validate(
                {"description": name, "period": "2026-11", "charged_on": date(2026, 11, 1), "amount": Decimal(price)}
            )
            for name, price in (("Premium plan", "49.99"), ("Email Service Pro", "9.99"))
        ],
        payments=[],
    )
    found = BillingInformation(
        billing_account_id="BA-1",
        currency="USD",
        balance=Decimal(balance),
        duplicate_charges=list(duplicates),
        invoices=[invoice] if invoices else [],
        recent_credits=[],
    )
    return gave(GET_BILLING_INFORMATION, found, customer_id="CUST_001")


def article() -> ToolOutcome:
    best = Article(article_id="kb-refund", title="Refunds", category="billing", score=1.0, content="Refunds take days.")
    return gave(SEARCH_KNOWLEDGE_BASE, ArticlesFound(articles=[best]), call_id="call-2", query="refund")


@pytest.mark.parametrize("intent", ["duplicate_charge", "billing_dispute", "billing_question", "refund_request"])
def test_it_looks_before_it_speaks(intent: str) -> None:
    use = used(about(intent, "something is wrong"))
    assert use.tool is GET_BILLING_INFORMATION
    assert use.arguments == {"customer_id": "CUST_001"}


@pytest.mark.parametrize("intent", ["duplicate_charge", "billing_dispute", "refund_request"])
def test_a_duplicate_is_named_and_a_credit_offered(intent: str) -> None:
    move = said(about(intent, "I was charged twice", results=(bills(duplicate()),)))
    for part in ("duplicate charge", "Premium plan", "November 2026", "$49.99", "1 November 2026", "3 November 2026"):
        assert part in move.text
    assert move.text.startswith("Hi Alice, I checked")
    assert move.text.endswith("Shall I do that?")
    assert move.outcome == "continue"
    assert move.offer is not None
    assert move.offer.tool is APPLY_CREDIT_ADJUSTMENT
    assert move.offer.arguments["amount"] == "49.99"
    assert move.offer.arguments["invoice_id"] == "INV-2026-11-0001"
    assert APPLY_CREDIT_ADJUSTMENT.arguments.model_validate(dict(move.offer.arguments))


def test_charges_on_one_day_and_on_two_invoices_are_told_apart() -> None:
    same_day = duplicate(charged_on=[date(2026, 11, 1)] * 2, invoice_ids=["INV-A", "INV-B"])
    text = said(about("duplicate_charge", "charged twice", results=(bills(same_day),))).text
    assert "twice on 1 November 2026" in text
    assert "invoices INV-A and INV-B" in text


def test_the_newest_of_several_comes_first_and_the_rest_is_mentioned() -> None:
    move = said(about("duplicate_charge", "charged twice", results=(bills(duplicate(), duplicate(period="2026-10")),)))
    assert "I also see 1 more like it" in move.text
    assert "November 2026" in move.text


def test_above_the_limit_nothing_is_offered_and_a_colleague_takes_over() -> None:
    move = said(about("duplicate_charge", "charged twice", results=(bills(duplicate("149.00")),)))
    assert move.offer is None
    assert move.outcome == "cannot_help"
    assert "approved by a colleague" in move.text
    assert "duplicate charge" in move.text


def test_what_was_credited_already_is_not_credited_again() -> None:
    move = said(about("duplicate_charge", "charged twice", results=(bills(duplicate(credited=True)),)))
    assert "credited to your account already" in move.text
    assert move.offer is None
    assert move.outcome == "resolution_offered"


def test_no_duplicate_is_said_and_the_invoice_explained() -> None:
    move = said(about("duplicate_charge", "charged twice", results=(bills(),)))
    assert "found no service that was charged twice" in move.text
    assert "• Premium plan: $49.99" in move.text
    assert move.text.endswith(WHICH_LINE)


def test_a_yes_books_exactly_what_was_offered() -> None:
    use = used(about("duplicate_charge", "yes please", "yes", offer=an_offer(), consent=a_consent()))
    assert use.tool is APPLY_CREDIT_ADJUSTMENT
    assert APPLY_CREDIT_ADJUSTMENT.arguments.model_validate(dict(use.arguments)) == CREDIT


def test_the_booked_credit_is_reported_with_its_reference() -> None:
    credit = CreditApplied(
        transaction_id="TX-77", amount=Decimal("49.99"), currency="USD", new_balance=Decimal("-49.99")
    )
    booked = gave(APPLY_CREDIT_ADJUSTMENT, credit)
    move = said(about("duplicate_charge", "yes", "yes", offer=an_offer(), consent=a_consent(), results=(booked,)))
    assert "$49.99" in move.text
    assert "TX-77" in move.text
    assert "a credit of $49.99" in move.text
    assert move.text.endswith("Did that solve it?")
    assert move.outcome == "resolution_offered"


@pytest.mark.parametrize(
    ("error_type", "words"),
    [
        ("approval-required", "approved by a colleague"),
        ("credit-too-large", "more than what is left"),
        ("not-found", "can't be found"),
        ("not-authorized", "not allowed"),
        ("consent-required", "booked nothing"),
        ("back-office-unavailable", "can't reach our billing system"),
        ("something-new", "nothing was changed"),
    ],
)
def test_a_refused_credit_is_told_truthfully_and_handed_on(error_type: str, words: str) -> None:
    failed = refused(APPLY_CREDIT_ADJUSTMENT, error_type)
    move = said(about("duplicate_charge", "yes", "yes", offer=an_offer(), consent=a_consent(), results=(failed,)))
    assert words in move.text
    assert "I've credited" not in move.text
    assert move.outcome == "cannot_help"
    assert error_type in move.reason


def test_a_no_books_nothing_and_leaves_a_way() -> None:
    move = said(about("duplicate_charge", "no thanks", "no", offer=an_offer(), before=("charged twice", "Shall I?")))
    assert NOTHING_BOOKED in move.text
    assert move.text.endswith(OFFER_PERSON)
    assert move.offer is None


def test_money_to_the_card_is_a_colleagues_business() -> None:
    before = ("charged twice", f"No problem, {NOTHING_BOOKED}. {OFFER_PERSON}")
    move = said(about("payment_issue", "can you pay it to my card instead?", before=before))
    assert move.outcome == "cannot_help"


@pytest.mark.parametrize(
    ("question", "words"),
    [("how long does that take?", "within minutes"), ("can't I get it on my card?", "credit on your")],
)
def test_a_question_about_the_offer_is_answered_and_the_offer_stays(question: str, words: str) -> None:
    move = said(about("duplicate_charge", question, offer=an_offer(), before=("charged twice", "Shall I?")))
    assert words in move.text
    assert move.offer is not None
    assert APPLY_CREDIT_ADJUSTMENT.arguments.model_validate(dict(move.offer.arguments)) == CREDIT


def test_asked_to_investigate_it_looks_again_before_it_offers_again() -> None:
    asked = {"offer": an_offer(), "before": ("charged twice", "Shall I do that?")}
    text = "Yes, please investigate the duplicate charge"
    assert used(about("duplicate_charge", text, **asked)).tool is GET_BILLING_INFORMATION
    move = said(about("duplicate_charge", text, **asked, results=(bills(duplicate()),)))
    assert move.text.startswith("I've looked into it once more, and there is a duplicate charge")
    assert move.offer is not None


def test_the_statement_is_explained_with_a_hint_to_the_duplicate() -> None:
    move = said(about("billing_question", "trouble with my statement", results=(bills(duplicate()),)))
    assert "INV-2026-11-0001" in move.text
    assert move.text.endswith("Shall I investigate that?")
    assert move.offer is None
    hinted = ("trouble with my statement", move.text)
    assert used(about("billing_question", "yes", "yes", before=hinted)).tool is GET_BILLING_INFORMATION
    follow_up = said(about("billing_question", "yes", "yes", before=hinted, results=(bills(duplicate()),)))
    assert follow_up.offer is not None


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (bills(status="open", balance="59.98"), "due on 18 November 2026"),
        (bills(status="overdue", balance="59.98"), "and overdue"),
        (bills(balance="59.98"), "Your account stands at $59.98 to pay."),
        (bills(balance="-5.00"), "Your account has a credit of $5.00."),
        (bills(invoices=False), "There is no invoice on your account yet."),
    ],
)
def test_an_invoice_is_told_as_it_stands(outcome: ToolOutcome, words: str) -> None:
    assert words in said(about("billing_question", "explain my bill", results=(outcome,))).text


def test_a_disputed_line_goes_to_a_colleague() -> None:
    asked = said(about("billing_dispute", "wrong charge", results=(bills(),)))
    assert asked.text.endswith(WHICH_LINE)
    move = said(about("billing_dispute", "the e-mail one", before=("wrong charge", asked.text)))
    assert move.outcome == "cannot_help"


def test_bills_that_cannot_be_read_are_not_guessed() -> None:
    failed = refused(GET_BILLING_INFORMATION, "back-office-unavailable")
    move = said(about("duplicate_charge", "charged twice", results=(failed,)))
    assert "can't see your bills" in move.text
    assert move.outcome == "cannot_help"
    assert "back-office-unavailable" in move.reason


def test_a_stranger_is_not_guessed_either() -> None:
    move = said(about("duplicate_charge", "charged twice", customer=None))
    assert move.outcome == "cannot_help"


@pytest.mark.parametrize("intent", ["payment_plan", "refund_request"])
def test_what_it_cannot_do_is_explained_and_a_person_offered(intent: str) -> None:
    results = (bills(),) if intent == "refund_request" else ()
    assert used(about(intent, "can you do that", results=results)).tool is SEARCH_KNOWLEDGE_BASE
    move = said(about(intent, "can you do that", results=(*results, article())))
    assert "Our article “Refunds” says: Refunds take days." in move.text
    assert move.text.endswith(OFFER_PERSON)
    assert move.articles == ("kb-refund",)


def test_questions_about_paying_are_answered_from_articles_of_its_own_sources() -> None:
    use = used(about("payment_issue", "which cards do you accept?"))
    assert use.tool is SEARCH_KNOWLEDGE_BASE
    assert use.arguments["category_filter"] == ["billing", "policy"]
    move = said(about("payment_issue", "which cards do you accept?", results=(article(),)))
    assert move.outcome == "resolution_offered"


def test_unsolved_it_looks_at_the_bill_from_another_side() -> None:
    unsolved = {"resolution_status": "unresolved", "before": ("charged twice", "Done. Did that solve it?")}
    assert used(about("duplicate_charge", "no", "no", **unsolved)).tool is GET_BILLING_INFORMATION
    move = said(about("duplicate_charge", "no", "no", **unsolved, results=(bills(duplicate(credited=True)),)))
    assert move.text.startswith("I'm sorry that didn't settle it.")
    assert move.text.endswith(WHICH_LINE)


def test_after_two_failures_a_person_is_offered() -> None:
    failed = ResolutionAttempt(
        agent_type="billing", timestamp=NOW, actions_taken=[], tools_used=[], outcome="", confidence=1, success=False,
        topic="duplicate_charge",
    )  # type: ignore[arg-type]  # fmt: skip
    state = {
        "resolution_attempts": [failed] * 2,
        "current_intent": "duplicate_charge",
        "resolution_status": "unresolved",
    }
    name, _ = moved(about("duplicate_charge", "no", "no", before=("a", "Did that help?"), **state))
    assert name == "tried enough"


def test_solved_it_says_goodbye_and_asks_nothing() -> None:
    state = {"resolution_status": "offered", "before": ("charged twice", "Done. Did that solve it?")}
    move = said(about("duplicate_charge", "yes thanks", "yes", **state))
    assert move.outcome == "resolution_confirmed"
    assert "?" not in move.text
