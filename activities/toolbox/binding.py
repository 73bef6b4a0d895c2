"""How a method becomes the handler of a declared tool, and how we know at start that no tool lacks one."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from activities.effects import Effect
from domain.messages import ToolRequest
from domain.sagas import Step
from domain.tools import AnyTool, ArgumentsT, ResultT, ToolSpec


@dataclass(frozen=True)
class ToolContext:
    """A run that has passed every check. ``effect`` identifies it for whatever it changes."""

    request: ToolRequest
    effect: Effect

    @property
    def now(self) -> datetime:
        return self.request.at


SelfT = TypeVar("SelfT")
StepResultT = TypeVar("StepResultT", bound=BaseModel)
MethodT = TypeVar("MethodT", bound=Callable[..., Any])
Handler = Callable[[SelfT, ArgumentsT, ToolContext], Awaitable[ResultT]]
BoundHandler = Callable[[Any, ToolContext], Awaitable[BaseModel]]
Undo = Callable[[SelfT, Effect], Awaitable[None]]

_HANDLES = "handled_tool"
_DOES = "done_step"
_UNDOES = "undone_step"


class BadBinding(Exception):
    """A tool without a handler, or with two: a mistake in the code, found when the worker starts."""


def handles(
    tool: ToolSpec[ArgumentsT, ResultT],
) -> Callable[[Handler[SelfT, ArgumentsT, ResultT]], Handler[SelfT, ArgumentsT, ResultT]]:
    """Declare a method as the handler of ``tool``; the type checker holds it to the tool's models."""

    return _marker(_HANDLES, tool.name)


def does(
    step: Step, tool: ToolSpec[ArgumentsT, Any]
) -> Callable[[Handler[SelfT, ArgumentsT, StepResultT]], Handler[SelfT, ArgumentsT, StepResultT]]:
    """Declare a method as a step of ``tool``, which is a saga. It is given what a handler is given."""
    assert tool.saga is not None and step in tool.saga.steps, f"{tool.name} has no step {step.do}"  # noqa: PT018
    return _marker(_DOES, step.do)


def completes(
    tool: ToolSpec[ArgumentsT, ResultT],
) -> Callable[[Handler[SelfT, ArgumentsT, ResultT]], Handler[SelfT, ArgumentsT, ResultT]]:
    """Declare a method as the last step of ``tool``, which is a saga: it answers for the whole."""
    assert tool.saga is not None, f"{tool.name} has no steps"
    return _marker(_DOES, tool.saga.last)


def undoes(step: Step) -> Callable[[Undo[SelfT]], Undo[SelfT]]:
    """Declare a method as what takes ``step`` back. It is given the effect of the whole saga."""
    return _marker(_UNDOES, step.undo)


@dataclass(frozen=True)
class BoundSteps:
    """The methods of all sagas, by the names of their activities."""

    do: Mapping[str, BoundHandler]
    undo: Mapping[str, Callable[[Effect], Awaitable[None]]]


def bind(families: Iterable[object], toolbox: Mapping[str, AnyTool]) -> dict[str, BoundHandler]:
    """The handler of each tool that is one step, by canonical name. Raises BadBinding unless each has exactly one."""
    return _bound(_marked(families, _HANDLES), {name for name, tool in toolbox.items() if tool.saga is None})


def bind_steps(families: Iterable[object], toolbox: Mapping[str, AnyTool]) -> BoundSteps:
    """The steps of each tool that is a saga. Raises BadBinding unless each step, and each undo, has exactly one."""
    families = list(families)
    sagas = [tool.saga for tool in toolbox.values() if tool.saga is not None]
    return BoundSteps(
        do=_bound(_marked(families, _DOES), {name for saga in sagas for name in saga.way}),
        undo=_bound(_marked(families, _UNDOES), {step.undo for saga in sagas for step in saga.steps}),
    )


def _marker(mark: str, name: str) -> Callable[[MethodT], MethodT]:
    def put(method: MethodT) -> MethodT:
        setattr(method, mark, name)
        return method

    return put


def _bound(marked: Iterable[tuple[str, Any]], wanted: AbstractSet[str]) -> dict[str, Any]:
    handlers: dict[str, Any] = {}
    for name, handler in marked:
        if name in handlers or name not in wanted:
            raise BadBinding(f"{name} has two handlers or is not in the toolbox")
        handlers[name] = handler
    if missing := sorted(wanted - handlers.keys()):
        raise BadBinding(f"nothing handles {', '.join(missing)}")
    return handlers


def _marked(families: Iterable[object], mark: str) -> Iterable[tuple[str, Any]]:
    for family in families:
        for _, method in inspect.getmembers(family, inspect.ismethod):
            name: str | None = getattr(method, mark, None)
            if name is not None:
                yield name, method
