"""Server-sent events as bytes (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

HEARTBEAT = b": still here\n\n"
"""A comment: clients ignore it, proxies see traffic."""
RETRY = b"retry: 1000\n\n"
"""Tells a browser to reconnect after a second."""


def frame(data: str, *, event: str = "", event_id: int | None = None) -> bytes:
    """One event. ``data`` is JSON, which holds no raw line break, so one line is enough.

    >>> frame('{"a":1}', event_id=7)
    b'id: 7\\ndata: {"a":1}\\n\\n'
    """
    lines = [f"id: {event_id}"] if event_id is not None else []
    if event:
        lines.append(f"event: {event}")
    return "\n".join([*lines, f"data: {data}", "", ""]).encode()
