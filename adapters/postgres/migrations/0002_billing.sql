-- Invoices and payments as documents; the ledger as the truth about money.

create table invoices (
    invoice_id  text primary key,
    customer_id text not null references customers,
    issued_on   date not null,
    due_on      date not null check (due_on >= issued_on),
    status      text not null check (status in ('open', 'paid', 'overdue', 'void')),
    total       numeric(12, 2) not null,
    currency    text not null
);
create index invoices_latest on invoices (customer_id, issued_on desc, invoice_id desc);

create table charges (
    charge_id   text primary key,
    invoice_id  text not null references invoices,
    service_id  text references services,
    description text not null,
    period      text not null default '' check (period ~ '^([0-9]{4}-[0-9]{2})?$'),
    charged_on  date not null,
    amount      numeric(12, 2) not null
);
create index charges_of_invoice on charges (invoice_id);

create table payments (
    payment_id text primary key,
    invoice_id text not null references invoices,
    paid_on    date not null,
    amount     numeric(12, 2) not null check (amount > 0),
    currency   text not null,
    method     text not null,
    status     text not null check (status in ('completed', 'failed', 'pending', 'reversed'))
);
create index payments_of_invoice on payments (invoice_id);

-- Double entry. Positive entries are debits, negative ones credits; a transaction's entries sum to zero per currency.
create table ledger_accounts (
    account_id  text primary key,
    kind        text not null check (kind in ('asset', 'liability', 'income', 'expense')),
    customer_id text unique references customers,
    currency    text not null,
    unique (account_id, currency)
);

create sequence ledger_transaction_number start with 1000001;

create table ledger_transactions (
    transaction_id text primary key default 'TX-' || nextval('ledger_transaction_number'),
    kind           text not null check (kind in ('invoice', 'payment', 'credit')),
    description    text not null,
    invoice_id     text references invoices,
    effect_key     text unique references effects,
    at             timestamptz not null
);
create index ledger_transactions_of_invoice on ledger_transactions (invoice_id);

create table ledger_entries (
    transaction_id text not null references ledger_transactions,
    account_id     text not null,
    amount         numeric(14, 2) not null check (amount <> 0),
    currency       text not null,
    primary key (transaction_id, account_id),
    foreign key (account_id, currency) references ledger_accounts (account_id, currency)
);
create index ledger_entries_of_account on ledger_entries (account_id) include (amount);

create function check_ledger_transaction() returns trigger language plpgsql as $$
begin
    if not exists (select from ledger_entries where transaction_id = new.transaction_id) then
        raise exception 'ledger transaction % has no entries', new.transaction_id using errcode = 'check_violation';
    end if;
    if exists (
        select from ledger_entries where transaction_id = new.transaction_id group by currency having sum(amount) <> 0
    ) then
        raise exception 'ledger transaction % does not balance', new.transaction_id using errcode = 'check_violation';
    end if;
    return null;
end $$;

create constraint trigger ledger_transaction_balances after insert on ledger_transactions
    deferrable initially deferred for each row execute function check_ledger_transaction();
create constraint trigger ledger_entries_balance after insert on ledger_entries
    deferrable initially deferred for each row execute function check_ledger_transaction();

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: book a new transaction instead', tg_table_name using errcode = 'check_violation';
end $$;

create trigger ledger_transactions_stay before update or delete or truncate on ledger_transactions
    for each statement execute function refuse_change();
create trigger ledger_entries_stay before update or delete or truncate on ledger_entries
    for each statement execute function refuse_change();
