"""Prompts are versioned files (``prompts/*.md``); code fills in named, typed inputs and nothing else."""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from string import Template

from domain.agents import AgentSpec

FOLDER = Path(__file__).with_name("prompts")
_HEAD, _TAIL = "---\nversion: ", "\n---\n"


class BrokenPrompt(Exception):
    """A prompt file is missing, carries no version, or wants an input that nobody gives."""


@dataclass(frozen=True)
class Prompt:
    """A prompt ready for use. ``label`` names file and version, for events and logs."""

    text: str
    label: str


@dataclass(frozen=True)
class CompanyInputs:
    company: str


@dataclass(frozen=True)
class AgentInputs:
    company: str
    purpose: str
    knowledge: str
    house_rules: str


@dataclass(frozen=True)
class RepairInputs:
    problem: str


def agent_prompt(spec: AgentSpec, company: str) -> Prompt:
    """The system prompt of one agent. Raises ``BrokenPrompt``."""
    rules = fill("house_rules.md", CompanyInputs(company))
    inputs = AgentInputs(
        company=company,
        purpose=spec.purpose,
        knowledge=", ".join(spec.knowledge) or "all of them",
        house_rules=rules.text,
    )
    return fill(spec.prompt, inputs)


def repair_prompt(problem: str, name: str = "repair.md") -> Prompt:
    return fill(name, RepairInputs(problem))


def fill(name: str, inputs: CompanyInputs | AgentInputs | RepairInputs) -> Prompt:
    version, body = _read(name)
    try:
        text = Template(body).substitute(asdict(inputs))
    except (KeyError, ValueError) as error:
        raise BrokenPrompt(f"{name} wants an input that {type(inputs).__name__} does not have: {error}") from None
    return Prompt(text=text.strip(), label=f"{name.removesuffix('.md')}@{version}")


@cache
def _read(name: str) -> tuple[int, str]:
    """Version and body of a prompt file."""
    try:
        text = (FOLDER / name).read_text("utf-8")
    except OSError as error:
        raise BrokenPrompt(f"{name}: {error.strerror}") from None
    head, found, body = text.removeprefix(_HEAD).partition(_TAIL)
    if not text.startswith(_HEAD) or not found or not head.isdigit():
        raise BrokenPrompt(f"{name} does not begin with its version")
    return int(head), body
