-- The contact itself: tickets, messages outside the conversation, figures.

create table tickets (
    ticket_id       text primary key,
    conversation_id text not null,
    customer_id     text not null references customers,
    status          text not null check (
        status in ('new', 'in_progress', 'pending_customer', 'escalated', 'resolved', 'closed')
    ),
    priority        text not null check (priority in ('low', 'medium', 'high', 'critical')),
    category        text not null,
    subcategory     text not null default '',
    description     text not null default '',
    tags            text[] not null default '{}',
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    sla_deadline    timestamptz not null
);
create index tickets_of_customer on tickets (customer_id, created_at desc);
create index tickets_of_conversation on tickets (conversation_id);

create table ticket_changes (
    change_id  bigint generated always as identity primary key,
    ticket_id  text not null references tickets,
    previous   text not null,
    status     text not null,
    note       text not null default '',
    agent      text not null,
    effect_key text references effects,
    at         timestamptz not null
);
create index ticket_changes_of_ticket on ticket_changes (ticket_id);

create sequence notification_number start with 1001;

-- An outbox: what is queued here is carried out by whoever serves the channel.
create table notifications (
    notification_id text primary key default 'NTF-' || nextval('notification_number'),
    customer_id     text not null references customers,
    conversation_id text not null,
    channel         text not null check (channel in ('email', 'sms', 'mobile')),
    recipient       text not null,
    subject         text not null default '',
    body            text not null,
    status          text not null default 'queued' check (status in ('queued', 'sent', 'failed')),
    effect_key      text unique references effects,
    created_at      timestamptz not null,
    sent_at         timestamptz
);
create index notifications_queued on notifications (created_at) where status = 'queued';
create index notifications_of_conversation on notifications (conversation_id);

create table interaction_metrics (
    metric_id       bigint generated always as identity primary key,
    conversation_id text not null,
    customer_id     text not null,
    agent           text not null,
    name            text not null,
    value           double precision not null,
    effect_key      text references effects,
    at              timestamptz not null
);
create index interaction_metrics_of_conversation on interaction_metrics (conversation_id);
create index interaction_metrics_by_name on interaction_metrics (name, at);
