"""Making the model, with scikit-learn. Imported only when a model is made: the import alone takes a second.

A linear support vector machine gives each label a score. How sharp a probability the scores deserve is learned from
texts that the machine did not see (out of fold), so that 0.85 means right in about 85 of 100 cases.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.sparse import hstack
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from agents.classifier.corpus import Corpus
from agents.classifier.features import BLOCKS, tokens
from agents.classifier.model import LinearModel

FOLDS = 3
SEED = 0
REGULARISATION = 0.5
SEEN_AT_LEAST = (2, 3, 2)
"""In how many utterances a feature of each block must stand to count; rarer ones only cost memory."""
SHARPNESS_RANGE = (0.1, 30.0)

Scores = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class OutOfFold:
    """What the recipe says about texts it was not trained on. ``scores[i, j]``: text ``i``, ``labels[j]``."""

    labels: tuple[str, ...]
    truth: tuple[str, ...]
    scores: Scores

    def probabilities(self, sharpness: float) -> Scores:
        shifted = np.exp(sharpness * (self.scores - self.scores.max(axis=1, keepdims=True)))
        return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def train(corpus: Corpus) -> LinearModel:
    """The model of this corpus: the same bytes for the same corpus."""
    counted = _count(corpus)
    everything = np.arange(len(corpus.texts))
    weighting = _Weighting(counted, everything)
    machine = _machine().fit(weighting.vectors(counted, everything), corpus.labels)
    return LinearModel(
        labels=tuple(map(str, machine.classes_)),
        features=weighting.features(counted),
        idf=weighting.idf(),
        weights=np.ascontiguousarray(machine.coef_.T, dtype=np.float32),
        bias=machine.intercept_.astype(np.float32),
        sharpness=fit_sharpness(_score(corpus, counted, FOLDS)),
    )


def score_out_of_fold(corpus: Corpus, folds: int = FOLDS) -> OutOfFold:
    """Score every text by a machine trained without it (nor its vocabulary)."""
    return _score(corpus, _count(corpus), folds)


def fit_sharpness(held_out: OutOfFold) -> float:
    """The factor that makes the softmax of the scores most likely, given the truth (temperature scaling)."""
    at = np.searchsorted(held_out.labels, held_out.truth)
    rows = np.arange(len(at))

    def surprise(sharpness: float) -> float:
        return float(-np.log(held_out.probabilities(sharpness)[rows, at] + 1e-12).mean())

    return float(minimize_scalar(surprise, bounds=SHARPNESS_RANGE, method="bounded").x)


@dataclass(frozen=True)
class _Counted:
    """How often each feature stands in each text, block by block."""

    names: tuple[npt.NDArray[np.object_], ...]
    counts: tuple[Any, ...]


class _Weighting:
    """TF-IDF in blocks, learned from some of the texts: which features count there, and how rare they are."""

    def __init__(self, counted: _Counted, rows: Rows) -> None:
        self._kept = []
        self._blocks = []
        for counts, least in zip(counted.counts, SEEN_AT_LEAST, strict=True):
            kept = np.flatnonzero(counts[rows].getnnz(axis=0) >= least)
            self._kept.append(kept)
            self._blocks.append(TfidfTransformer(sublinear_tf=True).fit(counts[rows][:, kept]))

    def vectors(self, counted: _Counted, rows: Rows) -> Any:
        parts = zip(self._blocks, counted.counts, self._kept, strict=True)
        return hstack([block.transform(counts[rows][:, kept]) for block, counts, kept in parts]).tocsr()

    def features(self, counted: _Counted) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(names[kept]) for names, kept in zip(counted.names, self._kept, strict=True))

    def idf(self) -> npt.NDArray[np.float32]:
        return np.concatenate([block.idf_ for block in self._blocks]).astype(np.float32)


def _score(corpus: Corpus, counted: _Counted, folds: int) -> OutOfFold:
    labels = tuple(sorted(set(corpus.labels)))
    truth = np.array(corpus.labels)
    scores = np.zeros((len(truth), len(labels)))
    for seen, unseen in StratifiedKFold(folds, shuffle=True, random_state=SEED).split(truth, truth):
        weighting = _Weighting(counted, seen)
        machine = _machine().fit(weighting.vectors(counted, seen), truth[seen])
        scores[unseen] = machine.decision_function(weighting.vectors(counted, unseen))
    return OutOfFold(labels=labels, truth=corpus.labels, scores=scores)


def _count(corpus: Corpus) -> _Counted:
    words = [tokens(text) for text in corpus.texts]
    counters = [CountVectorizer(analyzer=block, dtype=np.float32) for block in BLOCKS]
    return _Counted(
        counts=tuple(counter.fit_transform(words) for counter in counters),
        names=tuple(counter.get_feature_names_out() for counter in counters),
    )


def _machine() -> LinearSVC:
    return LinearSVC(C=REGULARISATION, random_state=SEED)
