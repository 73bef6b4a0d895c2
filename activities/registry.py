"""A conversation's first step, and its way on when it was closed too long ago."""

from typing import Protocol

from temporalio import activity

from activities.errors import as_application_error
from activities.ports import ConversationLog, Customers, NewTicket, Room, Tickets
from domain.errors import UnknownCustomer
from domain.ids import linked_id, ticket_id
from domain.messages import CustomerMessage, OpenInput, OpenResult
from domain.model import Record
from domain.sla import sla_deadline
from domain.state import Channel, CustomerTier, Priority, Ticket


class Continuation(Record):
    """Messages for a conversation that was closed too long ago; ``continued_in`` is the linked one, if there is one."""

    conversation_id: str
    customer_id: str
    channel: Channel
    messages: list[CustomerMessage]
    continued_in: str = ""


class Continuations(Protocol):
    """Starts conversations from inside the engine."""

    async def continue_in(self, conversation_id: str, continuation: Continuation) -> None:
        """Give the messages to this conversation, starting it if it does not run. Safe to repeat."""
        ...


class Unlimited:
    """Implements ``Room``: there is always some."""

    async def has_room(self, conversation_id: str) -> bool:
        return True


class RegistryActivities:
    def __init__(
        self, log: ConversationLog, customers: Customers, tickets: Tickets, continuations: Continuations, room: Room
    ) -> None:
        self._log = log
        self._room = room
        self._customers = customers
        self._tickets = tickets
        self._continuations = continuations

    @activity.defn
    async def open_conversation(self, request: OpenInput) -> OpenResult:
        """Register the conversation, know its customer, open its ticket; or find what a closed one left."""
        with as_application_error():
            found = await self._log.open(request)
            if found.state is not None:
                # Who comes back had a place before, and finds one.
                return found
            found = found.model_copy(update={"waits": not await self._room.has_room(request.conversation_id)})
            try:
                account = await self._customers.account(request.customer_id)
            except UnknownCustomer:
                # Deleted since the API looked: the conversation goes on with a stranger, and no ticket in the books.
                return found.model_copy(update={"ticket": _ticket(request, CustomerTier.BRONZE)})
            new = NewTicket(
                ticket=_ticket(request, account.profile.tier),
                conversation_id=request.conversation_id,
                customer_id=request.customer_id,
            )
            return found.model_copy(
                update={
                    "customer": account.profile,
                    "ticket": await self._tickets.open(new),
                    "billing_account_id": account.billing_account_id,
                }
            )

    @activity.defn
    async def has_room(self, conversation_id: str) -> bool:
        """Whether a conversation that waits may begin."""
        with as_application_error():
            return await self._room.has_room(conversation_id)

    @activity.defn
    async def continue_elsewhere(self, continuation: Continuation) -> str:
        """Hand the messages to the linked conversation; returns its id."""
        linked = continuation.continued_in or linked_id(
            continuation.conversation_id, continuation.messages[0].message_id
        )
        await self._continuations.continue_in(linked, continuation)
        return linked


def _ticket(request: OpenInput, tier: CustomerTier) -> Ticket:
    priority = request.priority or Priority.MEDIUM
    return Ticket(
        ticket_id=ticket_id(request.conversation_id),
        priority=priority,
        category="conversation",
        created_at=request.now,
        updated_at=request.now,
        sla_deadline=sla_deadline(request.now, priority, tier, request.sla_scale),
    )
