import pytest

from domain.identity import IdentityLevel, comparable

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("has", "needs", "enough"),
    [
        ("claimed", "claimed", True),
        ("claimed", "authenticated", False),
        ("authenticated", "claimed", True),
        ("authenticated", "verified", False),
        ("verified", "authenticated", True),
    ],
)
def test_levels_rise(has: str, needs: str, enough: bool):
    assert IdentityLevel(has).reaches(IdentityLevel(needs)) is enough


def test_answers_are_compared_without_what_people_vary():
    assert comparable(" 1985/03/12 ") == comparable("1985-03-12")
    assert comparable("SW1A 1AA") == comparable("sw1a1aa")
