"""Tools about money."""

from activities.ports import Billing, CreditOrder
from activities.toolbox.binding import ToolContext, handles
from domain.billing import Invoice, find_duplicate_charges
from domain.toolbox.billing import (
    APPLY_CREDIT_ADJUSTMENT,
    CHARGES_OF_ONE_SHOWN,
    CHARGES_SHOWN,
    CREDITS_SEARCHED,
    CREDITS_SHOWN,
    DUPLICATES_SHOWN,
    GET_BILLING_INFORMATION,
    INVOICES_SEARCHED,
    ApplyCreditAdjustment,
    BillingInformation,
    CreditApplied,
    GetBillingInformation,
    InvoiceShown,
)


class BillingTools:
    def __init__(self, billing: Billing) -> None:
        self._billing = billing

    @handles(GET_BILLING_INFORMATION)
    async def get_billing_information(
        self, arguments: GetBillingInformation, context: ToolContext
    ) -> BillingInformation:
        customer = arguments.customer_id
        account = await self._billing.balance(customer)
        latest = await self._billing.invoices(customer, limit=INVOICES_SEARCHED)
        given = await self._billing.credits_given(customer, limit=CREDITS_SEARCHED)
        shown, lines = latest[: arguments.max_invoices], CHARGES_SHOWN
        if arguments.invoice_id is not None:
            shown, lines = [await self._billing.invoice(customer, arguments.invoice_id)], CHARGES_OF_ONE_SHOWN
        return BillingInformation(
            billing_account_id=account.billing_account_id,
            currency=account.currency,
            balance=account.balance,
            duplicate_charges=find_duplicate_charges([*latest, *_older(shown, latest)], given)[:DUPLICATES_SHOWN],
            invoices=[_shown(invoice, lines) for invoice in shown],
            recent_credits=given[:CREDITS_SHOWN],
        )

    @handles(APPLY_CREDIT_ADJUSTMENT)
    async def apply_credit_adjustment(self, arguments: ApplyCreditAdjustment, context: ToolContext) -> CreditApplied:
        order = CreditOrder.model_validate(arguments.model_dump())
        return await self._billing.credit(context.effect, order)


def _older(shown: list[Invoice], latest: list[Invoice]) -> list[Invoice]:
    """An invoice that was asked for by its id can be older than the latest ones."""
    known = {invoice.invoice_id for invoice in latest}
    return [invoice for invoice in shown if invoice.invoice_id not in known]


def _shown(invoice: Invoice, lines: int) -> InvoiceShown:
    """The invoice with its first ``lines`` charges and latest payments."""
    data = invoice.model_dump()
    shortened = {"charges": data["charges"][:lines], "payments": data["payments"][-lines:]}
    return InvoiceShown.model_validate(data | shortened)
