"""Helpers to document routes: which problems a caller may meet, with the problem's own schema."""

from collections import defaultdict
from typing import Any

from api.problems import KINDS, MEDIA_TYPE, type_uri

ANY_ROUTE = ("invalid-request", "unavailable", "internal")
ALWAYS = ("unauthenticated", *ANY_ROUTE)
SIGNED = ("bad-signature", "signature-too-old")
ALL_WRITES = ("malformed-body", "too-large", "unsupported-media-type", "rate-limited", "engine-unavailable")

Responses = dict[int | str, dict[str, Any]]


def problems(*error_types: str) -> Responses:
    """OpenAPI responses for these error types and for those any route can give, one entry per status."""
    return _responses(*error_types, *ALWAYS)


def write_problems(*error_types: str) -> Responses:
    """The same for routes that take a body."""
    return problems(*error_types, *ALL_WRITES)


def signed_problems(*error_types: str) -> Responses:
    """The same for routes that other systems call with a signature instead of a token."""
    return _responses(*error_types, *ALL_WRITES, *SIGNED, *ANY_ROUTE)


def _responses(*error_types: str) -> Responses:
    by_status: dict[int, list[str]] = defaultdict(list)
    for error_type in error_types:
        if error_type not in by_status[KINDS[error_type].status]:
            by_status[KINDS[error_type].status].append(error_type)
    return {status: _response(status, types) for status, types in sorted(by_status.items())}


def _response(status: int, error_types: list[str]) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": " ".join(KINDS[error_type].meaning for error_type in error_types),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {error_type: {"value": _example(status, error_type)} for error_type in error_types},
            }
        },
    }
    if status in (429, 503):
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    if status == 401:
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "RFC 9110, 11.6.1."}}
    return response


def _example(status: int, error_type: str) -> dict[str, Any]:
    kind = KINDS[error_type]
    return {"type": type_uri(error_type), "title": kind.title, "status": status, "detail": kind.meaning}
