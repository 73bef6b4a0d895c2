"""Request bodies: read and checked after the caller is known, in one pass, by pydantic's own JSON reader.

FastAPI's way would parse a stranger's body before looking at the token, and costs a second pass; every dependency that
it solves costs a tenth of a millisecond, so routes read their bodies themselves.
"""

from typing import Annotated, Any, TypeVar

from fastapi import Header, Request
from pydantic import ValidationError

from api.problems import InvalidRequest, MalformedBody, Refused, TooLarge, UnsupportedMedia, field_errors
from api.schemas import TOO_LONG, Body

BodyT = TypeVar("BodyT", bound=Body)

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=128,
        pattern=r"^[A-Za-z0-9._:@+-]+$",
        description="The same key from the same caller means the same request.",
    ),
]

DOCUMENTED: set[type[Body]] = set()
"""Every body model that a route takes; the OpenAPI document describes them."""


async def read_body(request: Request, model: type[BodyT]) -> BodyT:
    """The request's body as ``model``. Raises ``UnsupportedMedia`` and what ``parse`` raises.

    Called by the route, when the caller is known already.
    """
    _check_media_type(request.headers.get("content-type", ""))
    return parse(model, await request.body())


def parse(model: type[BodyT], body: bytes | str) -> BodyT:
    """Raises ``MalformedBody``, ``TooLarge`` (a text over its limit) or ``InvalidRequest``."""
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as invalid:
        raise refusal(invalid) from None


def refusal(invalid: ValidationError) -> Refused:
    details = invalid.errors(include_url=False, include_input=False, include_context=False)
    if details[0]["type"] == "json_invalid":
        return MalformedBody("The body is not JSON in UTF-8.")
    too_long = [detail["msg"] for detail in details if detail["type"] == TOO_LONG]
    return TooLarge(too_long[0]) if too_long else InvalidRequest(field_errors(invalid))


def request_body(model: type[Body], **examples: Any) -> dict[str, Any]:
    """The OpenAPI description of such a body, for a route's ``openapi_extra``."""
    DOCUMENTED.add(model)
    content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    if examples:
        content["examples"] = {name: {"value": value} for name, value in examples.items()}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def _check_media_type(content_type: str) -> None:
    media = content_type.partition(";")[0].strip().lower()
    if media and media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
        raise UnsupportedMedia("Send the body as application/json.")
