"""Tools about the customer."""

from datetime import timedelta

from activities.ports import Customers, IdentityStanding
from activities.toolbox.binding import ToolContext, handles
from domain.identity import FAILED_CHECKS_MINUTES, MAX_FAILED_CHECKS, IdentityLevel
from domain.state import CustomerProfile
from domain.toolbox.customer import (
    GET_ACCOUNT_SERVICES,
    GET_CUSTOMER_INTERACTION_HISTORY,
    GET_CUSTOMER_PROFILE,
    INTERACTIONS_SHOWN,
    SERVICES_SHOWN,
    VERIFY_CUSTOMER_IDENTITY,
    AccountServices,
    GetAccountServices,
    GetCustomerInteractionHistory,
    GetCustomerProfile,
    IdentityCheck,
    InteractionHistory,
    VerifyCustomerIdentity,
)


class CustomerTools:
    def __init__(self, customers: Customers) -> None:
        self._customers = customers

    @handles(GET_CUSTOMER_PROFILE)
    async def get_customer_profile(self, arguments: GetCustomerProfile, context: ToolContext) -> CustomerProfile:
        return (await self._customers.account(arguments.customer_id)).profile

    @handles(GET_CUSTOMER_INTERACTION_HISTORY)
    async def get_customer_interaction_history(
        self, arguments: GetCustomerInteractionHistory, context: ToolContext
    ) -> InteractionHistory:
        return await self._customers.interactions(
            arguments.customer_id,
            since=context.now - timedelta(days=arguments.days_back),
            types=arguments.interaction_types,
            limit=INTERACTIONS_SHOWN,
        )

    @handles(GET_ACCOUNT_SERVICES)
    async def get_account_services(self, arguments: GetAccountServices, context: ToolContext) -> AccountServices:
        return await self._customers.services(arguments.customer_id, limit=SERVICES_SHOWN)

    @handles(VERIFY_CUSTOMER_IDENTITY)
    async def verify_customer_identity(self, arguments: VerifyCustomerIdentity, context: ToolContext) -> IdentityCheck:
        if arguments.factor is not None and arguments.answer is not None:
            await self._customers.check_identity(context.effect, arguments.factor, arguments.answer)
        standing = await self._customers.identity(
            arguments.customer_id,
            context.request.conversation_id,
            failures_since=context.now - timedelta(minutes=FAILED_CHECKS_MINUTES),
        )
        return _identity_check(arguments.customer_id, standing, context.request.identity)


def _identity_check(customer_id: str, standing: IdentityStanding, came_in_as: IdentityLevel) -> IdentityCheck:
    return IdentityCheck(
        customer_id=customer_id,
        level=IdentityLevel.VERIFIED if standing.verified else came_in_as,
        verified=standing.verified,
        factors_on_file=standing.factors_on_file,
        attempts_left=max(0, MAX_FAILED_CHECKS - standing.failed_checks),
    )
