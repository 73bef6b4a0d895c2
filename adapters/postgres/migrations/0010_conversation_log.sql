-- The fenced event log: one row a conversation, one row an event, and the only function that writes them.

create table conversations (
    conversation_id   text primary key,
    customer_id       text not null,
    channel           text not null,
    last_seq          integer not null default 0,
    epoch             integer not null default 0,
    status            text not null default 'new',
    agent_type        text not null default '',
    intent            text not null default '',
    intent_confidence double precision not null default 0,
    sentiment         text not null default 'neutral',
    escalation_level  integer not null default 0,
    requires_human    boolean not null default false,
    priority          text not null default 'medium',
    sla_deadline      timestamptz,
    sla_breach_risk   boolean not null default false,
    owner             text not null default '',
    state             jsonb,
    continued_from    text,
    continued_in      text,
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    closed_at         timestamptz
) with (fillfactor = 70);

create index conversations_by_customer on conversations (customer_id, created_at desc);

create table conversation_events (
    conversation_id text not null references conversations,
    seq             integer not null,
    event_id        text not null,
    type            text not null,
    at              timestamptz not null,
    body            jsonb not null,
    -- seq of the reply that answers this customer message; null while nobody has
    answered_by     integer,
    primary key (conversation_id, seq),
    unique (conversation_id, event_id)
) with (fillfactor = 90);

create table handoffs (
    handoff_id      text primary key,
    conversation_id text not null references conversations,
    queue           text not null,
    reason          text not null,
    state           text not null default 'requested',
    person_id       text not null default '',
    requested_at    timestamptz not null,
    claimed_at      timestamptz,
    ended_at        timestamptz,
    wrap_up_code    text not null default '',
    note            text not null default ''
);

create index handoffs_by_state on handoffs (state, requested_at);

-- What an event means for the tables beside the log.
create function project_event(cid text, event jsonb) returns void language plpgsql as $$
begin
    case event->>'type'
    when 'handoff_requested' then
        insert into handoffs (handoff_id, conversation_id, queue, reason, requested_at)
        values (event->>'handoff_id', cid, event->>'queue', event->>'reason', (event->>'at')::timestamptz)
        on conflict do nothing;
    when 'handoff_claimed' then
        update handoffs set state = 'claimed', person_id = event->>'person_id', claimed_at = (event->>'at')::timestamptz
        where handoff_id = event->>'handoff_id';
    when 'handoff_completed' then
        update handoffs set state = event->>'outcome', ended_at = (event->>'at')::timestamptz,
            wrap_up_code = coalesce(event->>'wrap_up_code', ''), note = coalesce(event->>'note', '')
        where handoff_id = event->>'handoff_id';
    when 'conversation_closed' then
        update conversations set closed_at = (event->>'at')::timestamptz where conversation_id = cid;
    when 'conversation_reopened' then
        update conversations set closed_at = null where conversation_id = cid;
    when 'conversation_continued' then
        update conversations set continued_in = event->>'continued_in' where conversation_id = cid;
    else null;
    end case;
end $$;

-- Append what is not there yet, numbered without gaps, under a fencing token. One statement, one transaction, so any
-- caller may repeat it. Returns {fenced, epoch, last_seq, answered: [message id], replies: [{seq, event}]}.
create function append_events(
    cid text, ep integer, new_events jsonb, columns jsonb, snapshot jsonb, asked text[], unless_event text
) returns jsonb language plpgsql as $$
declare
    current conversations%rowtype;
    s integer;
    event jsonb;
    open_answers text[];
    answered jsonb;
    reply_seqs integer[];
    replies jsonb;
begin
    select * into current from conversations where conversation_id = cid for update;
    if not found then
        raise exception 'conversation % is not registered', cid using errcode = 'no_data_found';
    end if;
    if ep < current.epoch then
        return jsonb_build_object('fenced', true, 'epoch', current.epoch, 'last_seq', current.last_seq);
    end if;
    s := current.last_seq;

    if unless_event <> '' and exists (
        select from conversation_events where conversation_id = cid and event_id = unless_event
    ) then
        new_events := '[]';
    end if;

    for event in select * from jsonb_array_elements(new_events) loop
        if exists (select from conversation_events where conversation_id = cid and event_id = event->>'event_id') then
            continue;
        end if;
        if jsonb_array_length(coalesce(event->'answers', '[]')) > 0 then
            -- Exactly one answer a message, whoever races: only what is still open remains in `answers`.
            select array_agg(e.event_id) into open_answers from conversation_events e
            where e.conversation_id = cid and e.answered_by is null
              and e.event_id in (select 'msg-' || m from jsonb_array_elements_text(event->'answers') m);
            if open_answers is null and event->>'type' = 'agent_message' then
                continue;
            end if;
            -- What a person said stands, whatever was answered meanwhile.
            if coalesce(cardinality(open_answers), 0) < jsonb_array_length(event->'answers') then
                event := jsonb_set(event, '{answers}', (
                    select coalesce(jsonb_agg(m order by n), '[]')
                    from jsonb_array_elements_text(event->'answers') with ordinality as a(m, n)
                    where 'msg-' || m = any (open_answers)));
            end if;
            update conversation_events set answered_by = s + 1 where conversation_id = cid and event_id = any (open_answers);
        end if;
        s := s + 1;
        insert into conversation_events (conversation_id, seq, event_id, type, at, body)
        values (cid, s, event->>'event_id', event->>'type', (event->>'at')::timestamptz, event);
        perform project_event(cid, event);
    end loop;

    -- A repeat that writes nothing brings an old state, and changes nothing.
    if s > current.last_seq or ep > current.epoch then
        update conversations set
            last_seq = s, epoch = ep, updated_at = clock_timestamp(),
            status = columns->>'status', agent_type = columns->>'agent_type', intent = columns->>'intent',
            intent_confidence = (columns->>'intent_confidence')::double precision, sentiment = columns->>'sentiment',
            escalation_level = (columns->>'escalation_level')::integer,
            requires_human = (columns->>'requires_human')::boolean, priority = columns->>'priority',
            sla_deadline = (columns->>'sla_deadline')::timestamptz,
            sla_breach_risk = (columns->>'sla_breach_risk')::boolean, owner = columns->>'owner',
            state = coalesce(snapshot, state)
        where conversation_id = cid;
        if snapshot is not null then
            -- The ticketing system shows what the engine decided, from the same transaction.
            update tickets set status = columns->>'status', updated_at = clock_timestamp()
            where conversation_id = cid and status <> columns->>'status';
        end if;
    end if;

    if cardinality(asked) > 0 then
        select jsonb_agg(substr(event_id, 5)), array_agg(answered_by) into answered, reply_seqs
        from conversation_events
        where conversation_id = cid and answered_by is not null
          and event_id in (select 'msg-' || id from unnest(asked) id);
    end if;
    if reply_seqs is not null then
        select jsonb_agg(jsonb_build_object('seq', seq, 'event', body) order by seq) into replies
        from conversation_events where conversation_id = cid and seq = any (reply_seqs);
    end if;
    return jsonb_build_object('fenced', false, 'epoch', ep, 'last_seq', s,
                              'answered', coalesce(answered, '[]'), 'replies', coalesce(replies, '[]'));
end $$;
