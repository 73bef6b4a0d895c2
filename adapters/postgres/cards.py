"""Customers' cards and bank accounts. What a bank lets through is simulated by ``bank_limits``."""

from datetime import date
from decimal import Decimal

from adapters.postgres.database import Connection, fetch_row, fetch_rows
from domain.errors import NotFound, PaymentDeclined, PaymentRefused
from domain.model import Record

_METHODS = """
select method_id, kind, label, expires_on, is_default from payment_methods
where customer_id = %(customer_id)s and status = 'active' order by is_default desc, method_id
"""
_CHARGE = """
update bank_limits set funds = funds - %(amount)s
where method_id = %(method_id)s and not blocked and funds >= %(amount)s returning funds
"""
_GIVE_BACK = "update bank_limits set funds = funds + %(amount)s where method_id = %(method_id)s returning funds"
# A payout takes days to arrive, and until then a bank lets it be recalled. The stand-in has added it at once: it takes
# what is left of it.
_RECALL = """
update bank_limits set funds = greatest(0, funds - %(amount)s) where method_id = %(method_id)s returning funds
"""


class Method(Record):
    method_id: str
    kind: str
    label: str
    expires_on: date | None
    is_default: bool

    def usable_on(self, day: date) -> bool:
        return self.expires_on is None or day <= self.expires_on

    @property
    def shown(self) -> str:
        return f"{self.label} ({self.method_id})"


async def usable_method(connection: Connection, customer_id: str, method_id: str | None, on: date) -> Method:
    """The method of this id, or the customer's default. Raises NotFound if there is none, PaymentRefused if it has
    expired; both name those that can be used."""
    methods = await _methods(connection, customer_id)
    chosen = [m for m in methods if (m.is_default if method_id is None else m.method_id == method_id)]
    if not chosen:
        missing = "no default payment method" if method_id is None else f"no payment method {method_id}"
        raise NotFound(f"There is {missing} on this account. {_others(methods, None, on)}")
    if not chosen[0].usable_on(on):
        raise PaymentRefused(f"{chosen[0].shown} expired on {chosen[0].expires_on}. {_others(methods, chosen[0], on)}")
    return chosen[0]


async def charge(connection: Connection, customer_id: str, method_id: str | None, amount: Decimal, on: date) -> Method:
    """Take the money. Raises NotFound, PaymentRefused as ``usable_method``, and PaymentDeclined."""
    method = await usable_method(connection, customer_id, method_id, on)
    if await fetch_row(connection, _CHARGE, {"method_id": method.method_id, "amount": amount}) is None:
        raise PaymentDeclined(
            f"The bank declined {amount:.2f} on {method.shown}; it does not tell us why. Nothing was charged. Ask the "
            f"customer to check limit and balance. {_others(await _methods(connection, customer_id), method, on)}"
        )
    return method


async def give_back(connection: Connection, method_id: str, amount: Decimal) -> None:
    await fetch_row(connection, _GIVE_BACK, {"method_id": method_id, "amount": amount})


async def recall(connection: Connection, method_id: str, amount: Decimal) -> None:
    """Stop money on its way back to the customer."""
    await fetch_row(connection, _RECALL, {"method_id": method_id, "amount": amount})


async def _methods(connection: Connection, customer_id: str) -> list[Method]:
    return [Method.model_validate(row) for row in await fetch_rows(connection, _METHODS, {"customer_id": customer_id})]


def _others(methods: list[Method], but: Method | None, on: date) -> str:
    usable = [method.shown for method in methods if method.usable_on(on) and method != but]
    if not usable:
        return "There is no other method: the customer can add one under Billing > Payment methods."
    return f"Offer another method on file: {', '.join(usable)}."
