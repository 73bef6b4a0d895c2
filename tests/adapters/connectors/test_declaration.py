from pathlib import Path

import pytest
import yaml

from activities.ports import Knowledge
from adapters.connectors.declaration import WrongConnectors, read_connectors
from adapters.connectors.operations import ENGINES_OWN, OPERATIONS

pytestmark = pytest.mark.unit

HTTP = {"kind": "http", "url": "https://crm.example/api", "operations": {"billing.invoices": "GET /invoices"}}
MCP = {"kind": "mcp", "url": "https://kb.example/mcp", "operations": {"knowledge.search": "find"}}
NOTE = "relations.add_note"


def read(tmp_path: Path, systems: object):
    file = tmp_path / "connectors.yaml"
    file.write_text(yaml.safe_dump({"systems": systems}))
    return read_connectors(file)


def test_a_text_is_the_short_form(tmp_path):
    declared = read(tmp_path, {"crm": HTTP, "kb": MCP}).systems
    assert declared["crm"].operations["billing.invoices"].request == "GET /invoices"
    assert declared["kb"].operations["knowledge.search"].tool == "find"


def test_json_is_read_as_well(tmp_path):
    file = tmp_path / "connectors.json"
    file.write_text(
        '{"systems": {"kb": {"kind": "mcp", "command": ["kb"], "operations": {"knowledge.search": "find"}}}}'
    )
    assert read_connectors(file).systems["kb"].command == ["kb"]


@pytest.mark.parametrize(
    ("system", "said"),
    [
        ({"kind": "soap"}, "systems.crm: Input tag 'soap'"),
        (HTTP | {"url": "crm"}, "systems.crm.url: "),
        (HTTP | {"timeout": 3}, "systems.crm.timeout: Extra inputs are not permitted"),
        (HTTP | {"timeout_seconds": 0}, "systems.crm.timeout_seconds: "),
        (HTTP | {"operations": {}}, "systems.crm.operations: "),
        (HTTP | {"token_variable": "NOT_SET"}, "systems.crm.token_variable: the environment has no NOT_SET"),
        (HTTP | {"errors": {"E1": "consent-required"}}, "systems.crm.errors.E1: 'consent-required' is none of"),
        (MCP | {"command": ["kb"]}, "systems.crm: needs either url or command"),
        ({"kind": "mcp", "operations": MCP["operations"]}, "systems.crm: needs either url or command"),
        (HTTP | {"operations": {"billing.print": "GET /"}}, "systems.crm.operations.billing.print: there is no such"),
        (HTTP | {"operations": {"tickets.open": "POST /t"}}, "systems.crm.operations.tickets.open: stays here"),
        (HTTP | {"operations": {"billing.invoices": "FETCH /x"}}, "billing.invoices.request: 'FETCH /x' begins with"),
        (HTTP | {"operations": {"billing.invoices": "GET x"}}, "billing.invoices.request: 'GET x' needs a path"),
        (
            HTTP | {"operations": {"billing.invoices": "GET /../x"}},
            "billing.invoices.request: 'GET /../x' needs a path",
        ),
        (HTTP | {"operations": {"billing.invoices": "GET /{who}"}}, "billing.invoices.request: {who} is none of"),
        (
            HTTP | {"operations": {"billing.invoices": "GET /{effect_key}"}},
            "{effect_key} is none of customer_id, limit",
        ),
        (
            HTTP | {"operations": {"billing.invoices": {"request": "GET /", "result": "data"}}},
            "billing.invoices.result",
        ),
        (HTTP | {"operations": {NOTE: "GET /notes"}}, f"{NOTE} changes something: GET must not"),
        (HTTP | {"operations": {NOTE: {"request": "POST /n", "also_send": ["pin"]}}}, "also_send: 'pin' is none of"),
        (HTTP | {"operations": {NOTE: {"request": "POST /n", "lookup": "POST /n"}}}, "lookup: a look-up is a GET"),
        (
            HTTP | {"operations": {"billing.invoices": {"request": "GET /", "lookup": "GET /"}}},
            "billing.invoices: lookup and key_field are for what changes something",
        ),
        (
            HTTP | {"operations": {NOTE: {"request": "POST /n", "lookup_result": "/data"}}},
            f"{NOTE}.lookup_result: there is no lookup",
        ),
        (
            HTTP | {"operations": {NOTE: "POST /notes"}, "knows_idempotency_keys": False},
            f"systems.crm.operations.{NOTE}: the system knows no idempotency keys",
        ),
    ],
)
def test_what_is_wrong_names_file_and_key(tmp_path, system, said):
    with pytest.raises(WrongConnectors) as wrong:
        read(tmp_path, {"crm": system})
    assert str(wrong.value).startswith(f"{tmp_path / 'connectors.yaml'}: systems.crm")
    assert said in str(wrong.value)


def test_one_operation_has_one_server(tmp_path):
    with pytest.raises(
        WrongConnectors, match=r"systems.new.operations.billing.invoices: systems.crm serves it already"
    ):
        read(tmp_path, {"crm": HTTP, "new": HTTP})


@pytest.mark.parametrize(
    ("content", "said"), [("systems: [", "is not YAML"), ("", "valid dictionary"), ("systems: 7", "systems: ")]
)
def test_a_file_that_holds_something_else_is_refused(tmp_path, content, said):
    file = tmp_path / "connectors.yaml"
    file.write_text(content)
    with pytest.raises(WrongConnectors, match=said):
        read_connectors(file)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(WrongConnectors, match=r"nowhere.yaml: cannot be read"):
        read_connectors(tmp_path / "nowhere.yaml")


def test_every_operation_can_be_asked_for():
    for operation in OPERATIONS.values():
        assert operation.fields | operation.names == operation.names
        assert operation.answer
        assert not (operation.is_effect and operation.may_be_none), "what was done is entered in the books"
        assert operation.is_effect is ("effect" in operation.function.__code__.co_varnames[:3]), operation.name
    assert not OPERATIONS.keys() & ENGINES_OWN.keys()


def test_a_record_travels_as_its_fields_and_parameters_by_their_names():
    assert OPERATIONS[NOTE].fields == {"customer_id", "note", "category"}
    search = OPERATIONS["knowledge.search"]
    assert search.fields == {"query", "categories", "limit"}
    assert search.function is Knowledge.search
    asked = search.ask(("wifi",), {"categories": ("faq",), "limit": 3})
    assert asked.arguments == {"query": "wifi", "categories": ["faq"], "limit": 3}
