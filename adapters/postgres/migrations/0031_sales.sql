-- Quotes, and the orders that come of them.

create sequence quote_number start with 1001;
create sequence order_number start with 1001;
create sequence ordered_service_number start with 1001;

create table quotes (
    quote_id      text primary key default 'QT-' || nextval('quote_number'),
    customer_id   text not null references customers,
    status        text not null default 'open' check (status in ('open', 'ordered')),
    amount        numeric(12, 2) not null check (amount >= 0),
    monthly_total numeric(12, 2) not null check (monthly_total >= 0),
    currency      text not null,
    created_at    timestamptz not null,
    valid_until   timestamptz not null check (valid_until > created_at),
    effect_key    text unique references effects
);
create index quotes_of_customer on quotes (customer_id, created_at desc);

create table quote_lines (
    quote_id        text not null references quotes,
    product_id      text not null references products,
    quantity        integer not null check (quantity > 0),
    monthly_price   numeric(12, 2) not null check (monthly_price >= 0),
    once_price      numeric(12, 2) not null check (once_price >= 0),
    discount        numeric(12, 2) not null default 0 check (discount between 0 and monthly_price),
    discount_months integer,
    promotion       text,
    primary key (quote_id, product_id)
);

create table orders (
    order_id      text primary key,
    customer_id   text not null references customers,
    quote_id      text not null unique references quotes,
    status        text not null check (status in ('confirmed', 'fulfilled', 'cancelled')),
    amount        numeric(12, 2) not null check (amount >= 0),
    monthly_total numeric(12, 2) not null check (monthly_total >= 0),
    currency      text not null,
    invoice_id    text references invoices,
    delivery_on   date,
    agent         text not null,
    ordered_at    timestamptz not null,
    effect_key    text not null unique references effects
);
create index orders_of_customer on orders (customer_id, ordered_at desc);

create table stock_reservations (
    order_id   text not null references orders,
    product_id text not null references stock,
    quantity   integer not null check (quantity > 0),
    status     text not null default 'held' check (status in ('held', 'shipped', 'released')),
    primary key (order_id, product_id)
);
