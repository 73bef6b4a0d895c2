"""The file that says which operations other systems serve: read once, at start, and checked as a whole.

Whatever is wrong stops the start with a sentence that names the file and the key.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import yaml
from pydantic import AnyHttpUrl, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from adapters.connectors.errors import REFUSAL_TYPES
from adapters.connectors.operations import CONTEXT, ENGINES_OWN, OPERATIONS, Operation
from adapters.connectors.templates import READING, RequestTemplate
from adapters.settings import SystemName
from domain.errors import SwitchboardError

VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Pointer = Annotated[str, StringConstraints(pattern=r"^(/[^/]+)*$")]
"""A JSON pointer without escapes (RFC 6901); empty for the whole."""


class WrongConnectors(SwitchboardError):
    """The file, or what a system says about itself, does not fit. Nothing was started."""

    type = "wrong-connectors"

    def __init__(self, file: Path, where: str, what: str) -> None:
        super().__init__(f"{file}: {where}: {what}" if where else f"{file}: {what}")


class _Declared(BaseModel):
    """A misspelt key is an error, not a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServedBy(_Declared):
    """How one operation is asked for."""

    key_field: str = Field("", description="Argument in which the effect's key travels, too.")
    also_send: list[str] = Field([], description="What of the effect's context travels beside customer_id.")
    result: Pointer = Field("", description="Where in the answer the result is, as a JSON pointer.")
    lookup_result: Pointer | None = Field(None, description="The same for the look-up's answer; unset: as in result.")

    @property
    def found_at(self) -> Pointer:
        return self.result if self.lookup_result is None else self.lookup_result


class HttpOperation(ServedBy):
    request: str
    lookup: str = Field("", description="Finds an effect by {effect_key}, where the system knows no such keys.")

    @property
    def template(self) -> RequestTemplate:
        return RequestTemplate.parse(self.request)


class McpOperation(ServedBy):
    tool: str = Field(min_length=1)
    lookup: str = Field("", description="Tool that finds an effect by the argument effect_key.")


def _short_form(key: str) -> BeforeValidator:
    """``operation: text`` for ``operation: {key: text}``."""
    return BeforeValidator(lambda given: {key: given} if isinstance(given, str) else given)


class _System(_Declared):
    token_variable: VariableName | None = Field(None, description="Environment variable that holds the token.")
    timeout_seconds: float = Field(5.0, gt=0, le=60)
    knows_idempotency_keys: bool = True
    errors: dict[str, str] = Field({}, description="The system's own error codes, by our error types.")

    @property
    def token(self) -> str:
        return os.environ.get(self.token_variable, "") if self.token_variable else ""


class HttpSystem(_System):
    kind: Literal["http"]
    url: AnyHttpUrl
    openapi: str = Field("", description="Where its OpenAPI document is, to check the operations at start.")
    operations: dict[str, Annotated[HttpOperation, _short_form("request")]] = Field(min_length=1)


class McpSystem(_System):
    kind: Literal["mcp"]
    url: AnyHttpUrl | None = None
    command: list[str] = Field([], description="Program and arguments of a server that speaks over stdin and stdout.")
    environment: list[VariableName] = Field([], description="Variables of ours that the program gets.")
    operations: dict[str, Annotated[McpOperation, _short_form("tool")]] = Field(min_length=1)


System = Annotated[HttpSystem | McpSystem, Field(discriminator="kind")]


class Connectors(_Declared):
    systems: dict[SystemName, System]


def read_connectors(file: Path) -> Connectors:
    """Raises ``WrongConnectors``."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongConnectors(file, "", f"cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WrongConnectors(file, "", f"is not YAML: {' '.join(str(error).split())}") from None
    try:
        connectors = Connectors.model_validate(content)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        raise WrongConnectors(file, _key(first["loc"]), first["msg"]) from None
    _Check(file, connectors).all()
    return connectors


def _key(location: tuple[int | str, ...]) -> str:
    """Pydantic names the variant of a union in a location; the file has no such key."""
    return ".".join(str(part) for index, part in enumerate(location) if not (index == 2 and part in {"http", "mcp"}))


class _Check:
    """What one key alone cannot tell."""

    def __init__(self, file: Path, connectors: Connectors) -> None:
        self._file = file
        self._systems: Mapping[str, HttpSystem | McpSystem] = connectors.systems
        self._served: dict[str, str] = {}

    def all(self) -> None:
        for name, system in self._systems.items():
            where = f"systems.{name}"
            self._token(where, system)
            self._codes(where, system)
            if isinstance(system, McpSystem) and (system.url is None) == (not system.command):
                self._refuse(where, "needs either url or command")
            for operation, served in system.operations.items():
                self._operation(name, f"{where}.operations.{operation}", operation, served)

    def _token(self, where: str, system: HttpSystem | McpSystem) -> None:
        if system.token_variable and not system.token:
            self._refuse(f"{where}.token_variable", f"the environment has no {system.token_variable}")

    def _codes(self, where: str, system: HttpSystem | McpSystem) -> None:
        for code, error_type in system.errors.items():
            if error_type not in REFUSAL_TYPES:
                possible = ", ".join(sorted(REFUSAL_TYPES))
                self._refuse(f"{where}.errors.{code}", f"{error_type!r} is none of {possible}")

    def _operation(self, system: str, where: str, name: str, served: HttpOperation | McpOperation) -> None:
        operation = OPERATIONS.get(name)
        if name in ENGINES_OWN:
            self._refuse(where, f"stays here: {ENGINES_OWN[name]}")
        if operation is None:
            self._refuse(where, f"there is no such operation; there are {', '.join(sorted(OPERATIONS))}")
        if name in self._served:
            self._refuse(where, f"systems.{self._served[name]} serves it already")
        self._served[name] = system
        unknown = set(served.also_send) - CONTEXT
        if unknown:
            self._refuse(f"{where}.also_send", f"{min(unknown)!r} is none of {', '.join(sorted(CONTEXT))}")
        if isinstance(served, HttpOperation):
            self._template(f"{where}.request", served.request, operation)
            if served.lookup:
                self._template(f"{where}.lookup", served.lookup, operation)
        self._effect(where, operation, served, knows_keys=self._systems[system].knows_idempotency_keys)

    def _template(self, where: str, text: str, operation: Operation) -> None:
        try:
            template = RequestTemplate.parse(text)
        except ValueError as error:
            self._refuse(where, str(error))
        unknown = template.names - operation.names
        if unknown:
            self._refuse(where, f"{{{min(unknown)}}} is none of {', '.join(sorted(operation.names))}")
        looks_up = where.endswith(".lookup")
        if looks_up and template.method not in READING:
            self._refuse(where, "a look-up is a GET")
        if operation.is_effect and not looks_up and template.method in READING:
            self._refuse(where, f"{operation.name} changes something: GET must not")

    def _effect(self, where: str, operation: Operation, served: ServedBy, *, knows_keys: bool) -> None:
        lookup = getattr(served, "lookup", "")
        if served.lookup_result is not None and not lookup:
            self._refuse(f"{where}.lookup_result", "there is no lookup")
        if not operation.is_effect and (lookup or served.key_field):
            self._refuse(where, "lookup and key_field are for what changes something")
        if operation.is_effect and not knows_keys and not lookup:
            self._refuse(where, "the system knows no idempotency keys, so a lookup must find what happened already")

    def _refuse(self, where: str, what: str) -> NoReturn:
        raise WrongConnectors(self._file, where, what)
