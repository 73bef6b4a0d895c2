import pytest

from adapters.connectors.templates import RequestTemplate, parameters
from domain.errors import InvalidArguments

pytestmark = pytest.mark.unit


def test_a_template_has_a_method_a_path_and_a_query():
    template = RequestTemplate.parse("GET /customers/{customer_id}/notes?state=open&ref={effect_key}&empty=")
    assert (template.method, template.path) == ("GET", "/customers/{customer_id}/notes")
    assert template.query == (("state", "open"), ("ref", "{effect_key}"), ("empty", ""))
    assert template.names == {"customer_id", "effect_key"}


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("CUST_001", "/c/CUST_001"),
        ("../up", "/c/..%2Fup"),
        ("a b?c#d", "/c/a%20b%3Fc%23d"),
        (7, "/c/7"),
        ("ä", "/c/%C3%A4"),
    ],
)
def test_a_value_stays_in_its_step_of_the_path(value, path):
    assert RequestTemplate.parse("GET /c/{id}").path_for({"id": value}) == path


@pytest.mark.parametrize("value", ["", ".", "..", None])
def test_a_value_that_is_no_step_is_refused(value):
    with pytest.raises(InvalidArguments, match="id is needed"):
        RequestTemplate.parse("GET /c/{id}").path_for({"id": value})


def test_values_that_look_like_templates_are_values():
    template = RequestTemplate.parse("GET /c/{id}?x={x}")
    known = {"id": "{x}", "x": "{id}&admin=1"}
    assert template.path_for(known) == "/c/%7Bx%7D"
    assert template.query_for(known) == [("x", "{id}&admin=1")]


def test_arguments_become_a_query():
    asked = {"limit": 3, "categories": ["faq", "billing"], "open": True, "since": None}
    assert parameters(asked) == [("limit", "3"), ("categories", "faq"), ("categories", "billing"), ("open", "true")]
