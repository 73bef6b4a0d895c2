"""The customer's verdict at the end: how satisfied (CSAT), whether they would recommend us (NPS), how much effort it
took (CES), and a comment. Only the first is asked for; the rest is welcome where it is given."""

import re
from dataclasses import dataclass

from pydantic import Field

from domain.model import Record, is_none

COMMENT_LIMIT = 1_000
"""Characters of a comment that are kept."""


@dataclass(frozen=True)
class Scale:
    """``labels``: a pattern of what customers call it."""

    labels: str
    least: int
    most: int

    def holds(self, number: int) -> bool:
        return self.least <= number <= self.most


CSAT = Scale(labels="csat|satisfaction|rating|score", least=1, most=5)
NPS = Scale(labels="nps|net promoter(?: score)?|recommend(?:ation)?", least=0, most=10)
EFFORT = Scale(labels="effort|ces", least=1, most=7)
"""Customer Effort Score: how much effort the customer had to put in, 1 very little to 7 very much; low is good. After
Dixon, Freeman and Toman, "Stop Trying to Delight Your Customers", Harvard Business Review, July 2010, on the scale of
seven that replaced their first one of five."""


class Rating(Record):
    """``score`` is CSAT, 1 to 5; ``nps`` 0 to 10 and ``effort`` 1 to 7 where the customer gave them."""

    score: int = Field(ge=CSAT.least, le=CSAT.most)
    nps: int | None = Field(None, ge=NPS.least, le=NPS.most, exclude_if=is_none)
    effort: int | None = Field(None, ge=EFFORT.least, le=EFFORT.most, exclude_if=is_none)
    comment: str = Field("", max_length=COMMENT_LIMIT)


class AnsweredSurvey(Record):
    """What was answered last, kept so that a repeat of the answer is no second one."""

    survey_id: str
    rating: Rating


class SurveyRecorded(Record):
    """Result of the update ``answer_survey``. ``seq``: how far the log goes with the answer in it."""

    survey_id: str
    seq: int


def read_rating(text: str) -> Rating | None:
    """The rating in an answer to the survey, its parts in any order, or None if the text is something else.

    NPS and effort need their names. A number that its scale does not have makes the whole text something else: better
    an answer too few than one that the customer never gave.

    >>> read_rating("5/5, great help")
    Rating(score=5, nps=None, effort=None, comment='great help')
    >>> read_rating("5, nps 9, effort 2, fast and friendly")
    Rating(score=5, nps=9, effort=2, comment='fast and friendly')
    >>> read_rating("I have 2 more questions") is None
    True
    """
    rest, nps = _take(_LABELLED_NPS, _plain(text))
    rest, effort = _take(_LABELLED_EFFORT, rest)
    if not _fits(NPS, nps) or not _fits(EFFORT, effort):
        return None
    scored = _read_score(rest, certain=bool(nps or effort))
    if scored is None:
        return None
    score, comment = scored
    return Rating(score=score, nps=_only(nps), effort=_only(effort), comment=comment[:COMMENT_LIMIT].strip())


def predicted_satisfaction(failed_attempts: int, frustrated: bool) -> float:
    """An honest first guess on the 1 to 5 scale: 4.5 for a plain success, less for each failure and for frustration.

    Replaced by a trained scorer later (PRD, satisfaction_scorer [1399]).
    """
    return max(1.0, 4.5 - 0.75 * failed_attempts - (0.5 if frustrated else 0.0))


# --- reading

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBER = rf"-?[0-9]+(?:\.[0-9]+)?|{'|'.join(_WORDS)}"
_ON_NO_SCALE = -1
_DIGITS = 6
"""Read of a number; more is beyond every scale all the same, and thousands are beyond ``int``."""
_UNITS = "h|hours?|min|minutes?|days?|weeks?|months?|times?|calls?|tries|attempts?|people|%|percent"
"""A number of these is a story, not a rating: "the effort was 2 hours"."""
_OPINIONS = "great|thanks?|thank you|excellent|perfect|awesome|amazing|fantastic|brilliant|very|really|too|because|but"
"""Words that go on after a bare number as a comment does. Not "good" or "bad": "1 bad line on my bill"."""
_SCORE = (
    rf"(?:(?:i(?:'d| would)? (?:give|say|rate)(?: it| you| this)?|(?:my )?(?:{CSAT.labels})(?: is| of)?)\W+)?"
    r"(?:a |an )?(?P<score>[1-5]|one|two|three|four|five)(?: ?(?:/|out of|of) ?(?:5|five)\b| ?stars?\b)?(?![.,][0-9])"
)
_SCORE_FIRST = re.compile(
    rf"^\W*{_SCORE}(?:\s?[.!,;:]+|\s[\u2013-]|\s(?=(?:{_OPINIONS})\b)|$)(?P<comment>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_SCORE_THEN_WORDS = re.compile(rf"^\W*{_SCORE}\b(?P<comment>.*)$", re.IGNORECASE | re.DOTALL)
_SCORE_BETWEEN = re.compile(rf"(?:^|[.!,;:\n])\s?{_SCORE}\s?(?=$|[.!,;:\n])", re.IGNORECASE)


def _labelled(scale: Scale) -> re.Pattern[str]:
    """Name and number of a part."""
    return re.compile(
        rf"(?<![^\s,;.!(])(?:and )?(?:my |the )?(?:{scale.labels})(?: score)?"
        r"(?: ?[:=] ?| [\u2013-] | (?:is |was |of )?)"
        rf"(?P<number>{_NUMBER})\b(?: ?(?:/|out of|of) ?{scale.most}\b)?(?! ?(?:/|(?:{_UNITS})\b))",
        re.IGNORECASE,
    )


_LABELLED_NPS, _LABELLED_EFFORT = _labelled(NPS), _labelled(EFFORT)
_LEFT_OVER = re.compile(r"[,;(](?= ?[,;.!)])|[.!] (?=[.!])")
"""Separators with nothing between them any more."""


def _plain(text: str) -> str:
    """Without runs of blanks: a customer may send ten thousand, and no pattern here may take long over them."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _take(labelled: re.Pattern[str], text: str) -> tuple[str, list[int]]:
    """The text without such parts, and their numbers."""
    numbers = [_number(match["number"]) for match in labelled.finditer(text)]
    return _LEFT_OVER.sub("", labelled.sub("", text)).strip() if numbers else text, numbers


def _number(word: str) -> int:
    word = word.lower()
    if "." in word:
        return _ON_NO_SCALE
    return _WORDS.index(word) if word in _WORDS else int(word[:_DIGITS])


def _fits(scale: Scale, numbers: list[int]) -> bool:
    """Told once at most, and on the scale."""
    return len(numbers) <= 1 and all(scale.holds(number) for number in numbers)


def _only(numbers: list[int]) -> int | None:
    return numbers[0] if numbers else None


def _read_score(text: str, *, certain: bool) -> tuple[int, str] | None:
    """Score and comment. ``certain``: the text has named another part of the survey, so it is an answer to it, and the
    score may stand anywhere."""
    match = _SCORE_FIRST.match(text) or (_SCORE_THEN_WORDS.match(text) if certain else None)
    if match:
        return _number(match["score"]), _tidy(match["comment"])
    between = list(_SCORE_BETWEEN.finditer(text)) if certain else []
    if len(between) != 1:
        return None
    return _number(between[0]["score"]), _tidy(text[: between[0].start()] + text[between[0].end() :])


def _tidy(comment: str) -> str:
    """Without the separators that stood between it and the numbers."""
    return re.sub(r"^[\s,;:.!()\u2013-]*(?:and )?", "", comment).strip(" ,;:(\n")
