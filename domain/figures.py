"""Amounts, dates and ids in texts and in tools' results, each in one spelling, so that what an agent says can be held
against what it was told.

Amounts are ``49.99`` without sign and currency, days ``2026-11-03``, months ``2026-11``, a day without a year
``--11-03``; ids stay as they are.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import combinations

from pydantic import JsonValue

FIGURES_LIMIT = 60
"""Of one result. A list of this length may lack some."""
ID_LENGTH = 40
MOST_TIMES = 36
"""A price by pieces or by months: more of one is no arithmetic that a customer follows."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# "Step 2 may help" is no date, so May needs its capital letter.
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|(?-i:May)|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?P<year>(?:19|20)\d\d)-(?P<month>[01]\d)-(?P<day>[0-3]\d)(?!\d)",
        rf"(?<!\d){_DAY} (?:of )?{_MONTH},? {_YEAR}(?!\d)",
        rf"\b{_MONTH} {_DAY},? {_YEAR}(?!\d)",
        rf"(?<!\d){_DAY} (?:of )?{_MONTH}(?![a-z])",
        rf"\b{_MONTH} {_DAY}(?!\d)",
        rf"\b{_MONTH},? {_YEAR}(?!\d)",
    )
)
"""Most telling first: what one has read, the next does not see."""

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_CODE = r"(?:USD|EUR|GBP|dollars?|euros?|pounds?|bucks)\b|[$€£](?!\d)"
_MONEY = re.compile(
    rf"(?:[$€£]|\b(?:USD|EUR|GBP)) ?(?P<after>{_NUMBER})(?!\d|[.,]\d)|(?<![\d.,])(?P<before>{_NUMBER}) ?(?:{_CODE})",
    re.IGNORECASE,
)
_CENTS = re.compile(r"(?<![\d.,])(?P<amount>\d{1,3}(?:,\d{3})+\.\d\d|\d+\.\d\d)(?![\d]|\.\d)")
_ANY_NUMBER = re.compile(rf"(?<![\d.,])(?:{_NUMBER})(?!\d|[.,]\d)")
_PERIOD = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])")
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_AMOUNT = re.compile(r"-?\d+\.\d\d")


def stated_amounts(text: str) -> list[str]:
    """What a text says is money: numbers with a currency.

    >>> stated_amounts("I credited $1,049.99, that is 49,99 € less")
    ['1049.99', '49.99']
    """
    return _distinct(amount_of(match["after"] or match["before"]) for match in _MONEY.finditer(text))


def stated_dates(text: str) -> list[str]:
    """
    >>> stated_dates("on 3 November 2026, Nov 5th, or in December 2026")
    ['2026-11-03', '--11-05', '2026-12']
    """
    return _dates_and_rest(text)[0]


def figures_in_words(text: str) -> list[str]:
    """What somebody wrote that an agent may take up: any number may have been meant as an amount.

    >>> figures_in_words("you took 50 on 3 November")
    ['--11-03', '50.00']
    """
    dates, rest = _dates_and_rest(text)
    numbers = (amount_of(match[0]) for match in _ANY_NUMBER.finditer(rest))
    return _distinct((*dates, *stated_amounts(rest), *numbers))[:FIGURES_LIMIT]


def figures_in_text(text: str) -> list[str]:
    """Dates and amounts of a text of ours, such as an article or a refusal."""
    cents = (amount_of(match["amount"]) for match in _CENTS.finditer(text))
    return _distinct((*stated_dates(text), *stated_amounts(text), *cents))


def figures_of(result: Mapping[str, JsonValue]) -> list[str]:
    """What a tool's result says in figures, at most ``FIGURES_LIMIT``: amounts and dates in its order, then ids.

    >>> figures_of({"invoice_id": "INV-1", "total": "49.99", "due_on": "2026-11-03", "count": 7})
    ['49.99', '2026-11-03', 'INV-1']
    """
    leaves = list(_leaves("", dict(result)))
    figures = (figure for name, text in leaves if not _names_id(name) for figure in _figures(text))
    ids = (text for name, text in leaves if _names_id(name) and len(text) <= ID_LENGTH)
    return _distinct((*figures, *ids))[:FIGURES_LIMIT]


def is_known(figure: str, known: Collection[str]) -> bool:
    """Whether a stated figure is among the known ones. Less exact is right, too: the month of a day, a day of any year.

    >>> is_known("2026-11", ["2026-11-03"]), is_known("2026-11-04", ["2026-11-03"])
    (True, False)
    """
    if figure in known:
        return True
    if _PERIOD.fullmatch(figure):
        return any(one.startswith(f"{figure}-") for one in known)
    if figure.startswith("--"):
        return any(_ISO_DAY.fullmatch(one) and one.endswith(figure[1:]) for one in known)
    return bool(_ISO_DAY.fullmatch(figure)) and f"-{figure[4:]}" in known


def works_out(amount: str, figures: Iterable[str]) -> bool:
    """Whether the amount is a sum or a difference of two of the figures, or some times one of them.

    >>> works_out("20.00", ["49.99", "29.99"]), works_out("99.98", ["49.99"]), works_out("20.01", ["49.99", "29.99"])
    (True, True, False)
    """
    wanted = _cents(amount)
    cents = [_cents(figure) for figure in figures if _AMOUNT.fullmatch(figure)]
    if any(one and wanted % one == 0 and wanted // one <= MOST_TIMES for one in cents):
        return True
    return any(wanted in (one + other, abs(one - other)) for one, other in combinations(cents, 2))


def amount_of(number: str) -> str:
    """
    >>> amount_of("1,049.9")
    '1049.90'
    """
    head, mark, tail = number.rpartition(",")
    plain = f"{head}.{tail}" if mark and len(tail) < 3 else number.replace(",", "")
    return f"{Decimal(plain):.2f}"


def _cents(amount: str) -> int:
    return int(amount.replace(".", ""))


def _dates_and_rest(text: str) -> tuple[list[str], str]:
    """The dates of a text in its order, and the text without them."""
    found: list[tuple[int, str]] = []
    for pattern in _DATES:
        read = ((match.start(), _date(match.groupdict())) for match in pattern.finditer(text))
        found += [(start, date) for start, date in read if date is not None]
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return _distinct(date for _, date in sorted(found)), text


def _date(parts: Mapping[str, str | None]) -> str | None:
    month, day, year = str(parts["month"]).lower(), parts.get("day"), parts.get("year")
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
    if not 1 <= number <= 12 or (day is not None and not 1 <= int(day) <= 31):
        return None
    if day is None:
        return f"{year}-{number:02}"
    return f"{year or '-'}-{number:02}-{int(day):02}"


def _figures(text: str) -> list[str]:
    if _AMOUNT.fullmatch(text):
        return [text.removeprefix("-")]
    return [text] if _PERIOD.fullmatch(text) else figures_in_text(text)


def _names_id(name: str) -> bool:
    return name.endswith(("_id", "_ids"))


def _leaves(name: str, value: JsonValue) -> Iterator[tuple[str, str]]:
    """The texts of a JSON value, each with the name of the field it stands in."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(name, inner)
    elif isinstance(value, str):
        yield name, value


def _distinct(figures: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(figures))
