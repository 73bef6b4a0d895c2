from itertools import chain

import pytest
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from api import problems
from api.problems import (
    KINDS,
    FieldError,
    InvalidRequest,
    RateLimited,
    Unauthenticated,
    field_errors,
    headers_of,
    http_problem,
    problem_of,
    problem_response,
)
from domain.errors import LogUnavailable, SwitchboardError, UnknownConversation

pytestmark = pytest.mark.unit

NEVER_ANSWERS = {
    "switchboard",
    # Raised at start, before anything is served.
    "migration-changed",
    "migration-failed",
    "namespace-refused",
}


def descendants(kind: type) -> set[type]:
    return set(chain([kind], *(descendants(child) for child in kind.__subclasses__())))


def test_every_typed_error_has_its_row():
    ours = {kind.type for kind in descendants(SwitchboardError) if kind.__module__.split(".")[0] in ("api", "domain")}
    assert ours - NEVER_ANSWERS <= KINDS.keys()


def test_a_problem_says_what_and_where_to_read_more():
    problem = problem_of(UnknownConversation("c-7"), trace_id="abc")
    assert problem.model_dump(exclude_defaults=True) == {
        "type": "/problems/unknown-conversation",
        "title": "Unknown conversation",
        "status": 404,
        "detail": "There is no conversation c-7.",
        "trace_id": "abc",
    }


def test_an_error_nobody_foresaw_says_nothing_about_itself():
    class Leaky(SwitchboardError):
        type = "leaky"

    problem = problem_of(Leaky("the password is 1234"))
    assert (problem.status, problem.type) == (500, "/problems/internal")
    assert "1234" not in problem.model_dump_json()


def test_what_is_away_comes_back_with_retry_after():
    response = problem_response(LogUnavailable("PostgreSQL is away."))
    assert response.status_code == 503
    assert response.headers["retry-after"] == "2"
    assert response.headers["content-type"] == "application/problem+json"


def test_a_challenge_goes_out_with_401_and_the_wait_with_429():
    assert 'error="invalid_token"' in headers_of(Unauthenticated("no"))["WWW-Authenticate"]
    assert headers_of(Unauthenticated("no", error=""))["WWW-Authenticate"] == 'Bearer realm="switchboard"'
    assert headers_of(RateLimited(7)) == {"Retry-After": "7"}


def test_every_wrong_field_is_named():
    problem = problem_of(InvalidRequest([FieldError(pointer="/message", detail="Empty.")]))
    assert problem.errors[0].pointer == "/message"


def test_what_the_client_sent_never_comes_back():
    class Form(BaseModel):
        message: int

    with pytest.raises(ValidationError) as invalid:
        Form.model_validate({"message": "<script>alert(1)</script>"})
    errors = field_errors(invalid.value)
    assert errors[0].pointer == "/message"
    assert "script" not in errors[0].detail


@pytest.mark.parametrize(
    ("status", "error_type"),
    [(404, "unknown-path"), (405, "method-not-allowed"), (400, "bad-request"), (418, "bad-request"), (502, "internal")],
)
def test_the_frameworks_own_refusals_are_problems_too(status, error_type):
    response = http_problem(HTTPException(status, headers={"Allow": "GET"}))
    assert problems.PATH + error_type in response.body.decode()
    assert response.headers["allow"] == "GET"
