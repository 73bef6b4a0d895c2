-- What law and house rules demand before something is done, and the trail of what was done.

create table compliance_rules (
    rule_id     text primary key,
    topic       text not null,
    source      text not null,
    requirement text not null,
    -- which fact decides; empty: a person has to judge
    fact        text not null default '',
    next_step   text not null
);
create index compliance_rules_of_topic on compliance_rules (topic);

create sequence audit_entry_number start with 1001;

create table audit_entries (
    entry_id        text primary key default 'AUD-' || nextval('audit_entry_number'),
    conversation_id text not null,
    customer_id     text not null,
    agent           text not null,
    action          text not null,
    details         text not null,
    effect_key      text unique references effects,
    at              timestamptz not null
);
create index audit_entries_of_customer on audit_entries (customer_id, at desc);
create index audit_entries_of_conversation on audit_entries (conversation_id);

create trigger audit_entries_stay before update or delete or truncate on audit_entries
    for each statement execute function refuse_change();
