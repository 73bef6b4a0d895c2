"""The trained model: plain arrays. Serving needs numpy only; the file holds no code, so a foreign one is harmless."""

import math
import os
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from agents.classifier.features import BLOCKS, tokens

Floats = npt.NDArray[np.float32]


class UnreadableModel(Exception):
    """The file is not a model of ours: absent, cut short, or changed."""


class LinearModel:
    """TF-IDF in blocks, one linear score a label, and a softmax whose ``sharpness`` makes the scores probabilities."""

    def __init__(
        self,
        *,
        labels: tuple[str, ...],
        features: tuple[tuple[str, ...], ...],
        idf: Floats,
        weights: Floats,
        bias: Floats,
        sharpness: float,
    ) -> None:
        """``features`` are the known ones, block by block. Row ``i`` of ``idf`` and ``weights`` belongs to the ``i``-th
        of them, column ``j`` of ``weights`` and ``bias`` to ``labels[j]``. Raises ``UnreadableModel`` if sizes differ.
        """
        rows = sum(map(len, features))
        if idf.shape != (rows,) or weights.shape != (rows, len(labels)) or bias.shape != (len(labels),):
            raise UnreadableModel("the arrays do not fit together")
        self.labels = labels
        self.features = features
        self.idf = idf
        self.weights = weights
        self.bias = bias
        self.sharpness = sharpness
        self._rows = _row_numbers(features)

    def probabilities(self, text: str) -> dict[str, float]:
        """What the text is probably about: a calibrated probability for every label."""
        scores = self.bias + sum(self._block_scores(block, words) for block, words in self._read(text))
        shifted = np.exp(self.sharpness * (scores - scores.max()))
        return dict(zip(self.labels, (shifted / shifted.sum()).tolist(), strict=True))

    def save(self, file: Path) -> None:
        """Write the file in one step, so that nobody ever reads half of it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as part:
                np.savez_compressed(
                    part,
                    labels=_as_bytes(self.labels),
                    features=_as_bytes(tuple("\n".join(block) for block in self.features), separator="\n\n"),
                    idf=self.idf,
                    weights=self.weights,
                    bias=self.bias,
                    sharpness=np.float32(self.sharpness),
                )
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, file: Path) -> "LinearModel":
        """Raises ``UnreadableModel``."""
        try:
            with np.load(file, allow_pickle=False) as arrays:
                return cls._from(arrays)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise UnreadableModel(f"{file.name}: {type(error).__name__}") from error

    @classmethod
    def _from(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> "LinearModel":
        blocks = _as_texts(arrays["features"], separator="\n\n")
        return cls(
            labels=_as_texts(arrays["labels"]),
            features=tuple(tuple(block.split("\n")) for block in blocks),
            idf=arrays["idf"].astype(np.float32),
            weights=arrays["weights"].astype(np.float32),
            bias=arrays["bias"].astype(np.float32),
            sharpness=float(arrays["sharpness"].astype(np.float32)),
        )

    def _read(self, text: str) -> list[tuple[dict[str, int], list[str]]]:
        words = tokens(text)
        return [(rows, block(words)) for rows, block in zip(self._rows, BLOCKS, strict=True)]

    def _block_scores(self, rows: dict[str, int], features: list[str]) -> Floats:
        """Sublinear TF-IDF of one block, scaled to length 1, times the weights."""
        counts = Counter([row for row in map(rows.get, features) if row is not None])
        if not counts:
            return np.zeros_like(self.bias)
        at = np.fromiter(counts, np.intp, len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.idf[at]
        scores: Floats = values @ self.weights[at] / math.sqrt(values @ values)
        return scores


def _row_numbers(features: tuple[tuple[str, ...], ...]) -> list[dict[str, int]]:
    numbered = []
    start = 0
    for block in features:
        numbered.append({feature: row for row, feature in enumerate(block, start)})
        start += len(block)
    return numbered


def _as_bytes(texts: tuple[str, ...], separator: str = "\n") -> npt.NDArray[np.uint8]:
    return np.frombuffer(separator.join(texts).encode(), dtype=np.uint8)


def _as_texts(data: npt.NDArray[np.generic], separator: str = "\n") -> tuple[str, ...]:
    return tuple(data.astype(np.uint8).tobytes().decode().split(separator))
