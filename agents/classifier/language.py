"""Which language a text is in, by its most common words. Enough to route and to be honest about; no library needed."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from agents.classifier.wordlists import read_lists

DEFAULT = "en"
_WORDS = Path(__file__).with_name("languages.txt")
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_TEXT_LIMIT = 1_000
_LEAD = 2
"""So many more of its words than of English ones a text must have to count as another language."""
_LETTERS: dict[str, frozenset[str]] = {
    "de": frozenset("äöüß"),
    "es": frozenset("ñ¿¡"),
    "fr": frozenset("çœêîû"),
    "pt": frozenset("ãõ"),
}
"""Letters that speak for a language as one of its words does: "Störung" needs no dictionary."""
_SCRIPTS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
}
"""By what they are written in, the commonest language of each script; kana come before the signs Japanese shares."""
_SCRIPT_SHARE = 0.5
"""Of the letters: a name in another script makes no other language."""


def read_language(text: str, otherwise: str = DEFAULT) -> str:
    """ISO 639-1 code; ``otherwise`` when there is no evidence at all, and English where evidence is weak.

    >>> read_language("Ich kann mich nicht anmelden, bitte helfen Sie mir")
    'de'
    >>> [read_language("ORD-1234", otherwise="de"), read_language("Premium plan?"), read_language("Kein Netz")]
    ['de', 'en', 'de']
    """
    text = text[:_TEXT_LIMIT].lower().replace("\u2019", "'")
    words = _TOKEN.findall(text)
    votes = dict.fromkeys(_languages(), 0)
    speaking_for = _languages_of_words()
    for form in _forms(words):
        for language in speaking_for.get(form, ()):
            votes[language] += 1
    if not text.isascii():
        if script := _script(text, sum(map(len, words))):
            return script
        for language, letters in _LETTERS.items():
            votes[language] += not letters.isdisjoint(text)
    best = max(votes, key=lambda language: votes[language])
    if not votes[best]:
        return otherwise
    lead = _LEAD if len(words) > _LEAD + 1 else 1
    return best if votes[best] - votes[DEFAULT] >= lead else DEFAULT


def _forms(words: list[str]) -> Iterator[str]:
    """The words, and of elided ones both parts too: l'abonnement is l' and abonnement."""
    for word in words:
        yield word
        head, mark, tail = word.partition("'")
        if mark:
            yield head + mark
            yield tail


def _script(text: str, letters: int) -> str | None:
    return next(
        (name for name, script in _SCRIPTS.items() if len(script.findall(text)) > _SCRIPT_SHARE * letters), None
    )


@cache
def _languages() -> dict[str, list[str]]:
    return read_lists(_WORDS)


@cache
def _languages_of_words() -> dict[str, list[str]]:
    languages: dict[str, list[str]] = {}
    for language, words in _languages().items():
        for word in dict.fromkeys(words):
            languages.setdefault(word, []).append(language)
    return languages
