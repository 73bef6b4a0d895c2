"""The training data: one file of utterances an intent, and one of what is none of our business."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from agents.classifier.features import CONCEPTS_FILE

HERE = Path(__file__).parent
OUT_OF_SCOPE = "out_of_scope"
"""The label of texts that carry no intent: chatter, gibberish, attacks, bare answers such as "yes" or a date."""
_RECIPE = ("features.py", "training.py", "model.py")
"""Code whose change makes another model of the same data."""


@dataclass(frozen=True)
class Corpus:
    """``texts[i]`` is an example of ``labels[i]``."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]


def load_corpus(folder: Path = HERE) -> Corpus:
    """All utterances, in a fixed order. The files' stems are the intents."""
    pairs = [
        (text, label)
        for label, file in [*_intent_files(folder), (OUT_OF_SCOPE, folder / "out_of_scope.txt")]
        for text in file.read_text("utf-8").splitlines()
        if text.strip()
    ]
    return Corpus(texts=tuple(text for text, _ in pairs), labels=tuple(label for _, label in pairs))


def content_hash(folder: Path = HERE) -> str:
    """Changes with the utterances, the concepts and the recipe: what a cached model is filed under."""
    digest = hashlib.sha256()
    files = [*(file for _, file in _intent_files(folder)), folder / "out_of_scope.txt", CONCEPTS_FILE]
    for file in [*files, *(HERE / name for name in _RECIPE)]:
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:20]


def _intent_files(folder: Path) -> list[tuple[str, Path]]:
    return [(file.stem, file) for file in sorted((folder / "utterances").glob("*.txt"))]
