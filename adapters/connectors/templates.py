"""Requests as they are declared: ``GET /customers/{customer_id}/invoices?status=open``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from pydantic import JsonValue

from domain.errors import InvalidArguments

READING = frozenset({"GET"})
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BARE = re.compile(r"^[A-Za-z0-9._~!$&'()*+,;=:@/%{}-]*$")


@dataclass(frozen=True)
class RequestTemplate:
    """``path`` and ``query`` hold placeholders in braces."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "RequestTemplate":
        """Raises ValueError, which says what is wrong.

        >>> RequestTemplate.parse("GET /notes?ref={effect_key}").query
        (('ref', '{effect_key}'),)
        """
        method, _, rest = text.partition(" ")
        path, _, query = rest.strip().partition("?")
        if method not in READING | WRITING:
            raise ValueError(f"{text!r} begins with none of {', '.join(sorted(READING | WRITING))}")
        if not path.startswith("/") or not _BARE.match(path) or ".." in path.split("/"):
            raise ValueError(f"{text!r} needs a path that begins with / and holds no spaces and no steps up")
        return cls(method, path, tuple(parse_qsl(query, keep_blank_values=True)))

    @property
    def names(self) -> frozenset[str]:
        """The placeholders."""
        texts = [self.path, *(value for _, value in self.query)]
        return frozenset(name for text in texts for name in _PLACEHOLDER.findall(text))

    def path_for(self, known: Mapping[str, JsonValue]) -> str:
        """Raises ``InvalidArguments`` for a value that cannot be one step of a path."""
        return _PLACEHOLDER.sub(lambda found: _step(found[1], known.get(found[1])), self.path)

    def query_for(self, known: Mapping[str, JsonValue]) -> list[tuple[str, str]]:
        return [(name, _PLACEHOLDER.sub(lambda found: _text(known.get(found[1])), value)) for name, value in self.query]


def parameters(arguments: Mapping[str, JsonValue]) -> list[tuple[str, str]]:
    """Arguments as a query: lists repeat their name, what is None stays away."""
    pairs: list[tuple[str, str]] = []
    for name, value in arguments.items():
        items = value if isinstance(value, list) else [value]
        pairs += [(name, _text(item)) for item in items if item is not None]
    return pairs


def _step(name: str, value: JsonValue) -> str:
    text = _text(value)
    if text in {"", ".", ".."}:
        raise InvalidArguments(f"{name} is needed here.")
    return quote(text, safe="")


def _text(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
