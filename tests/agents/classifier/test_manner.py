"""Mood, language, urgency and complexity."""

import pytest

from agents.classifier.demands import read_complexity, read_urgency
from agents.classifier.language import read_language
from agents.classifier.sentiment import read_mood
from domain.classification import Urgency
from domain.intents import INTENTS
from domain.state import Sentiment

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("I was charged twice for the same service", Sentiment.NEUTRAL),
        ("What's the price for the premium plan?", Sentiment.NEUTRAL),
        ("yes please", Sentiment.NEUTRAL),
        ("", Sentiment.NEUTRAL),
        ("thanks a lot, great help", Sentiment.POSITIVE),
        ("it works now, you're awesome", Sentiment.POSITIVE),
        ("I'm disappointed with your service", Sentiment.NEGATIVE),
        ("this is not good", Sentiment.NEGATIVE),
        ("WHY DID YOU CHARGE ME TWICE", Sentiment.NEGATIVE),
        ("this is the third time I'm telling you, terrible service", Sentiment.FRUSTRATED),
        ("I'm so frustrated, my internet keeps dropping every evening", Sentiment.FRUSTRATED),
        ("you liars, this is outrageous!!", Sentiment.FRUSTRATED),
        ("I am furious", Sentiment.FRUSTRATED),
    ],
)
def test_mood(text: str, sentiment: Sentiment) -> None:
    mood = read_mood(text)
    assert mood.sentiment is sentiment
    assert -1 <= mood.score <= 1


def test_negation_turns_and_emphasis_strengthens() -> None:
    assert read_mood("that is good").score > 0 > read_mood("that is not good").score
    assert read_mood("this is really terrible").score < read_mood("this is terrible").score
    assert read_mood("this is terrible!!").score < read_mood("this is terrible").score


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I can't log into my account", "en"),
        ("Ich kann mich nicht anmelden, bitte helfen Sie mir", "de"),
        ("No puedo entrar en mi cuenta", "es"),
        ("Je ne peux pas me connecter à mon compte", "fr"),
        ("Non riesco ad accedere, può aiutarmi per favore?", "it"),
        ("hola", "es"),
        ("", "en"),
        ("ORD-1234", "en"),
        ("<script>alert('xss')</script>", "en"),
        ("A" * 10_000, "en"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert read_language(text) == language


def test_urgency_starts_from_the_intent_and_follows_the_words() -> None:
    assert read_urgency("where is my bill", "billing_question") is INTENTS["billing_question"].urgency
    assert read_urgency("I need my bill today, urgent", "billing_question") is Urgency.MEDIUM
    assert read_urgency("no rush, but my app crashes", "technical_issue") is Urgency.LOW
    assert read_urgency("outage, emergency!", "service_outage") is Urgency.CRITICAL
    assert read_urgency("?", "unknown") is Urgency.MEDIUM


def test_complexity_grows_with_what_is_involved() -> None:
    simple = read_complexity("the app crashes", "technical_issue", 0.0)
    tried = read_complexity("the app crashes, I already restarted", "technical_issue", 0.0)
    involved = read_complexity("our api integration crashes, I already restarted", "technical_issue", 0.3)
    assert simple < tried < involved <= 1
    assert read_complexity("opening hours", "general_faq", 0.0) < 0.3
