from pathlib import Path

import pytest

from agents import prompting
from agents.prompting import FOLDER, AgentInputs, BrokenPrompt, CompanyInputs, agent_prompt, fill, repair_prompt
from domain.agents import AGENTS
from domain.escalation import SPEAKERS

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("spec", AGENTS.values(), ids=lambda spec: spec.type)
def test_every_agent_has_a_versioned_prompt_and_who_speaks_the_house_rules(spec) -> None:  # type: ignore[no-untyped-def]
    prompt = agent_prompt(spec, "Acme")
    assert prompt.label.startswith(f"{spec.type}@")
    assert "Acme" in prompt.text
    assert spec.purpose in prompt.text
    assert ("# House rules" in prompt.text) == (spec.type in SPEAKERS)
    assert "${" not in prompt.text


def test_every_prompt_file_is_used() -> None:
    used = {spec.prompt for spec in AGENTS.values()} | {"house_rules.md", "repair.md", "repair_report.md"}
    assert {file.name for file in FOLDER.glob("*.md")} == used


def test_repair_says_what_was_wrong() -> None:
    assert "no words" in repair_prompt("there were no words").text
    assert "no report" in repair_prompt("there was no report", "repair_report.md").text


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("No version here.", "version"),
        ("---\nversion: one\n---\nHello", "version"),
        ("---\nversion: 1\n---\nHello ${nobody}", "nobody"),
        ("---\nversion: 1\n---\nThat is 5$ only", "input"),
    ],
)
def test_a_broken_prompt_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, complaint: str
) -> None:
    (tmp_path / f"broken{abs(hash(content))}.md").write_text(content)
    monkeypatch.setattr(prompting, "FOLDER", tmp_path)
    with pytest.raises(BrokenPrompt, match=complaint):
        fill(f"broken{abs(hash(content))}.md", CompanyInputs("Acme"))


def test_a_missing_prompt_is_named() -> None:
    with pytest.raises(BrokenPrompt, match="nowhere"):
        fill("nowhere.md", AgentInputs("Acme", "", "", ""))
