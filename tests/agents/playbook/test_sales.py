"""Every rule of the sales playbook."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from agents.playbook.baskets import QUOTE_QUESTION, WHICH_KIND
from agents.playbook.identity import QUESTION
from agents.playbook.leaving import BEFORE_LEAVING
from agents.playbook.phrases import DID_IT_HELP, OFFER_PERSON
from domain.classification import Affirmation, Classification
from domain.consent import make_offer
from domain.errors import ApprovalRequired
from domain.identity import IdentityFactor, IdentityLevel
from domain.messages import ThinkInput, ToolOutcome
from domain.state import AgentType, Consent, CustomerProfile, Offer
from domain.toolbox.crm import CRM_INTEGRATION, CrmRecord
from domain.toolbox.customer import GET_ACCOUNT_SERVICES, VERIFY_CUSTOMER_IDENTITY, IdentityCheck
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE, Article, ArticlesFound
from domain.toolbox.oversight import CALCULATE_CUSTOMER_SATISFACTION, CustomerSatisfaction
from domain.toolbox.sales import (
    CHECK_INVENTORY_AVAILABILITY,
    GENERATE_QUOTE,
    GET_PRODUCT_INFORMATION,
    PRICING_ENGINE,
    PROCESS_ORDER,
    PRODUCT_CATALOG,
    OrderPlaced,
    ProcessOrder,
)
from domain.triggers import Trigger
from tests.agents.playbook.rules import moved, said, used
from tests.agents.playbook.shop import BUNDLE, catalogue, information, priced, quoted, services, stock
from tests.agents.talk import a_customer
from tests.agents.thoughts import gave, refused, thought

pytestmark = pytest.mark.unit

ORDER = ProcessOrder(customer_id="CUST_001", quote_id="QT-1001", amount=Decimal("79.00"), monthly_total=Decimal("0.00"))
SUMMARY = "Order of the Wi-Fi mesh point: $79.00 once"
BUY = "I want to buy a mesh point"


def about(intent: str, text: str, *results: ToolOutcome, yes: Affirmation = "unclear", **more: Any) -> ThinkInput:
    reading = Classification(intent=intent, confidence=0.97, affirmation=yes)
    return thought(text, agent=AgentType.SALES, reading=reading, results=results, **more)


def buying(text: str, *results: ToolOutcome, **more: Any) -> ThinkInput:
    return about("product_inquiry", text, *results, **more)


def an_offer(order: ProcessOrder = ORDER, summary: str = SUMMARY) -> Offer:
    return make_offer(PROCESS_ORDER, order, summary)


def agreed(*results: ToolOutcome, order: ProcessOrder = ORDER, summary: str = SUMMARY) -> ThinkInput:
    """The turn of the customer's yes."""
    consent = Consent(message_id="m-1", offer=an_offer(order, summary))
    return buying("yes please", *results, yes="yes", consent=consent, before=(BUY, "Shall I order that for you?"))


def declined(error_type: str, error: str) -> ToolOutcome:
    return refused(PROCESS_ORDER, error_type, error, call_id="order")


def identity(verified: bool, attempts: int = 3) -> ToolOutcome:
    check = IdentityCheck(
        customer_id="CUST_001",
        level=IdentityLevel.VERIFIED if verified else IdentityLevel.AUTHENTICATED,
        verified=verified,
        factors_on_file=[IdentityFactor.PIN],
        attempts_left=attempts,
    )
    return gave(VERIFY_CUSTOMER_IDENTITY, check, call_id="identity")


def article() -> ToolOutcome:
    found = Article(article_id="kb-1", title="Terms", category="policy", score=1.0, content="One month's notice.")
    return gave(SEARCH_KNOWLEDGE_BASE, ArticlesFound(articles=[found]), call_id="article", query="terms")


# ---------------------------------------------------------------------- from a basket to an order


