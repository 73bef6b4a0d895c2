"""Privacy, legal matters and fraud at Tier 3: checked, proved, put on record, and left to people."""

from typing import Any

import pytest

from agents.playbook.phrases import OFFER_PERSON
from domain.classification import Affirmation
from domain.compliance import Requirement, Topic
from domain.identity import IdentityFactor, IdentityLevel
from domain.messages import ThinkInput, ToolOutcome
from domain.state import AgentType
from domain.toolbox.compliance import AUDIT_LOG_ACTION, CHECK_COMPLIANCE_REQUIREMENTS, ComplianceReport
from domain.toolbox.customer import VERIFY_CUSTOMER_IDENTITY, IdentityCheck
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE
from domain.triggers import Trigger
from tests.agents.playbook import technical
from tests.agents.playbook.rules import said, used
from tests.agents.playbook.technical import audited
from tests.agents.thoughts import gave, refused

pytestmark = pytest.mark.unit


def about(intent: str, text: str, affirmation: Affirmation = "unclear", **more: Any) -> ThinkInput:
    return technical.about(AgentType.TIER3, intent, text, affirmation, **more)


def requirement(rule_id: str, met: bool | None, next_step: str = "", says: str = "It is so.") -> Requirement:
    return Requirement(rule_id=rule_id, source="GDPR", requirement=says, met=met, next_step=next_step)


IDENTITY = requirement("DE-1", met=False, next_step="Check the identity with verify_customer_identity.")
PROVED = requirement("DE-1", met=True)
SERVICES = requirement("DE-3", met=False, next_step="Cancel them.", says="No service runs on the account.")
JUDGED = requirement("DE-5", met=None, next_step="Ask a person.", says="Data that tax law has us keep is named.")


def checked(*requirements: Requirement, topic: Topic = Topic.DATA_ERASURE, call_id: str = "check") -> ToolOutcome:
    report = ComplianceReport(
        topic=topic,
        allowed=all(one.met for one in requirements),
        needs_person=any(one.met is None for one in requirements),
        requirements=list(requirements),
    )
    return gave(CHECK_COMPLIANCE_REQUIREMENTS, report, call_id=call_id)


def identity(verified: bool) -> ToolOutcome:
    check = IdentityCheck(
        customer_id="CUST_001",
        level=IdentityLevel.VERIFIED if verified else IdentityLevel.AUTHENTICATED,
        verified=verified,
        factors_on_file=[IdentityFactor.DATE_OF_BIRTH],
        attempts_left=3,
    )
    return gave(VERIFY_CUSTOMER_IDENTITY, check, call_id="identity")


ERASE = ("compliance_request", "delete all my personal data")


def proved(*results: ToolOutcome) -> ThinkInput:
    """The customer answers the security question."""
    asked = "Before I look into this: could you please tell me your date of birth (like 1985-03-12)?"
    return about("compliance_request", "1985-03-12", before=(ERASE[1], asked), results=results)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("please erase my data", "data_erasure"),
        ("I want to be forgotten", "data_erasure"),
        ("I want a copy of all the data you have about me", "data_access"),
        ("subject access request", "data_access"),
        ("I want to port my number", "number_porting"),
    ],
)
def test_a_request_is_checked_against_the_rules_of_its_topic(text: str, topic: str) -> None:
    use = used(about("compliance_request", text))
    assert use.tool is CHECK_COMPLIANCE_REQUIREMENTS
    assert use.arguments["topic"] == topic
    CHECK_COMPLIANCE_REQUIREMENTS.arguments.model_validate(dict(use.arguments))


def test_who_asks_must_prove_it_before_anything_goes_on() -> None:
    assert used(about(*ERASE, results=(checked(IDENTITY),))).tool is VERIFY_CUSTOMER_IDENTITY
    move = said(about(*ERASE, results=(checked(IDENTITY), identity(verified=False))))
    assert "date of birth" in move.text
    assert used(proved()).arguments["answer"] == "1985-03-12"
    assert "doesn't match" in said(proved(identity(verified=False))).text


def test_the_proof_the_check_the_trail_and_a_person() -> None:
    assert used(proved(identity(verified=True))).tool is CHECK_COMPLIANCE_REQUIREMENTS
    done = (identity(verified=True), checked(PROVED, JUDGED))
    entry = used(proved(*done))
    assert entry.tool is AUDIT_LOG_ACTION
    assert entry.arguments == {"action": "data_erasure_requested", "details": "Checked: data_erasure. Not met: none."}
    move = said(proved(*done, audited()))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.COMPLIANCE)
    assert "tax law" in move.text


def test_a_check_from_before_the_proof_is_made_again() -> None:
    given = proved(checked(IDENTITY), identity(verified=True))
    assert used(given).tool is CHECK_COMPLIANCE_REQUIREMENTS


def test_nothing_in_the_way_is_prepared_by_a_person() -> None:
    done = (identity(verified=True), checked(PROVED, topic=Topic.DATA_ACCESS), audited())
    move = said(proved(*done))
    assert "Nothing stands in its way" in move.text
    assert move.because is Trigger.COMPLIANCE


def test_what_is_missing_is_told_and_a_person_offered() -> None:
    done = (identity(verified=True), checked(SERVICES, PROVED, JUDGED), audited())
    move = said(proved(*done))
    assert "No service runs on the account." in move.text
    assert move.text.endswith(OFFER_PERSON)
    assert move.outcome == "continue"


def test_rules_that_cannot_be_checked_are_left_to_a_person() -> None:
    away = refused(CHECK_COMPLIANCE_REQUIREMENTS, "back-office-unavailable")
    move = said(about(*ERASE, results=(away,)))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.COMPLIANCE)


@pytest.mark.parametrize("text", ["my lawyer will contact you", "I go to the ombudsman", "was my data in the leak?"])
def test_a_legal_matter_is_put_on_record_and_goes_to_a_person_at_once(text: str) -> None:
    entry = used(about("compliance_request", text))
    assert entry.arguments["action"] == "legal_matter_received"
    for trail in (audited(), refused(AUDIT_LOG_ACTION, "unavailable", call_id="audit")):
        assert said(about("compliance_request", text, results=(trail,))).because is Trigger.COMPLIANCE


def test_a_question_about_privacy_is_answered_from_the_articles() -> None:
    assert used(about("compliance_request", "how long do you keep my data?")).tool is SEARCH_KNOWLEDGE_BASE


def test_fraud_is_put_on_record_and_goes_to_a_person_at_once() -> None:
    hacked = ("fraud_report", "somebody hacked my account")
    assert used(about(*hacked)).arguments["action"] == "fraud_reported"
    move = said(about(*hacked, results=(audited(),)))
    assert move.because is Trigger.COMPLIANCE
    assert "password" in move.text
