from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instalments import monthly, split

pytestmark = pytest.mark.unit


@given(st.decimals("0.06", "10000", places=2), st.integers(2, 6))
def test_parts_sum_to_the_whole_and_differ_by_a_cent_at_most(amount: Decimal, parts: int):
    shares = split(amount, parts)
    assert sum(shares) == amount
    assert len(shares) == parts
    assert max(shares) - min(shares) <= Decimal("0.01")
    assert min(shares) > 0


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.integers(2, 6))
def test_one_part_a_month_on_the_same_day_or_the_months_last(first: date, parts: int):
    days = list(monthly(first, parts))
    assert days[0] == first
    assert len({(day.year, day.month) for day in days}) == parts
    assert days == sorted(days)
    assert all(day.day <= first.day for day in days)
