"""What a customer asks for, told apart from what they only mention: a request begins with its verb, or follows
"please", "can you", "I want to"; what is denied or looked back at is none."""

import re

_END = r"(?=[,;:!?\n]|\.(?:\s|$)|\b(?:and|but|so)\b|$)"
_ASIDE = re.compile(
    r"\b(?:not|never|no longer|cannot|without|instead of|rather than|don'?t|\w+n't|why|did|stop)\b"
    rf".*?{_END}",
    re.IGNORECASE,
)
_POLITE = r"(?:(?:ok(?:ay)?|yes|yeah|sure|hi|hello|hey|thanks|thank you|great|well|then|so|and|now|no|also)\b[\s,.!]*)*"
_LEAD = (
    rf"(?:(?:^|[.!?;:,\n])\s*{_POLITE}(?:please\s+)?|\b(?:please|pls|kindly|then)\s+|"
    r"\b(?:can|could|would|will|may|shall) (?:you|u|we|i|somebody|someone)\b(?: (?:please|also|kindly|just|maybe))*\s+|"
    r"\b(?:want|need|like|love|wish)(?: you)? to\s+)(?:please )?(?:help me )?"
)


def affirmed(words: str) -> str:
    """The words without what they deny, and without questions about what happened.

    >>> affirmed("don't call me any more, write to me")
    ', write to me'
    """
    return _ASIDE.sub("", words.replace("\u2019", "'"))


def asks_to(act: str) -> re.Pattern[str]:
    """Matches ``act``, a pattern that begins with a verb, where the customer asks for it.

    >>> bool(asks_to("send me that").search("Could you please send me that?"))
    True
    >>> bool(asks_to("mail").search("I can't open the mail"))
    False
    """
    return re.compile(rf"{_LEAD}(?:{act})", re.IGNORECASE)
