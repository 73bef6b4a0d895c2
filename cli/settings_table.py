"""Settings as a table: for ``docs/settings.md``, and with their values for an operator."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from adapters.settings import GROUPS, PREFIX, EngineSettings, Settings
from domain.messages import EnginePolicy

_HEAD = """# Settings

Every process reads its settings from the environment, once, at start. A wrong value stops it with a sentence that names
the variable. This page is generated: `switchboard settings --markdown > docs/settings.md`.
"""


def markdown_table() -> str:
    return "\n".join([_HEAD, *(_section(group) for group in GROUPS)])


def current_values(settings: Settings) -> str:
    """``VARIABLE=value`` lines; secrets are shown as stars."""
    lines = []
    for group in GROUPS:
        holder: Any = settings.engine if group is EngineSettings else settings
        for variable, name, field in _fields(group):
            value = getattr(holder, name)
            lines.append(f"{variable}={'***' if value and not field.repr else value}\n")
    return "".join(lines)


def _section(group: type[BaseModel]) -> str:
    title, _, text = (group.__doc__ or "").partition("\n")
    intro = " ".join(text.split())
    rows = [
        f"| `{variable}` | {_default(field)} | {field.description or ''} |" for variable, _, field in _fields(group)
    ]
    body = ["| variable | default | meaning |", "|---|---|---|", *rows, ""]
    return "\n".join([f"## {title}", "", *([intro, ""] if intro else []), *body])


def _fields(group: type[BaseModel]) -> Iterator[tuple[str, str, FieldInfo]]:
    if group is EngineSettings:
        for name, field in EnginePolicy.model_fields.items():
            yield f"{PREFIX}ENGINE_{name.upper()}", name, field
    else:
        for name, field in group.model_fields.items():
            yield f"{PREFIX}{name.upper()}", name, field


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    return "" if value in (None, "", []) else f"`{value}`"
