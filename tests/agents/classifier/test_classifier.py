"""A reading in the thread of a conversation."""

import pytest

from agents.classifier.classifier import FOLLOW_UP_CONFIDENCE, IntentClassifier
from domain.classification import INTENT_FLOORS, Classification
from domain.intents import UNKNOWN
from domain.messages import ClassifyInput

pytestmark = pytest.mark.unit


def read(
    classifier: IntentClassifier, *texts: str, previous: str = "", suspected: tuple[str, ...] = ()
) -> Classification:
    return classifier.classify(
        ClassifyInput(texts=list(texts), previous_intent=previous, suspected_intents=list(suspected))
    )


@pytest.mark.parametrize(
    "text",
    [
        "yes please",
        "no thanks",
        "thanks",
        "ok great thanks it works",
        "Tuesday",
        "ORD-10023",
        "2024-07-03",
        "internet",
        "it is the internet one",
        "that didn't help",
        "still the same",
        "how long will that take?",
        "premium",
        "hello?",
        "can you send me that by email",
        "my bank says you took it on the 3rd and the 4th",
    ],
)
@pytest.mark.parametrize("previous", ["duplicate_charge", "cancellation_request"])
def test_answers_keep_the_subject(classifier: IntentClassifier, text: str, previous: str) -> None:
    reading = read(classifier, text, previous=previous)
    assert reading.intent == previous
    assert reading.sure


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I can't log into my account", "account_access_issue"),
        ("My wifi is also very slow", "connection_problem"),
        ("what is the price of the premium plan", "pricing_inquiry"),
        ("I want to talk to a human", "human_request"),
        ("agent", "human_request"),
        ("refund", "refund_request"),
        ("I want to cancel my subscription", "cancellation_request"),
    ],
)
def test_a_clear_new_subject_wins(classifier: IntentClassifier, text: str, intent: str) -> None:
    reading = read(classifier, text, previous="duplicate_charge")
    assert reading.intent == intent
    assert reading.sure


def test_small_talk_is_no_subject_to_keep(classifier: IntentClassifier) -> None:
    assert not read(classifier, "yes", previous="greeting").sure
    assert read(classifier, "I was charged twice", previous="greeting").intent == "duplicate_charge"
    assert read(classifier, "yes", previous="made_up").intent == UNKNOWN


def test_good_manners_do_not_hide_the_concern(classifier: IntentClassifier) -> None:
    reading = read(classifier, "Hi there\nI can't log in\nplease help")
    assert reading.intent == "account_access_issue"
    assert reading.sure
    assert read(classifier, "hello").intent == "greeting"
    assert read(classifier, "thank you very much").intent == "thanks"


def test_several_messages_are_read_together(classifier: IntentClassifier) -> None:
    assert read(classifier, "hi", "I was charged twice").intent == "duplicate_charge"
    assert read(classifier, "yes please", "but only half of it", previous="duplicate_charge").affirmation == "unclear"


def test_a_choice_is_understood(classifier: IntentClassifier) -> None:
    asked = ("refund_request", "billing_dispute")
    assert read(classifier, "yes", suspected=asked).intent == "refund_request"
    assert read(classifier, "the first one", suspected=asked).intent == "refund_request"
    assert read(classifier, "the second", suspected=asked).intent == "billing_dispute"
    assert read(classifier, "yes", suspected=asked).confidence == FOLLOW_UP_CONFIDENCE
    assert not read(classifier, "no", suspected=asked).sure
    assert not read(classifier, "yes", suspected=("made_up",)).sure
    assert read(classifier, "I can't log into my account", suspected=asked).intent == "account_access_issue"


def test_an_answer_reaches_every_floor() -> None:
    assert max(INTENT_FLOORS.values()) <= FOLLOW_UP_CONFIDENCE < 1


def test_what_says_nothing_is_unknown_with_its_mood_and_language(classifier: IntentClassifier) -> None:
    reading = read(classifier, "Ich kann mich nicht anmelden, bitte helfen Sie mir")
    assert reading.intent == UNKNOWN
    assert reading.language == "de"
    reading = read(classifier, "WHAT THE HELL!!")
    assert reading.sentiment_score < 0


def test_alternatives_are_real_ones(classifier: IntentClassifier) -> None:
    reading = read(classifier, "something about my bill and a refund maybe")
    assert len(reading.alternatives) <= 3
    assert all(one.confidence >= 0.02 and one.intent != reading.intent for one in reading.alternatives)
