import json
from pathlib import Path

import pytest

from cli.simulation.report import Totals, as_json, as_table, progress, totals
from cli.simulation.run import Outcome
from cli.simulation.script import Script, ScriptFile, Step
from cli.simulation.verdict import Heard
from domain.state import TicketStatus

pytestmark = pytest.mark.unit

FILE = ScriptFile(Path("scripts/price.yaml"), Script(title="A price", customer="C", steps=[Step(says="Price?")]))


def outcome(status: TicketStatus | None, **more: object) -> Outcome:
    found = Heard("pricing_inquiry", "tier1", ["search_knowledge_base"], [], "49.99")
    return Outcome(FILE, "c-1", heard=[found], status=status, calls=2, seconds=1.25, **more)  # type: ignore[arg-type]


CLOSED, RESOLVED = outcome(TicketStatus.CLOSED), outcome(TicketStatus.RESOLVED)
TO_PERSON = {"escalated": True, "asked_person": True}
WAITING, ESCALATED = outcome(TicketStatus.PENDING_CUSTOMER), outcome(TicketStatus.ESCALATED, **TO_PERSON)
WRONG = outcome(TicketStatus.CLOSED, **TO_PERSON, failures=1, problems=["step 1: agent tier1 instead of sales"])
BY_ANOTHER_AGENT = outcome(TicketStatus.CLOSED, escalated=True)
NOT_BEGUN = Outcome(FILE, problems=["POST /conversations: 404 Unknown customer"])


def test_totals() -> None:
    found = totals([CLOSED, RESOLVED, WAITING, ESCALATED, WRONG, NOT_BEGUN])
    assert (found.scripts, found.failed) == (6, 2)
    assert found.first_contact_resolution == 2 / 4
    assert (found.tool_calls, found.tool_success) == (10, 0.9)
    assert found.escalation_rate == 2 / 5


def test_another_agent_s_help_is_an_escalation_and_yet_a_first_contact_resolution() -> None:
    found = totals([CLOSED, BY_ANOTHER_AGENT])
    assert (found.first_contact_resolution, found.escalation_rate) == (1.0, 0.5)


def test_totals_of_nothing_are_no_shares() -> None:
    assert totals([NOT_BEGUN]) == Totals(1, 1, None, 0, None, None)


def test_the_table_shows_each_script_and_why_it_failed() -> None:
    table = as_table([CLOSED, WRONG, NOT_BEGUN])
    head, first, *_ = table.splitlines()
    assert head.split() == ["script", "steps", "intents", "agents", "tools", "status", "seconds", "result"]
    assert first.split() == ["price", "1", "pricing_inquiry", "tier1", "search_knowledge_base", "closed", "1.2", "ok"]
    assert "scripts/price.yaml: A price (c-1)\n  step 1: agent tier1 instead of sales\n" in table
    assert "scripts/price.yaml: A price (not begun)\n  POST /conversations: 404 Unknown customer\n" in table
    assert "1 of 3 scripts passed" in table


def test_a_repeat_is_told() -> None:
    assert "ok, done before" in as_table([outcome(TicketStatus.CLOSED, repeated=True)])


def test_json_has_everything_but_what_was_said() -> None:
    found = json.loads(as_json([WRONG]))
    assert found["totals"]["failed"] == 1
    (script,) = found["scripts"]
    assert (script["script"], script["passed"], script["status"]) == ("price", False, "closed")
    assert (script["escalated"], script["asked_person"]) == (True, True)
    assert script["steps"] == [
        {"intent": "pricing_inquiry", "agent": "tier1", "tools": ["search_knowledge_base"], "failed": []}
    ]


def test_progress_is_a_line() -> None:
    assert progress(WRONG, 2, 9) == "2/9 FAILED price (1.2 s)"
