"""From another system's failures to ours: a refusal that an agent can read, or an outage that is tried again.

Another system refuses with a status and, if it likes, with problem details (RFC 9457) or any JSON object that has a
``code`` or ``type`` and a ``detail`` or ``message``. Whatever leaves open if an effect happened is an outage: it is
tried again, under the same key, until that is known.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pydantic import JsonValue

from adapters.connectors.operations import Asked
from domain.errors import (
    BackOfficeUnavailable,
    CreditTooLarge,
    DisputeRefused,
    InvalidArguments,
    NotFound,
    NotPossible,
    OutOfStock,
    PaymentDeclined,
    PaymentRefused,
    PlanRefused,
    QuoteRefused,
    RefundTooLarge,
    SlotTaken,
    StatusRefused,
    SwitchboardError,
    ToolRefused,
    TooManyAttempts,
    UnknownCustomer,
)
from domain.masking import mask_text

DETAIL_LIMIT = 300
"""Characters of another system's words that an agent gets to read."""

_REFUSALS: Mapping[str, type[ToolRefused]] = {
    refusal.type: refusal
    for refusal in (
        CreditTooLarge,
        DisputeRefused,
        InvalidArguments,
        NotFound,
        NotPossible,
        OutOfStock,
        PaymentDeclined,
        PaymentRefused,
        PlanRefused,
        QuoteRefused,
        RefundTooLarge,
        SlotTaken,
        StatusRefused,
        TooManyAttempts,
    )
}
REFUSAL_TYPES = frozenset({*_REFUSALS, UnknownCustomer.type})
"""What another system may refuse with. Consent, approval and authority are ours to judge."""
_BY_STATUS: Mapping[int, type[ToolRefused]] = {
    400: InvalidArguments,
    402: PaymentDeclined,
    404: NotFound,
    410: NotFound,
    422: InvalidArguments,
}
_OUTAGES = frozenset({401, 403, 407, 408, 425, 429})
"""Statuses below 500 that say nothing about the request: our token is wrong, or the system is busy."""
_CONFLICT = 409
"""Also what a second try gets while the first is still being processed (Idempotency-Key draft, section 2.6): only a
code tells whether it is a refusal."""


def refusal(system: str, status: int, body: JsonValue, asked: Asked, own_codes: Mapping[str, str]) -> SwitchboardError:
    """What a failed request means here. ``own_codes`` translates the system's codes into our types; what has no known
    code is looked up there by its status."""
    if status >= 500 or status < 400 or status in _OUTAGES:
        return BackOfficeUnavailable(f"{system} answered with {status}.")
    code, detail = _said(body)
    detail = detail or f"{system} refused this ({status})."
    for error_type in (own_codes.get(code, code), own_codes.get(str(status), "")):
        if (refused := typed_refusal(error_type, detail, asked)) is not None:
            return refused
    if status == _CONFLICT and asked.effect:
        return BackOfficeUnavailable(f"{system} answered with {status}.")
    return _BY_STATUS.get(status, NotPossible)(detail)


def typed_refusal(error_type: str, detail: str, asked: Asked) -> SwitchboardError | None:
    """The refusal of this type; None if there is none that another system may use."""
    if error_type == UnknownCustomer.type:
        return UnknownCustomer(asked.customer_id)
    kind = _REFUSALS.get(error_type)
    return kind(detail) if kind else None


@contextmanager
def looking_up(system: str) -> Iterator[None]:
    """Around the question whether an effect has happened. ``NotFound`` says no, and so does a customer whom the system
    does not know; anything else leaves it open, and is an outage."""
    try:
        yield
    except UnknownCustomer as unknown:
        raise NotFound(str(unknown)) from unknown
    except NotFound:
        raise
    except ToolRefused as refused:
        raise BackOfficeUnavailable(f"{system} does not tell what happened ({refused.type}).") from refused


def said_in_words(text: str) -> str:
    """Another system's words, bounded and without private data."""
    return mask_text(text)[:DETAIL_LIMIT]


def _said(body: JsonValue) -> tuple[str, str]:
    """The code and the words of a refusal, empty where it has none."""
    if not isinstance(body, dict):
        return "", ""
    code = str(body.get("code") or body.get("type") or "").rstrip("/").rpartition("/")[2]
    words = body.get("detail") or body.get("message") or body.get("title") or ""
    return code, said_in_words(words) if isinstance(words, str) else ""
