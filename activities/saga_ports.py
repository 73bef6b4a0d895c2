"""What the steps of sagas need from the outside (``domain/sagas.py`` says which steps there are);
``activities/ports.py`` says what holds for all ports.

``effect`` is always the whole saga's. A step has its part of the effect once (``Effect.of_step``), raises ``TakenBack``
when it has been undone or barred, and finds what the steps before it did by their keys. An undo works once, bars a step
that has not happened, and raises nothing but ``Unavailable``.
"""

from typing import Protocol, TypeVar

from pydantic import BaseModel

from activities.effects import Effect
from domain.toolbox.payments import MoneyReturned, RefundMade, RefundManager
from domain.toolbox.sales import OrderCharged, OrderPlaced, ProcessOrder, StockReserved
from domain.toolbox.tickets import NotificationQueued

ResultT = TypeVar("ResultT", bound=BaseModel)


class Orders(Protocol):
    """The steps of an order."""

    async def reserve_stock(self, effect: Effect, order: ProcessOrder) -> StockReserved:
        """Give it a number and its pieces. Raises ``NotFound`` for the quote, ``QuoteRefused``, ``OutOfStock``."""
        ...

    async def release_stock(self, effect: Effect) -> None:
        """Cancel the order: the pieces and the quote are free again."""
        ...

    async def charge(self, effect: Effect, order: ProcessOrder) -> OrderCharged:
        """Take the amount and book invoice and payment. Raises ``NotFound`` for the payment method,
        ``PaymentRefused``, ``PaymentDeclined``."""
        ...

    async def reverse_charge(self, effect: Effect) -> None:
        """Give the money back, with reversals in the ledger; the invoice is void."""
        ...

    async def fulfil(self, effect: Effect, order: ProcessOrder) -> OrderPlaced:
        """Start the services. Raises ``QuoteRefused`` if something stands in the way by now."""
        ...


class Refunds(Protocol):
    """The steps of a refund."""

    async def reverse(self, effect: Effect, refund: RefundManager) -> MoneyReturned:
        """Book it, pay it out, close its dispute. Raises ``NotFound``, ``RefundTooLarge``, ``PaymentRefused``,
        ``DisputeRefused``."""
        ...

    async def recall(self, effect: Effect) -> None:
        """Recall the payout, with reversals in the ledger; its dispute is open again."""
        ...

    async def notify(self, effect: Effect, refund: RefundManager) -> NotificationQueued:
        """Queue the confirmation for the customer."""
        ...

    async def withdraw_notice(self, effect: Effect) -> None:
        """Take the confirmation out of the queue, or correct one that was sent."""
        ...

    async def note(self, effect: Effect, refund: RefundManager) -> RefundMade:
        """Note it with the customer."""
        ...


class EffectBook(Protocol):
    """Which effects there have been."""

    async def enter(self, effect: Effect, result: BaseModel) -> None:
        """Note, once, what another system did and answered."""
        ...

    async def give_up(self, effect: Effect, result: type[ResultT]) -> ResultT | None:
        """Bar an effect that has not happened. Returns its result if it has: then it stands."""
        ...
