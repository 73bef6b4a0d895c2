-- What is sold, at which price, with which offers, and how much of it is there.

-- Beside the list price a month: what is known of a product only as something to sell.
create table product_terms (
    product_id  text primary key references products,
    -- For the device itself, charged with the order. The monthly price comes with the next invoice.
    once_price  numeric(12, 2) not null default 0 check (once_price >= 0),
    term_months integer not null default 0 check (term_months >= 0),
    -- An account has one product of a group: a second one would be a change of contract.
    plan_group  text,
    features    text[] not null default '{}',
    goes_with   text[] not null default '{}'
);

-- A price off the monthly price of some products, by itself or for a code.
create table promotions (
    promotion_id text primary key,
    name         text not null,
    code         text unique check (code = upper(code)),
    product_ids  text[] not null check (cardinality(product_ids) > 0),
    percent_off  numeric(5, 2) not null default 0 check (percent_off between 0 and 100),
    amount_off   numeric(12, 2) not null default 0 check (amount_off >= 0),
    months       integer check (months > 0),
    with_any     text[] not null default '{}',
    tiers        text[] not null default '{}',
    starts_on    date not null,
    ends_on      date check (ends_on >= starts_on),
    check ((percent_off > 0) <> (amount_off > 0))
);

-- Products without a row here need nothing from the warehouse. Reserved is part of on hand until it is shipped.
create table stock (
    product_id    text primary key references products,
    on_hand       integer not null check (on_hand >= 0),
    reserved      integer not null default 0 check (reserved between 0 and on_hand),
    delivery_days integer not null default 2 check (delivery_days >= 0),
    restock_on    date
);
