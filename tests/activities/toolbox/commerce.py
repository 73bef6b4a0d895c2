"""What the tests of sales and payments share: effects with the customer's yes, and a look at everything that counts."""

from collections.abc import Mapping
from typing import Any

from domain.messages import ToolOutcome
from domain.state import AgentType
from tests.activities.office import Office, yes_to

COUNTED = (
    "effects where undone_at is null", "quotes", "quotes where status = 'ordered'", "quote_lines",
    "orders where status <> 'cancelled'", "stock_reservations where status <> 'released'", "services",
    "invoices where status <> 'void'", "charges join invoices using (invoice_id) where status <> 'void'",
    "payments where status <> 'reversed'", "payment_plans", "payment_plan_instalments", "disputes",
    "refunds where recalled_at is null", "notifications where status <> 'withdrawn'", "customer_notes",
)  # fmt: skip
"""What there is of each kind, but for what was taken back."""


async def agreed(office: Office, tool: str, arguments: Mapping[str, Any], **changes: Any) -> ToolOutcome:
    """The tool, run after the customer said yes to exactly this in ``message_id``."""
    consent = yes_to(tool, arguments, changes.pop("message_id", "m-yes"))
    return await office.run(tool, arguments, consent=consent, **changes)


async def quote(office: Office, customer: str, *items: tuple[str, int], **more: Any) -> dict[str, Any]:
    """Arguments of ``process_order`` for a fresh quote."""
    basket = {"customer_id": customer, "items": [{"product_id": p, "quantity": q} for p, q in items]} | more
    outcome = await office.run("generate_quote", basket, agent=AgentType.SALES, occasion=f"m-{customer}")
    assert outcome.success, outcome.error
    price: Any = outcome.result["price"]
    agreed_on = {"amount": price["amount"], "monthly_total": price["monthly_total"]}
    return {"customer_id": customer, "quote_id": outcome.result["quote_id"]} | agreed_on


async def everything(office: Office) -> dict[str, Any]:
    """How many rows there are of each kind, what is reserved, what the banks hold and what customers owe."""
    found = {rows: await office.value(f"select count(*) from (select from {rows}) x") for rows in COUNTED}
    found["owed"] = await office.rows(
        "select account_id, sum(amount) from ledger_entries group by 1 having sum(amount) <> 0 order by 1"
    )
    found["reserved"] = await office.value("select sum(reserved) from stock")
    found["funds"] = await office.value("select sum(funds) from bank_limits")
    found["open disputes"] = await office.value("select count(*) from disputes where status = 'open'")
    found["paid"] = await office.value("select count(*) from invoices where status = 'paid'")
    return found


async def assert_books_are_right(office: Office) -> None:
    """Every transaction balances, and every account is what its invoices, payments, credits and refunds say."""
    assert await office.rows("select 1 from ledger_entries group by transaction_id having sum(amount) <> 0") == []
    assert await office.rows(_INVOICES_BOOKED_WRONGLY) == []
    assert await office.rows(_TOO_MUCH_PAID_BACK) == []
    assert await office.rows("select 1 from invoices i join charges using (invoice_id) "
                             "group by i.invoice_id having sum(amount) <> i.total") == []  # fmt: skip
    assert await office.rows(_STOCK_RESERVED_WRONGLY) == []


_INVOICES_BOOKED_WRONGLY = """
select i.invoice_id from invoices i
where case when i.status = 'void' then 0 else i.total end
      + coalesce((select sum(r.amount) from refunds r where r.invoice_id = i.invoice_id and r.recalled_at is null), 0)
      - coalesce((select sum(p.amount) from payments p where p.invoice_id = i.invoice_id and p.status = 'completed'), 0)
      - coalesce((select sum(e.amount) from ledger_entries e join ledger_transactions t using (transaction_id)
                  where t.invoice_id = i.invoice_id and e.account_id = 'credits_granted'), 0)
   <> (select sum(e.amount) from ledger_entries e join ledger_transactions t using (transaction_id)
       join ledger_accounts a using (account_id) where t.invoice_id = i.invoice_id and a.customer_id = i.customer_id)
"""
_TOO_MUCH_PAID_BACK = """
select r.invoice_id from refunds r where recalled_at is null group by r.invoice_id
having sum(r.amount) > (select sum(p.amount) from payments p
                        where p.invoice_id = r.invoice_id and p.status = 'completed')
"""
_STOCK_RESERVED_WRONGLY = """
select s.product_id from stock s left join stock_reservations r on r.product_id = s.product_id and r.status = 'held'
group by s.product_id, s.reserved having coalesce(sum(r.quantity), 0) <> s.reserved
"""
