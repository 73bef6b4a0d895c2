"""A port of which other systems serve some methods."""

from collections.abc import Mapping
from typing import Any, Protocol

import structlog
from pydantic import JsonValue, ValidationError

from adapters.connectors.declaration import ServedBy
from adapters.connectors.operations import Asked, Operation
from domain.errors import AnswerUnreadable, NotFound

_log = structlog.get_logger(__name__)


class Connector(Protocol):
    """The way to one system. Its methods raise refusals of ``domain.errors``, ``BackOfficeUnavailable``, and
    ``AnswerUnreadable``."""

    @property
    def system(self) -> str: ...

    async def call(self, operation: str, asked: Asked, arguments: Mapping[str, JsonValue]) -> JsonValue:
        """Ask for an operation; the whole answer as JSON."""
        ...

    async def look_up(self, operation: str, asked: Asked) -> JsonValue:
        """What the system knows of an effect with this key; None if it has not happened."""
        ...

    async def misfits(self) -> list[tuple[str, str]]:
        """What is declared and the system does not have, each as the key in its declaration and a sentence."""
        ...

    async def aclose(self) -> None: ...


class Served:
    """Stands in for a port: ``calls`` by method; the rest stays with ``own``."""

    def __init__(self, own: object, calls: Mapping[str, "ServedMethod"]) -> None:
        self._own = own
        for method, call in calls.items():
            setattr(self, method, call)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)


class ServedMethod:
    """One method of a port, asked of another system and answered in the port's own types."""

    def __init__(self, operation: Operation, served: ServedBy, connector: Connector, *, looks_up: bool) -> None:
        self._operation = operation
        self._served = served
        self._connector = connector
        self._looks_up = looks_up and operation.is_effect

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        operation = self._operation
        asked = operation.ask(args, kwargs)
        if self._looks_up:
            # Whether this is the first try nobody can say for sure: a worker may have died with the answer in hand.
            happened = await self._connector.look_up(operation.name, asked)
            if happened is not None:
                return self._read(happened)
        try:
            answer = await self._connector.call(operation.name, asked, self._travelling(asked))
        except NotFound:
            if operation.may_be_none:
                return None
            raise
        return self._read(answer)

    def _travelling(self, asked: Asked) -> dict[str, JsonValue]:
        arguments = dict(asked.arguments)
        if not self._operation.is_effect:
            return arguments
        for name in ("customer_id", *self._served.also_send):
            arguments.setdefault(name, asked.context[name])
        if self._served.key_field:
            arguments[self._served.key_field] = asked.effect_key
        return arguments

    def _read(self, answer: JsonValue) -> Any:
        """The answer as what the port returns. Raises ``AnswerUnreadable``."""
        try:
            return self._operation.answer.validate_python(value_at(answer, self._served.result))
        except LookupError:
            wrong = [f"nothing at {self._served.result}"]
        except ValidationError as invalid:
            details = invalid.errors(include_url=False, include_input=False, include_context=False)
            wrong = [f"{'.'.join(map(str, detail['loc']))}: {detail['type']}" for detail in details[:5]]
        _log.warning(
            "an answer cannot be read", system=self._connector.system, operation=self._operation.name, wrong=wrong
        )
        raise unreadable(self._connector.system, is_effect=self._operation.is_effect)


def unreadable(system: str, *, is_effect: bool) -> AnswerUnreadable:
    if is_effect:
        return AnswerUnreadable(
            f"{system} took this, but its answer cannot be read. Take it as done, do not repeat it, "
            "and let a person look."
        )
    return AnswerUnreadable(f"What {system} answered cannot be read. Do not guess it; offer the customer a person.")


def value_at(answer: JsonValue, pointer: str) -> JsonValue:
    """The part of an answer that a JSON pointer names. Raises LookupError if there is none.

    >>> value_at({"data": [{"id": 7}]}, "/data/0/id")
    7
    """
    for step in pointer.split("/")[1:]:
        if isinstance(answer, list) and step.isdecimal():
            answer = answer[int(step)]
        elif isinstance(answer, dict):
            answer = answer[step]
        else:
            raise LookupError(step)
    return answer
