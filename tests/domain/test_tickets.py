import pytest

from domain.state import TicketStatus
from domain.tickets import SLA_PAUSED, TRANSITIONS, may_change

pytestmark = pytest.mark.unit

ALLOWED = {
    "new": "in_progress pending_customer escalated resolved closed",
    "in_progress": "pending_customer escalated resolved closed",
    "pending_customer": "in_progress escalated resolved closed",
    "escalated": "in_progress pending_customer resolved closed",
    "resolved": "in_progress escalated closed",
    "closed": "in_progress",
}


@pytest.mark.parametrize("current", TicketStatus)
@pytest.mark.parametrize("wanted", TicketStatus)
def test_each_cell_of_the_table(current: TicketStatus, wanted: TicketStatus) -> None:
    assert may_change(current, wanted) == (wanted in ALLOWED[current].split())


def test_every_status_has_an_exit() -> None:
    assert all(TRANSITIONS[status] for status in TicketStatus)


def test_the_clock_stands_still_only_while_nothing_is_ours_to_do() -> None:
    assert {str(status) for status in SLA_PAUSED} == {"pending_customer", "resolved", "closed"}