def test_the_way_from_a_wish_to_an_offer() -> None:
    listed = used(buying(BUY))
    assert (listed.tool, listed.arguments) == (PRODUCT_CATALOG, {"product_type": "internet"})
    checked = used(buying(BUY, catalogue("internet")))
    assert checked.tool is CHECK_INVENTORY_AVAILABILITY
    assert checked.arguments == {"product_id": "mesh_point", "quantity": 1}
    quote = used(buying(BUY, catalogue("internet"), stock("mesh_point")))
    assert quote.tool is GENERATE_QUOTE
    assert quote.arguments == {"customer_id": "CUST_001", "items": [{"product_id": "mesh_point", "quantity": 1}]}
    move = said(buying(BUY, catalogue("internet"), stock("mesh_point"), quoted("79.00")))
    assert move.offer is not None
    assert move.offer.tool is PROCESS_ORDER
    assert PROCESS_ORDER.arguments.model_validate(dict(move.offer.arguments)) == ORDER
    for part in ("QT-1001", "4 December 2026", "$79.00 once", "22 November 2026"):
        assert part in move.text


def test_two_products_of_two_kinds_are_one_order() -> None:
    text = "I want to buy a mesh point and a TV box"
    assert used(buying(text, catalogue("internet"))).arguments == {"product_type": "tv"}
    lists = (catalogue("internet"), catalogue("tv"))
    assert used(buying(text, *lists, stock("mesh_point"))).arguments == {"product_id": "tv_box", "quantity": 1}
    both = used(buying(text, *lists, stock("mesh_point"), stock("tv_box"), identity(verified=True)))
    assert [item["product_id"] for item in both.arguments["items"]] == ["mesh_point", "tv_box"]


def test_the_answer_to_a_quote_question_is_understood() -> None:
    before = ("what fits?", f"The mesh point fits. {QUOTE_QUESTION} 2 × Wi-Fi mesh point?")
    results = (catalogue("internet"), stock("mesh_point"), identity(verified=True))
    assert used(buying("yes please", *results, yes="yes", before=before)).arguments["items"][0]["quantity"] == 2
    assert used(buying("just one then", *results, before=before)).arguments["items"][0]["quantity"] == 1
    assert "nothing has been ordered" in said(buying("no thanks", yes="no", before=before)).text
    other = buying("no thanks, the router is enough", *results, yes="no", before=before)
    assert used(other).tool is GET_ACCOUNT_SERVICES


def test_above_a_hundred_they_prove_who_they_are_before_the_quote() -> None:
    text = "I want to buy two mesh points"
    results = (catalogue("internet"), stock("mesh_point"))
    assert used(buying(text, *results)).tool is VERIFY_CUSTOMER_IDENTITY
    asked = said(buying(text, *results, identity(verified=False)))
    assert QUESTION in asked.text
    assert "2 × Wi-Fi mesh point" in asked.text
    assert used(buying(text, *results, identity(verified=True))).tool is GENERATE_QUOTE


def test_the_proof_leads_on_to_the_same_basket() -> None:
    asked = said(buying("I want to buy two mesh points", catalogue("internet"), stock("mesh_point"), identity(False)))
    before = ("I want to buy two mesh points", asked.text)
    check = used(buying("4826", before=before))
    assert check.arguments == {"customer_id": "CUST_001", "factor": "pin", "answer": "4826"}
    proved = (identity(verified=True), catalogue("internet"), stock("mesh_point"))
    assert used(buying("4826", *proved, before=before)).arguments["items"] == [
        {"product_id": "mesh_point", "quantity": 2}
    ]
    wrong = said(buying("4826", identity(False, attempts=2), catalogue("internet"), stock("mesh_point"), before=before))
    assert wrong.text.startswith("That doesn't match")
    failed = said(buying("4826", identity(False, attempts=0), before=before))
    assert failed.outcome == "cannot_help"


