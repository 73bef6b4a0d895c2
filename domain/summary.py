"""The rolling summary: what remains of utterances that left the window."""

SUMMARY_LIMIT = 1_200
"""Characters; the oldest lines go first, so a prompt stays flat however long the conversation is."""
LINE_LIMIT = 110


def fold_utterance(summary: str, speaker: str, message: str) -> str:
    """Return ``summary`` with one line for this utterance, trimmed to ``SUMMARY_LIMIT`` characters.

    >>> fold_utterance("", "customer", "I was charged twice. It is on my July bill.")
    'customer: I was charged twice.'
    """
    line = f"{speaker}: {_gist(message)}"
    lines = [*summary.splitlines(), line]
    while len(lines) > 1 and sum(map(len, lines)) + len(lines) - 1 > SUMMARY_LIMIT:
        del lines[0]
    return "\n".join(lines)


def _gist(message: str) -> str:
    """The first sentence, bounded: an extract is never wrong about what was said."""
    text = " ".join(message.split())
    for mark in (". ", "! ", "? "):
        head, found, _ = text.partition(mark)
        if found and len(head) >= 12:
            text = head + mark[0]
    return text if len(text) <= LINE_LIMIT else text[: LINE_LIMIT - 1] + "…"
