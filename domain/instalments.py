"""How a sum is split into monthly parts."""

import calendar
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from domain.money import CENT


def split(amount: Decimal, parts: int) -> list[Decimal]:
    """Equal parts that sum to ``amount``; the first ones carry the cents that do not divide.

    >>> split(Decimal("100.00"), 3)
    [Decimal('33.34'), Decimal('33.33'), Decimal('33.33')]
    """
    cents = int(amount / CENT)
    share, left = divmod(cents, parts)
    return [(share + (number < left)) * CENT for number in range(parts)]


def monthly(first: date, parts: int) -> Iterator[date]:
    """The same day of each month, or the month's last.

    >>> [f"{day}" for day in monthly(date(2027, 1, 31), 3)]
    ['2027-01-31', '2027-02-28', '2027-03-31']
    """
    for number in range(parts):
        year, month = divmod(first.year * 12 + first.month - 1 + number, 12)
        last = calendar.monthrange(year, month + 1)[1]
        yield date(year, month + 1, min(first.day, last))