@pytest.mark.parametrize(
    ("text", "kind", "outcome", "words", "question"),
    [
        ("I want to buy two Nova 5 Pro phones", "mobile", stock("phone_nova_pro", available=1, enough=False,
         restock=date(2026, 12, 8)), ("only 1 is left", "8 December 2026", "The Nova 5 phone is in stock"),
         f"{QUOTE_QUESTION} the Nova 5 Pro phone?"),
        ("I want to buy the Nova 5 Pro phone", "mobile", stock("phone_nova_pro", available=0, enough=False),
         ("out of stock", "The Nova 5 phone is in stock"), f"{QUOTE_QUESTION} the Nova 5 phone?"),
        ("I want to buy the outdoor 5G receiver", "internet", stock("receiver_5g", available=0, enough=False,
         restock=date(2026, 12, 3)), ("out of stock", "3 December 2026", "nothing is ordered"), DID_IT_HELP),
    ],
)  # fmt: skip
def test_out_of_stock(text: str, kind: str, outcome: ToolOutcome, words: tuple[str, ...], question: str) -> None:
    """Fewer, something like it, or a later date."""
    move = said(buying(text, catalogue(kind), outcome))
    assert all(part in move.text for part in words)
    assert move.text.endswith(question)
    assert move.offer is None


def test_a_plan_that_replaces_another_is_prepared_and_left_to_a_person() -> None:
    before = ("upgrade me", f"Better. {QUOTE_QUESTION} the Premium plan?")
    results = (
        catalogue("internet"),
        stock("plan_premium", available=None),
        quoted("0.00", "49.99", changes=("Basic plan",)),
    )
    move = said(about("plan_change", "yes", *results, yes="yes", before=before))
    assert "take the place of your Basic plan" in move.text
    assert move.text.endswith(OFFER_PERSON)
    assert move.offer is None


def test_an_order_beyond_the_limit_goes_to_a_person_with_its_quote() -> None:
    text = "I want to buy ten Mobile L plans"
    results = (catalogue("mobile"), stock("mobile_l", available=None), quoted("0.00", "164.90", "329.90"))
    move = said(buying(text, *results))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.APPROVAL_NEEDED)
    assert "QT-1001" in move.text


def test_nobody_proves_who_they_are_for_what_is_not_ordered_here() -> None:
    assert (
        used(buying("I want to buy eight Nova 5 phones", catalogue("mobile"), stock("phone_nova"))).tool
        is GENERATE_QUOTE
    )


@pytest.mark.parametrize("intent", ["pricing_inquiry", "product_inquiry"])
def test_a_large_deal_is_noted_and_goes_to_the_supervisor(intent: str) -> None:
    text = "I want to buy 50 business plans"
    results = (services("plan_basic"), catalogue("internet"))
    note = used(about(intent, text, *results))
    assert note.tool is CRM_INTEGRATION
    assert note.arguments["title"] == "50 × Business plan"
    assert CRM_INTEGRATION.arguments.model_validate(dict(note.arguments)).monthly_value == Decimal("7450.00")
    record = gave(CRM_INTEGRATION, CrmRecord(notes=[], opportunities=[], open_tickets=0), call_id="crm")
    for noted in (record, refused(CRM_INTEGRATION, "unavailable")):
        move = said(about(intent, text, *results, noted))
        assert (move.outcome, move.because) == ("cannot_help", Trigger.LARGE_DEAL)
        assert "$89,400.00" in move.text


def test_more_pieces_than_one_order_takes() -> None:
    move = said(buying("I want to buy 12 mesh points", catalogue("internet")))
    assert move.because is Trigger.APPROVAL_NEEDED
    assert "12 × Wi-Fi mesh point" in move.text


def test_two_plans_of_one_kind_are_asked_about() -> None:
    results = (catalogue("internet"), stock("plan_basic"), stock("plan_premium"))
    failed = refused(GENERATE_QUOTE, "quote-refused", "An account has one of these.")
    move = said(buying("I want to buy the basic plan and the premium plan", *results, failed))
    assert "one plan of a kind" in move.text
    assert move.outcome == "continue"


