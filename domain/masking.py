"""What may be shown of arguments and texts in events, audit and logs (PRD [1255-1290])."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

HIDDEN = "***"
TEXT_LIMIT = 120
KEYS_LIMIT = 20
KEY_LENGTH = 40


@dataclass(frozen=True)
class Sensitive:
    """Marks a field whose value is never shown: ``pin: Annotated[str, Sensitive()]``."""


def mask_text(text: str) -> str:
    """The text without e-mail addresses, card, social security, bank account and phone numbers.

    >>> mask_text("mail ada@example.com, card 4111 1111 1111 1111")
    'mail a***@example.com, card ****1111'
    """
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def private_parts(text: str) -> list[str]:
    """What ``mask_text`` would hide of a text, as it stands there.

    >>> private_parts("mail ada@example.com, invoice INV-2026-11-0001")
    ['ada@example.com']
    """
    found: list[str] = []
    for pattern, _ in _RULES:
        found += [match[0] for match in pattern.finditer(text) if mask_text(match[0]) != match[0]]
    return found


def mask_arguments(model: type[BaseModel], arguments: Mapping[str, Any]) -> dict[str, str]:
    """What a tool call's arguments look like to those who watch: bounded, without secrets. Unknown keys stay unread."""
    few = list(arguments.items())[:KEYS_LIMIT]
    return {_short(key, KEY_LENGTH): _shown(value) if _may_show(model, key) else HIDDEN for key, value in few}


def without_secrets(model: type[BaseModel], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as the model may see them again: only what is marked ``Sensitive`` is hidden."""
    return {
        key: value if value is None or key not in model.model_fields or _may_show(model, key) else HIDDEN
        for key, value in arguments.items()
    }


def _may_show(model: type[BaseModel], key: str) -> bool:
    info = model.model_fields.get(key)
    return info is not None and not any(isinstance(mark, Sensitive) for mark in info.metadata)


def _shown(value: Any) -> str:
    return _short(mask_text(_short(str(value), 4 * TEXT_LIMIT)), TEXT_LIMIT)


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _mask_card(match: re.Match[str]) -> str:
    number = _digits(match[0])
    return f"****{number[-4:]}" if passes_luhn(number) else match[0]


def passes_luhn(number: str) -> bool:
    """Whether a digit string has the check digit of a payment card (ISO/IEC 7812-1)."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return sum(digit // 10 + digit % 10 for digit in doubled) % 10 == 0


_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\b([\w.+-])[\w.+-]*@([\w-]+(?:\.[\w-]+)+)"), r"\1***@\2"),
    (re.compile(r"\b\d{3}-\d{2}-\d{4}\b"), "XXX-XX-XXXX"),
    (re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)"), _mask_card),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"), "****IBAN"),
    (re.compile(r"(?<![\w-])\+\d(?:[ ()./-]{0,2}\d){7,14}(?!\w)"), "+***"),
    (re.compile(r"(?<![\w-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])"), "***-****"),
)
