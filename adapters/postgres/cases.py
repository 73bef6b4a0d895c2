"""Closed cases as something to learn from, and new tickets, on our own tables."""

from activities.ports import Effect
from adapters.postgres.database import Connection, Database, fetch_row
from domain.errors import NotPossible, UnknownCustomer
from domain.masking import mask_text
from domain.sla import sla_deadline
from domain.state import CustomerTier, TicketStatus
from domain.toolbox.crm import CASE_TEXT, CreateTicket, SolvedCase, TicketCreated

OPEN_TICKETS_LIMIT = 10
"""So many open tickets beside conversations and a person should look, instead of one more."""

# Any of the words may match; ts_rank orders by how many and how close.
_SIMILAR = """
with asked as (
    select string_agg(quote_literal(lexeme), ' | ')::tsquery as words
    from unnest(to_tsvector('english', %(problem)s))
)
select case_id, category, product_type, left(problem, %(text)s) as problem, left(resolution, %(text)s) as resolution,
       closed_at, round(ts_rank(document, words, 1)::numeric, 4)::float8 as score
from asked join solved_cases on document @@ words
where %(product_type)s::text is null or product_type = %(product_type)s
order by score desc, closed_at desc, case_id limit %(limit)s
"""
_CUSTOMER = """
select tier, (select count(*) from tickets t where t.customer_id = c.customer_id and conversation_id = ''
              and status not in ('resolved', 'closed')) as open_tickets
from customers c where customer_id = %(customer_id)s for no key update
"""
# Without a conversation of its own: the status of a conversation's ticket follows the conversation.
_CREATE = """
insert into tickets (ticket_id, conversation_id, customer_id, status, priority, category, subcategory, description,
                     tags, created_at, updated_at, sla_deadline)
values ('TK-' || nextval('ticket_number'), '', %(customer_id)s, 'new', %(priority)s, %(category)s, %(product_type)s,
        %(description)s, array['from ' || %(conversation_id)s], %(at)s, %(at)s, %(sla_deadline)s)
returning ticket_id
"""


class PostgresCases:
    """Implements ``activities.ports.Cases``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def similar(self, problem: str, *, product_type: str | None, limit: int) -> list[SolvedCase]:
        values = {"problem": problem, "product_type": product_type, "limit": limit, "text": CASE_TEXT}
        return [SolvedCase.model_validate(row) for row in await self._database.rows(_SIMILAR, values)]

    async def create(self, effect: Effect, ticket: CreateTicket) -> TicketCreated:
        return await self._database.once(effect, TicketCreated, lambda connection: _create(connection, effect, ticket))


async def _create(connection: Connection, effect: Effect, ticket: CreateTicket) -> TicketCreated:
    customer = await fetch_row(connection, _CUSTOMER, {"customer_id": effect.customer_id})
    if customer is None:
        raise UnknownCustomer(effect.customer_id)
    if customer["open_tickets"] >= OPEN_TICKETS_LIMIT:
        raise NotPossible(
            f"This customer has {OPEN_TICKETS_LIMIT} open tickets beside the conversations. "
            "Add to one of them, or hand over to a person."
        )
    deadline = sla_deadline(effect.at, ticket.priority, CustomerTier(customer["tier"]))
    values = effect.model_dump() | ticket.model_dump()
    values |= {"description": mask_text(ticket.description), "sla_deadline": deadline}
    created = await fetch_row(connection, _CREATE, values)
    assert created is not None, "an insert returns its row"
    return TicketCreated(
        ticket_id=created["ticket_id"], status=TicketStatus.NEW, priority=ticket.priority, sla_deadline=deadline
    )
