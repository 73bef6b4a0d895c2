"""The mood of a text, from a small lexicon with strengths, negation and emphasis."""

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agents.classifier.wordlists import as_pattern, read_lists
from domain.state import Sentiment

_LEXICON = Path(__file__).with_name("sentiment.txt")
_TEXT_LIMIT = 1_500
_STEEPNESS = 0.28
"""One strong word (3) gives about 0.7."""
_POSITIVE = 0.25
_NEGATIVE = -0.3
_FRUSTRATED = -0.72
_EMPHASIS = 1.4
_FLIP = -0.6
"""A negated word says the opposite, less strongly: "not good" is no "terrible"."""
_REACH = 3
"""How many words before a word can negate or stress it."""
_SHOUT = re.compile(r"\b[A-Z]{3,}(?:\s+[A-Z]{2,})+\b")
_EXCLAIMED = re.compile(r"[!?]{2,}")


@dataclass(frozen=True)
class Mood:
    """``score`` runs from -1 (furious) to 1 (delighted)."""

    sentiment: Sentiment
    score: float


def read_mood(text: str) -> Mood:
    """How the writer feels. Shouting and repetition ("again", "the third time") make a bad mood worse."""
    text = text[:_TEXT_LIMIT].replace("\u2019", "'")
    lowered = text.lower()
    lexicon = _lexicon()
    total = sum(lexicon.strength(match, lowered) for match in lexicon.feeling.finditer(lowered))
    loud = bool(_SHOUT.search(text)) + bool(_EXCLAIMED.search(text))
    repeated = len(lexicon.again.findall(lowered))
    if total < 0 or (loud and total <= 0):
        total -= loud + (repeated if total < 0 else 0)
    score = round(math.tanh(_STEEPNESS * total), 3)
    return Mood(_sentiment(score, repeated > 0), score)


def _sentiment(score: float, repeated: bool) -> Sentiment:
    if score <= _FRUSTRATED or (repeated and score <= 2 * _NEGATIVE):
        return Sentiment.FRUSTRATED
    if score <= _NEGATIVE:
        return Sentiment.NEGATIVE
    return Sentiment.POSITIVE if score >= _POSITIVE else Sentiment.NEUTRAL


class _Lexicon:
    def __init__(self, lists: dict[str, list[str]]) -> None:
        self.again = as_pattern(lists.pop("again"))
        self._negation = as_pattern(lists.pop("not"))
        self._stress = as_pattern(lists.pop("very"))
        self._levels = [(float(level), as_pattern(words)) for level, words in lists.items()]
        self.feeling = as_pattern([word for words in lists.values() for word in words])

    def strength(self, match: re.Match[str], text: str) -> float:
        """The word's level, turned or stressed by the words before it."""
        word = match.group()
        level = next(level for level, pattern in self._levels if pattern.fullmatch(word))
        before = " ".join(text[max(0, match.start() - 40) : match.start()].split()[-_REACH:])
        if level > 0 and self._negation.search(before):
            level *= _FLIP
        return level * _EMPHASIS if abs(level) > 1 and self._stress.search(before) else level


@cache
def _lexicon() -> _Lexicon:
    return _Lexicon(read_lists(_LEXICON))
