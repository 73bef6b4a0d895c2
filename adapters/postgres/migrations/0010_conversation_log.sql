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
create index conversations_open on conversations (created_at, conversation_id) where closed_at is null;

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
--
-- Sessions plan this once, often while the log is still small: every look-up is by a whole key, and never by a scan.
create function append_events(
    cid text, ep integer, new_events jsonb, columns jsonb, snapshot jsonb, asked text[], unless_event text
) returns jsonb language plpgsql set enable_seqscan = off as $$
declare
    current conversations%rowtype;
    s integer;
    event jsonb;
    message text;
    still_open text[];
    reply_seq integer;
    reply jsonb;
    answered jsonb := '[]';
    replies jsonb := '[]';
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
            still_open := '{}';
            for message in select * from jsonb_array_elements_text(event->'answers') loop
                update conversation_events set answered_by = s + 1
                where conversation_id = cid and event_id = 'msg-' || message and answered_by is null;
                if found then
                    still_open := still_open || message;
                end if;
            end loop;
            -- What a person said stands, whatever was answered meanwhile.
            if cardinality(still_open) = 0 and event->>'type' = 'agent_message' then
                continue;
            end if;
            event := jsonb_set(event, '{answers}', to_jsonb(still_open));
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

    foreach message in array asked loop
        select answered_by into reply_seq from conversation_events
        where conversation_id = cid and event_id = 'msg-' || message and answered_by is not null;
        continue when not found;
        answered := answered || to_jsonb(message);
        select jsonb_build_object('seq', seq, 'event', body) into reply from conversation_events
        where conversation_id = cid and seq = reply_seq;
        if not replies @> jsonb_build_array(jsonb_build_object('seq', reply_seq)) then
            replies := replies || reply;
        end if;
    end loop;
    if jsonb_array_length(replies) > 1 then
        select jsonb_agg(r order by (r->'seq')::integer) into replies from jsonb_array_elements(replies) r;
    end if;
    return jsonb_build_object('fenced', false, 'epoch', ep, 'last_seq', s, 'answered', answered, 'replies', replies);
end $$;

-- What the log knows about customers' messages: the i-th of `ids` and the i-th of `events` name one. A message nobody
-- has answered yet has no reply, an unknown conversation no row.
create function answers_to(ids text[], events text[]) returns table (
    asked_id text, asked_event text, status text, agent_type text, requires_human boolean, last_seq integer,
    continued_in text, reply jsonb
) language plpgsql stable set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
    return query
    select asked.id, asked.event_id, c.status, c.agent_type, c.requires_human, c.last_seq, c.continued_in,
           case when r.seq is not null then jsonb_build_object('seq', r.seq, 'event', r.body) end
    from unnest(ids, events) as asked(id, event_id)
    join conversations c on c.conversation_id = asked.id
    left join conversation_events m on m.conversation_id = asked.id and m.event_id = asked.event_id
    left join conversation_events r on r.conversation_id = asked.id and r.seq = m.answered_by;
end $$;
