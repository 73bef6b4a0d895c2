"""How good a classifier is, in the figures that matter here: whom it may send to an agent without asking."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.classifier.corpus import OUT_OF_SCOPE
from domain.classification import CONFIDENCE_FLOOR

BINS = 10


@dataclass(frozen=True)
class Report:
    """Shares, 0 to 1.

    ``accuracy``: the best intent is the right one. ``coverage``: sure of it (at the floor), of texts with an intent.
    ``sure_accuracy``: right, of those. ``out_of_scope_held``: below the floor, of texts without an intent.
    ``calibration_error``: mean distance between confidence and accuracy, all labels counted.
    """

    accuracy: float
    coverage: float
    sure_accuracy: float
    out_of_scope_held: float
    calibration_error: float


def evaluate(labels: Sequence[str], probabilities: npt.NDArray[np.float64], truth: Sequence[str]) -> Report:
    """``probabilities[i, j]`` is that of ``labels[j]`` for the text whose label is ``truth[i]``."""
    names, actual = np.array(labels), np.array(truth)
    in_scope = actual != OUT_OF_SCOPE
    intents = names != OUT_OF_SCOPE
    guess = names[intents][probabilities[:, intents].argmax(axis=1)]
    confidence = probabilities[:, intents].max(axis=1)
    right = guess == actual
    sure = confidence >= CONFIDENCE_FLOOR
    return Report(
        accuracy=_share(right, in_scope),
        coverage=_share(sure, in_scope),
        sure_accuracy=_share(right, in_scope & sure),
        out_of_scope_held=_share(~sure, ~in_scope),
        calibration_error=_calibration_error(probabilities, names, actual),
    )


def _share(of: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_]) -> float:
    return float(of[among].mean()) if among.any() else 1.0


def _calibration_error(
    probabilities: npt.NDArray[np.float64], names: npt.NDArray[np.str_], actual: npt.NDArray[np.str_]
) -> float:
    """Expected calibration error in ``BINS`` equal bins (Guo et al. 2017)."""
    confidence = probabilities.max(axis=1)
    right = names[probabilities.argmax(axis=1)] == actual
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        (bins == number).mean() * abs(right[bins == number].mean() - confidence[bins == number].mean())
        for number in range(BINS)
        if (bins == number).any()
    ]
    return float(sum(gaps))
