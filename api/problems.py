"""Errors as RFC 9457 problem details: one table from error types to statuses, one way to render them.

``type`` is ``/problems/<error type>``, relative to the API's own address, where the same table is served as a page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from domain.errors import SwitchboardError, Unavailable

MEDIA_TYPE = "application/problem+json"
PATH = "/problems/"
RETRY_SECONDS = 2
"""``Retry-After`` when something we depend on is away: about as long as a restart takes."""


class FieldError(BaseModel):
    """``pointer`` is a JSON pointer into the body, or the name of a query parameter or header."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """What went wrong, for programs (``type``) and for people (``detail``)."""

    type: str = Field(examples=["/problems/unknown-conversation"])
    title: str = Field(examples=["Unknown conversation"])
    status: int = Field(examples=[404])
    detail: str = Field(default="", examples=["There is no conversation c-7."])
    trace_id: str = Field(default="", description="Names this request in our logs.")
    errors: list[FieldError] = Field(default_factory=list, description="Each thing that is wrong with the request.")


class Refused(SwitchboardError):
    """Base of what the API itself refuses. ``headers`` go out with the problem."""

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.headers = dict(headers or {})


class Unauthenticated(Refused):
    """No token, or one we do not accept. ``error`` is RFC 6750's code; none when no token was given."""

    type = "unauthenticated"

    def __init__(self, detail: str, error: str = "invalid_token") -> None:
        challenge = f'Bearer realm="switchboard", error="{error}"' if error else 'Bearer realm="switchboard"'
        super().__init__(detail, headers={"WWW-Authenticate": challenge})


class Forbidden(Refused):
    type = "forbidden"


class MalformedBody(Refused):
    """Not JSON, not UTF-8, or nested beyond reason."""

    type = "malformed-body"


class UnsupportedMedia(Refused):
    type = "unsupported-media-type"


class NotAcceptable(Refused):
    type = "not-acceptable"


class TooLarge(Refused):
    type = "too-large"


class RateLimited(Refused):
    type = "rate-limited"

    def __init__(self, retry_seconds: int) -> None:
        super().__init__("Too many requests for this token.", headers={"Retry-After": str(retry_seconds)})


class InvalidRequest(Refused):
    type = "invalid-request"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("The request is well-formed but some of its values are not acceptable.")
        self.errors = list(errors)


class BadSignature(Refused):
    """A message of another system that is not signed with the secret we share with it."""

    type = "bad-signature"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'HMAC-SHA256 realm="switchboard"'})


class SignatureTooOld(BadSignature):
    """Signed well, but not now: somebody may be sending a copy."""

    type = "signature-too-old"


class UnknownSystem(Refused):
    type = "unknown-system"


class ConversationIsClosed(Refused):
    """Only a customer's message opens a closed conversation again."""

    type = "conversation-closed"


class UnknownApproval(Refused):
    type = "unknown-approval"


class UnknownHandoff(Refused):
    type = "unknown-handoff"


class KeyReused(Refused):
    """An Idempotency-Key came back with a different request."""

    type = "idempotency-key-reused"


class EngineUnavailable(Unavailable):
    """Temporal is away or busy; nothing was accepted."""

    type = "engine-unavailable"


@dataclass(frozen=True)
class Kind:
    """One row of the table."""

    status: HTTPStatus
    title: str
    meaning: str


