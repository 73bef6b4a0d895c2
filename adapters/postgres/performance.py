"""How each agent type did in a period, computed from the conversation log."""

from datetime import datetime
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.pool import read, unavailable_as
from domain.errors import LogUnavailable
from domain.performance import AgentFigures
from domain.satisfaction import DETRACTORS_TO, PROMOTERS_FROM, SATISFIED_FROM
from domain.state import AgentType

Pool = AsyncConnectionPool[AsyncConnection[Any]]


class PostgresPerformance:
    """Raises ``LogUnavailable``."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def figures(self, since: datetime, until: datetime, agent_type: AgentType | None) -> list[AgentFigures]:
        """By agent type, in the enum's order; agents that did nothing are left out."""
        parameters = {"since": since, "until": until, "agent_type": agent_type, **_THRESHOLDS}
        with unavailable_as(LogUnavailable):
            rows = await read(self._pool, _FIGURES, parameters)
        found = [AgentFigures.model_validate(row) for row in rows]
        return sorted(found, key=lambda figures: list(AgentType).index(figures.agent_type))


_THRESHOLDS = {"satisfied": SATISFIED_FROM, "promoters": PROMOTERS_FROM, "detractors": DETRACTORS_TO}
_FIGURES: LiteralString = """
with replies as (
    select e.conversation_id, e.seq, e.at,
           case e.type when 'human_message' then 'human' else e.body->>'agent_type' end as agent_type,
           -- a reply's model is named with its prompt: "playbook billing@1"
           case e.type when 'human_message' then 'a person' else split_part(e.body->>'model', ' ', 1) end as model
    from conversation_events e
    where e.type in ('agent_message', 'human_message') and e.at >= %(since)s and e.at < %(until)s
),
took_part as (
    select agent_type, conversation_id from replies
    where %(agent_type)s::text is null or agent_type = %(agent_type)s
    group by agent_type, conversation_id
),
ends as (
    select c.conversation_id, c.created_at, c.closed_at,
           exists (select from conversation_events e where e.conversation_id = c.conversation_id
                   and e.type = 'conversation_closed' and e.body->>'reason' <> 'idle')
           -- another agent's help is part of the same contact; a person's, or coming back, is not
           and not exists (select from conversation_events e where e.conversation_id = c.conversation_id
                           and e.type in ('handoff_requested', 'conversation_reopened')) as resolved_at_once
    from conversations c where c.conversation_id in (select conversation_id from took_part)
),
ratings as (
    select distinct on (conversation_id) conversation_id, (body->>'score')::int as score,
           (body->>'nps')::int as nps, (body->>'effort')::int as effort
    from conversation_events
    where type = 'survey_answered' and at >= %(since)s and at < %(until)s
    order by conversation_id, seq desc
),
checks as (
    select distinct on (conversation_id) conversation_id, (body->>'score')::float8 as score from conversation_events
    where type = 'quality_checked' and at >= %(since)s and at < %(until)s
    order by conversation_id, seq desc
),
escalations as (
    select distinct body->>'from_agent' as agent_type, conversation_id from conversation_events
    where type = 'escalated' and at >= %(since)s and at < %(until)s
),
tools as (
    select body->>'agent_type' as agent_type, count(*) as calls, avg((type = 'tool_completed')::int) as success
    from conversation_events
    where type in ('tool_completed', 'tool_failed') and at >= %(since)s and at < %(until)s
    group by 1
),
costs as (
    select agent_type, case when bool_and(model in ('playbook', 'a person')) then 0.0 end as cost
    from replies where model <> 'engine'
    group by 1
),
waits as (
    select r.agent_type, percentile_cont(0.95) within group (order by extract(epoch from r.at - m.at)) as p95
    from replies r
    join conversation_events m on m.conversation_id = r.conversation_id and m.answered_by = r.seq
    group by 1
)
select t.agent_type,
       count(*) as conversations,
       avg(n.resolved_at_once::int) filter (where n.closed_at is not null)::float8
           as first_contact_resolution,
       avg(extract(epoch from n.closed_at - n.created_at)) filter (where n.closed_at is not null)::float8
           as handle_time_seconds,
       avg((x.conversation_id is not null)::int)::float8 as escalation_rate,
       avg((s.score >= %(satisfied)s)::int)::float8 as csat,
       avg(s.score)::float8 as csat_mean,
       (100 * (avg((s.nps >= %(promoters)s)::int) - avg((s.nps <= %(detractors)s)::int)))::float8 as nps,
       avg(s.effort)::float8 as effort,
       avg(q.score)::float8 as quality,
       coalesce(max(o.calls), 0) as tool_calls,
       max(o.success)::float8 as tool_success,
       max(w.p95)::float8 as p95_reply_seconds,
       max(k.cost)::float8 as cost
from took_part t
join ends n using (conversation_id)
left join ratings s using (conversation_id)
left join checks q on q.conversation_id = t.conversation_id
left join escalations x on x.conversation_id = t.conversation_id and x.agent_type = t.agent_type
left join tools o on o.agent_type = t.agent_type
left join waits w on w.agent_type = t.agent_type
left join costs k on k.agent_type = t.agent_type
group by t.agent_type
"""
