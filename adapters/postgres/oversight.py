"""Queues, deadlines, sums, satisfaction, and requests that somebody else goes on, on our own tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from activities.ports import Effect
from adapters.postgres.database import Connection, Database, fetch_row
from domain.errors import NotFound, NotPossible, StatusRefused, UnknownCustomer
from domain.masking import mask_text
from domain.satisfaction import SatisfactionFacts
from domain.sla import TicketDeadline
from domain.state import TicketStatus
from domain.tickets import may_change
from domain.toolbox.oversight import (
    EscalateTicket,
    Queue,
    QueueStatus,
    SystemMetrics,
    TicketEscalated,
    TransferRequested,
    TransferToHumanAgent,
)

NEXT_OF_TRANSFER = (
    "End your turn with the outcome wants_person and tell the customer that a person will take over. "
    "The request alone calls nobody."
)
NEXT_OF_ESCALATION = (
    "The request is on file for whoever works on the ticket. If it is about this conversation, "
    "end your turn with the outcome cannot_help: then the conversation moves on."
)

_FACTS = """
select s.scores, s.nps, s.efforts,
       (select count(*) from customer_interactions i where i.customer_id = c.customer_id and at >= %(since)s
        and not resolved) as unresolved,
       (select count(*) from customer_interactions i where i.customer_id = c.customer_id and at >= %(since)s
        and category = 'complaint') as complaints,
       (select count(*) from tickets t where t.customer_id = c.customer_id
        and conversation_id <> %(conversation_id)s and status not in ('resolved', 'closed')) as open_tickets
from customers c cross join lateral (
    select coalesce(array_agg(score::float8 order by at), '{}') as scores,
           coalesce(array_agg(nps order by at) filter (where nps is not null), '{}') as nps,
           coalesce(array_agg(effort order by at) filter (where effort is not null), '{}') as efforts
    from (select score, nps, effort, at from satisfaction_scores
          where customer_id = %(customer_id)s order by at desc limit 10) latest
) s where customer_id = %(customer_id)s
"""
_AWAITED = "select count(*) as awaited from handoffs where state = 'requested' and queue = %(queue)s"
_QUEUES = """
select q.queue, w.waiting,
       coalesce(greatest(floor(extract(epoch from %(now)s - w.first) / 60), 0), 0)::int as longest_wait_minutes,
       c.claimed_today
from unnest(%(names)s::text[]) with ordinality as q (queue, place)
cross join lateral (
    select count(*) as waiting, min(requested_at) as first from handoffs h
    where h.state = 'requested' and h.queue = q.queue
) w
cross join lateral (
    select count(*) as claimed_today from handoffs h where h.claimed_at >= %(today)s and h.queue = q.queue
) c
order by q.place
"""
# A conversation without a deadline of its own has not been written down by the engine yet.
_DEADLINE = """
select t.ticket_id, coalesce(c.status, t.status) as status, coalesce(c.priority, t.priority) as priority,
       coalesce(c.sla_deadline, t.sla_deadline) as deadline
from tickets t left join conversations c
  on c.conversation_id = t.conversation_id and c.customer_id = t.customer_id and c.sla_deadline is not null
"""
_NAMED_TICKET = _DEADLINE + "where t.ticket_id = %(ticket_id)s and t.customer_id = %(customer_id)s"
_OWN_TICKET = (
    _DEADLINE + "where t.conversation_id = %(conversation_id)s and t.customer_id = %(customer_id)s"
    " order by t.created_at desc limit 1"
)
_METRICS = """
with period as not materialized (
    select type, conversation_id, seq, body from conversation_events where at >= %(since)s and at < %(until)s
),
checks as (
    select distinct on (conversation_id) (body->>'score')::float8 as score from period
    where type = 'quality_checked' order by conversation_id, seq desc
)
select count(*) filter (where type = 'conversation_started') as conversations_opened,
       count(*) filter (where type = 'conversation_closed') as conversations_closed,
       count(*) filter (where type = 'customer_message') as customer_messages,
       count(*) filter (where type in ('agent_message', 'human_message')) as replies,
       count(*) filter (where type = 'escalated') as escalations,
       count(*) filter (where type = 'handoff_requested') as handoffs,
       count(*) filter (where type in ('tool_completed', 'tool_failed')) as tool_calls,
       count(*) filter (where type = 'tool_failed') as tool_failures,
       (select avg(score) from checks) as quality
from period
"""
_LOCKED_TICKET = """
select status, conversation_id,
       exists (select from escalation_requests e where e.ticket_id = t.ticket_id and target = %(target)s) as asked
from tickets t where ticket_id = %(ticket_id)s and customer_id = %(customer_id)s for update of t
"""
_REQUEST = """
insert into escalation_requests (conversation_id, customer_id, ticket_id, target, queue, reason, summary, agent,
                                 effect_key, at)
values (%(conversation_id)s, %(customer_id)s, %(ticket_id)s, %(target)s, %(queue)s, %(reason)s, %(summary)s,
        %(agent)s, %(key)s, %(at)s)
