-- Effects of several steps, each of which can be taken back.

-- What was undone, or barred before it happened: its key is taken, and it does not happen (again).
alter table effects add column undone_at timestamptz;

-- An order exists from its first step on. One that was taken back leaves its quote to another.
alter table orders
    drop constraint orders_status_check,
    add check (status in ('pending', 'confirmed', 'fulfilled', 'cancelled')),
    drop constraint orders_quote_id_key;
create unique index orders_of_quote on orders (quote_id) where status <> 'cancelled';

-- The books are never changed: what is taken back is booked the other way round.
alter table ledger_transactions
    drop constraint ledger_transactions_kind_check,
    add check (kind in (
        'invoice', 'payment', 'credit', 'refund',
        'invoice_reversal', 'payment_reversal', 'credit_reversal', 'refund_reversal'
    ));

alter table refunds add column recalled_at timestamptz;

alter table notifications
    drop constraint notifications_status_check,
    add check (status in ('queued', 'sent', 'failed', 'withdrawn'));