def test_a_code_goes_into_the_quote_and_out_again_if_it_is_none() -> None:
    text = "I want to buy the premium plan with the code SUMMER25"
    results = (catalogue("internet"), stock("plan_premium", available=None))
    assert used(buying(text, *results)).arguments["promotion_code"] == "SUMMER25"
    failed = refused(GENERATE_QUOTE, "not-found", "The code is no running offer.").model_copy(
        update={"arguments": {"promotion_code": "SUMMER25"}}
    )
    assert "promotion_code" not in used(buying(text, *results, failed)).arguments
    move = said(buying(text, *results, failed, quoted("0.00", "49.99")))
    assert "that code is no running offer" in move.text
    assert move.offer is not None


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_on_an_account_that_stands_still_nothing_is_ordered(status: str) -> None:
    customer: CustomerProfile = a_customer().model_copy(update={"account_status": status})
    move = said(buying(BUY, customer=customer))
    assert "not active" in move.text
    assert move.text.endswith(OFFER_PERSON)


def test_a_stranger_orders_nothing() -> None:
    assert said(buying(BUY, customer=None)).outcome == "cannot_help"


@pytest.mark.parametrize(
    "results",
    [
        (
            refused(PRODUCT_CATALOG, "unavailable").model_copy(update={"arguments": {"product_type": "internet"}}),
            services(),
        ),
        (catalogue("internet"), stock("mesh_point"), refused(GENERATE_QUOTE, "back-office-unavailable")),
    ],
)
def test_systems_that_are_away_are_not_guessed(results: tuple[ToolOutcome, ...]) -> None:
    move = said(buying(BUY, *results))
    assert move.outcome == "cannot_help"
    assert "unavailable" in move.reason


# ---------------------------------------------------------------------- after the yes


def test_exactly_what_was_agreed_is_ordered() -> None:
    use = used(agreed())
    assert use.tool is PROCESS_ORDER
    assert PROCESS_ORDER.arguments.model_validate(dict(use.arguments)) == ORDER


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ("ORD-1", "I've charged $79.00 to Visa ending 4242", "22 November 2026")),
        ({"amount": Decimal(0), "monthly_total": Decimal("22.99"), "charged_to": None, "delivery_on": None,
          "new_services": ["SVC-O1"]}, ("Nothing is charged today", "$22.99 a month", "runs from today")),
    ],
)  # fmt: skip
def test_an_order_is_told_as_it_was_placed(changes: dict[str, Any], words: tuple[str, ...]) -> None:
    fields: dict[str, Any] = {
        "order_id": "ORD-1",
        "quote_id": "QT-1001",
        "status": "confirmed",
        "amount": Decimal("79.00"),
        "monthly_total": Decimal(0),
        "currency": "USD",
        "invoice_id": None,
        "charged_to": "Visa ending 4242",
        "delivery_on": date(2026, 11, 22),
    }
    move = said(agreed(gave(PROCESS_ORDER, OrderPlaced(**fields | changes))))
    assert all(part in move.text for part in words)
    assert move.outcome == "resolution_offered"


def test_a_declined_card_leads_to_another_method_on_file() -> None:
    error = (
        "The bank declined 79.00 on Visa ending 0002 (PM-0002-1); it does not tell us why. Nothing was charged. Ask "
        "the customer to check limit and balance. Offer another method on file: Mastercard ending 5100 (PM-0002-2)."
    )
    move = said(agreed(declined("payment-declined", error)))
    assert "the bank declined" in move.text
    assert move.offer is not None
    assert move.offer.arguments == ORDER.model_dump(mode="json") | {"payment_method_id": "PM-0002-2"}
    again = ORDER.model_copy(update={"payment_method_id": "PM-0002-2"})
    assert said(agreed(declined("payment-declined", error), order=again)).text.endswith(OFFER_PERSON), "not in a circle"


@pytest.mark.parametrize(
    ("error_type", "words"),
    [
        ("payment-declined", "the bank declined"),
        ("payment-refused", "has expired"),
        ("not-found", "no payment method on file"),
    ],
)
def test_without_another_method_they_hear_what_to_do(error_type: str, words: str) -> None:
    move = said(agreed(declined(error_type, "There is no other method: the customer can add one.")))
    assert words in move.text
    assert "Billing > Payment methods" in move.text
    assert "nothing has been ordered or charged" in move.text
    assert move.offer is None


