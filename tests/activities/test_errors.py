import pytest
from temporalio.exceptions import ApplicationError

from activities.errors import as_application_error
from domain.errors import ModelFailed, ModelUnavailable

pytestmark = pytest.mark.unit


def crossing(error: Exception) -> ApplicationError:
    with pytest.raises(ApplicationError) as crossed, as_application_error():
        raise error
    return crossed.value


@pytest.mark.parametrize("error", [ModelUnavailable("away"), ModelFailed("gone")])
def test_our_errors_keep_their_type_and_whether_to_try_again(error):
    crossed = crossing(error)
    assert (crossed.type, crossed.message, crossed.non_retryable) == (error.type, error.message, not error.retryable)


def test_nothing_of_a_foreign_error_crosses_but_its_name():
    """Its words may hold a customer's; they would lie in the history for good."""
    crossed = crossing(ValueError("the customer wrote: my password is hunter2"))
    assert (crossed.type, crossed.message, crossed.non_retryable) == ("internal", "ValueError", False)
    assert crossed.__cause__ is None
    assert crossed.__suppress_context__


def test_an_error_that_is_ready_passes():
    ready = ApplicationError("as it is", type="some-type")
    assert crossing(ready) is ready
