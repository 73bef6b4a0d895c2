import pytest

from bench.texts import customer_text, prose

pytestmark = pytest.mark.unit


def test_the_same_seed_gives_the_same_text():
    assert prose(7, 100) == prose(7, 100)
    assert prose(7, 100) != prose(8, 100)
    assert len(prose(7, 100)) >= 100


def test_conversations_and_turns_differ():
    texts = {customer_text(conversation, turn) for conversation in range(8) for turn in range(30)}
    assert len(texts) == 240
