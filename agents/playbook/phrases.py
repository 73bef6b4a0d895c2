"""Turns of phrase that several agents share. No text of the customer is ever repeated: it could be anything."""

from datetime import date
from decimal import Decimal

from agents.playbook.situation import Situation

OFFER_PERSON = "Shall I bring in one of my colleagues?"
ANYTHING_ELSE = "I can do for you?"
DID_IT_HELP = "Did that help?"
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def hello(situation: Situation) -> str:
    """A greeting by name at the first reply, nothing later: ``Hi Alice, ``."""
    if situation.replied:
        return ""
    return f"Hi {situation.first_name}, " if situation.first_name else "Hi, "


def started(situation: Situation, text: str) -> str:
    """``text`` after the greeting, or with a capital letter without one."""
    greeting = hello(situation)
    if greeting:
        return greeting + (text if text.startswith(("I ", "I'")) else text[0].lower() + text[1:])
    return text[0].upper() + text[1:]


def named(situation: Situation) -> str:
    """``, Alice`` where the name is known, else nothing."""
    return f", {situation.first_name}" if situation.first_name else ""


def money(amount: Decimal, currency: str) -> str:
    """
    >>> money(Decimal("-5.00"), "USD")
    '-$5.00'
    """
    sign, value = ("-" if amount < 0 else ""), f"{abs(amount):,.2f}"
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{value}" if symbol else f"{sign}{value} {currency}"


def day(of: date) -> str:
    """
    >>> day(date(2026, 11, 3))
    '3 November 2026'
    """
    return f"{of.day} {of:%B %Y}"


def month(period: str) -> str:
    """
    >>> month("2026-11")
    'November 2026'
    """
    try:
        return f"{date.fromisoformat(f'{period}-01'):%B %Y}"
    except ValueError:
        return period


def listed(items: list[str], word: str = "and") -> str:
    """
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"
