from pathlib import Path

import pytest

from agents.classifier.corpus import OUT_OF_SCOPE, content_hash, load_corpus
from domain.intents import INTENTS

pytestmark = pytest.mark.unit

LEAST = 60


def test_every_intent_has_its_utterances_and_no_file_is_without_intent() -> None:
    corpus = load_corpus()
    assert set(corpus.labels) == {*INTENTS, OUT_OF_SCOPE}
    for name in INTENTS:
        assert corpus.labels.count(name) >= LEAST, name


def test_no_utterance_stands_twice() -> None:
    texts = [text.casefold().strip() for text in load_corpus().texts]
    assert len(texts) - len(set(texts)) == 0


def test_hash_follows_the_content(tmp_path: Path) -> None:
    (tmp_path / "utterances").mkdir()
    (tmp_path / "utterances" / "refund_request.txt").write_text("money back\n")
    (tmp_path / "out_of_scope.txt").write_text("lorem\n")
    before = content_hash(tmp_path)
    assert before == content_hash(tmp_path)
    (tmp_path / "utterances" / "refund_request.txt").write_text("money back please\n")
    assert content_hash(tmp_path) != before
