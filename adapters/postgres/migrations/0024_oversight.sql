-- Escalations and transfers that an agent asked for; the engine carries them out.

create sequence escalation_request_number start with 1001;

create table escalation_requests (
    request_id      text primary key default 'ESC-' || nextval('escalation_request_number'),
    conversation_id text not null,
    customer_id     text not null references customers,
    ticket_id       text references tickets,
    target          text not null,
    queue           text not null default '',
    reason          text not null,
    summary         text not null default '',
    agent           text not null,
    effect_key      text unique references effects,
    at              timestamptz not null
);
create index escalation_requests_of_conversation on escalation_requests (conversation_id);
create index escalation_requests_of_ticket on escalation_requests (ticket_id);
