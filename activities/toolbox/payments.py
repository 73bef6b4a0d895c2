"""Tools that take money, spread it, doubt it and give it back."""

from activities.effects import Effect
from activities.ports import DisputeBook, Payments, Refunds
from activities.toolbox.binding import ToolContext, completes, does, handles, undoes
from domain.sagas import NOTIFY, REVERSE
from domain.toolbox.payments import (
    DISPUTE_TRACKER,
    PROCESS_PAYMENT,
    REFUND_MANAGER,
    SETUP_PAYMENT_PLAN,
    Disputes,
    DisputeTracker,
    MoneyReturned,
    PaymentPlanSet,
    PaymentTaken,
    ProcessPayment,
    RefundMade,
    RefundManager,
    SetupPaymentPlan,
)
from domain.toolbox.tickets import NotificationQueued


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

    @handles(DISPUTE_TRACKER)
    async def dispute_tracker(self, arguments: DisputeTracker, context: ToolContext) -> Disputes:
        if arguments.action == "open":
            return await self._disputes.open(context.effect, arguments)
        if arguments.action == "withdraw" and arguments.dispute_id is not None:
            return await self._disputes.withdraw(context.effect, arguments.dispute_id)
        return await self._disputes.of_customer(arguments.customer_id, dispute_id=arguments.dispute_id)


class RefundSteps:
    """refund_manager, step by step."""

    def __init__(self, refunds: Refunds) -> None:
        self._refunds = refunds

    @does(REVERSE, REFUND_MANAGER)
    async def reverse(self, arguments: RefundManager, context: ToolContext) -> MoneyReturned:
        return await self._refunds.reverse(context.effect, arguments)

    @undoes(REVERSE)
    async def recall(self, effect: Effect) -> None:
        await self._refunds.recall(effect)

    @does(NOTIFY, REFUND_MANAGER)
    async def notify(self, arguments: RefundManager, context: ToolContext) -> NotificationQueued:
        return await self._refunds.notify(context.effect, arguments)

    @undoes(NOTIFY)
    async def withdraw_notice(self, effect: Effect) -> None:
        await self._refunds.withdraw_notice(effect)

    @completes(REFUND_MANAGER)
    async def note(self, arguments: RefundManager, context: ToolContext) -> RefundMade:
        return await self._refunds.note(context.effect, arguments)
