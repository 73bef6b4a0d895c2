"""Every rule of the billing playbook, and what of a duplicate charge is given back."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from agents.playbook.bills import WHICH_LINE
from agents.playbook.phrases import OFFER_PERSON
from agents.playbook.refunds import NOTHING_BOOKED
from domain import approvals
from domain.billing import DuplicateCharge, InvoiceStatus
from domain.classification import Affirmation, Classification
from domain.consent import make_offer
from domain.errors import ApprovalPending
from domain.messages import ThinkInput, ToolOutcome
from domain.state import Consent, ResolutionAttempt
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT, GET_BILLING_INFORMATION, CreditApplied
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE, Article, ArticlesFound
from domain.toolbox.payments import REFUND_MANAGER, RefundMade, RefundManager
from domain.triggers import Trigger
from tests.agents.playbook import bills as made
from tests.agents.playbook.bills import duplicate
from tests.agents.playbook.rules import moved, said, used
from tests.agents.thoughts import CREDIT, NOW, a_consent, an_offer, gave, refused, thought

pytestmark = pytest.mark.unit

PENDING = approvals.PENDING.format(hours=24)

PAYOUT = RefundManager.model_validate(CREDIT.model_dump())


def about(intent: str, text: str, affirmation: Affirmation = "unclear", **more: Any) -> ThinkInput:
    reading = Classification(intent=intent, confidence=0.97, affirmation=affirmation)
    return thought(text, reading=reading, **more)


def bills(
    *duplicates: DuplicateCharge, balance: str = "0.00", invoices: bool = True, status: InvoiceStatus = "paid"
) -> ToolOutcome:
    shown = [made.invoice(status=status)] if invoices else []
    return made.bills(*shown, duplicates=duplicates, balance=balance)


def agreed_payout(*results: ToolOutcome) -> ThinkInput:
    offer = make_offer(REFUND_MANAGER, PAYOUT, "Payout of $49.99")
    consent = Consent(message_id="m-1", offer=offer)
    return about("refund_request", "yes", "yes", offer=offer, consent=consent, results=results)


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


def test_above_the_limit_the_offer_says_that_a_person_has_to_approve() -> None:
    move = said(about("duplicate_charge", "charged twice", results=(bills(duplicate("149.00")),)))
    assert "duplicate charge" in move.text
    assert "approved by a colleague" in move.text
    assert "right away" not in move.text
    assert move.offer is not None
    assert move.offer.arguments["amount"] == "149.00"


def test_up_to_the_limit_nobody_has_to_approve() -> None:
    move = said(about("duplicate_charge", "charged twice", results=(bills(duplicate("100.00")),)))
    assert "approved by" not in move.text


def test_while_a_person_decides_the_customer_knows_what_happens() -> None:
    waiting = refused(APPLY_CREDIT_ADJUSTMENT, ApprovalPending.type, PENDING)
    move = said(about("duplicate_charge", "yes", "yes", offer=an_offer(), consent=a_consent(), results=(waiting,)))
    assert "within 24 hours" in move.text
    assert "Nothing has been booked yet" in move.text
    assert "I've credited" not in move.text
    assert move.outcome == "continue"


def test_an_agent_without_the_tool_hands_over_to_who_may_decide() -> None:
    without = frozenset({APPLY_CREDIT_ADJUSTMENT.name})
    move = said(about("duplicate_charge", "charged twice", results=(bills(duplicate()),)), without)
    assert (move.outcome, move.because) == ("cannot_help", Trigger.HIGH_VALUE_ADJUSTMENT)
    assert move.offer is None


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


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (("charged twice", f"No problem, {NOTHING_BOOKED}. {OFFER_PERSON}"), "can you pay it to my card instead?"),
        ((), "you charged me twice, I want it back on my card"),
        ((), "I was charged twice, please pay it out"),
    ],
)
@pytest.mark.parametrize("intent", ["refund_request", "payment_issue", "duplicate_charge"])
def test_money_to_the_card_is_a_payout_of_exactly_the_duplicate(
    intent: str, before: tuple[str, ...], text: str
) -> None:
    assert used(about(intent, text, before=before)).tool is GET_BILLING_INFORMATION
    move = said(about(intent, text, before=before, results=(bills(duplicate()),)))
    assert "$49.99 back to the card or bank account" in move.text
    assert move.offer is not None
    assert move.offer.tool is REFUND_MANAGER
    checked = REFUND_MANAGER.arguments.model_validate(dict(move.offer.arguments))
    assert (checked.amount, checked.invoice_id, checked.dispute_id) == (Decimal("49.99"), "INV-2026-11-0001", None)


def test_a_large_payout_has_to_be_approved_and_says_so() -> None:
    text = "you charged me twice, I want it back on my card"
    assert "approve" in said(about("refund_request", text, results=(bills(duplicate("149.00")),))).text
    assert "approve" not in said(about("refund_request", text, results=(bills(duplicate("100.00")),))).text


def test_a_card_that_was_charged_is_not_a_wish_for_a_payout() -> None:
    move = said(about("duplicate_charge", "my card was charged twice", results=(bills(duplicate()),)))
    assert move.offer is not None
    assert move.offer.tool is APPLY_CREDIT_ADJUSTMENT


def test_a_yes_pays_out_exactly_that_and_it_is_told() -> None:
    use = used(agreed_payout())
    assert use.tool is REFUND_MANAGER
    assert REFUND_MANAGER.arguments.model_validate(dict(use.arguments)) == PAYOUT
    paid = RefundMade(
        refund_id="RF-1",
        transaction_id="TX-8",
        invoice_id="INV-2026-11-0001",
        amount=Decimal("49.99"),
        currency="USD",
        paid_to="Visa ending 4242",
        still_refundable=Decimal("69.97"),
        new_balance=Decimal("0.00"),
        notification_id="N-1",
    )
    move = said(agreed_payout(gave(REFUND_MANAGER, paid)))
    for part in ("$49.99 back to Visa ending 4242", "TX-8", "confirmation"):
        assert part in move.text
    assert move.outcome == "resolution_offered"


def test_of_an_open_invoice_nothing_is_paid_out_but_a_credit_offered() -> None:
    move = said(agreed_payout(refused(REFUND_MANAGER, "payment-refused")))
    assert move.offer is not None
    assert move.offer.tool is APPLY_CREDIT_ADJUSTMENT
    assert APPLY_CREDIT_ADJUSTMENT.arguments.model_validate(dict(move.offer.arguments)) == CREDIT


@pytest.mark.parametrize("error_type", ["refund-too-large", "dispute-refused", "not-found", "unavailable", "new"])
def test_a_refused_payout_is_handed_on(error_type: str) -> None:
    move = said(agreed_payout(refused(REFUND_MANAGER, error_type)))
    assert "I've paid" not in move.text
    assert move.outcome == "cannot_help"


def test_a_payout_that_waits_for_a_person_is_told() -> None:
    assert "within 24 hours" in said(agreed_payout(refused(REFUND_MANAGER, ApprovalPending.type, PENDING))).text


def test_a_question_about_the_offer_is_answered_and_the_offer_stays() -> None:
    asked = {"offer": an_offer(), "before": ("charged twice", "Shall I?")}
    move = said(about("duplicate_charge", "how long does that take?", **asked))
    assert "within minutes" in move.text
    assert move.offer is not None
    assert APPLY_CREDIT_ADJUSTMENT.arguments.model_validate(dict(move.offer.arguments)) == CREDIT


def test_a_wish_for_the_card_turns_the_offer_into_a_payout() -> None:
    asked = {"offer": an_offer(), "before": ("charged twice", "Shall I?")}
    move = said(about("duplicate_charge", "yes but only if I get it on my card", **asked))
    assert move.offer is not None
    assert REFUND_MANAGER.arguments.model_validate(dict(move.offer.arguments)) == PAYOUT


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


def test_bills_that_cannot_be_read_are_not_guessed() -> None:
    failed = refused(GET_BILLING_INFORMATION, "back-office-unavailable")
    move = said(about("duplicate_charge", "charged twice", results=(failed,)))
    assert "can't see your bills" in move.text
    assert move.outcome == "cannot_help"
    assert "back-office-unavailable" in move.reason


def test_a_stranger_is_not_guessed_either() -> None:
    move = said(about("duplicate_charge", "charged twice", customer=None))
    assert move.outcome == "cannot_help"


def test_a_refund_without_a_reason_is_explained_and_a_line_asked_for() -> None:
    wish = "I want a refund"
    assert used(about("refund_request", wish, results=(bills(),))).tool is SEARCH_KNOWLEDGE_BASE
    move = said(about("refund_request", wish, results=(bills(), article())))
    assert "no charge in your last invoices that was made twice" in move.text
    assert "Our article “Refunds” says: Refunds take days." in move.text
    assert move.text.endswith(WHICH_LINE)
    assert move.articles == ("kb-refund",)
    assert move.offer is None


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("billing_question", "There are unauthorized charges on my bill"),
        ("billing_dispute", "I never bought that, somebody else used my card"),
        ("billing_dispute", "this is fraud"),
        ("fraud_report", "help"),
    ],
)
def test_suspected_fraud_goes_to_a_person_calmly_and_without_a_look(intent: str, text: str) -> None:
    move = said(about(intent, text, offer=an_offer(), before=("charged twice", "Shall I?")))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.FRAUD_SUSPECTED)
    assert "don't share any code or password" in move.text


@pytest.mark.parametrize("text", ["somebody has to look at that", "can someone explain this charge", "stole my time"])
def test_not_every_somebody_is_a_thief(text: str) -> None:
    assert moved(about("billing_dispute", text))[0] != "fraud"


def test_who_wants_a_call_is_given_to_who_arranges_calls() -> None:
    name, move = moved(about("human_request", "please call me back tomorrow"))
    assert name == "wants to be called back"
    assert getattr(move, "confidence", 1) < 0.7, "so that the conversation changes hands, and not to a person"


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
