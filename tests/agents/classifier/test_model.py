from pathlib import Path

import numpy as np
import pytest

from agents.classifier import classifier as module
from agents.classifier import training
from agents.classifier.classifier import load_classifier
from agents.classifier.corpus import Corpus, load_corpus
from agents.classifier.model import LinearModel, UnreadableModel
from agents.classifier.training import score_out_of_fold, train
from domain.messages import ClassifyInput

pytestmark = pytest.mark.unit

TOPICS = {"account_access_issue": "reset password", "greeting": "good morning", "refund_request": "refund money"}
SMALL = Corpus(
    texts=tuple(f"{words} {letter}" for words in TOPICS.values() for letter in "abcdef"),
    labels=tuple(label for label in TOPICS for _ in "abcdef"),
)


@pytest.fixture(scope="module")
def small_model() -> LinearModel:
    return train(SMALL)


def test_training_is_deterministic(small_model: LinearModel) -> None:
    again = train(SMALL)
    assert again.features == small_model.features
    assert np.array_equal(again.weights, small_model.weights)
    assert again.sharpness == small_model.sharpness


def test_serving_scores_as_the_trained_machine_does() -> None:
    """Serving has its own few lines of TF-IDF: they must agree with scikit-learn on unseen texts too."""
    whole = load_corpus()
    corpus = Corpus(texts=whole.texts[::3], labels=whole.labels[::3])
    model = train(corpus)
    counted = training._count(corpus)
    everything = np.arange(len(corpus.texts))
    weighting = training._Weighting(counted, everything)
    machine = training._machine().fit(weighting.vectors(counted, everything), corpus.labels)
    some = everything[::40]
    scores = machine.decision_function(weighting.vectors(counted, some))
    for row, at in enumerate(some):
        shifted = np.exp(model.sharpness * (scores[row] - scores[row].max()))
        expected = shifted / shifted.sum()
        served = list(model.probabilities(corpus.texts[at]).values())
        assert np.allclose(served, expected, atol=1e-4)


def test_a_saved_model_reads_back_the_same(small_model: LinearModel, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "model.npz"
    small_model.save(file)
    loaded = LinearModel.load(file)
    for text in ("refund my money", "password reset", "", "zzz"):
        assert loaded.probabilities(text) == small_model.probabilities(text)
    assert [path.name for path in file.parent.iterdir()] == ["model.npz"]


@pytest.mark.parametrize("damage", ["absent", "empty", "text", "cut"])
def test_a_damaged_file_is_unreadable(small_model: LinearModel, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "model.npz"
    small_model.save(file)
    content = file.read_bytes()
    if damage == "absent":
        file.unlink()
    else:
        file.write_bytes({"empty": b"", "text": b"hello", "cut": content[: len(content) // 2]}[damage])
    with pytest.raises(UnreadableModel):
        LinearModel.load(file)


def test_arrays_that_do_not_fit_are_refused(small_model: LinearModel) -> None:
    with pytest.raises(UnreadableModel):
        LinearModel(
            labels=small_model.labels[:1],
            features=small_model.features,
            idf=small_model.idf,
            weights=small_model.weights,
            bias=small_model.bias,
            sharpness=1.0,
        )


def test_classifier_is_trained_once_and_again_when_its_file_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "load_corpus", _corpus_of_all_intents)
    load_classifier(tmp_path)
    [file] = tmp_path.iterdir()
    written = file.stat().st_mtime_ns
    load_classifier(tmp_path)
    assert file.stat().st_mtime_ns == written
    file.write_bytes(b"not a model")
    again = load_classifier(tmp_path)
    assert LinearModel.load(file)
    assert again.classify(ClassifyInput(texts=["refund_request one"])).intent == "refund_request"


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "load_corpus", _corpus_of_all_intents)
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert load_classifier(in_the_way).classify(ClassifyInput(texts=["hello"]))


def test_scores_out_of_fold_know_nothing_of_their_text() -> None:
    held_out = score_out_of_fold(SMALL, folds=3)
    assert held_out.truth == SMALL.labels
    assert held_out.scores.shape == (18, 3)
    assert np.allclose(held_out.probabilities(2.0).sum(axis=1), 1)


def _corpus_of_all_intents() -> Corpus:
    corpus = load_corpus()
    chosen = [(f"{label} {word}", label) for label in sorted(set(corpus.labels)) for word in ("one", "two", "three")]
    return Corpus(texts=tuple(text for text, _ in chosen), labels=tuple(label for _, label in chosen))
