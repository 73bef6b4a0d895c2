"""Scripts as people write them: what is understood, and what is said about mistakes."""

from decimal import Decimal
from pathlib import Path

import pytest

from cli.simulation.script import BadScript, Script, load_script, load_scripts
from domain.state import Channel, TicketStatus

pytestmark = pytest.mark.unit

GOOD = """\
title: A price
customer: CUST_011
steps:
  - says: no
  - says: 5
    expect: {agent: tier1, tools: search_knowledge_base, mentions: 49.99}
ending: {status: closed, person: no, survey: 5, credits: 34.99}
"""

BAD = {
    "no title": ("customer: C\nsteps: [{says: hi}]\n", 1, "title", "it is missing"),
    "no steps": ("title: T\ncustomer: C\nsteps: []\n", 3, "steps", "at least 1"),
    "an unknown field": (GOOD + "extra: 1\n", 8, "extra", "no such field"),
    "a misspelt field": (GOOD.replace("expect:", "expects:"), 6, "steps.2.expects", "no such field"),
    "an unknown intent": (GOOD.replace("agent: tier1", "intent: prices"), 6, "steps.2.expect.intent", "'prices'"),
    "an unknown agent": (GOOD.replace("tier1", "tier9"), 6, "steps.2.expect.agent", "should be 'intent_classifier'"),
    "an unknown tool": (GOOD.replace("search_knowledge_base", "google"), 6, "steps.2.expect.tools.1", "'google'"),
    "an unknown status": (GOOD.replace("closed", "done"), 7, "ending.status", "should be 'new'"),
    "an unknown channel": (GOOD + "channel: fax\n", 8, "channel", "should be 'web'"),
    "a rating of 6": (GOOD.replace("survey: 5", "survey: 6"), 7, "ending.survey", "less than or equal to 5"),
    "a negative credit": (GOOD.replace("34.99", "-1"), 7, "ending.credits.1", "greater than 0"),
    "a credit that is no number": (GOOD.replace("34.99", "much"), 7, "ending.credits.1", "valid decimal"),
    "an empty saying": (GOOD.replace("says: no", "says:"), 4, "steps.1.says", "at least 1 character"),
    "a step that is a text": (GOOD.replace("  - says: no", "  - no"), 4, "steps.1", "valid dictionary"),
    "nothing at all": ("", 1, "the script", "valid dictionary"),
    "a list": ("- a\n", 1, "the script", "valid dictionary"),
}


def written(folder: Path, text: str, name: str = "script.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_words_are_taken_as_they_are_written(tmp_path: Path) -> None:
    """For YAML itself ``no`` is false and ``5`` a number; customers say them."""
    script = load_script(written(tmp_path, GOOD))
    assert [step.says for step in script.steps] == ["no", "5"]
    assert script.steps[1].expect.tools == ["search_knowledge_base"]
    assert script.steps[1].expect.mentions == ["49.99"]
    assert script.channel is Channel.WEB
    assert script.ending.status is TicketStatus.CLOSED
    assert script.ending.person is False
    assert script.ending.credits == [Decimal("34.99")]


def test_what_is_left_out_is_not_looked_at() -> None:
    script = Script.model_validate({"title": "T", "customer": "C", "steps": [{"says": "hi"}]})
    expected = script.steps[0].expect
    assert (expected.intent, expected.agent, expected.tools, expected.mentions) == (None, None, None, [])
    assert script.ending.credits is None


def test_no_credits_at_all_is_an_empty_list(tmp_path: Path) -> None:
    assert load_script(written(tmp_path, GOOD.replace("34.99", "[]"))).ending.credits == []


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_told_with_file_line_and_field(tmp_path: Path, name: str) -> None:
    text, line, field, told = BAD[name]
    path = written(tmp_path, text)
    with pytest.raises(BadScript) as wrong:
        load_script(path)
    first = str(wrong.value).splitlines()[0]
    assert first.startswith(f"{path}, line {line}, {field}: ")
    assert told in first


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadScript) as wrong:
        load_script(written(tmp_path, GOOD.replace("tier1", "tier9").replace("closed", "done")))
    assert len(str(wrong.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("title: T\ncustomer: [C\n", 3, "expected"),
        ("title: T\ntitle: U\n", 2, "'title' is given twice"),
        ("title: T\n? [a, b]\n: c\n", 2, "a field's name must be a word"),
        ("title: T\n\tcustomer: C\n", 2, "cannot start any token"),
        ("a: *b\n", 1, "undefined alias"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    with pytest.raises(BadScript, match=f"script.yaml, line {line}: .*{told}"):
        load_script(written(tmp_path, text))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "bytes.yaml").write_bytes(b"title: \xff\xfe")
    with pytest.raises(BadScript, match="is not text in UTF-8"):
        load_script(tmp_path / "bytes.yaml")


def test_a_folder_is_read_by_name(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "notes.md"):
        written(tmp_path, GOOD, name)
    assert [file.name for file in load_scripts(tmp_path)] == ["a", "b"]


def test_a_folder_without_scripts_and_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(BadScript, match="There is no script in"):
        load_scripts(tmp_path)
    with pytest.raises(BadScript, match=r"There is no .*nowhere"):
        load_scripts(tmp_path / "nowhere")


def test_our_own_scripts_are_good() -> None:
    files = load_scripts(Path("tests/conversations"))
    assert len(files) >= 20
    assert len({file.script.title for file in files}) == len(files)
