import json
from datetime import UTC, datetime

import pytest

from api.auth import Principal, Role
from api.views import event_json, events_page_json, reply_of
from domain.events import AgentAssigned, LoggedEvent, QualityChecked
from domain.matrix import RoutingFacts, decide
from domain.quality import RUDE
from domain.state import AgentType
from tests.api.logbook import Logbook

pytestmark = pytest.mark.unit

CUSTOMER = Principal("u", Role.CUSTOMER, 0.0, "CUST_001")
PERSON = Principal("p", Role.SUPERVISOR, 0.0)


@pytest.fixture
def log():
    return Logbook()


def test_an_event_is_one_flat_object(log):
    log.say("two\nlines")
    event = json.loads(event_json(log.events[0], CUSTOMER))
    assert (event["seq"], event["type"], event["message"], event["at"]) == (
        1,
        "customer_message",
        "two\nlines",
        "2026-11-01T12:00:00Z",
    )


def test_what_staff_write_for_each_other_is_not_shown_to_customers(log):
    log.complete()
    assert "note" not in json.loads(event_json(log.events[0], CUSTOMER))
    assert json.loads(event_json(log.events[0], PERSON))["note"] == "secret"


def test_why_an_agent_was_chosen_is_not_shown_to_customers() -> None:
    assigned = AgentAssigned(
        event_id="assigned-1",
        at=datetime(2026, 11, 1, tzinfo=UTC),
        agent_type=AgentType.BILLING,
        reason="intent",
        decision=decide(RoutingFacts(intent="duplicate_charge")),
    )
    logged = LoggedEvent(seq=1, event=assigned)
    assert "decision" not in json.loads(event_json(logged, CUSTOMER))
    assert json.loads(event_json(logged, PERSON))["decision"]["agent"] == "billing"


def test_what_a_quality_check_found_is_not_shown_to_customers() -> None:
    checked = QualityChecked(
        event_id="quality-1",
        at=datetime(2026, 11, 1, tzinfo=UTC),
        score=0.6,
        passed=False,
        findings=[RUDE.found("Nonsense", 3)],
    )
    logged = LoggedEvent(seq=1, event=checked)
    assert set(json.loads(event_json(logged, CUSTOMER))) == {"seq", "type", "at", "event_id"}
    assert json.loads(event_json(logged, PERSON))["findings"][0] == {
        "check": "tone",
        "severity": "critical",
        "text": "Nonsense",
        "seq": 3,
    }


def test_a_page_tells_where_the_next_begins(log):
    assert json.loads(events_page_json([], 7, PERSON)) == {"events": [], "next_after": 7}
    log.say()
    log.say()
    page = json.loads(events_page_json(log.events, 0, PERSON))
    assert [event["seq"] for event in page["events"]] == [1, 2]
    assert page["next_after"] == 2


def test_only_replies_are_replies(log):
    log.say()
    with pytest.raises(TypeError):
        reply_of(log.events[0])
