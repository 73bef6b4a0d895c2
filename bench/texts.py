"""What customers write and agents answer: reproducible, and about as hard to compress as chat, so that no database
looks better than it is."""

import random

_WORDS = [
    "account",
    "activation",
    "address",
    "always",
    "amount",
    "answer",
    "because",
    "before",
    "bonus",
    "broken",
    "cable",
    "change",
    "charge",
    "check",
    "clear",
    "code",
    "confirm",
    "connect",
    "contract",
    "copy",
    "credit",
    "customer",
    "date",
    "delay",
    "detail",
    "device",
    "discount",
    "double",
    "early",
    "email",
    "error",
    "explain",
    "extra",
    "family",
    "fee",
    "final",
    "first",
    "former",
    "friend",
    "further",
    "help",
    "however",
    "household",
    "instead",
    "issue",
    "keep",
    "know",
    "last",
    "late",
    "letter",
    "line",
    "list",
    "local",
    "look",
    "manager",
    "matter",
    "mean",
    "member",
    "message",
    "missing",
    "mobile",
    "month",
    "morning",
    "move",
    "much",
    "name",
    "need",
    "never",
    "notice",
    "number",
    "offer",
    "office",
    "often",
    "old",
    "open",
    "order",
    "other",
    "paid",
    "paper",
    "part",
    "phone",
    "plan",
    "please",
    "point",
    "possible",
    "price",
    "problem",
    "question",
    "rate",
    "reason",
    "receipt",
    "remember",
    "renewal",
    "repeat",
    "reply",
    "request",
    "right",
    "router",
    "second",
    "send",
    "service",
    "shop",
    "signal",
    "since",
    "small",
    "speed",
    "still",
    "tariff",
    "thank",
    "then",
    "transfer",
    "twice",
    "understand",
    "until",
    "update",
    "usual",
    "visit",
    "wait",
    "website",
    "week",
    "weekend",
    "while",
    "wonder",
    "wrong",
    "yesterday",
]
CUSTOMER_CHARACTERS = 50
REPLY_CHARACTERS = 240
VARIANTS = 997


def prose(seed: int, characters: int) -> str:
    """At least so many characters of plausible nonsense; the same seed gives the same text."""
    chance, words, length = random.Random(seed), [], 0
    while length - 1 < characters:
        word = chance.choice(_WORDS) if chance.random() < 0.9 else str(chance.randrange(10**5))
        words.append(word)
        length += len(word) + 1
    return " ".join(words)


OPENING = "There is a duplicate charge on my invoice, I was billed twice for the same service."
REPLIES = [prose(10_000 + number, REPLY_CHARACTERS) for number in range(VARIANTS)]


def customer_text(conversation: int, turn: int) -> str:
    """About 130 characters on a subject that the classifier is sure of, so that no turn is spent on asking back."""
    number = (conversation * 31 + turn) % VARIANTS
    about = f"I was charged twice on invoice {10_000 + 7 * number}, why is the duplicate charge still there?"
    return f"{about} {prose(number, CUSTOMER_CHARACTERS)}"
