"""Names and wire forms of what goes through Redis, in one place: the two sides cannot drift apart."""

from collections.abc import Iterable

from domain.model import Record

BELL = "switchboard:bell"
"""One channel for all conversations: every API process hears every ring and wakes those who wait for it."""
_STREAM = "switchboard:stream:"


class Ring(Record):
    """The log of a conversation grew to ``seq``. ``replied`` is False only when nothing in it answers a message."""

    conversation_id: str
    seq: int
    replied: bool = True


class StreamPiece(Record):
    """Something fleeting about the turn in progress: text as the model produces it, or (no text) that work began."""

    turn_id: str = ""
    epoch: int
    text: str = ""


def stream_channel(conversation_id: str) -> str:
    return f"{_STREAM}{conversation_id}"


def conversation_of_channel(channel: str) -> str:
    """The inverse of ``stream_channel``. Raises ValueError for any other channel."""
    if not channel.startswith(_STREAM):
        raise ValueError(f"{channel!r} is not the channel of a conversation's stream")
    return channel.removeprefix(_STREAM)


def epoch_key(conversation_id: str) -> str:
    return f"switchboard:epoch:{conversation_id}"


def encode_rings(rings: Iterable[Ring]) -> str:
    """
    >>> encode_rings([Ring(conversation_id="c-1", seq=4), Ring(conversation_id="c-2", seq=1, replied=False)])
    'c-1 4 1\\nc-2 1 0'
    """
    return "\n".join(f"{ring.conversation_id} {ring.seq} {int(ring.replied)}" for ring in rings)


def decode_rings(payload: str) -> list[Ring]:
    """The inverse of ``encode_rings``; lines that make no sense are left out, since a bell may fail but not break."""
    rings = []
    for line in payload.splitlines():
        conversation_id, _, rest = line.partition(" ")
        seq, _, replied = rest.partition(" ")
        if conversation_id and seq.isdigit():
            rings.append(Ring(conversation_id=conversation_id, seq=int(seq), replied=replied != "0"))
    return rings
