"""A port of which other systems serve some methods."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import structlog
from pydantic import JsonValue, ValidationError

from activities.ports import EffectBook
from adapters.connectors.declaration import ServedBy
from adapters.connectors.operations import Asked, Operation
from domain.errors import AnswerUnreadable, BackOfficeUnavailable, NotFound, SwitchboardError

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
        """What the system knows of an effect with this key, as it answers. Raises ``NotFound`` if it has not happened,
        ``BackOfficeUnavailable`` if that remains open."""
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
    """One method of a port, asked of another system and answered in the port's own types.

    An effect is entered in our ``books``, too: there the quality check finds what was done, and upon which yes.
    """

    def __init__(
        self, operation: Operation, served: ServedBy, connector: Connector, books: EffectBook, *, looks_up: bool
    ) -> None:
        self._operation = operation
        self._served = served
        self._connector = connector
        self._books = books
        self._looks_up = looks_up and operation.is_effect

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        asked = self._operation.ask(args, kwargs)
        # Whether this is the first try nobody can say for sure: a worker may have died with the answer in hand.
        result = await self._happened(asked) if self._looks_up else None
        if result is None:
            result = await self._called(asked)
        if asked.effect is not None:
            # Should this fail, the next try has the same answer, under the same key, and enters it.
            await self._books.enter(asked.effect, result)
        return result

    async def _called(self, asked: Asked) -> Any:
        try:
            answer = await self._connector.call(self._operation.name, asked, self._travelling(asked))
        except NotFound:
            if self._operation.may_be_none:
                return None
            raise
        with self._reading(otherwise=unreadable(self._connector.system, is_effect=self._operation.is_effect)):
            return self._operation.answer.validate_python(value_at(answer, self._served.result))

    async def _happened(self, asked: Asked) -> Any:
        """What an earlier try brought about; None if nothing. What cannot be read says neither, so it is an outage: the
        effect must not be had twice, nor pass for done."""
        try:
            answer = await self._connector.look_up(self._operation.name, asked)
        except NotFound:
            return None
        with self._reading(otherwise=BackOfficeUnavailable(f"{self._connector.system} does not tell what happened.")):
            found = None if answer is None else value_at(answer, self._served.found_at)
            if found is None or found == []:
                return None
            return self._operation.answer.validate_python(found[0] if isinstance(found, list) else found)

    def _travelling(self, asked: Asked) -> dict[str, JsonValue]:
        arguments = dict(asked.arguments)
        if not self._operation.is_effect:
            return arguments
        for name in ("customer_id", *self._served.also_send):
            arguments.setdefault(name, asked.context[name])
        if self._served.key_field:
            arguments[self._served.key_field] = asked.effect_key
        return arguments

    @contextmanager
    def _reading(self, *, otherwise: SwitchboardError) -> Iterator[None]:
        """Raises ``otherwise`` for an answer of another shape; the log says what was wrong."""
        try:
            yield
        except LookupError:
            wrong = ["nothing at the pointer"]
        except ValidationError as invalid:
            details = invalid.errors(include_url=False, include_input=False, include_context=False)
            wrong = [f"{'.'.join(map(str, detail['loc']))}: {detail['type']}" for detail in details[:5]]
        else:
            return
        _log.warning(
            "an answer cannot be read", system=self._connector.system, operation=self._operation.name, wrong=wrong
        )
        raise otherwise


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
