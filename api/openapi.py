"""The OpenAPI document: what FastAPI knows, and what our way of reading bodies and tokens adds.

``python -m api.openapi > docs/openapi.json`` writes the committed copy.
"""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.bodies import DOCUMENTED
from api.problems import Problem
from api.signatures import SIGNATURE_HEADER
from domain.events import EVENT

REF = "#/components/schemas/{model}"
TAGS = [
    {"name": "conversations", "description": "Start a conversation, write into it, ask how it stands."},
    {"name": "events", "description": "A conversation's log: read it, or follow it live."},
    {"name": "approvals", "description": "Effects above what agents may decide alone."},
    {"name": "handoffs", "description": "A person's way into a conversation, and out of it."},
    {"name": "integrations", "description": "What other systems report."},
    {"name": "tools", "description": "Run a single tool."},
    {"name": "agents", "description": "How the agents do."},
    {"name": "health", "description": "For load balancers and monitoring."},
    {"name": "pages", "description": "What browsers open."},
]
_OPEN_TAGS = {"health", "pages"}
"""Routes that need no token."""
_SIGNED_TAGS = {"integrations"}
"""Routes that need a signature instead."""


def describe(app: FastAPI) -> None:
    """Replace the application's OpenAPI document by the full one, made when it is first asked for."""
    app.openapi = lambda: app.openapi_schema or _document(app)  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, tags=TAGS
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(_schemas())
    schemas["EventPage"]["properties"]["events"]["items"] = {
        "allOf": [{"type": "object", "properties": {"seq": {"type": "integer"}}, "required": ["seq"]}, _ref("Event")]
    }
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _secure(document)
    app.openapi_schema = document
    return document


def _schemas() -> dict[str, Any]:
    """Models that FastAPI does not see: bodies, problems, and the closed union of events."""
    models: list[type[BaseModel]] = sorted([*DOCUMENTED, Problem], key=lambda model: model.__name__)
    _, described = models_json_schema([(model, "validation") for model in models], ref_template=REF)
    event = EVENT.json_schema(ref_template=REF, mode="serialization")
    parts = event.pop("$defs")
    return {**parts, "Event": event, **described["$defs"]}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": REF.format(model=name)}


def _secure(document: dict[str, Any]) -> None:
    document["components"]["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "Claims: sub, role, exp, iss, aud; customer_id in customers' tokens.",
        },
        "signature": {
            "type": "apiKey",
            "in": "header",
            "name": SIGNATURE_HEADER,
            "description": "`v1=` and HMAC-SHA256 in hex of the timestamp header, a dot, and the body.",
        },
    }
    for path in document["paths"].values():
        for operation in path.values():
            tags = set(operation.get("tags", ()))
            if not _OPEN_TAGS & tags:
                operation["security"] = [{"signature": []}] if _SIGNED_TAGS & tags else [{"bearer": []}]


def main() -> None:
    from api.app import create_app
    from api.composition import Settings

    print(json.dumps(create_app(Settings()).openapi(), indent=2, ensure_ascii=False))  # noqa: T201


if __name__ == "__main__":
    main()
