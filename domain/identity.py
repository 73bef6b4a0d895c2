"""How sure we are who is speaking (REQUIREMENTS, state and flow)."""

from enum import StrEnum

MAX_FAILED_CHECKS = 5
"""So many wrong answers in ``FAILED_CHECKS_MINUTES`` and no further one is looked at: nobody guesses four digits."""
FAILED_CHECKS_MINUTES = 15


class IdentityLevel(StrEnum):
    """Rising. ``CLAIMED``: they say so. ``AUTHENTICATED``: a token vouches. ``VERIFIED``: they knew a secret."""

    CLAIMED = "claimed"
    AUTHENTICATED = "authenticated"
    VERIFIED = "verified"

    @property
    def rank(self) -> int:
        return list(IdentityLevel).index(self)

    def reaches(self, needed: "IdentityLevel") -> bool:
        return self.rank >= needed.rank


class IdentityFactor(StrEnum):
    DATE_OF_BIRTH = "date_of_birth"
    PIN = "pin"
    POSTCODE = "postcode"


def comparable(answer: str) -> str:
    """An answer without what people vary: case, spaces, punctuation.

    >>> comparable("1985-03-12") == comparable("1985 03 12")
    True
    """
    return "".join(character for character in answer.casefold() if character.isalnum())
