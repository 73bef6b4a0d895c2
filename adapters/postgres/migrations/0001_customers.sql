-- Customers, what they have, what they came for, and how they prove who they are.

create table customers (
    customer_id        text primary key,
    name               text not null,
    email              text not null,
    phone              text not null,
    tier               text not null check (tier in ('bronze', 'silver', 'gold', 'platinum')),
    account_status     text not null check (account_status in ('active', 'suspended', 'closed')),
    registered_at      timestamptz not null,
    lifetime_value     numeric(12, 2) not null default 0,
    preferences        jsonb not null default '{}',
    billing_account_id text not null unique,
    updated_at         timestamptz not null default clock_timestamp()
);

create table satisfaction_scores (
    customer_id text not null references customers,
    at          timestamptz not null,
    score       numeric(2, 1) not null check (score between 1 and 5),
    primary key (customer_id, at)
);

create table customer_interactions (
    interaction_id text primary key,
    customer_id    text not null references customers,
    at             timestamptz not null,
    channel        text not null,
    category       text not null,
    summary        text not null,
    resolved       boolean not null default true
);
create index customer_interactions_latest on customer_interactions (customer_id, at desc);

create table products (
    product_id    text primary key,
    name          text not null unique,
    product_type  text not null,
    description   text not null,
    monthly_price numeric(12, 2) not null check (monthly_price >= 0),
    currency      text not null,
    sold          boolean not null default true
);

-- A service is one customer's subscription to a product, at the price agreed then.
create table services (
    service_id    text primary key,
    customer_id   text not null references customers,
    product_id    text not null references products,
    status        text not null check (status in ('active', 'suspended', 'cancelled')),
    monthly_price numeric(12, 2) not null check (monthly_price >= 0),
    started_on    date not null,
    ended_on      date check (ended_on >= started_on)
);
create index services_of_customer on services (customer_id);

-- Secrets that customers know. Only a salted, slow digest of the answer is kept.
create table identity_factors (
    customer_id text not null references customers,
    factor      text not null check (factor in ('date_of_birth', 'pin', 'postcode')),
    salt        bytea not null,
    digest      bytea not null,
    primary key (customer_id, factor)
);

create table identity_checks (
    check_id        bigint generated always as identity primary key,
    customer_id     text not null references customers,
    conversation_id text not null,
    factor          text not null,
    passed          boolean not null,
    at              timestamptz not null
);
create index identity_checks_latest on identity_checks (customer_id, at desc);
create index identity_checks_passed on identity_checks (conversation_id) where passed;

-- What has been done, so that it is done once: written in the transaction of the effect, with what it answered.
create table effects (
    key             text primary key,
    tool            text not null,
    conversation_id text not null,
    customer_id     text not null,
    agent           text not null,
    result          jsonb,
    at              timestamptz not null default clock_timestamp()
);
create index effects_of_conversation on effects (conversation_id);

-- Which sets of demo data this database has been given.
create table demo_data (
    name      text primary key,
    seeded_at timestamptz not null default clock_timestamp()
);
