-- What people must approve, from the log: who asks what, and what was decided.
create table approvals (
    approval_id     text primary key,
    conversation_id text not null references conversations,
    tool            text not null,
    agent_type      text not null default '',
    summary         text not null default '',
    parameters      jsonb not null default '{}',
    reason          text not null default '',
    state           text not null default 'pending' check (state in ('pending', 'approved', 'rejected', 'expired')),
    requested_at    timestamptz not null,
    expires_at      timestamptz,
    decided_at      timestamptz,
    decided_by      text not null default '',
    decision_reason text not null default ''
);

create index approvals_by_state on approvals (state, requested_at);

create function note_approval() returns trigger language plpgsql as $$
begin
    if new.type = 'approval_requested' then
        insert into approvals (approval_id, conversation_id, tool, agent_type, summary, parameters, reason,
                               requested_at, expires_at)
        values (new.body->>'approval_id', new.conversation_id, new.body->>'tool',
                coalesce(new.body->>'agent_type', ''), coalesce(new.body->>'summary', ''),
                coalesce(new.body->'parameters', '{}'), new.body->>'reason', new.at,
                (new.body->>'expires_at')::timestamptz)
        on conflict do nothing;
    else
        update approvals
        set state = case when (new.body->>'expired')::boolean then 'expired'
                         when (new.body->>'approved')::boolean then 'approved' else 'rejected' end,
            decided_at = new.at, decided_by = new.body->>'decided_by', decision_reason = new.body->>'reason'
        where approval_id = new.body->>'approval_id';
    end if;
    return null;
end $$;

create trigger approval_of_event after insert on conversation_events
    for each row when (new.type in ('approval_requested', 'approval_decided')) execute function note_approval();
