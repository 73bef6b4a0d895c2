"""What other systems can serve: methods of the ports, read from the ports themselves.

An operation is named ``port.method``. Its arguments travel as one flat JSON object: the method's parameters by name,
or, where the only parameter is a record, that record's fields. The answer has the shape of what the method returns.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType, NoneType
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, JsonValue, TypeAdapter

from activities.ports import Billing, Effect, Knowledge, Tickets
from activities.support_ports import Cases, CustomerRelations

CONTEXT = frozenset({"customer_id", "conversation_id", "agent", "at"})
"""What an effect tells about itself beside its arguments; ``customer_id`` always travels, the rest where it is asked
for: so the other system can see that nobody works on another customer's things."""
EFFECT_KEY = "effect_key"
"""For templates: the key under which an effect is had once."""

Arguments = Mapping[str, JsonValue]


@dataclass(frozen=True)
class Asked:
    """One call. ``effect`` is None for a read; ``context`` is what it tells about itself."""

    arguments: Arguments
    context: Arguments = field(default_factory=dict)
    effect: Effect | None = None

    @property
    def effect_key(self) -> str:
        return self.effect.key if self.effect else ""

    @property
    def customer_id(self) -> str:
        return str(self.arguments.get("customer_id") or self.context.get("customer_id") or "")

    @property
    def known(self) -> Arguments:
        """Whatever a template may name."""
        return {**self.context, **self.arguments, EFFECT_KEY: self.effect_key}


@dataclass(frozen=True)
class Operation:
    """One method of a port."""

    name: str
    function: Any

    @property
    def method(self) -> str:
        return self.name.partition(".")[2]

    @cached_property
    def is_effect(self) -> bool:
        return Effect in self._hints.values()

    @cached_property
    def may_be_none(self) -> bool:
        return NoneType in get_args(self._hints["return"])

    @cached_property
    def answer(self) -> TypeAdapter[Any]:
        return TypeAdapter(self._hints["return"])

    @cached_property
    def fields(self) -> frozenset[str]:
        """Names of the arguments as they travel."""
        own = self._own
        return frozenset(self._record.model_fields if self._record else own)

    @property
    def names(self) -> frozenset[str]:
        """Everything that a template of this operation may name."""
        return self.fields | CONTEXT | {EFFECT_KEY} if self.is_effect else self.fields

    def ask(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Asked:
        given = inspect.signature(self.function).bind(None, *args, **kwargs)
        given.apply_defaults()
        values = {name: given.arguments[name] for name in self._own}
        arguments = {name: self._own[name].dump_python(value, mode="json") for name, value in values.items()}
        if self._record:
            (arguments,) = arguments.values()
        effect = next((value for value in given.arguments.values() if isinstance(value, Effect)), None)
        if effect is None:
            return Asked(arguments)
        return Asked(arguments, effect.model_dump(mode="json", include=set(CONTEXT)), effect)

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.function)

    @cached_property
    def _own(self) -> dict[str, TypeAdapter[Any]]:
        """The parameters that travel: all but the effect."""
        hints = self._hints.items()
        return {name: TypeAdapter(hint) for name, hint in hints if name != "return" and hint is not Effect}

    @cached_property
    def _record(self) -> type[BaseModel] | None:
        hints = [self._hints[name] for name in self._own]
        only = hints[0] if len(hints) == 1 else None
        return only if isinstance(only, type) and issubclass(only, BaseModel) else None


_PORTS: Mapping[str, type] = {
    "knowledge": Knowledge,
    "billing": Billing,
    "relations": CustomerRelations,
    "cases": Cases,
    "tickets": Tickets,
}
ENGINES_OWN: Mapping[str, str] = {
    "tickets.open": "every conversation opens its own ticket, also while other systems are away",
}
"""Operations that stay here, and why."""


def _operations() -> dict[str, Operation]:
    named = {
        f"{port}.{method}": function
        for port, protocol in _PORTS.items()
        for method, function in vars(protocol).items()
        if inspect.iscoroutinefunction(function) and not method.startswith("_")
    }
    return {name: Operation(name, function) for name, function in named.items() if name not in ENGINES_OWN}


OPERATIONS: Mapping[str, Operation] = MappingProxyType(_operations())
