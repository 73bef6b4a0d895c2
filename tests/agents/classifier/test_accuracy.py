"""How good the shipped classifier is, on what it was not trained on. ``-s`` prints the figures."""

import time
from pathlib import Path

import numpy as np
import pytest

from agents.classifier.classifier import IntentClassifier
from agents.classifier.corpus import load_corpus
from agents.classifier.evaluation import Report, evaluate
from agents.classifier.training import fit_sharpness, score_out_of_fold
from domain.classification import CONFIDENCE_FLOOR
from domain.messages import ClassifyInput

pytestmark = pytest.mark.unit

PRD_PHRASES = [
    ("I can't log into my account", "account_access_issue", 0.85),
    ("What's the price for the premium plan?", "pricing_inquiry", 0.90),
    ("I want to cancel my subscription", "cancellation_request", 0.95),
    ("I'm having trouble with my billing statement", "billing_question", 0.85),
    ("I was charged twice for the same service", "duplicate_charge", 0.85),
    ("Yes, please investigate the duplicate charge", "duplicate_charge", 0.85),
]
"""PRD [1722-1790]."""
HOSTILE = [
    "<script>alert('xss')</script>",
    "'; DROP TABLE conversations; --",
    "{{7*7}}",
    "../../../etc/passwd",
    "A" * 10_000,
]
"""PRD [1944-1950]."""
GIBBERISH = ["asdkjh qwlke", "xq zzv", "💥💥💥", "1 2 3 4", "....", "", "   ", "lorem ipsum dolor"]
HELD_OUT = Path(__file__).with_name("held_out.tsv")


def test_cross_validation() -> None:
    """Each of the training utterances, judged by a model that never saw it (five folds)."""
    held_out = score_out_of_fold(load_corpus(), folds=5)
    report = evaluate(held_out.labels, held_out.probabilities(fit_sharpness(held_out)), held_out.truth)
    _show("cross-validation", report)
    assert report.accuracy >= 0.90
    assert report.coverage >= 0.75
    assert report.sure_accuracy >= 0.96
    assert report.out_of_scope_held >= 0.90
    assert report.calibration_error <= 0.05


def test_held_out_messages(classifier: IntentClassifier) -> None:
    """Messages written after the training data, by which nothing was tuned."""
    pairs = [line.split("\t") for line in HELD_OUT.read_text("utf-8").splitlines()]
    model = classifier._model
    probabilities = np.array([list(model.probabilities(text).values()) for _, text in pairs])
    report = evaluate(model.labels, probabilities, [label for label, _ in pairs])
    _show("held out", report)
    assert report.accuracy >= 0.90
    assert report.sure_accuracy >= 0.96
    assert report.out_of_scope_held >= 0.85


@pytest.mark.parametrize(("text", "intent", "least"), PRD_PHRASES)
def test_phrases_of_the_requirements(classifier: IntentClassifier, text: str, intent: str, least: float) -> None:
    reading = classifier.classify(ClassifyInput(texts=[text]))
    assert reading.intent == intent
    assert reading.confidence >= least
    assert reading.sure


@pytest.mark.parametrize("text", [*HOSTILE, *GIBBERISH])
def test_hostile_texts_and_gibberish_are_never_sure(classifier: IntentClassifier, text: str) -> None:
    reading = classifier.classify(ClassifyInput(texts=[text]))
    assert reading.confidence < CONFIDENCE_FLOOR
    assert not reading.sure


def test_reading_takes_milliseconds(classifier: IntentClassifier) -> None:
    texts = load_corpus().texts[:400]
    started = time.process_time()
    for text in texts:
        classifier.classify(ClassifyInput(texts=[text], previous_intent="billing_question"))
    mean = (time.process_time() - started) / len(texts)
    started = time.process_time()
    classifier.classify(ClassifyInput(texts=["I was charged twice and I am furious about it! " * 250] * 3))
    longest = time.process_time() - started
    print(f"a message {mean * 1000:.2f} ms, the longest {longest * 1000:.2f} ms of CPU")
    assert mean < 0.005
    assert longest < 0.030


def _show(what: str, report: Report) -> None:
    print(f"{what}: {report}")
