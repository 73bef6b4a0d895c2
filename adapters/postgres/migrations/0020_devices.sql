-- What the network knows of a customer: devices, their latest readings, settings, faults and logs.

-- Where the customer's services end: outages and technicians are by area.
create table customer_sites (
    customer_id text primary key references customers,
    area        text not null
);

create table devices (
    device_id   text primary key,
    customer_id text not null references customers,
    service_id  text not null references services,
    kind        text not null,
    model       text not null,
    firmware    text not null default '',
    status      text not null check (status in ('online', 'degraded', 'offline'))
);
create index devices_of_customer on devices (customer_id);

-- The newest value of each metric, and between what it is healthy. A metric's name ends with its unit.
create table device_readings (
    device_id text not null references devices,
    metric    text not null,
    value     double precision not null,
    low       double precision not null,
    high      double precision not null check (high >= low),
    primary key (device_id, metric)
);

create table setting_rules (
    kind        text not null,
    name        text not null,
    recommended text not null,
    allowed     text[] not null,
    why         text not null,
    primary key (kind, name)
);

create table device_settings (
    device_id text not null references devices,
    name      text not null,
    value     text not null,
    primary key (device_id, name)
);

-- `setting` names the setting whose wrong value is the cause, if one is.
create table device_faults (
    fault_id    text primary key,
    device_id   text not null references devices,
    code        text not null,
    component   text not null,
    finding     text not null,
    remedy      text not null,
    needs_visit boolean not null default false,
    setting     text,
    began_at    timestamptz not null,
    ended_at    timestamptz check (ended_at >= began_at)
);
create index device_faults_of_device on device_faults (device_id);

-- Kept as collectors keep them: a message that comes again every so often is one row, and goes on with its fault.
create table device_logs (
    entry_id        text primary key,
    device_id       text not null references devices,
    fault_id        text references device_faults,
    log_type        text not null,
    level           text not null check (level in ('info', 'warning', 'error')),
    code            text not null,
    message         text not null,
    first_at        timestamptz not null,
    repeats_minutes integer check (repeats_minutes > 0)
);
create index device_logs_of_device on device_logs (device_id);

create sequence configuration_change_number start with 1001;

create table configuration_changes (
    change_id  text primary key default 'CHG-' || nextval('configuration_change_number'),
    device_id  text not null references devices,
    setting    text not null,
    previous   text not null,
    value      text not null,
    reason     text not null,
    agent      text not null,
    effect_key text unique references effects,
    at         timestamptz not null
);
create index configuration_changes_of_device on configuration_changes (device_id);

-- Disturbances of the network, by product and area ('' is everywhere).
create table outages (
    outage_id    text primary key,
    product_type text not null,
    area         text not null default '',
    impact       text not null check (impact in ('degraded', 'down')),
    message      text not null,
    began_at     timestamptz not null,
    expected_end timestamptz,
    ended_at     timestamptz
);
create index outages_open on outages (product_type) where ended_at is null;

-- How often an entry had been written at a time: once, or every `repeats_minutes` since it was first.
create function written(first_at timestamptz, repeats_minutes integer, at timestamptz) returns bigint
language sql immutable as $$
    select case
        when at < first_at then 0
        when repeats_minutes is null then 1
        else floor(extract(epoch from at - first_at) / (repeats_minutes * 60))::bigint + 1
    end
$$;
