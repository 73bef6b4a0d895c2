"""Which language a text is in, by its most common words. Enough to route and to be honest about; no library needed."""

import re
from functools import cache
from pathlib import Path

from agents.classifier.wordlists import read_lists

DEFAULT = "en"
_WORDS = Path(__file__).with_name("languages.txt")
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_TEXT_LIMIT = 1_000
_LEAD = 2
"""So many more of its words than of English ones a text must have to count as another language."""


def read_language(text: str) -> str:
    """ISO 639-1 code; English when there is no evidence.

    >>> read_language("Ich kann mich nicht anmelden, bitte helfen Sie mir")
    'de'
    """
    words = _TOKEN.findall(text[:_TEXT_LIMIT].lower().replace("\u2019", "'"))
    votes = {language: sum(map(common.__contains__, words)) for language, common in _common_words().items()}
    best = max(votes, key=lambda language: votes[language])
    lead = _LEAD if len(words) > _LEAD + 1 else 1
    return best if votes[best] - votes[DEFAULT] >= lead else DEFAULT


@cache
def _common_words() -> dict[str, frozenset[str]]:
    return {language: frozenset(words) for language, words in read_lists(_WORDS).items()}
