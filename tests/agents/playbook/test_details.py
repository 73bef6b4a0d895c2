"""Contact details and preferences, as first-level support and billing change and tell them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agents.playbook.details import ASK_EMAIL, ASK_PHONE
from agents.playbook.identity import QUESTION
from agents.playbook.moves import Proposal
from agents.playbook.phrases import OFFER_PERSON
from domain.classification import Classification
from domain.consent import make_offer
from domain.identity import IdentityFactor, IdentityLevel
from domain.messages import ThinkInput, ToolOutcome
from domain.state import AgentType, Consent, CustomerProfile, CustomerTier
from domain.toolbox.billing import GET_BILLING_INFORMATION
from domain.toolbox.crm import UPDATE_ACCOUNT, AccountUpdated, FieldChanged, UpdateAccount
from domain.toolbox.customer import GET_CUSTOMER_PROFILE, VERIFY_CUSTOMER_IDENTITY, IdentityCheck
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE
from domain.triggers import Trigger
from tests.agents.playbook.rules import moved, said, used
from tests.agents.thoughts import gave, refused, thought

pytestmark = pytest.mark.unit

ASKED = f"Before I look into this: {QUESTION} your four-digit PIN?"


def about(text: str, intent: str = "account_update", agent: AgentType = AgentType.TIER1, **more: Any) -> ThinkInput:
    return thought(text, agent=agent, reading=Classification(intent=intent, confidence=0.97), **more)


def check(*, verified: bool, left: int = 4) -> ToolOutcome:
    result = IdentityCheck(
        customer_id="CUST_001",
        level=IdentityLevel.VERIFIED if verified else IdentityLevel.AUTHENTICATED,
        verified=verified,
        factors_on_file=[IdentityFactor.PIN],
        attempts_left=left,
    )
    return gave(VERIFY_CUSTOMER_IDENTITY, result)


PROVED = check(verified=True)


def offered(given: ThinkInput) -> Proposal:
    offer = said(given).offer
    assert offer is not None
    assert offer.tool is UPDATE_ACCOUNT
    return offer


@pytest.mark.parametrize("text", ["Change my email address to new.me@example.org", "my new number is +1-555-0222"])
def test_a_new_address_is_taken_from_who_proves_who_they_are(text: str) -> None:
    use = used(about(text))
    assert use.tool is VERIFY_CUSTOMER_IDENTITY
    assert QUESTION in said(about(text, results=(check(verified=False),))).text
    offer = offered(about("4826", before=(text, ASKED), results=(PROVED,)))
    assert UPDATE_ACCOUNT.arguments.model_validate(dict(offer.arguments))
    assert len(offer.arguments) == 2, "the PIN is no part of the change"


def test_after_a_yes_exactly_what_was_offered_is_changed() -> None:
    change = UpdateAccount(customer_id="CUST_001", email="new.me@example.org")
    offer = make_offer(UPDATE_ACCOUNT, change, "change your e-mail address to new.me@example.org")
    before = ("change my email to new.me@example.org", "Shall I do that?")
    reading = Classification(intent="account_update", confidence=0.97, affirmation="yes")
    agreed = {"offer": offer, "consent": Consent(message_id="m-1", offer=offer), "before": before}
    use = used(thought("Yes, change it please", agent=AgentType.TIER1, reading=reading, **agreed))
    assert use.tool is UPDATE_ACCOUNT
    assert UPDATE_ACCOUNT.arguments.model_validate(dict(use.arguments)) == change
    assert "everything stays as it is" in said(about("no thanks", offer=offer, before=before)).text
    corrected = about("no, to other@example.org", offer=offer, before=before)
    assert used(corrected).tool is VERIFY_CUSTOMER_IDENTITY, "a new address is a new proof"
    again = corrected.model_copy(update={"tool_results": [PROVED]})
    assert offered(again).arguments["email"] == "other@example.org"


def test_of_two_addresses_the_last_one_is_meant() -> None:
    text = "change my e-mail from old@example.org to new.me@example.org"
    assert offered(about(text, results=(PROVED,))).arguments["email"] == "new.me@example.org"
    text = "change my e-mail to new.me@example.org, the old one was old@example.org"
    assert offered(about(text, results=(PROVED,))).arguments["email"] == "new.me@example.org"


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("Change my preferred language to German", {"language": "de"}),
        ("I'd like you to write to me in French from now on", {"language": "fr"}),
        ("Please contact me by sms in future", {"contact_channel": "sms"}),
        ("set my contact channel to e-mail", {"contact_channel": "email"}),
        ("reach me via phone, and in English", {"language": "en", "contact_channel": "phone"}),
        ("change the language from German to English", {"language": "en"}),
        ("Please write to me in Spanish, my English is bad", {"language": "es"}),
        ("don't contact me by phone any more, contact me by e-mail", {"contact_channel": "email"}),
        ("contact me by e-mail and not by phone", {"contact_channel": "email"}),
        ("set my contact channel from phone to sms", {"contact_channel": "sms"}),
    ],
)
def test_a_preference_needs_no_proof_but_a_yes(text: str, changes: dict[str, str]) -> None:
    assert dict(offered(about(text)).arguments) == {"customer_id": "CUST_001"} | changes


@pytest.mark.parametrize("text", ["Don't change my language to German", "please never contact me by phone"])
def test_what_is_not_wanted_is_not_offered(text: str) -> None:
    assert used(about(text)).tool is SEARCH_KNOWLEDGE_BASE


@pytest.mark.parametrize(
    ("text", "question"),
    [("I'd like to update my e-mail address", ASK_EMAIL), ("Update my phone number please", ASK_PHONE)],
)
def test_what_is_missing_is_asked_for_and_the_answer_understood(text: str, question: str) -> None:
    asked = said(about(text))
    assert asked.text.endswith(question)
    answer = "new.me@example.org" if question == ASK_EMAIL else "+1-555-0222"
    assert used(about(answer, before=(text, asked.text))).tool is VERIFY_CUSTOMER_IDENTITY
    assert offered(about(answer, before=(text, asked.text), results=(PROVED,)))
    assert offered(about("4826", before=(text, asked.text, answer, ASKED), results=(PROVED,)))


@pytest.mark.parametrize("text", ["How can I change my e-mail address?", "I want to change my postal address"])
def test_who_asks_how_or_moves_gets_the_article(text: str) -> None:
    assert used(about(text)).tool is SEARCH_KNOWLEDGE_BASE


def test_what_was_changed_is_told_masked_with_the_word_to_the_old_address() -> None:
    updated = AccountUpdated(
        changed=[FieldChanged(field="email", previous="o***@example.org", value="n***@example.org")],
        notified="o***@example.org",
    )
    move = said(about("4826", results=(PROVED, gave(UPDATE_ACCOUNT, updated, call_id="call-2"))))
    assert "I've changed your e-mail address to n***@example.org" in move.text
    assert "o***@example.org" in move.text
    assert move.outcome == "resolution_offered"


@pytest.mark.parametrize(
    ("error_type", "words"),
    [
        ("not-possible", "on file already"),
        ("invalid-arguments", "complete address"),
        ("back-office-unavailable", "just now"),
    ],
)
def test_a_refused_change_is_told_truthfully(error_type: str, words: str) -> None:
    move = said(about("write to me in German", results=(refused(UPDATE_ACCOUNT, error_type),)))
    assert words in move.text
    assert "I've changed" not in move.text
    assert move.text.endswith(OFFER_PERSON)


def test_what_is_on_file_is_told_in_part() -> None:
    question = "Which e-mail address do you have on file for me?"
    assert used(about(question)).tool is GET_CUSTOMER_PROFILE
    profile = CustomerProfile(
        customer_id="CUST_001",
        name="Alice Morgan",
        email="alice.morgan@example.org",
        phone="+1-555-0101",
        tier=CustomerTier.GOLD,
        account_status="active",
        registration_date=datetime(2019, 3, 14, tzinfo=UTC),
        lifetime_value=1.0,
    )
    text = said(about(question, results=(gave(GET_CUSTOMER_PROFILE, profile),))).text
    assert "a***@example.org" in text
    assert "alice.morgan@" not in text
    assert "555-0101" not in text


def test_billing_takes_a_new_address_for_invoices() -> None:
    text = "Then change my e-mail to bills@example.org"
    given = {"intent": "billing_question", "agent": AgentType.BILLING}
    assert used(about(text, **given)).tool is VERIFY_CUSTOMER_IDENTITY
    offer = offered(about("4826", **given, before=(text, ASKED), results=(PROVED,)))
    assert offer.arguments["email"] == "bills@example.org"


@pytest.mark.parametrize(
    "text",
    [
        "Please send my invoices to bills@example.org",
        "send my last invoice to my accountant at acc@firm.example",
        "why was the invoice sent to bob@example.com?",
    ],
)
def test_an_address_amid_a_question_about_a_bill_is_nobodys_new_one(text: str) -> None:
    given = {"intent": "billing_question", "agent": AgentType.BILLING}
    assert used(about(text, **given)).tool is GET_BILLING_INFORMATION


@pytest.mark.parametrize("text", ["I did not change my email to h@evil.com!", "Who changed my e-mail to a@evil.com?"])
def test_who_did_not_change_it_is_offered_a_person(text: str) -> None:
    move = said(about(text))
    assert move.offer is None
    assert "changing nothing" in move.text
    assert move.text.endswith(OFFER_PERSON)


def test_an_address_that_is_only_mentioned_is_not_changed() -> None:
    text = "my mail is new.me@example.org, please pay my overdue invoice"
    given = {"intent": "payment_issue", "agent": AgentType.BILLING}
    assert used(about("4826", **given, before=(text, ASKED), results=(PROVED,))).tool is GET_BILLING_INFORMATION


@pytest.mark.parametrize(
    ("agent", "outcome", "because"),
    [
        (AgentType.BILLING, check(verified=False, left=0), Trigger.FRAUD_SUSPECTED),
        (AgentType.BILLING, refused(VERIFY_CUSTOMER_IDENTITY, "too-many-attempts"), Trigger.FRAUD_SUSPECTED),
        (AgentType.BILLING, refused(VERIFY_CUSTOMER_IDENTITY, "unavailable"), None),
        (AgentType.TIER1, check(verified=False, left=0), None),
    ],
)
def test_too_many_wrong_answers_look_like_fraud_where_an_edge_for_it_leads_to_a_person(
    agent: AgentType, outcome: ToolOutcome, because: Trigger | None
) -> None:
    name, move = moved(about("1111", agent=agent, before=("my new mail is a@example.org", ASKED), results=(outcome,)))
    assert name == "identity cannot be proved"
    assert getattr(move, "because", "?") == because