def test_an_expired_quote_is_made_anew() -> None:
    expired = declined("quote-refused", "Quote QT-1001 expired on 2026-11-10. Generate a new one and offer that.")
    assert used(agreed(expired)).arguments == {"product_type": "internet"}
    results = (expired, catalogue("internet"), stock("mesh_point"))
    assert used(agreed(*results)).tool is GENERATE_QUOTE
    move = said(agreed(*results, quoted("79.00", quote_id="QT-2")))
    assert "doesn't stand any more" in move.text
    assert move.offer is not None
    assert move.offer.arguments["quote_id"] == "QT-2"


def test_what_sold_out_meanwhile_is_looked_up_again() -> None:
    sold_out = declined("out-of-stock", "Of Wi-Fi mesh point 0 are left, 1 were wanted.")
    assert used(agreed(sold_out, catalogue("internet"))).tool is CHECK_INVENTORY_AVAILABILITY
    empty = stock("mesh_point", available=0, enough=False, restock=date(2026, 12, 1))
    assert "1 December 2026" in said(agreed(sold_out, catalogue("internet"), empty)).text


@pytest.mark.parametrize(
    ("error_type", "error", "rule"),
    [
        ("approval-pending", "A person decides.", "order waits for approval"),
        ("quote-refused", "Quote QT-1001 was ordered already: ORD-7. Order nothing twice.", "quote ordered already"),
        ("quote-refused", "The account is suspended, so it can order nothing.", "account not active"),
        ("quote-refused", "This would replace Basic plan: a change of contract.", "order failed"),
        ("outside-authority", "sales may use process_order only for …", "order failed"),
        (ApprovalRequired.type, "process_order above 2000 needs an approval.", "order failed"),
        ("back-office-unavailable", "Away.", "order failed"),
        ("not-authorized", "Not yours.", "order failed"),
    ],
)
def test_refusals_are_told_apart(error_type: str, error: str, rule: str) -> None:
    name, move = moved(agreed(declined(error_type, error)))
    assert name == rule
    assert getattr(move, "offer", None) is None
    hands_over = rule == "order failed"
    assert (getattr(move, "outcome", "") == "cannot_help") is hands_over


def test_an_order_that_needs_a_proof_goes_back_to_asking() -> None:
    error = f"Verify the customer with {VERIFY_CUSTOMER_IDENTITY.name} first."
    two = ORDER.model_copy(update={"amount": Decimal("158.00")})
    summary = "Order of 2 × Wi-Fi mesh point: $158.00 once"
    results = (declined("not-authorized", error), catalogue("internet"), stock("mesh_point"))
    assert used(agreed(*results, order=two, summary=summary)).tool is VERIFY_CUSTOMER_IDENTITY
    move = said(agreed(*results, identity(verified=False), order=two, summary=summary))
    assert QUESTION in move.text


def test_a_no_orders_nothing() -> None:
    move = said(buying("no thanks", yes="no", offer=an_offer(), before=(BUY, "Shall I order that for you?")))
    assert "nothing has been ordered or charged" in move.text


def test_another_number_is_another_quote() -> None:
    results = (catalogue("internet"), stock("mesh_point"), identity(verified=True))
    use = used(buying("make it two", *results, offer=an_offer(), before=(BUY, "Shall I order that for you?")))
    assert use.arguments["items"] == [{"product_id": "mesh_point", "quantity": 2}]


# ---------------------------------------------------------------------- advice and prices


