import json
from pathlib import Path

import pytest

from adapters.settings import Settings
from api.app import create_app
from api.problems import KINDS

pytestmark = pytest.mark.unit

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
SIGNED = ("/api/v1/integrations/{system}/events",)
OPEN = ("/health", "/ready", "/metrics", "/problems/{error_type}")


@pytest.fixture(scope="module")
def document():
    return create_app(Settings()).openapi()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_committed_document_is_current(document):
    assert json.loads(COMMITTED.read_text()) == json.loads(json.dumps(document)), (
        "run: python -m api.openapi > docs/openapi.json"
    )


def test_title_and_version_are_the_prds(document):
    assert document["info"]["title"] == "Contact Center Agentic Flow API"
    assert document["info"]["version"] == "1.0.0"


def test_every_path_of_the_prd_is_there(document):
    assert {
        "/api/v1/conversations",
        "/api/v1/conversations/{conversation_id}/messages",
        "/api/v1/conversations/{conversation_id}/status",
        "/api/v1/agents/performance",
        "/api/v1/tools/execute",
    } <= document["paths"].keys()


def test_every_operation_has_a_summary_and_a_tag(document):
    for name, operation in operations(document):
        assert operation.get("summary"), name
        assert operation.get("tags"), name


def test_every_error_is_documented_with_the_problem_schema(document):
    for name, operation in operations(document):
        path = name.split()[1]
        if path in OPEN:
            continue
        assert operation["security"] == [{"signature" if path in SIGNED else "bearer": []}], name
        errors = {status: r for status, r in operation["responses"].items() if status >= "400"}
        assert {"401", "422", "500", "503"} <= errors.keys(), name
        for status, response in errors.items():
            schema = response["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}, (name, status)


def test_every_reference_leads_somewhere(document):
    text = json.dumps(document)
    names = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert names <= document["components"]["schemas"].keys()


def test_every_body_is_described(document):
    for name, operation in operations(document):
        if name.startswith("POST") and not name.endswith("/claim"):
            content = operation["requestBody"]["content"]["application/json"]
            assert "$ref" in content["schema"], name
            assert content["examples"], name


def test_the_union_of_events_is_closed_and_whole(document):
    event = document["components"]["schemas"]["Event"]
    assert event["discriminator"]["propertyName"] == "type"
    assert {"customer_message", "agent_message", "handoff_claimed"} <= event["discriminator"]["mapping"].keys()


def test_the_guide_names_every_error():
    guide = (COMMITTED.parent / "api.md").read_text()
    assert [error_type for error_type in KINDS if f"`{error_type}`" not in guide] == []
