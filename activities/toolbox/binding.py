"""How a method becomes the handler of a declared tool, and how we know at start that no tool lacks one."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from activities.effects import Effect
from domain.messages import ToolRequest
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
Handler = Callable[[SelfT, ArgumentsT, ToolContext], Awaitable[ResultT]]
BoundHandler = Callable[[Any, ToolContext], Awaitable[BaseModel]]

_MARK = "handled_tool"


class BadBinding(Exception):
    """A tool without a handler, or with two: a mistake in the code, found when the worker starts."""


def handles(
    tool: ToolSpec[ArgumentsT, ResultT],
) -> Callable[[Handler[SelfT, ArgumentsT, ResultT]], Handler[SelfT, ArgumentsT, ResultT]]:
    """Declare a method as the handler of ``tool``; the type checker holds it to the tool's models."""

    def mark(method: Handler[SelfT, ArgumentsT, ResultT]) -> Handler[SelfT, ArgumentsT, ResultT]:
        setattr(method, _MARK, tool)
        return method

    return mark


def bind(families: Iterable[object], toolbox: Mapping[str, AnyTool]) -> dict[str, BoundHandler]:
    """The handler of each tool, by canonical name. Raises BadBinding unless each tool has exactly one."""
    handlers: dict[str, BoundHandler] = {}
    for name, handler in _marked(families):
        if name in handlers or name not in toolbox:
            raise BadBinding(f"{name} has two handlers or is not in the toolbox")
        handlers[name] = handler
    if missing := sorted(toolbox.keys() - handlers.keys()):
        raise BadBinding(f"nothing handles {', '.join(missing)}")
    return handlers


def _marked(families: Iterable[object]) -> Iterable[tuple[str, BoundHandler]]:
    for family in families:
        for _, method in inspect.getmembers(family, inspect.ismethod):
            tool: AnyTool | None = getattr(method, _MARK, None)
            if tool is not None:
                yield tool.name, method