def test_the_way_to_a_price() -> None:
    text = "What's the price for the premium plan?"
    seen: list[ToolOutcome] = []
    for tool, outcome in (
        (GET_ACCOUNT_SERVICES, services("plan_basic", "mobile_l")),
        (PRODUCT_CATALOG, catalogue("internet")),
        (GET_PRODUCT_INFORMATION, information("plan_premium", offers=[BUNDLE], goes_with=["mobile_l", "tv_complete"])),
        (PRICING_ENGINE, priced("0.00", "44.99", promotion="Bundle discount")),
        (GET_PRODUCT_INFORMATION, information("mobile_l")),
        (GET_PRODUCT_INFORMATION, information("tv_complete")),
    ):
        assert used(about("pricing_inquiry", text, *seen)).tool is tool
        seen.append(outcome)
    move = said(about("pricing_inquiry", text, *seen))
    for part in (
        "costs $49.99 a month; for you it is $44.99 a month (with “Bundle discount”)",
        "$30.00 a month more than your Basic plan",
        "minimum term is 12 months",
        "The TV Complete ($19.99 a month) goes well with it",
    ):
        assert part in move.text
    assert "Mobile L" not in move.text, "they have it"
    assert move.text.endswith(f"{QUOTE_QUESTION} the Premium plan?")


def test_a_companion_is_named_with_its_reason() -> None:
    results = (services(), catalogue("internet"), information("plan_premium", offers=[BUNDLE], goes_with=["mobile_l"]))
    move = said(
        about("pricing_inquiry", "price of premium?", *results, priced("0.00", "49.99"), information("mobile_l"))
    )
    assert "with both you get “Bundle discount, 5.00 a month off the Premium plan”" in move.text


def test_several_pieces_have_one_price() -> None:
    results = (services(), catalogue("internet"), information("mesh_point"), stock("mesh_point"), priced("158.00"))
    move = said(about("pricing_inquiry", "How much are two mesh points?", *results))
    assert "2 × Wi-Fi mesh point at $79.00 once. Together that is $158.00 once." in move.text
    assert "in stock" in move.text


def test_a_device_that_is_out_of_stock_is_told_so() -> None:
    empty = stock("receiver_5g", available=0, enough=False, restock=date(2026, 12, 3))
    results = (services(), catalogue("internet"), information("receiver_5g"), empty, priced("149.00"))
    move = said(about("product_inquiry", "Do you have the outdoor 5G receiver?", *results))
    assert "out of stock; more comes on 3 December 2026" in move.text
    assert move.outcome == "resolution_offered"


def test_what_they_have_is_not_sold_again() -> None:
    results = (services("plan_premium"), catalogue("internet"), information("plan_premium"), priced("0.00", "49.99"))
    move = said(about("pricing_inquiry", "price of premium?", *results))
    assert "you have the Premium plan already" in move.text
    assert QUOTE_QUESTION not in move.text


@pytest.mark.parametrize(
    ("text", "kind", "had", "product_id"),
    [
        ("Which plan do you recommend for a family?", "internet", (), "plan_premium"),
        ("Which plan do you recommend?", "internet", (), "plan_standard"),
        ("Which plan is the cheapest?", "internet", (), "plan_basic"),
        ("Which plan is the cheapest?", "internet", ("plan_premium",), "plan_basic"),
        ("Which plan do you recommend?", "internet", ("plan_basic",), "plan_standard"),
        ("I need a smaller plan", "internet", ("plan_premium",), "plan_standard"),
        ("I need the fastest plan", "internet", ("plan_basic",), "plan_premium"),
        ("Which plan do you recommend for our company?", "internet", (), "plan_business"),
        ("I need wifi in every room", "internet", ("plan_basic",), "mesh_point"),
        ("Which phone do you recommend?", "mobile", (), "phone_nova"),
        ("which mobile plan for just me?", "mobile", (), "mobile_s"),
        ("Which TV package do you recommend?", "tv", ("tv_starter",), "tv_complete"),
    ],
)
def test_what_is_recommended(text: str, kind: str, had: tuple[str, ...], product_id: str) -> None:
    use = used(about("product_inquiry", text, services(*had), catalogue(kind)))
    assert (use.tool, use.arguments) == (GET_PRODUCT_INFORMATION, {"product_id": product_id})


def test_a_recommendation_says_so() -> None:
    results = (services(), catalogue("internet"), information("plan_standard"), priced("0.00", "34.99"))
    move = said(about("product_inquiry", "Which plan do you recommend?", *results))
    assert "I'd recommend the Standard plan. It costs $34.99 a month." in move.text


