"""Reading the answer to the one survey question (customer satisfaction, 1 to 5)."""

import re

from domain.model import Record

_RATING = re.compile(
    r"^\W*(?:(?:i(?:'d| would)? (?:give|say|rate)(?: it| you| this)?|rating|score)\W+)?(?:a |an )?"
    r"(?P<score>[1-5]|one|two|three|four|five)"
    r"(?:\s*(?:/|out of|of)\s*(?:5|five)|\s*stars?)?(?:\s*[.!,;:]+\s*|\s+[\u2013-]\s*|$)(?P<comment>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
COMMENT_LIMIT = 1_000


class Rating(Record):
    """``score`` is 1 to 5."""

    score: int
    comment: str = ""


def read_rating(text: str) -> Rating | None:
    """The rating in a short answer, or None if the text is something else.

    >>> read_rating("5/5, great help")
    Rating(score=5, comment='great help')
    >>> read_rating("I have 2 more questions") is None
    True
    """
    match = _RATING.match(text.strip())
    if match is None:
        return None
    word = match["score"].lower()
    return Rating(score=_WORDS.get(word) or int(word), comment=(match["comment"] or "").strip()[:COMMENT_LIMIT])


def predicted_satisfaction(failed_attempts: int, frustrated: bool) -> float:
    """An honest first guess on the 1 to 5 scale: 4.5 for a plain success, less for each failure and for frustration.

    Replaced by a trained scorer later (PRD, satisfaction_scorer [1399]).
    """
    return max(1.0, 4.5 - 0.75 * failed_attempts - (0.5 if frustrated else 0.0))
