"""The map of the requirements names places that exist."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit
ROOT = Path(__file__).parents[1]
MAP = (ROOT / "docs" / "requirements.md").read_text()


@pytest.mark.parametrize("place", sorted(set(re.findall(r"`([\w./-]+/[\w./-]+|[\w-]+\.\w+(?:\.yml)?)`", MAP))))
def test_place_exists(place: str) -> None:
    if not place.startswith("/"):
        assert (ROOT / place).exists()


def test_every_component_has_a_place_or_a_word() -> None:
    rows = [line.split("|")[2].strip() for line in MAP.splitlines() if line.startswith("|")][2:]
    said = ("`", "later", "in place of", "Playwright")
    assert len(rows) > 40
    assert [row for row in rows if not any(word in row for word in said)] == []