def test_who_has_the_biggest_is_sold_nothing() -> None:
    move = said(about("plan_change", "Can I upgrade my plan?", services("plan_premium"), catalogue("internet")))
    assert "nothing bigger" in move.text
    assert move.offer is None


def test_unclear_wishes_are_asked_about() -> None:
    assert said(about("product_inquiry", "What do you recommend?")).text.endswith(WHICH_KIND)
    move = said(about("product_inquiry", "What TV packages do you offer?", services(), catalogue("tv")))
    assert "• TV Starter, $9.99 a month" in move.text
    assert "Which of these" in move.text
    phones = said(about("product_inquiry", "Which phones are there?", services(), catalogue("mobile")))
    assert "Mobile S" not in phones.text
    before = ("What do you recommend?", f"Gladly. {WHICH_KIND}")
    use = used(about("product_inquiry", "mobile", services(), catalogue("mobile"), before=before))
    assert use.arguments == {"product_id": "mobile_m"}


def test_a_yes_to_the_clarification_stands_for_what_was_said() -> None:
    before = ("I'd like two mesh points", "Is this about our plans and products?")
    assert used(buying("yes", yes="yes", before=before)).arguments == {"product_type": "internet"}
    results = (catalogue("internet"),)
    assert used(buying("yes", *results, yes="yes", before=before)).arguments == {
        "product_id": "mesh_point",
        "quantity": 2,
    }


def test_a_price_without_its_code_if_that_is_none() -> None:
    text = "I have a code SUMMER25 for the premium plan"
    results = (services(), catalogue("internet"), information("plan_premium"))
    assert used(about("pricing_inquiry", text, *results)).arguments["promotion_code"] == "SUMMER25"
    failed = refused(PRICING_ENGINE, "not-found").model_copy(update={"arguments": {"promotion_code": "SUMMER25"}})
    assert "promotion_code" not in used(about("pricing_inquiry", text, *results, failed)).arguments
    move = said(about("pricing_inquiry", text, *results, failed, priced("0.00", "49.99")))
    assert "that code is no running offer" in move.text
    running = said(about("pricing_inquiry", text, *results, priced("0.00", "44.99", "49.99")))
    assert running.text.endswith("the Premium plan with the code SUMMER25?")


def test_thanks_for_a_price_are_a_goodbye() -> None:
    before = ("price?", f"It costs $49.99 a month. {QUOTE_QUESTION} the Premium plan?")
    assert said(about("pricing_inquiry", "Thanks", before=before)).outcome == "resolution_confirmed"


def test_what_the_catalogue_does_not_know_comes_from_an_article() -> None:
    use = used(about("pricing_inquiry", "How much is roaming in Spain?"))
    assert use.tool is SEARCH_KNOWLEDGE_BASE
    assert use.arguments["category_filter"] == ["sales", "policy"]
    assert said(about("pricing_inquiry", "How much is roaming?", article())).outcome == "resolution_offered"


# ---------------------------------------------------------------------- contracts, orders made, leaving


def test_a_change_shows_what_it_costs_more_and_prepares_a_quote() -> None:
    results = (services("plan_basic"), catalogue("internet"), information("plan_premium"), priced("0.00", "49.99"))
    move = said(about("plan_change", "I want to upgrade to the premium plan", *results))
    assert "$30.00 a month more than your Basic plan" in move.text
    assert move.text.endswith(f"{QUOTE_QUESTION} the Premium plan?")


def test_a_change_that_replaces_nothing_is_an_order() -> None:
    results = (services("mobile_m"), catalogue("internet"))
    use = used(about("plan_change", "I want to upgrade to the premium plan", *results))
    assert use.tool is CHECK_INVENTORY_AVAILABILITY


def test_terms_are_explained_from_the_articles() -> None:
    text = "Can I change my plan during the minimum term?"
    assert used(about("plan_change", text)).tool is SEARCH_KNOWLEDGE_BASE
    move = said(about("plan_change", text, article()))
    assert "One month's notice." in move.text


