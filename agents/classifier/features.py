"""What the classifier counts in a text: words, letter groups and concepts. Training and serving share this one reading.

Three blocks, each weighted by TF-IDF and normalised by itself: words with their neighbours; groups of 2 to 5 letters,
which survive typos and endings; concepts (``concepts.txt``), which let one example teach its synonyms.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from itertools import combinations, pairwise
from pathlib import Path

TEXT_LIMIT = 1_000
"""Characters that are read: the beginning of a message says what it is about, and the cost is bounded."""
CONCEPTS_FILE = Path(__file__).with_name("concepts.txt")

_TOKEN = re.compile(r"[a-zà-öø-ÿß]+(?:'[a-z]+)?|\d+|[^\sa-zà-öø-ÿß\d]")
_LETTER_GROUPS = (2, 3, 4, 5)
_SHORTEST_STEM = 3
_EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+",
        "i my the a an to of for on in at is it was am be been are me you your we our that this and or with so have has"
        " had will would could can do does did please just from by as",
    )
)


def tokens(text: str) -> list[str]:
    """Lower-case words, numbers and single marks, in order.

    >>> tokens("I CAN’T log in!")
    ['i', "can't", 'log', 'in', '!']
    """
    return _TOKEN.findall(text[:TEXT_LIMIT].lower().replace("\u2019", "'"))


def word_features(words: list[str]) -> list[str]:
    """Words, neighbours, and neighbours but one, with the text's edges.

    >>> word_features(["refund", "me"])
    ['refund', 'me', '<s> refund', 'refund me', 'me </s>', '<s>_me', 'refund_</s>']
    """
    framed = ["<s>", *words, "</s>"]
    return [
        *words,
        *(f"{a} {b}" for a, b in pairwise(framed)),
        *(f"{a}_{c}" for a, c in zip(framed, framed[2:], strict=False)),
    ]


def letter_features(words: list[str]) -> list[str]:
    """Groups of letters within each word, its edges marked by spaces.

    >>> letter_features(["no"])
    [' n', 'no', 'o ', ' no', 'no ', ' no ']
    """
    return [group for word in words for group in _letter_groups(word)]


@lru_cache(maxsize=4_096)
def _letter_groups(word: str) -> tuple[str, ...]:
    """Of one word: people use the same words over and over."""
    padded = f" {word} "
    return tuple(padded[at : at + size] for size in _LETTER_GROUPS for at in range(len(padded) - size + 1))


def concept_features(words: list[str]) -> list[str]:
    """Concepts, the text as a chain of concepts and full words, and pairs of concepts anywhere in it."""
    found = _lexicon().read(words)
    flat = [concept for concepts in found for concept in concepts]
    chain = ["<s>"]
    for word, concepts in zip(words, found, strict=True):
        if concepts:
            chain.append(concepts[0])
        elif word not in _EMPTY_WORDS:
            chain.append(word)
    chain.append("</s>")
    return [
        *(f"#{concept}" for concept in flat),
        *(f"{a}#{b}" for a, b in pairwise(chain)),
        *(f"{a}&{b}" for a, b in combinations(sorted(set(flat)), 2)),
    ]


BLOCKS: tuple[Callable[[list[str]], list[str]], ...] = (word_features, letter_features, concept_features)


class _Lexicon:
    """Concepts by word, by beginning of a word, and by phrase."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._words: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}
        self._phrases: dict[str, list[str]] = {}
        for line in lines:
            concept, colon, entries = line.partition(":")
            if not colon or line.startswith("#"):
                continue
            for entry in entries.split():
                self._add(concept.strip(), entry)
        self._longest = max((phrase.count(" ") + 1 for phrase in self._phrases), default=1)
        self._starters = {phrase.partition(" ")[0] for phrase in self._phrases}

    def read(self, words: list[str]) -> list[list[str]]:
        """The concepts that begin at each word."""
        return [[*self._phrase_at(words, at), *self._of_word(word)] for at, word in enumerate(words)]

    def _add(self, concept: str, entry: str) -> None:
        if "_" in entry:
            self._phrases.setdefault(entry.replace("_", " "), []).append(concept)
        elif entry.endswith("*"):
            self._stems.setdefault(entry[:-1], []).append(concept)
        else:
            self._words.setdefault(entry, []).append(concept)

    def _phrase_at(self, words: list[str], at: int) -> list[str]:
        if words[at] not in self._starters:
            return []
        for size in range(min(self._longest, len(words) - at), 1, -1):
            if found := self._phrases.get(" ".join(words[at : at + size])):
                return found
        return []

    @lru_cache(maxsize=4_096)  # noqa: B019  (the one lexicon lives as long as the process)
    def _of_word(self, word: str) -> list[str]:
        if found := self._words.get(word):
            return found
        return [concept for end in range(_SHORTEST_STEM, len(word) + 1) for concept in self._stems.get(word[:end], ())]


@cache
def _lexicon() -> _Lexicon:
    return _Lexicon(CONCEPTS_FILE.read_text("utf-8").splitlines())
