"""YAML that keeps its lines, and takes words as they are written: in YAML's own reading ``says: no`` says false."""

from dataclasses import dataclass, field
from typing import Any

import yaml

Location = tuple[str | int, ...]


class BadYaml(Exception):
    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass
class Lines:
    """Where each value stands; lines count from 1."""

    by_location: dict[Location, int] = field(default_factory=dict)

    def of(self, location: Location) -> int:
        """Of the value, or of the nearest one around it."""
        while location and location not in self.by_location:
            location = location[:-1]
        return self.by_location.get(location, 1)


def read_yaml(text: str) -> tuple[Any, Lines]:
    """The document as dicts, lists and texts. Raises ``BadYaml``, also for a field that is given twice."""
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYaml(mark.line + 1 if mark else 1, error.problem or "this is no YAML") from None
    except yaml.YAMLError:
        raise BadYaml(1, "this is no YAML") from None
    lines = Lines()
    return (None if root is None else _plain(root, (), lines)), lines


def _plain(node: yaml.Node, location: Location, lines: Lines) -> Any:
    lines.by_location.setdefault(location, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*location, number), lines) for number, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, location, lines)
    return node.value


def _mapping(node: yaml.MappingNode, location: Location, lines: Lines) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise BadYaml(line, "a field's name must be a word")
        if key.value in fields:
            raise BadYaml(line, f"{key.value!r} is given twice")
        lines.by_location[*location, key.value] = line
        fields[key.value] = _plain(value, (*location, key.value), lines)
    return fields
