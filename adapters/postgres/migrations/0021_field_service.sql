-- Technicians with their working week, the visits that take its slots, and callbacks.

create table technicians (
    technician_id text primary key,
    name          text not null,
    area          text not null,
    skills        text[] not null
);
create index technicians_of_area on technicians (area);

-- When a technician works, every week; weekday 1 is Monday.
create table technician_shifts (
    technician_id text not null references technicians,
    weekday       integer not null check (weekday between 1 and 7),
    time_window   text not null check (time_window in ('08-10', '10-12', '13-15', '15-17')),
    primary key (technician_id, weekday, time_window)
);

create sequence visit_number start with 1001;

create table technician_visits (
    visit_id        text primary key default 'VISIT-' || nextval('visit_number'),
    technician_id   text not null references technicians,
    customer_id     text not null references customers,
    conversation_id text not null default '',
    product_type    text not null,
    visit_date      date not null,
    time_window     text not null,
    issue           text not null,
    status          text not null default 'booked' check (status in ('booked', 'done', 'cancelled')),
    effect_key      text unique references effects,
    booked_at       timestamptz not null
);
-- A slot is taken once, and nobody waits for two technicians.
create unique index technician_visits_slot on technician_visits (technician_id, visit_date, time_window)
    where status = 'booked';
create index technician_visits_of_customer on technician_visits (customer_id);

create sequence callback_number start with 1001;

create table callbacks (
    callback_id     text primary key default 'CB-' || nextval('callback_number'),
    customer_id     text not null references customers,
    conversation_id text not null,
    phone           text not null,
    callback_at     timestamptz not null,
    reason          text not null,
    status          text not null default 'scheduled' check (status in ('scheduled', 'done', 'missed', 'cancelled')),
    agent           text not null,
    effect_key      text unique references effects,
    created_at      timestamptz not null
);
create index callbacks_due on callbacks (callback_at) where status = 'scheduled';
create index callbacks_of_customer on callbacks (customer_id);
