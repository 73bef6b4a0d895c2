"""A code for a new password."""

from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from agents.playbook.phrases import DID_IT_HELP, OFFER_PERSON
from domain.classification import Classification
from domain.messages import ThinkInput, ToolOutcome
from domain.state import AgentType
from domain.toolbox.crm import RESET_PASSWORD, PasswordResetSent
from domain.toolbox.knowledge import GET_TROUBLESHOOTING_GUIDE, SEARCH_KNOWLEDGE_BASE
from tests.agents.playbook.rules import said, used
from tests.agents.thoughts import gave, refused, thought

pytestmark = pytest.mark.unit


def about(text: str, **more: Any) -> ThinkInput:
    reading = Classification(intent="account_access_issue", confidence=0.97)
    return thought(text, agent=AgentType.TIER1, reading=reading, **more)


def sent(channel: Literal["email", "sms"] = "email") -> ToolOutcome:
    recipient = "a***@example.org" if channel == "email" else "***0101"
    expires_at = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
    code = PasswordResetSent(reset_id="RST-1", channel=channel, recipient=recipient, expires_at=expires_at)
    return gave(RESET_PASSWORD, code)


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("I forgot my password", "email"),
        ("I've forgotten the password again", "email"),
        ("Please reset my password", "email"),
        ("I need a new password", "email"),
        ("Can you reset my password?", "email"),
        ("I can't remember my password", "email"),
        ("Please send me a password reset code by text message", "sms"),
        ("lost my password, send it to my phone", "sms"),
    ],
)
def test_a_code_goes_to_the_address_on_file(text: str, channel: str) -> None:
    use = used(about(text))
    assert use.tool is RESET_PASSWORD
    assert dict(use.arguments) == {"customer_id": "CUST_001", "channel": channel}
    assert RESET_PASSWORD.arguments.model_validate(dict(use.arguments))


@pytest.mark.parametrize(
    "text",
    [
        "I reset my password yesterday and still can't log in",
        "the new password does not work",
        "I did not forget my password",
        "I don't want a new password",
        "After the password reset I can't log in",
    ],
)
def test_a_password_that_is_only_spoken_of_brings_no_code(text: str) -> None:
    assert used(about(text)).tool is not RESET_PASSWORD


def test_who_asks_how_gets_the_article_and_who_cannot_log_in_the_guide() -> None:
    assert used(about("How do I reset my password?")).tool is SEARCH_KNOWLEDGE_BASE
    assert used(about("I can't log into my account")).tool is GET_TROUBLESHOOTING_GUIDE


@pytest.mark.parametrize(("channel", "how"), [("email", "by e-mail"), ("sms", "by text message")])
def test_it_is_told_where_the_code_went_and_how_long_it_holds(channel: Literal["email", "sms"], how: str) -> None:
    move = said(about("I forgot my password", results=(sent(channel),)))
    assert how in move.text
    assert "15:30 UTC" in move.text
    assert move.text.endswith(DID_IT_HELP)
    assert move.outcome == "resolution_offered"


@pytest.mark.parametrize(
    "text", ["The code did not arrive", "I didn't get the code", "send it by text instead", "no mail"]
)
def test_a_code_that_did_not_come_by_mail_comes_by_text(text: str) -> None:
    told = said(about("I forgot my password", results=(sent(),))).text
    use = used(about(text, before=("I forgot my password", told), resolution_status="offered"))
    assert (use.tool, use.arguments["channel"]) == (RESET_PASSWORD, "sms")


@pytest.mark.parametrize(
    ("error_type", "words"),
    [("too-many-attempts", "spam"), ("not-possible", "closed"), ("back-office-unavailable", "just now")],
)
def test_a_code_that_cannot_be_sent_is_told_truthfully(error_type: str, words: str) -> None:
    move = said(about("I forgot my password", results=(refused(RESET_PASSWORD, error_type),)))
    assert words in move.text
    assert "I've sent" not in move.text
    assert move.text.endswith(OFFER_PERSON)
