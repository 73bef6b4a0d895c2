-- How customers pay, pay in instalments, doubt a charge, and get money back.

create table payment_methods (
    method_id   text primary key,
    customer_id text not null references customers,
    kind        text not null check (kind in ('card', 'direct_debit')),
    label       text not null,
    expires_on  date,
    is_default  boolean not null default false,
    status      text not null default 'active' check (status in ('active', 'removed'))
);
create index payment_methods_of_customer on payment_methods (customer_id);
create unique index payment_methods_default on payment_methods (customer_id) where is_default and status = 'active';

-- Stands in for the customer's bank: what it lets through. Its reasons are not told to anybody.
create table bank_limits (
    method_id text primary key references payment_methods,
    funds     numeric(12, 2) not null check (funds >= 0),
    blocked   boolean not null default false
);

create sequence payment_number start with 1001;
create sequence payment_plan_number start with 1001;
alter table payments add column method_id text references payment_methods;

alter table ledger_transactions
    drop constraint ledger_transactions_kind_check,
    add check (kind in ('invoice', 'payment', 'credit', 'refund')),
    -- One effect may book several things: an order its invoice and its payment.
    drop constraint ledger_transactions_effect_key_key,
    add unique (effect_key, kind);

create table payment_plans (
    plan_id     text primary key default 'PLN-' || nextval('payment_plan_number'),
    customer_id text not null references customers,
    invoice_id  text not null references invoices,
    method_id   text not null references payment_methods,
    amount      numeric(12, 2) not null check (amount > 0),
    status      text not null default 'active' check (status in ('active', 'completed', 'broken')),
    created_at  timestamptz not null,
    effect_key  text not null unique references effects
);
create unique index payment_plans_running on payment_plans (customer_id) where status = 'active';

create table payment_plan_instalments (
    plan_id text not null references payment_plans,
    number  integer not null check (number > 0),
    due_on  date not null,
    amount  numeric(12, 2) not null check (amount > 0),
    primary key (plan_id, number)
);

create sequence dispute_number start with 1001;

create table disputes (
    dispute_id  text primary key default 'DSP-' || nextval('dispute_number'),
    customer_id text not null references customers,
    invoice_id  text not null references invoices,
    amount      numeric(12, 2) not null check (amount > 0),
    reason      text not null,
    status      text not null default 'open' check (status in ('open', 'refunded', 'rejected', 'withdrawn')),
    opened_at   timestamptz not null,
    answer_by   date not null,
    closed_at   timestamptz,
    effect_key  text unique references effects
);
create index disputes_of_customer on disputes (customer_id, opened_at desc);
create unique index disputes_open on disputes (invoice_id) where status = 'open';

create sequence refund_number start with 1001;

create table refunds (
    refund_id      text primary key default 'RF-' || nextval('refund_number'),
    customer_id    text not null references customers,
    invoice_id     text not null references invoices,
    dispute_id     text references disputes,
    method_id      text not null references payment_methods,
    amount         numeric(12, 2) not null check (amount > 0),
    reason         text not null,
    transaction_id text not null references ledger_transactions,
    at             timestamptz not null,
    effect_key     text not null unique references effects
);
create index refunds_of_invoice on refunds (invoice_id);
