"""How much work messages look like, on both sides of the 0.7 at which Tier 1 is the wrong place."""

import timeit

import pytest

from agents.classifier.classifier import IntentClassifier
from agents.classifier.demands import LONG_WORDS, SECOND_CONCERN, TEXT_LIMIT, read_complexity
from domain.intents import INTENTS
from domain.messages import ClassifyInput
from domain.triggers import DEFAULT_THRESHOLDS

pytestmark = pytest.mark.unit

MESSAGES = [  # One look-up, or one person's work
    ("thanks, bye", "thanks", 0.0),
    ("What are your opening hours?", "general_faq", 0.1),
    ("How much is the premium plan?", "pricing_inquiry", 0.1),
    ("Which status does my plan have?", "service_overview", 0.1),
    ("I can't log into my account", "account_access_issue", 0.2),
    ("Where is my order ORD-10023?", "order_status", 0.2),
    ("I tried to call you yesterday about my bill", "billing_question", 0.2),
    ("I need help after I moved house", "account_update", 0.3),
    ("How do I set up the new router?", "setup_help", 0.3),
    ("How do I set up IMAP in Outlook?", "setup_help", 0.3),
    ("qwertz", "unknown", 0.3),
    ("I was charged twice for the same service", "duplicate_charge", 0.4),
    ("I want my refund, I have asked for weeks", "refund_request", 0.55),
    # A problem, one thing more, and still Tier 1's
    ("My wifi is slow", "connection_problem", 0.5),
    ("The app crashes when I open it", "technical_issue", 0.5),
    ("No internet, and the TV is black as well", "connection_problem", 0.55),
    ("Internet, phone and TV are all down", "connection_problem", 0.6),
    ("I get error code 0x80070005 when I start the app", "technical_issue", 0.6),
    ("10:42:07 sync ERROR connection timed out", "technical_issue", 0.6),
    ("The app has crashed since the update", "technical_issue", 0.6),
    ("I’ve tried everything, nothing changes", "technical_issue", 0.65),
    ("My internet drops every evening, I already restarted the router", "connection_problem", 0.65),
    ("All our offices lost the connection", "connection_problem", 0.65),
    # From here on beyond Tier 1
    ("Our VPN drops every ten minutes", "connection_problem", 0.7),
    ("Your API returns nothing", "technical_issue", 0.7),
    ("There's an outage in our street", "service_outage", 0.7),
    ("The portal fails since the update: HTTP 503, error code 17, I already reinstalled", "technical_issue", 0.85),
    ("Since the last firmware update my router reboots, restarting did not help", "connection_problem", 0.75),
    ("Emails bounce, our DKIM and MX records look right", "email_service", 0.8),
    ("How do I connect SSO with SAML for 200 users to your API?", "setup_help", 0.85),
    ("Someone hacked my account", "fraud_report", 0.8),
    ("The database cluster lost replication after the migration", "technical_issue", 1.0),
]


@pytest.mark.parametrize(("text", "intent", "complexity"), MESSAGES)
def test_messages_as_they_come(text: str, intent: str, complexity: float) -> None:
    assert read_complexity(text, intent, 0.0) == complexity


def test_the_table_has_both_sides_of_the_boundary() -> None:
    technical = {c for _, i, c in MESSAGES if i in INTENTS and INTENTS[i].family == "technical"}
    assert {0.65, 0.7} <= technical
    assert DEFAULT_THRESHOLDS.complexity == 0.7


@pytest.mark.parametrize(
    ("text", "second", "more"),
    [
        ("it fails", SECOND_CONCERN, 0.15),
        ("it fails", SECOND_CONCERN - 0.001, 0.0),
        ("so " * (LONG_WORDS + 1), 0.0, 0.1),
        ("so " * LONG_WORDS, 0.0, 0.0),
        ("VPN", 0.0, 0.2),
        ("vpn over vpn", 0.0, 0.2),
        ("vpn and dns", 0.0, 0.3),
        ("vpn, dns, firewall, proxy, tls, nat", 0.0, 0.4),
        ("router and router", 0.0, 0.0),
        ("tv, phone, email, backup, printer", 0.0, 0.1),
        ("both offices", 0.0, 0.15),
        ("it didn't help", 0.0, 0.15),
        ("x" * TEXT_LIMIT + " vpn", 0.0, 0.0),
    ],
)
def test_each_part_by_itself(text: str, second: float, more: float) -> None:
    assert read_complexity(text, "technical_issue", second) == pytest.approx(0.5 + more)


def test_it_never_leaves_its_scale() -> None:
    everything = " ".join(text for text, _, _ in MESSAGES)
    assert read_complexity(everything[:TEXT_LIMIT], "fraud_report", 1.0) == 1.0
    assert read_complexity("", "greeting", 0.0) == 0.0


def test_the_classifier_reports_it(classifier: IntentClassifier) -> None:
    def complexity(text: str) -> float:
        return classifier.classify(ClassifyInput(texts=[text])).complexity

    assert complexity("what are your opening hours?") == 0.1
    assert complexity("The app crashes since the update, error code 503, I already reinstalled it") >= 0.7
    assert "complexity" not in classifier.classify(ClassifyInput(texts=["thanks!"])).model_dump()


@pytest.mark.parametrize("text", ["00:00:00 " * 400, "since the the the " * 200, "all our " * 300, "x" * 10_000])
def test_no_text_takes_long(text: str) -> None:
    best = min(timeit.repeat(lambda: read_complexity(text, "technical_issue", 0.2), number=20, repeat=5)) / 20
    assert best < 0.005


def test_reading_costs_a_fraction_of_a_millisecond() -> None:
    def read_all() -> None:
        for text, intent, _ in MESSAGES:
            read_complexity(text, intent, 0.0)

    best = min(timeit.repeat(read_all, number=5, repeat=5)) / 5 / len(MESSAGES)
    print(f"{best * 1e6:.0f} us a message")
    assert best < 0.0005
