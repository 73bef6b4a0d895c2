from datetime import timedelta

import pytest
from pydantic import ValidationError

from domain.carry import REMEMBERED_REPORTS, Carry
from domain.events import IntegrationEvent
from domain.integrations import FACTS_LIMIT, IntegrationReport
from tests.domain.desk import Desk
from tests.domain.simulation import START

pytestmark = pytest.mark.unit


def report(event_id: str = "e1", kind: str = "ticket_updated", external_id: str = "INC-1", minutes: int = 0, **data):
    at = START + timedelta(minutes=minutes)
    return IntegrationReport(
        event_id=event_id, system="ticketing", kind=kind, external_id=external_id, at=at, data=data
    )


def logged(desk: Desk) -> list[IntegrationEvent]:
    return [event for event in desk.events() if isinstance(event, IntegrationEvent)]


def tell(desk: Desk, *reports: IntegrationReport) -> None:
    for one in reports:
        desk.core.integration_reported(one, desk.now)
    desk.settle()


def test_a_report_is_logged_once():
    desk = Desk()
    tell(desk, report(status="open"), report(status="open"))
    assert not desk.core.integration_reported(report(), desk.now)
    tell(desk, report("e2", status="done"))
    assert [(event.external_id, event.data) for event in logged(desk)] == [
        ("INC-1", {"status": "open"}),
        ("INC-1", {"status": "done"}),
    ]


def test_the_same_id_of_another_system_is_another_report():
    desk = Desk()
    tell(desk, report(), report().model_copy(update={"system": "crm"}))
    assert {event.system for event in logged(desk)} == {"ticketing", "crm"}


@pytest.mark.parametrize(
    ("kind", "ticket", "case"),
    [("ticket_updated", "INC-1", None), ("case_updated", None, "INC-1"), ("invoice_paid", None, None)],
)
def test_tickets_and_cases_of_others_are_known_to_the_state(kind, ticket, case):
    desk = Desk()
    tell(desk, report(kind=kind))
    assert (desk.core.state.external_ticket_id, desk.core.state.crm_case_id) == (ticket, case)
    assert len(logged(desk)) == 1


def test_what_was_overtaken_changes_nothing_but_is_logged():
    desk = Desk()
    tell(desk, report("e1", external_id="INC-2", minutes=5), report("e2", external_id="INC-1", minutes=1))
    assert desk.core.state.external_ticket_id == "INC-2"
    tell(desk, report("e3", external_id="INC-3", minutes=5))
    assert desk.core.state.external_ticket_id == "INC-3"
    assert len(logged(desk)) == 3


def test_a_report_about_nothing_of_theirs_leaves_the_state_alone():
    desk = Desk()
    tell(desk, report(), report("e2", external_id="", minutes=9))
    assert desk.core.state.external_ticket_id == "INC-1"


def test_private_data_is_masked():
    desk = Desk()
    tell(desk, report(note="write to ada@example.com", amount=12.5, urgent=True))
    assert logged(desk)[0].data == {"note": "write to a***@example.com", "amount": 12.5, "urgent": True}


def test_a_report_says_nothing_to_the_customer():
    desk = Desk()
    before = desk.types
    tell(desk, report())
    assert desk.types == [*before, "integration_event"]


def test_what_is_remembered_is_carried_and_bounded():
    desk = Desk()
    tell(desk, *(report(f"e{n}") for n in range(REMEMBERED_REPORTS + 10)))
    carried = Carry.model_validate_json(desk.core.carry.model_dump_json())
    assert carried.integrations == desk.core.carry.integrations
    assert len(carried.integrations.recent_ids) == REMEMBERED_REPORTS


@pytest.mark.parametrize(
    "data",
    [
        {f"f{n}": n for n in range(FACTS_LIMIT + 1)},
        {"text": "x" * 301},
        {"text": "a\x00b"},
        {"number": float("nan")},
        {"nested": {"a": 1}},
        {"": 1},
    ],
)
def test_facts_are_flat_and_small(data):
    with pytest.raises(ValidationError):
        IntegrationReport.model_validate(report().model_dump() | {"data": data})
