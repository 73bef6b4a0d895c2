"""Reading the word lists beside this module: ``key: entry entry …`` a line, ``#`` begins a comment.

In an entry a star stands for any ending and an underscore for a space.
"""

import re
from pathlib import Path


def read_lists(file: Path) -> dict[str, list[str]]:
    """Entries by key, in the file's order; a key may stand on several lines."""
    lists: dict[str, list[str]] = {}
    for line in file.read_text("utf-8").splitlines():
        key, colon, entries = line.partition(":")
        if colon and not line.startswith("#"):
            lists.setdefault(key.strip(), []).extend(entries.split())
    return lists


def as_pattern(entries: list[str]) -> re.Pattern[str]:
    """One pattern that finds any of the entries as whole words in lower-case text."""
    longest_first = sorted(entries, key=len, reverse=True)
    return re.compile(rf"(?<![\w'])(?:{'|'.join(map(_entry, longest_first))})(?![\w'])")


def _entry(entry: str) -> str:
    return re.escape(entry.replace("_", " ")).replace(r"\ ", r"\s+").replace(r"\*", r"\w*")
