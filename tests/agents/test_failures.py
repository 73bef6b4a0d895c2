import asyncio

import pytest

from agents.failures import model_errors
from domain.errors import ModelFailed, ModelUnavailable

pytestmark = pytest.mark.unit


class ProviderError(Exception):
    def __init__(self, status_code: int) -> None:
        super().__init__("the prompt was: secret words")
        self.status_code = status_code


class Response:
    status_code = 503


class WrappedError(Exception):
    response = Response()


class Overloaded(Exception):
    is_retryable = True


class Refused(Exception):
    is_retryable = False


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError(),
        ConnectionResetError(),
        ProviderError(429),
        ProviderError(500),
        WrappedError(),
        Overloaded(),
        ValueError("garbled"),
        RuntimeError("odd"),
    ],
)
def test_what_may_pass_is_unavailable(error: Exception) -> None:
    with pytest.raises(ModelUnavailable) as caught, model_errors("gemini"):
        raise error
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error", [ProviderError(400), ProviderError(401), ProviderError(404), Refused(), TypeError("x")]
)
def test_what_will_not_pass_is_failed(error: Exception) -> None:
    with pytest.raises(ModelFailed), model_errors("gemini"):
        raise error


def test_texts_of_providers_stay_behind() -> None:
    with pytest.raises(ModelFailed) as caught, model_errors("gemini"):
        raise ProviderError(400)
    assert str(caught.value) == "gemini: ProviderError"


def test_our_own_errors_and_cancellation_pass() -> None:
    for error in (ModelUnavailable("x"), ModelFailed("y"), asyncio.CancelledError()):
        with pytest.raises(type(error)) as caught, model_errors("gemini"):
            raise error
        assert caught.value is error