returning request_id
"""
_ESCALATED = """
with changed as (
    update tickets set status = 'escalated', updated_at = greatest(updated_at, %(at)s)
    where ticket_id = %(ticket_id)s returning updated_at
)
insert into ticket_changes (ticket_id, previous, status, note, agent, effect_key, at)
select %(ticket_id)s, %(previous)s, 'escalated', %(reason)s, %(agent)s, %(key)s, updated_at from changed
"""
_CUSTOMER = "select from customers where customer_id = %(customer_id)s for no key update"
_PERSON_CALLED = """
select exists (select from handoffs where conversation_id = %(conversation_id)s and state in ('requested', 'claimed'))
    or exists (select from escalation_requests where conversation_id = %(conversation_id)s and target = 'human'
               and ticket_id is null and at > %(at)s - interval '10 minutes') as called
"""


class PostgresOversight:
    """Implements ``activities.support_ports.Oversight``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def people_awaited(self, queue: str) -> int:
        row = await self._database.row(_AWAITED, {"queue": queue})
        return int(row["awaited"]) if row else 0

    async def queues(self, names: Sequence[Queue], now: datetime, *, today: datetime) -> list[QueueStatus]:
        rows = await self._database.rows(_QUEUES, {"names": list(names), "now": now, "today": today})
        return [QueueStatus.model_validate(row) for row in rows]

    async def ticket_deadline(self, customer_id: str, conversation_id: str, ticket_id: str | None) -> TicketDeadline:
        row = await self._database.row(
            _NAMED_TICKET if ticket_id else _OWN_TICKET,
            {"customer_id": customer_id, "conversation_id": conversation_id, "ticket_id": ticket_id},
        )
        if row is None:
            raise NotFound(_no_ticket(ticket_id))
        return TicketDeadline.model_validate(row)

    async def system_metrics(self, since: datetime, until: datetime) -> SystemMetrics:
        row = await self._database.row(_METRICS, {"since": since, "until": until})
        assert row is not None, "an aggregate returns its row"
        return SystemMetrics.model_validate(row | {"since": since})

    async def satisfaction_facts(self, customer_id: str, conversation_id: str, *, since: datetime) -> SatisfactionFacts:
        row = await self._database.row(
            _FACTS, {"customer_id": customer_id, "conversation_id": conversation_id, "since": since}
        )
        if row is None:
            raise UnknownCustomer(customer_id)
        return SatisfactionFacts.model_validate(row)

    async def escalate(self, effect: Effect, request: EscalateTicket) -> TicketEscalated:
        return await self._database.once(
            effect, TicketEscalated, lambda connection: _escalate(connection, effect, request)
        )

    async def request_person(self, effect: Effect, request: TransferToHumanAgent) -> TransferRequested:
        return await self._database.once(
            effect, TransferRequested, lambda connection: _request_person(connection, effect, request)
        )


def _no_ticket(ticket_id: str | None) -> str:
    if ticket_id is None:
        return "This conversation has no ticket yet. Name one of the customer's."
    return f"There is no ticket {ticket_id} of this customer. Use the ticket of this conversation."


async def _escalate(connection: Connection, effect: Effect, request: EscalateTicket) -> TicketEscalated:
    values: dict[str, Any] = effect.model_dump() | request.model_dump()
    values |= {"queue": "", "summary": "", "reason": mask_text(request.reason)}
    ticket = await fetch_row(connection, _LOCKED_TICKET, values)
    if ticket is None:
        raise NotFound(_no_ticket(request.ticket_id))
    status = TicketStatus(ticket["status"])
    if status is not TicketStatus.ESCALATED and not may_change(status, TicketStatus.ESCALATED):
        raise StatusRefused(f"A ticket that is {status} cannot be escalated. Set it to in_progress first.")
    if ticket["asked"]:
        raise NotPossible(f"{request.target} has been asked for this ticket already. Wait, or choose another target.")
    # The status of a conversation's own ticket is the engine's, which follows the conversation.
    if ticket["conversation_id"] != effect.conversation_id and status is not TicketStatus.ESCALATED:
        await connection.execute(_ESCALATED, values | {"previous": status})
        status = TicketStatus.ESCALATED
    requested = await fetch_row(connection, _REQUEST, values)
    assert requested is not None, "an insert returns its row"
    return TicketEscalated(
        request_id=requested["request_id"],
        ticket_id=request.ticket_id,
        status=status,
        target=request.target,
        next_step=NEXT_OF_ESCALATION,
    )


async def _request_person(connection: Connection, effect: Effect, request: TransferToHumanAgent) -> TransferRequested:
    values: dict[str, Any] = effect.model_dump() | request.model_dump()
    values |= {"ticket_id": None, "target": "human"}
    values |= {"reason": mask_text(request.reason), "summary": mask_text(request.summary)}
    if await fetch_row(connection, _CUSTOMER, values) is None:
        raise UnknownCustomer(effect.customer_id)
    called = await fetch_row(connection, _PERSON_CALLED, values)
    if called is not None and called["called"]:
        raise NotPossible("A person has been asked for already. Tell the customer so; asking again moves nobody up.")
    requested = await fetch_row(connection, _REQUEST, values)
    assert requested is not None, "an insert returns its row"
    return TransferRequested(request_id=requested["request_id"], queue=request.queue, next_step=NEXT_OF_TRANSFER)
