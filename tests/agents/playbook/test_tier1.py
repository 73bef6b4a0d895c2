"""Every rule of the Tier 1 playbook."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from agents.playbook.phrases import DID_IT_HELP, OFFER_PERSON
from domain.classification import Affirmation, Classification
from domain.messages import ThinkInput, ToolOutcome
from domain.state import AgentType, Priority, ResolutionAttempt
from domain.toolbox.customer import GET_ACCOUNT_SERVICES, AccountService, AccountServices
from domain.toolbox.knowledge import (
    GET_TROUBLESHOOTING_GUIDE,
    SEARCH_KNOWLEDGE_BASE,
    Article,
    ArticlesFound,
    TroubleshootingGuide,
)
from domain.triggers import Trigger
from tests.agents.playbook.rules import moved, said, used
from tests.agents.thoughts import NOW, gave, refused, thought

pytestmark = pytest.mark.unit


def about(intent: str, text: str, affirmation: Affirmation = "unclear", **more: Any) -> ThinkInput:
    reading = Classification(intent=intent, confidence=0.97, affirmation=affirmation)
    return thought(text, agent=AgentType.TIER1, reading=reading, **more)


def articles(*ids: str, content: str = "First part about it.\n\nSecond part.") -> ToolOutcome:
    found = [
        Article(article_id=name, title=f"About {name}", category="faq", score=1.0, content=content) for name in ids
    ]
    return gave(SEARCH_KNOWLEDGE_BASE, ArticlesFound(articles=found), query="x")


def guide(*steps: str) -> ToolOutcome:
    found = TroubleshootingGuide(
        guide_id="g-1",
        title="Customer cannot sign in",
        issue_category="login",
        product_type="account",
        severity=Priority.HIGH,
        steps=list(steps),
        escalate_when="Nothing helps.",
    )
    return gave(GET_TROUBLESHOOTING_GUIDE, found)


def services(*products: tuple[str, str, str], total: str = "0.00") -> ToolOutcome:
    listed = [
        AccountService(
            service_id=f"S-{name}",
            product=name,
            product_type="internet",
            status=status,
            monthly_price=Decimal(price),
            started_on=date(2020, 1, 1),
        )
        for name, status, price in products
    ]
    found = AccountServices(currency="USD", monthly_total=Decimal(total), services=listed)
    return gave(GET_ACCOUNT_SERVICES, found)


@pytest.mark.parametrize(
    ("intent", "text", "category", "product"),
    [
        ("account_access_issue", "I can't log in", "login", "account"),
        ("connection_problem", "no internet", "connection", "internet"),
        ("connection_problem", "my wifi is bad", "wifi", "internet"),
        ("connection_problem", "internet is slow", "slow_speed", "internet"),
        ("connection_problem", "no signal on my phone", "no_signal", "mobile"),
        ("connection_problem", "a red light blinks", "router_errors", "internet"),
        ("email_service", "mails bounce", "send_receive", "email_service"),
        ("email_service", "imap settings please", "setup", "email_service"),
        ("technical_issue", "no picture on my tv", "picture", "tv"),
        ("technical_issue", "my backup fails", "backup_failed", "cloud_backup"),
        ("technical_issue", "security suite refuses my licence", "activation", "security"),
    ],
)
def test_a_fault_gets_the_guide_that_fits(intent: str, text: str, category: str, product: str) -> None:
    use = used(about(intent, text))
    assert use.tool is GET_TROUBLESHOOTING_GUIDE
    assert (use.arguments["issue_category"], use.arguments["product_type"]) == (category, product)
    assert GET_TROUBLESHOOTING_GUIDE.arguments.model_validate(dict(use.arguments))


def test_steps_are_read_out_without_what_only_agents_can_do() -> None:
    steps = ("Ask what is shown.", "Restart the box.", "Look up the customer's postcode.", "Check the cable.")
    move = said(about("account_access_issue", "I can't log in", results=(guide(*steps),)))
    assert "1. Restart the box.\n2. Check the cable." in move.text
    assert "Ask" not in move.text
    assert move.outcome == "resolution_offered"
    assert move.text.endswith(DID_IT_HELP)


def test_a_guide_without_a_step_for_customers_leads_to_the_articles() -> None:
    assert used(about("email_service", "x", results=(guide("Ask what is shown."),))).tool is SEARCH_KNOWLEDGE_BASE


def test_a_missing_guide_leads_to_the_articles() -> None:
    failed = refused(GET_TROUBLESHOOTING_GUIDE, "not-found")
    assert used(about("email_service", "mails bounce", results=(failed,))).tool is SEARCH_KNOWLEDGE_BASE


def test_when_the_guide_did_not_help_the_articles_are_the_other_way() -> None:
    before = ("I can't log in", f"Please try these steps. {DID_IT_HELP}")
    state = {"resolution_status": "unresolved", "before": before}
    assert used(about("account_access_issue", "that didn't help", "no", **state)).tool is SEARCH_KNOWLEDGE_BASE
    move = said(about("account_access_issue", "that didn't help", "no", **state, results=(articles("kb-1"),)))
    assert move.text.startswith("Let's try it another way.")
    assert move.articles == ("kb-1",)


def test_an_article_that_was_shown_is_not_shown_again() -> None:
    state = {
        "resolution_status": "unresolved",
        "before": ("how?", f"Our article. {DID_IT_HELP}"),
        "knowledge_articles_referenced": ["kb-1"],
    }
    use = used(about("general_faq", "that didn't help", "no", **state, results=(articles("kb-1", "kb-2"),)))
    assert use.tool is SEARCH_KNOWLEDGE_BASE
    assert use.arguments["query"] == "About kb-2"
    both = (articles("kb-1", "kb-2"), articles("kb-2", "kb-1"))
    assert said(about("general_faq", "that didn't help", "no", **state, results=both)).articles == ("kb-2",)
    only = said(about("general_faq", "that didn't help", "no", **state, results=(articles("kb-1"),)))
    assert only.text.endswith(OFFER_PERSON)


@pytest.mark.parametrize("intent", ["general_faq", "setup_help", "account_update"])
def test_questions_are_answered_from_the_best_article_by_name(intent: str) -> None:
    use = used(about(intent, "what about it?"))
    assert use.tool is SEARCH_KNOWLEDGE_BASE
    assert SEARCH_KNOWLEDGE_BASE.arguments.model_validate(dict(use.arguments))
    move = said(about(intent, "what about it?", results=(articles("kb-1", "kb-2"),)))
    assert "Our article “About kb-1” says: First part about it." in move.text
    assert move.outcome == "resolution_offered"
    assert move.articles == ("kb-1",)


def test_nothing_found_is_admitted() -> None:
    move = said(about("general_faq", "what about it?", results=(articles(),)))
    assert "don't want to guess" in move.text
    assert move.text.endswith(OFFER_PERSON)
    assert move.confidence > 0.7, "or the customer would not be asked: the conversation would change hands"


@pytest.mark.parametrize(
    "intent",
    ["billing_question", "duplicate_charge", "billing_dispute", "refund_request", "payment_issue", "payment_plan"],
)
def test_what_is_about_a_bill_goes_to_billing(intent: str) -> None:
    move = said(about(intent, "something about my bill"))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.BILLING_ISSUE)


@pytest.mark.parametrize(
    "intent", ["order_status", "pricing_inquiry", "product_inquiry", "plan_change", "cancellation_request"]
)
def test_orders_contracts_and_wishes_to_buy_go_to_sales(intent: str) -> None:
    move = said(about(intent, "a new phone"))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.SALES_OPPORTUNITY)


@pytest.mark.parametrize("text", ["Please call me back", "can I get a callback tomorrow at 10?", "give me a call"])
def test_a_call_is_left_to_who_arranges_calls(text: str) -> None:
    name, move = moved(about("human_request", text))
    assert name == "wants to be called back"
    assert getattr(move, "outcome", "") == "continue"
    assert getattr(move, "confidence", 1) < 0.7, "so that the conversation changes hands, and not to a person"


def test_a_knowledge_base_that_is_away_is_admitted_and_handed_on() -> None:
    failed = refused(SEARCH_KNOWLEDGE_BASE, "back-office-unavailable")
    move = said(about("general_faq", "opening hours?", results=(failed,)))
    assert move.outcome == "cannot_help"
    assert "search_knowledge_base: back-office-unavailable" in move.reason


@pytest.mark.parametrize("intent", ["compliance_request"])
def test_what_it_cannot_do_is_said_with_the_policy_and_a_person_offered(intent: str) -> None:
    assert used(about(intent, "please do it")).tool is SEARCH_KNOWLEDGE_BASE
    move = said(about(intent, "please do it", results=(articles("kb-1"),)))
    assert "I can" in move.text
    assert "About kb-1" in move.text
    assert move.text.endswith(OFFER_PERSON)
    away = said(about(intent, "please do it", results=(refused(SEARCH_KNOWLEDGE_BASE, "unavailable"),)))
    assert away.text.endswith(OFFER_PERSON)


def test_services_are_listed_as_they_are() -> None:
    use = used(about("service_overview", "which services do I have?"))
    assert use.tool is GET_ACCOUNT_SERVICES
    owned = services(("Premium plan", "active", "49.99"), ("TV Starter", "suspended", "9.99"), total="49.99")
    text = said(about("service_overview", "which services do I have?", results=(owned,))).text
    assert "• Premium plan, $49.99 a month\n• TV Starter, suspended" in text
    assert "Together that is $49.99 a month." in text
    assert "no services" in said(about("service_overview", "which?", results=(services(),))).text
    away = said(about("service_overview", "which?", results=(refused(GET_ACCOUNT_SERVICES, "unavailable"),)))
    assert away.outcome == "cannot_help"


def test_fraud_goes_to_a_person_at_once() -> None:
    move = said(about("fraud_report", "my account was hacked"))
    assert move.outcome == "wants_person"
    assert "password" in move.text


def test_a_complaint_is_heard_and_a_person_offered() -> None:
    move = said(about("complaint", "your service is terrible"))
    assert "very sorry" in move.text
    assert move.text.endswith(OFFER_PERSON)


def test_greetings() -> None:
    assert said(about("greeting", "hi")).text == "Hi Alice, how can I help you today?"
    assert said(about("greeting", "hi", customer=None)).text == "Hi, how can I help you today?"
    assert "I'm here" in said(about("greeting", "hello?", before=("hi", "Hi Alice, how can I help?"))).text


def test_what_stays_unclear_is_not_guessed() -> None:
    move = said(about("unknown", "the thing with the thing"))
    assert move.text.endswith(OFFER_PERSON)


def test_after_two_failed_tries_a_person_is_offered() -> None:
    failed = ResolutionAttempt(
        agent_type=AgentType.TIER1,
        timestamp=NOW,
        actions_taken=[],
        tools_used=[],
        outcome="",
        confidence=1,
        success=False,
        topic="account_access_issue",
    )
    state = {"resolution_attempts": [failed] * 2, "current_intent": "account_access_issue"}
    before = ("I can't log in", f"Steps. {DID_IT_HELP}")
    move = said(
        about("account_access_issue", "still not", "no", before=before, resolution_status="unresolved", **state)
    )
    assert move.text.endswith(OFFER_PERSON)
    assert move.confidence > 0.7, "or the customer would not be asked"
