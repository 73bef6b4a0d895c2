"""A script: what a customer says, and what should come of it. docs/simulate.md explains it to those who write them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from cli.simulation.marked_yaml import BadYaml, Lines, read_yaml
from domain.intents import INTENTS, UNKNOWN
from domain.state import AgentType, Channel, TicketStatus
from domain.toolbox import TOOLBOX

SUFFIXES = (".yaml", ".yml")


class BadScript(Exception):
    """The text names the file, the line and the field."""


def _known_intent(name: str) -> str:
    if name not in INTENTS and name != UNKNOWN:
        raise ValueError(f"there is no intent {name!r} (domain/intents.py lists them)")
    return name


def _known_tool(name: str) -> str:
    if name not in TOOLBOX:
        raise ValueError(f"there is no tool {name!r} (docs/tools.md lists them)")
    return name


def _as_list(value: Any) -> Any:
    """One of something needs no list."""
    return [value] if isinstance(value, str) else value


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
IntentName = Annotated[str, AfterValidator(_known_intent)]
Tools = Annotated[list[Annotated[str, AfterValidator(_known_tool)]], BeforeValidator(_as_list)]
Amounts = Annotated[list[Annotated[Decimal, Field(gt=0, decimal_places=2)]], BeforeValidator(_as_list)]


class Part(BaseModel):
    """Base of a script's parts: an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Expectation(Part):
    """Of one answer. What is left out is not looked at. ``tools`` are all that were called, in their order."""

    intent: IntentName | None = None
    agent: AgentType | None = None
    tools: Tools | None = None
    refused: Tools = Field(default_factory=list)
    """Those of the tools that should fail."""
    mentions: Annotated[list[Words], BeforeValidator(_as_list)] = Field(default_factory=list)


class Step(Part):
    """``repeated`` takes the place of ``expect`` where an earlier run has booked the script's credits already."""

    says: Words
    expect: Expectation = Expectation()
    repeated: Expectation | None = None

    def expected(self, *, repeated: bool) -> Expectation:
        return self.repeated if repeated and self.repeated is not None else self.expect


class Ending(Part):
    """How things stand after the last answer. ``credits``: what the conversation gave back on the account, each once;
    an empty list says that nothing was."""

    status: TicketStatus | None = None
    person: bool | None = None
    """Whether the conversation waits for a person."""
    queue: Words | None = None
    survey: Annotated[int, Field(ge=1, le=5)] | None = None
    credits: Amounts | None = None


class Script(Part):
    title: Words
    customer: Words
    channel: Channel = Channel.WEB
    steps: Annotated[list[Step], Field(min_length=1)]
    ending: Ending = Ending()


@dataclass(frozen=True)
class ScriptFile:
    path: Path
    script: Script

    @property
    def name(self) -> str:
        return self.path.stem


def load_scripts(where: Path) -> list[ScriptFile]:
    """Of a file, or of all files in a folder by name. Raises ``BadScript`` with all that is wrong in the first one."""
    if not where.exists():
        raise BadScript(f"There is no {where}.")
    paths = sorted(path for path in where.iterdir() if path.suffix in SUFFIXES) if where.is_dir() else [where]
    if not paths:
        raise BadScript(f"There is no script in {where}: scripts are files that end in {' or '.join(SUFFIXES)}.")
    return [ScriptFile(path, load_script(path)) for path in paths]


def load_script(path: Path) -> Script:
    """Raises ``BadScript``."""
    try:
        content, lines = read_yaml(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise BadScript(f"{path} is not text in UTF-8.") from None
    except OSError as error:
        raise BadScript(f"{path} cannot be read: {error.strerror}.") from None
    except BadYaml as error:
        raise BadScript(f"{path}, line {error.line}: {error}.") from None
    try:
        return Script.model_validate(content)
    except ValidationError as wrong:
        raise BadScript("\n".join(_complaints(path, lines, wrong))) from None


def _complaints(path: Path, lines: Lines, wrong: ValidationError) -> Iterable[str]:
    for error in wrong.errors(include_url=False):
        location = error["loc"]
        field = ".".join(str(part + 1) if isinstance(part, int) else part for part in location) or "the script"
        yield f"{path}, line {lines.of(location)}, {field}: {_in_words(error['type'], error['msg'])}."


def _in_words(kind: str, message: str) -> str:
    known = {"extra_forbidden": "there is no such field", "missing": "it is missing"}
    return known.get(kind, message.removeprefix("Value error, "))
