"""Does a system's OpenAPI document know what we are going to ask of it?"""

import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from adapters.connectors.declaration import HttpSystem
from adapters.connectors.templates import RequestTemplate

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def misfits(document: JsonValue, system: HttpSystem) -> Iterator[tuple[str, str]]:
    """Key and sentence for each operation that the document does not have. Paths are compared without the names of
    their placeholders, with and without the path of the system's own url."""
    known = _known(document)
    for name, served in system.operations.items():
        templates = {"request": served.template}
        if served.lookup:
            templates["lookup"] = RequestTemplate.parse(served.lookup)
        for key, template in templates.items():
            if not any((template.method, path) in known for path in _paths(template.path, system.url.path or "")):
                yield f"operations.{name}.{key}", f"its OpenAPI document has no {template.method} {template.path}"


def _known(document: JsonValue) -> set[tuple[str, str]]:
    paths = document.get("paths") if isinstance(document, Mapping) else None
    if not isinstance(paths, Mapping):
        return set()
    return {
        (method.upper(), _plain(path))
        for path, operations in paths.items()
        if isinstance(operations, Mapping)
        for method in operations
    }


def _paths(path: str, base: str) -> tuple[str, str]:
    return _plain(path), _plain(base.rstrip("/") + path)


def _plain(path: str) -> str:
    return _PLACEHOLDER.sub("{}", path)
