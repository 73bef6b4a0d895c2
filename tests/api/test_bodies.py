import json

import pytest

from api.bodies import parse
from api.problems import InvalidRequest, MalformedBody, TooLarge
from api.schemas import CreateConversation, ExecuteTool, PostMessage
from domain.messages import MESSAGE_LIMIT

pytestmark = pytest.mark.unit

MALICIOUS = [
    "<script>alert('xss')</script>",
    "'; DROP TABLE users; --",
    "{{7*7}}",
    "../../../etc/passwd",
    "javascript:alert('xss')",
    "${jndi:ldap://example.test/a}",
    "\u202egnp.exe",
    "🙂" * 2_000,
]


def message(text) -> bytes:
    return json.dumps({"message": text}).encode()


@pytest.mark.parametrize("text", MALICIOUS)
def test_texts_are_data(text):
    assert parse(PostMessage, message(text)).message == text


def test_nul_is_left_out_of_a_message():
    assert parse(PostMessage, message("a\x00b")).message == "ab"


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00", "\x00 \x00"])
def test_an_empty_message_is_refused(text):
    with pytest.raises(InvalidRequest) as refused:
        parse(PostMessage, message(text))
    assert refused.value.errors[0].pointer == "/message"


def test_the_limit_of_a_message_is_in_characters():
    assert len(parse(PostMessage, message("é" * MESSAGE_LIMIT)).message) == MESSAGE_LIMIT
    with pytest.raises(TooLarge):
        parse(PostMessage, message("é" * (MESSAGE_LIMIT + 1)))


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"message": "\xff"}',
        b'{"message": "\\ud800"}',
        '{"message": "é"}'.encode("utf-16"),
        '{"message": "é"}'.encode("latin-1"),
        b'{"message": ' + b"[" * 100_000,
        b"message=hello",
        b'{"message": "a"} trailing',
    ],
)
def test_what_is_not_json_in_utf_8_is_malformed(body):
    with pytest.raises(MalformedBody):
        parse(PostMessage, body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"message": null}',
        b'{"message": 7}',
        b'{"message": ["a"]}',
        b'{"message": "a", "message_id": ""}',
        b'{"message": "a", "message_id": "two words"}',
        b'{"message": "a", "message_id": "\\u0000"}',
        b'{"message": "a", "message_id": 7}',
        b'{"message": "a", "attachments": "none"}',
        b'{"message": "a", "attachments": [{}]}',
        b'{"message": "a", "attachments": [{"attachment_id": "x", "size_bytes": -1}]}',
        b'{"message": "a", "attachments": [{"attachment_id": "x", "name": "\\u0000"}]}',
        json.dumps({"message": "a", "attachments": [{"attachment_id": "x"}] * 11}).encode(),
        json.dumps({"message": "a", "message_id": "x" * 129}).encode(),
    ],
)
def test_wrong_values_are_named(body):
    with pytest.raises(InvalidRequest) as refused:
        parse(PostMessage, body)
    assert refused.value.errors


@pytest.mark.parametrize("field", ["name", "content_type"])
@pytest.mark.parametrize("character", ["\x00", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066"])
def test_control_characters_in_an_attachment_s_name_are_refused(field: str, character: str):
    attachment = {"attachment_id": "x", "name": "invoice.pdf", "content_type": "application/pdf"}
    attachment[field] = f"invoice{character}fdp.exe"
    with pytest.raises(InvalidRequest) as refused:
        parse(PostMessage, json.dumps({"message": "a", "attachments": [attachment]}).encode())
    (error,) = refused.value.errors
    assert error.pointer == f"/attachments/0/{field}"
    assert character not in error.detail


@pytest.mark.parametrize(
    "name", ["Rechnung für März.pdf", "請求書.pdf", "חשבונית.pdf", "👨\u200d👩\u200d👧.png", "a/b <c>.txt", ""]
)
def test_other_names_stay_as_they_are(name: str):
    body = json.dumps({"message": "a", "attachments": [{"attachment_id": "x", "name": name}]}).encode()
    assert parse(PostMessage, body).attachments[0].to_domain().name == name


@pytest.mark.parametrize(
    "field", [{"channel": "fax"}, {"priority": "extreme"}, {"customer_id": "a b"}, {"customer_id": ""}]
)
def test_a_conversation_needs_known_values(field):
    with pytest.raises(InvalidRequest):
        parse(CreateConversation, json.dumps({"customer_id": "CUST_001", **field}).encode())


def test_unknown_fields_are_ignored():
    assert parse(PostMessage, b'{"message": "a", "colour": "red"}').message == "a"


@pytest.mark.parametrize(
    "parameters",
    ['{"x": NaN}', '{"x": 1e999}', '{"x": 90071992547409930}', '{"x": ["\\u0000"]}', '{"\\u0000": 1}', "[]", '"text"'],
)
def test_parameters_that_json_cannot_carry_faithfully_are_refused(parameters):
    with pytest.raises(InvalidRequest):
        parse(ExecuteTool, f'{{"tool_name": "x", "parameters": {parameters}}}')


def test_parameters_nested_beyond_reason_are_malformed():
    nested = '{"a":' * 300 + "1" + "}" * 300
    with pytest.raises(MalformedBody):
        parse(ExecuteTool, f'{{"tool_name": "x", "parameters": {nested}}}')


def test_agents_may_be_named_as_the_prd_names_them():
    body = '{"tool_name": "x", "agent_context": {"agent_type": "agent_tier1"}}'
    assert parse(ExecuteTool, body).agent_context.agent_type == "tier1"
