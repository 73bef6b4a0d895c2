"""Deadlines by priority and tier, and the clock's arithmetic of pauses."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.carry import SlaClock
from domain.clocks import judge, pause, resume
from domain.sla import RESOLUTION, TIER_SHARE, at_risk_instant, sla_deadline
from domain.state import CustomerTier, Priority

pytestmark = pytest.mark.unit
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("priority", Priority)
@pytest.mark.parametrize("tier", CustomerTier)
def test_each_cell_of_the_deadlines(priority: Priority, tier: CustomerTier) -> None:
    assert sla_deadline(NOW, priority, tier) - NOW == RESOLUTION[priority] * TIER_SHARE[tier]


def test_valued_customers_and_urgent_matters_never_wait_longer() -> None:
    by_value = [TIER_SHARE[tier] for tier in CustomerTier]
    by_urgency = [RESOLUTION[priority] for priority in Priority]
    assert by_value == sorted(by_value, reverse=True)
    assert by_urgency == sorted(by_urgency, reverse=True)


def test_at_risk_is_four_fifths_of_the_way() -> None:
    assert at_risk_instant(NOW, NOW + 10 * HOUR) == NOW + 8 * HOUR


def clock() -> SlaClock:
    return SlaClock(workflow_id="sla-T-1", at_risk_at=NOW + 8 * HOUR, deadline=NOW + 10 * HOUR)


def test_a_pause_moves_both_instants_by_its_length() -> None:
    running = clock()
    pause(running, NOW + HOUR)
    pause(running, NOW + 2 * HOUR)
    assert resume(running, NOW + 4 * HOUR) is None
    assert (running.at_risk_at, running.deadline) == (NOW + 11 * HOUR, NOW + 13 * HOUR)
    assert resume(running, NOW + 5 * HOUR) is None


def test_a_clock_that_called_in_a_pause_is_wound_when_it_ends() -> None:
    running = clock()
    pause(running, NOW + HOUR)
    assert judge(running, "at_risk", NOW + 8 * HOUR) == "paused"
    running.child_is_idle = True
    errand = resume(running, NOW + 9 * HOUR)
    assert errand is not None
    assert (errand.at_risk_at, errand.deadline) == (NOW + 16 * HOUR, NOW + 18 * HOUR)


@pytest.mark.parametrize(
    ("kind", "at", "verdict"),
    [
        ("at_risk", NOW + 8 * HOUR, "due"),
        ("at_risk", NOW + 8 * HOUR - timedelta(milliseconds=400), "due"),
        ("at_risk", NOW + 7 * HOUR, "early"),
        ("breached", NOW + 9 * HOUR, "early"),
        ("breached", NOW + 10 * HOUR, "due"),
    ],
)
def test_a_call_is_judged_by_the_clock_as_it_stands(kind: str, at: datetime, verdict: str) -> None:
    assert judge(clock(), kind, at) == verdict  # type: ignore[arg-type]
