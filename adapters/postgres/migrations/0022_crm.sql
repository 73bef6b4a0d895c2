-- What we know and plan beside the contact: notes, opportunities, changes of an account, and cases that were solved.

create sequence note_number start with 1001;

create table customer_notes (
    note_id         text primary key default 'NOTE-' || nextval('note_number'),
    customer_id     text not null references customers,
    conversation_id text not null default '',
    category        text not null,
    note            text not null,
    agent           text not null,
    effect_key      text unique references effects,
    at              timestamptz not null
);
create index customer_notes_latest on customer_notes (customer_id, at desc);

create sequence opportunity_number start with 1001;

create table opportunities (
    opportunity_id  text primary key default 'OPP-' || nextval('opportunity_number'),
    customer_id     text not null references customers,
    title           text not null,
    stage           text not null default 'open' check (stage in ('open', 'quoted', 'won', 'lost')),
    monthly_value   numeric(12, 2) not null check (monthly_value >= 0),
    effect_key      text unique references effects,
    updated_at      timestamptz not null
);
create index opportunities_of_customer on opportunities (customer_id, updated_at desc);

-- Which fields were changed, masked: what they are now stands in `customers`.
create table account_changes (
    change_id  bigint generated always as identity primary key,
    customer_id text not null references customers,
    field      text not null,
    previous   text not null,
    value      text not null,
    agent      text not null,
    effect_key text not null references effects,
    at         timestamptz not null
);
create index account_changes_of_customer on account_changes (customer_id, at desc);

-- Only a digest of the code is kept; the code itself goes to the address on file.
create table password_resets (
    reset_id    text primary key,
    customer_id text not null references customers,
    digest      bytea not null,
    salt        bytea not null,
    expires_at  timestamptz not null,
    used_at     timestamptz,
    effect_key  text unique references effects,
    at          timestamptz not null
);
create index password_resets_latest on password_resets (customer_id, at desc);

create sequence ticket_number start with 1001;

-- How earlier problems were solved, without the names of those who had them.
create table solved_cases (
    case_id      text primary key,
    ticket_id    text unique references tickets,
    category     text not null,
    product_type text not null default '',
    problem      text not null,
    resolution   text not null,
    closed_at    timestamptz not null,
    document     tsvector not null generated always as (
        setweight(to_tsvector('english', problem), 'A') || setweight(to_tsvector('english', resolution), 'D')
    ) stored
);
create index solved_cases_document on solved_cases using gin (document);

-- A ticket with a description that is closed with a note becomes a case to learn from.
create function keep_solved_case() returns trigger language plpgsql as $$
begin
    insert into solved_cases (case_id, ticket_id, category, product_type, problem, resolution, closed_at)
    select 'CASE-' || new.change_id, ticket_id, category, subcategory, description, new.note, new.at
    from tickets where ticket_id = new.ticket_id and description <> ''
    on conflict (ticket_id) do update set resolution = excluded.resolution, closed_at = excluded.closed_at;
    return null;
end $$;

create trigger ticket_changes_teach after insert on ticket_changes for each row
    when (new.status in ('resolved', 'closed') and new.note <> '') execute function keep_solved_case();