KINDS: dict[str, Kind] = {
    "malformed-body": Kind(HTTPStatus.BAD_REQUEST, "Malformed body", "The body is not JSON in UTF-8."),
    "bad-request": Kind(HTTPStatus.BAD_REQUEST, "Bad request", "The request could not be read."),
    "unauthenticated": Kind(
        HTTPStatus.UNAUTHORIZED, "Not authenticated", "The bearer token is missing, malformed, expired or not ours."
    ),
    "bad-signature": Kind(
        HTTPStatus.UNAUTHORIZED, "Bad signature", "The signature is missing, malformed, or not made with our secret."
    ),
    "signature-too-old": Kind(
        HTTPStatus.UNAUTHORIZED, "Signature too old", "It was signed more than five minutes before or after now."
    ),
    "forbidden": Kind(HTTPStatus.FORBIDDEN, "Forbidden", "The token's role or customer may not do this."),
    "not-authorized": Kind(HTTPStatus.FORBIDDEN, "Not authorized", "This role may not run this tool."),
    "outside-authority": Kind(
        HTTPStatus.FORBIDDEN, "Outside authority", "This role may run this tool, but not with these arguments."
    ),
    "not-owner": Kind(HTTPStatus.FORBIDDEN, "Not the owner", "Only the person who holds the conversation may do this."),
    "unknown-path": Kind(HTTPStatus.NOT_FOUND, "Unknown path", "Nothing is served at this path."),
    "unknown-conversation": Kind(HTTPStatus.NOT_FOUND, "Unknown conversation", "No conversation has this id."),
    "unknown-customer": Kind(HTTPStatus.NOT_FOUND, "Unknown customer", "No customer has this id."),
    "unknown-approval": Kind(HTTPStatus.NOT_FOUND, "Unknown approval", "No approval has this id."),
    "unknown-handoff": Kind(HTTPStatus.NOT_FOUND, "Unknown handoff", "No handoff has this id."),
    "unknown-system": Kind(HTTPStatus.NOT_FOUND, "Unknown system", "No system of this name may report to us."),
    "unknown-tool": Kind(HTTPStatus.NOT_FOUND, "Unknown tool", "No tool has this name."),
    "not-found": Kind(HTTPStatus.NOT_FOUND, "Not found", "What the request names does not exist."),
    "method-not-allowed": Kind(HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed", "The path knows other methods."),
    "not-acceptable": Kind(HTTPStatus.NOT_ACCEPTABLE, "Not acceptable", "None of the accepted media types is served."),
    "claim-refused": Kind(
        HTTPStatus.CONFLICT, "Claim refused", "The conversation cannot be claimed: somebody was faster."
    ),
    "conversation-closed": Kind(
        HTTPStatus.CONFLICT, "Conversation closed", "The conversation is closed, and this does not open it again."
    ),
    "survey-closed": Kind(HTTPStatus.CONFLICT, "Survey closed", "No survey is open in this conversation."),
    "stale-epoch": Kind(HTTPStatus.CONFLICT, "Superseded", "Somebody else speaks for this conversation now."),
    "consent-required": Kind(HTTPStatus.CONFLICT, "Consent required", "The customer has not agreed to this effect."),
    "approval-required": Kind(HTTPStatus.CONFLICT, "Approval required", "A person must approve this effect first."),
    "approval-pending": Kind(HTTPStatus.CONFLICT, "Approval pending", "A person was asked and has not decided yet."),
    "approval-closed": Kind(HTTPStatus.CONFLICT, "Approval closed", "It was decided already, or it was too late."),
    "taken-back": Kind(HTTPStatus.CONFLICT, "Taken back", "The effect failed half-way; what was done of it is undone."),
    "credit-too-large": Kind(HTTPStatus.CONFLICT, "Credit too large", "More money back than was charged."),
    "out-of-stock": Kind(HTTPStatus.CONFLICT, "Out of stock", "Not enough of it is left."),
    "quote-refused": Kind(HTTPStatus.CONFLICT, "Quote refused", "This quote cannot be ordered, or not like this."),
    "payment-declined": Kind(HTTPStatus.CONFLICT, "Payment declined", "The bank said no; nothing was charged."),
    "payment-refused": Kind(HTTPStatus.CONFLICT, "Payment refused", "This cannot be paid, or not like this."),
    "plan-refused": Kind(HTTPStatus.CONFLICT, "Plan refused", "Instalments outside the rules for payment plans."),
    "refund-too-large": Kind(HTTPStatus.CONFLICT, "Refund too large", "More money back than was paid."),
    "dispute-refused": Kind(
        HTTPStatus.CONFLICT, "Dispute refused", "This dispute cannot be opened, or not taken there."
    ),
    "status-refused": Kind(HTTPStatus.CONFLICT, "Status refused", "This status cannot follow the present one."),
    "slot-taken": Kind(HTTPStatus.CONFLICT, "Slot taken", "Somebody else has this time, or nobody works then."),
    "not-possible": Kind(HTTPStatus.CONFLICT, "Not possible", "A rule of the company forbids it, or it is so already."),
    "too-many-attempts": Kind(
        HTTPStatus.CONFLICT, "Too many attempts", "Too many wrong answers to a security question."
    ),
    "tool-refused": Kind(HTTPStatus.CONFLICT, "Tool refused", "The tool must not run like this."),
    "too-large": Kind(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too large", "The body or one of its texts is too large."),
    "unsupported-media-type": Kind(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Unsupported media type", "Bodies are application/json."
    ),
    "invalid-request": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid request", "`errors` names what is wrong."),
    "invalid-arguments": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid arguments", "The tool takes other arguments."),
    "idempotency-key-reused": Kind(
        HTTPStatus.UNPROCESSABLE_ENTITY, "Idempotency key reused", "This key came before, with a different request."
    ),
    "rate-limited": Kind(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests", "Wait as long as `Retry-After` says."),
    "internal": Kind(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal error", "Our fault; `trace_id` helps us find it."),
    "answer-unreadable": Kind(
        HTTPStatus.BAD_GATEWAY, "Unreadable answer", "Another system answered in a way that we cannot read."
    ),
    "model-failed": Kind(HTTPStatus.BAD_GATEWAY, "Model failed", "The model did not answer."),
    "engine-unavailable": Kind(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Temporarily unavailable",
        "The engine is away; nothing was accepted. Try again.",
    ),
    "unavailable": Kind(
        HTTPStatus.SERVICE_UNAVAILABLE, "Temporarily unavailable", "Something needed is away. Try again."
    ),
    "log-unavailable": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "Temporarily unavailable", "The log is away. Try again."),
    "back-office-unavailable": Kind(
        HTTPStatus.SERVICE_UNAVAILABLE, "Temporarily unavailable", "The back office is away. Try again."
    ),
    "model-unavailable": Kind(
        HTTPStatus.SERVICE_UNAVAILABLE, "Temporarily unavailable", "The model is away. Try again."
    ),
}

_BY_STATUS = {
    400: "bad-request",
    404: "unknown-path",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid-request",
}


class ProblemResponse(Response):
    media_type = MEDIA_TYPE


def type_uri(error_type: str) -> str:
    return PATH + error_type


def problem_of(error: SwitchboardError, trace_id: str = "") -> Problem:
    """The body that describes this error; unknown types count as internal and say nothing about themselves."""
    kind = KINDS.get(error.type)
    if kind is None or error.type == "internal":
        return _problem("internal", "", trace_id)
    errors = error.errors if isinstance(error, InvalidRequest) else []
    return _problem(error.type, error.message or kind.meaning, trace_id, errors)


def problem_response(error: SwitchboardError, trace_id: str = "") -> Response:
    return _respond(problem_of(error, trace_id), headers_of(error))


def headers_of(error: SwitchboardError) -> dict[str, str]:
    """What goes out beside the problem: the challenge of a 401, ``Retry-After`` of whatever passes by itself."""
    headers = dict(error.headers) if isinstance(error, Refused) else {}
    kind = KINDS.get(error.type)
    if kind is not None and kind.status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return headers


def internal_problem(trace_id: str) -> Response:
    return _respond(_problem("internal", "", trace_id), {})


def http_problem(error: HTTPException, trace_id: str = "") -> Response:
    """What the framework refuses: unknown paths, wrong methods."""
    error_type = _BY_STATUS.get(error.status_code, "internal" if error.status_code >= 500 else "bad-request")
    return _respond(_problem(error_type, "", trace_id), dict(error.headers or {}))


def field_errors(error: ValidationError, where: str = "") -> list[FieldError]:
    """Pydantic's errors without the offending input: a message's text must not come back in an error."""
    details = error.errors(include_url=False, include_input=False, include_context=False)
    return [FieldError(pointer=where + pointer(detail["loc"]), detail=detail["msg"]) for detail in details]


def pointer(loc: Sequence[Any]) -> str:
    """
    >>> pointer(("attachments", 0, "name"))
    '/attachments/0/name'
    """
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in loc)


async def on_switchboard_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, SwitchboardError)
    return problem_response(error, trace_of(request))


async def on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return http_problem(error, trace_of(request))


def trace_of(request: Request) -> str:
    return str(request.scope.get("trace_id", ""))


def _problem(error_type: str, detail: str, trace_id: str, errors: Sequence[FieldError] = ()) -> Problem:
    kind = KINDS[error_type]
    return Problem(
        type=type_uri(error_type),
        title=kind.title,
        status=kind.status.value,
        detail=detail or kind.meaning,
        trace_id=trace_id,
        errors=list(errors),
    )


def _respond(problem: Problem, headers: dict[str, str]) -> Response:
    body = problem.model_dump_json(exclude_defaults=True)
    return ProblemResponse(body, status_code=problem.status, headers=headers)
