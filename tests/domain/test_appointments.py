from datetime import UTC, date, datetime, timedelta

import pytest

from domain.appointments import CALLBACK_HORIZON, CALLBACK_LEAD, why_no_callback, why_no_visit

pytestmark = pytest.mark.unit

FRIDAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "possible"),
    [
        (FRIDAY - timedelta(days=1), False),
        (FRIDAY, False),
        (FRIDAY + timedelta(days=1), True),
        (FRIDAY + timedelta(days=2), False),
        (FRIDAY + timedelta(days=28), True),
        (FRIDAY + timedelta(days=29), False),
        (date.min, False),
        (date.max, False),
    ],
)
def test_days_for_visits(day: date, possible: bool):
    assert (why_no_visit(day, FRIDAY) is None) is possible


@pytest.mark.parametrize(
    ("at", "possible"),
    [
        (NOON + CALLBACK_LEAD, True),
        (NOON + CALLBACK_LEAD - timedelta(seconds=1), False),
        (NOON + CALLBACK_HORIZON, True),
        (NOON + CALLBACK_HORIZON + timedelta(seconds=1), False),
        (datetime(2026, 11, 21, 8, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 21, 7, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 21, 19, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 21, 20, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), False),
    ],
)
def test_times_for_callbacks(at: datetime, possible: bool):
    assert (why_no_callback(at, NOON) is None) is possible