@pytest.mark.parametrize("intent", ["pricing_inquiry", "product_inquiry", "plan_change"])
def test_other_terms_are_a_persons_business(intent: str) -> None:
    move = said(about(intent, "Can you lower the price of my contract?"))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.CONTRACT_NEGOTIATION)


def test_an_older_quote_is_not_made_up() -> None:
    move = said(about("pricing_inquiry", "Can I still use my quote QT-901?"))
    assert "can't open an older quote" in move.text
    assert move.text.endswith("Which product was it for?")


def test_orders_that_were_made_are_not_in_sight_but_what_runs_is() -> None:
    assert used(about("order_status", "Where is my order?")).tool is GET_ACCOUNT_SERVICES
    old = said(about("order_status", "Where is my order?", services("mobile_m")))
    assert "can't see from here" in old.text
    assert "Mobile M" not in old.text
    new = services("mobile_m")
    new.result["services"][0]["started_on"] = "2026-11-18"  # type: ignore[index,call-overload]
    assert "runs already: Mobile M" in said(about("order_status", "Where is my order?", new)).text
    assert used(about("order_status", "I want to order two mesh points")).tool is PRODUCT_CATALOG


def satisfaction(risk: str) -> ToolOutcome:
    unknown = dict.fromkeys(CustomerSatisfaction.model_fields)
    found = CustomerSatisfaction.model_validate(unknown | {"predicted": 3.5, "risk": risk, "drivers": []})
    return gave(CALCULATE_CUSTOMER_SATISFACTION, found, call_id="satisfaction")


def test_who_wants_to_leave_is_offered_something_smaller_once() -> None:
    text = "I want to cancel my subscription"
    seen: list[ToolOutcome] = []
    for tool, outcome in (
        (GET_ACCOUNT_SERVICES, services("plan_standard", "tv_complete")),
        (CALCULATE_CUSTOMER_SATISFACTION, satisfaction("high")),
        (PRODUCT_CATALOG, catalogue("internet")),
        (GET_PRODUCT_INFORMATION, information("plan_basic")),
    ):
        assert used(about("cancellation_request", text, *seen)).tool is tool
        seen.append(outcome)
    move = said(about("cancellation_request", text, *seen))
    assert "The Basic plan" in move.text or "the Basic plan" in move.text
    assert "$15.00 a month less than your Standard plan" in move.text
    assert "not everything went as it should" in move.text
    content = [*seen[:1], satisfaction("low"), *seen[2:]]
    assert "not everything" not in said(about("cancellation_request", text, *content)).text

    before = (text, move.text)
    assert used(about("cancellation_request", "yes", yes="yes", before=before)).arguments == {
        "product_type": "internet"
    }
    assert used(about("cancellation_request", "no, cancel it", yes="no", before=before)).tool is SEARCH_KNOWLEDGE_BASE
    told = said(about("cancellation_request", "no, cancel it", article(), yes="no", before=before))
    assert BEFORE_LEAVING not in told.text
    assert "One month's notice." in told.text
    assert told.text.endswith(OFFER_PERSON)
    insists = said(about("cancellation_request", "just cancel it", before=(*before, "no, cancel it", told.text)))
    assert insists.outcome == "wants_person"


def test_the_service_they_name_is_at_stake() -> None:
    results = (services("plan_standard", "tv_complete"), satisfaction("low"))
    assert used(about("cancellation_request", "cancel my TV", *results)).arguments == {"product_type": "tv"}


def test_with_nothing_smaller_it_is_explained_at_once() -> None:
    results = (services("backup_200"), satisfaction("low"), catalogue("cloud_backup"))
    assert used(about("cancellation_request", "cancel my backup", *results)).tool is SEARCH_KNOWLEDGE_BASE
    move = said(about("cancellation_request", "cancel my backup", *results, article()))
    assert move.text.endswith(OFFER_PERSON)


def test_a_business_customer_is_not_offered_half() -> None:
    results = (services("plan_business"), satisfaction("low"), catalogue("internet"))
    use = used(about("cancellation_request", "I want to cancel", *results))
    assert use.arguments == {"product_id": "plan_premium"}
