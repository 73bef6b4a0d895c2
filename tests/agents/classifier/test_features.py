import pytest

from agents.classifier.features import TEXT_LIMIT, concept_features, letter_features, tokens, word_features

pytestmark = pytest.mark.unit


def test_tokens_keep_words_numbers_and_marks() -> None:
    assert tokens("I can’t pay 49.99!") == ["i", "can't", "pay", "49", ".", "99", "!"]


def test_tokens_read_a_bounded_part() -> None:
    assert len(tokens("a " * 10_000)) == TEXT_LIMIT / 2


def test_words_come_with_their_neighbours() -> None:
    assert {"refund", "refund me", "<s> refund", "<s>_me"} <= set(word_features(["refund", "me"]))


def test_letters_stay_within_a_word() -> None:
    assert " no " in letter_features(["no", "way"])
    assert not any("o w" in group for group in letter_features(["no", "way"]))


def test_synonyms_share_a_concept() -> None:
    for text in ("my invoice", "my bill", "my statements"):
        assert "#bill" in concept_features(tokens(text))
    assert "#twice" in concept_features(tokens("I paid two times"))
    assert "#password" in concept_features(tokens("my credentials"))
    assert {"#charge", "#twice", "charge&twice"} <= set(concept_features(tokens("charged twice")))


@pytest.mark.parametrize("text", ["", "   ", "€€€", "😀"])
def test_any_text_has_features_or_none(text: str) -> None:
    for block in (word_features, letter_features, concept_features):
        assert isinstance(block(tokens(text)), list)
