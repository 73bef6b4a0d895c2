"""What technical trouble is about."""

import pytest

from agents.playbook.concerns import Concern, concern_of, lost_data, product_of
from agents.playbook.situation import Situation
from domain.state import AgentType
from tests.agents.playbook.rules import situation_of
from tests.agents.playbook.technical import about

pytestmark = pytest.mark.unit


def situation(intent: str, text: str, *before: str) -> Situation:
    return situation_of(about(AgentType.TIER2, intent, text, before=before))


@pytest.mark.parametrize(
    ("intent", "text", "product"),
    [
        ("connection_problem", "it is gone", "internet"),
        ("connection_problem", "my email won't connect", "email_service"),
        ("connection_problem", "no mobile data", "mobile"),
        ("connection_problem", "my phone can't find the wifi", "internet"),
        ("email_service", "outlook on my phone fails", "email_service"),
        ("technical_issue", "no picture on channel 5", "tv"),
        ("technical_issue", "the virus scanner is red", "security"),
        ("technical_issue", "my backup stopped", "cloud_backup"),
        ("technical_issue", "it is broken", None),
        ("service_outage", "everything is down", None),
        ("service_outage", "is there a tv outage?", "tv"),
    ],
)
def test_the_product_is_read_from_words_and_intent(intent: str, text: str, product: str | None) -> None:
    assert product_of(situation(intent, text)) == product


def test_the_product_named_last_counts() -> None:
    before = ("my tv freezes", "Did that help?")
    assert product_of(situation("technical_issue", "no, still the same", *before)) == "tv"
    assert product_of(situation("technical_issue", "now my backup fails", *before)) == "cloud_backup"


@pytest.mark.parametrize(
    ("intent", "text", "concern"),
    [
        ("service_outage", "is it down?", Concern.OUTAGE),
        ("technical_issue", "your API returns errors", Concern.INTEGRATION),
        ("email_service", "the mail integration of our shop fails", Concern.INTEGRATION),
        ("email_service", "mails bounce", Concern.MAIL),
        ("technical_issue", "the app crashes", Concern.PORTAL),
        ("connection_problem", "terribly slow", Concern.SPEED),
        ("connection_problem", "slow data on my phone", Concern.FAULT),
        ("connection_problem", "no internet", Concern.FAULT),
    ],
)
def test_the_kind_of_trouble(intent: str, text: str, concern: Concern) -> None:
    assert concern_of(situation(intent, text)) is concern


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("all my mails are gone", True),
        ("my backup files are gone", True),
        ("I lost all my photos", True),
        ("data loss!", True),
        ("mobile data isn't working", False),
        ("my internet is gone", False),
        ("no data on my phone", False),
    ],
)
def test_lost_data_is_told_from_no_data(text: str, lost: bool) -> None:
    assert lost_data(situation("technical_issue", text)) is lost
