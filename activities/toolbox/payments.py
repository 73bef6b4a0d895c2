"""Tools that take money, spread it, doubt it and give it back."""

from activities.ports import DisputeBook, Payments
from activities.toolbox.binding import ToolContext, handles
from domain.toolbox.payments import (
    DISPUTE_TRACKER,
    PROCESS_PAYMENT,
    REFUND_MANAGER,
    SETUP_PAYMENT_PLAN,
    Disputes,
    DisputeTracker,
    PaymentPlanSet,
    PaymentTaken,
    ProcessPayment,
    RefundMade,
    RefundManager,
    SetupPaymentPlan,
)


class PaymentTools:
    def __init__(self, payments: Payments, disputes: DisputeBook) -> None:
        self._payments = payments
        self._disputes = disputes

    @handles(PROCESS_PAYMENT)
    async def process_payment(self, arguments: ProcessPayment, context: ToolContext) -> PaymentTaken:
        return await self._payments.pay(context.effect, arguments)

    @handles(SETUP_PAYMENT_PLAN)
    async def setup_payment_plan(self, arguments: SetupPaymentPlan, context: ToolContext) -> PaymentPlanSet:
        return await self._payments.plan(context.effect, arguments)

    @handles(REFUND_MANAGER)
    async def refund_manager(self, arguments: RefundManager, context: ToolContext) -> RefundMade:
        return await self._payments.refund(context.effect, arguments)

    @handles(DISPUTE_TRACKER)
    async def dispute_tracker(self, arguments: DisputeTracker, context: ToolContext) -> Disputes:
        if arguments.action == "open":
            return await self._disputes.open(context.effect, arguments)
        if arguments.action == "withdraw" and arguments.dispute_id is not None:
            return await self._disputes.withdraw(context.effect, arguments.dispute_id)
        return await self._disputes.of_customer(arguments.customer_id, dispute_id=arguments.dispute_id)
