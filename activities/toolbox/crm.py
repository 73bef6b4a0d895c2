"""Tools of customer care."""

from activities.support_ports import Cases, CustomerRelations
from activities.toolbox.binding import ToolContext, handles
from domain.toolbox.crm import (
    CREATE_TICKET,
    CRM_INTEGRATION,
    GET_SIMILAR_CASES,
    RESET_PASSWORD,
    UPDATE_ACCOUNT,
    UPDATE_CUSTOMER_NOTES,
    AccountUpdated,
    CreateTicket,
    CrmIntegration,
    CrmRecord,
    GetSimilarCases,
    NoteAdded,
    PasswordResetSent,
    ResetPassword,
    SimilarCases,
    TicketCreated,
    UpdateAccount,
    UpdateCustomerNotes,
)


class CrmTools:
    def __init__(self, relations: CustomerRelations, cases: Cases) -> None:
        self._relations = relations
        self._cases = cases

    @handles(GET_SIMILAR_CASES)
    async def get_similar_cases(self, arguments: GetSimilarCases, context: ToolContext) -> SimilarCases:
        found = await self._cases.similar(
            arguments.problem, product_type=arguments.product_type, limit=arguments.max_results
        )
        return SimilarCases(cases=found)

    @handles(CREATE_TICKET)
    async def create_ticket(self, arguments: CreateTicket, context: ToolContext) -> TicketCreated:
        return await self._cases.create(context.effect, arguments)

    @handles(UPDATE_CUSTOMER_NOTES)
    async def update_customer_notes(self, arguments: UpdateCustomerNotes, context: ToolContext) -> NoteAdded:
        return await self._relations.add_note(context.effect, arguments)

    @handles(CRM_INTEGRATION)
    async def crm_integration(self, arguments: CrmIntegration, context: ToolContext) -> CrmRecord:
        changed = None
        if arguments.action != "overview":
            changed = (await self._relations.change_opportunity(context.effect, arguments)).opportunity_id
        return (await self._relations.record(arguments.customer_id)).model_copy(update={"changed": changed})

    @handles(UPDATE_ACCOUNT)
    async def update_account(self, arguments: UpdateAccount, context: ToolContext) -> AccountUpdated:
        return await self._relations.update_account(context.effect, arguments)

    @handles(RESET_PASSWORD)
    async def reset_password(self, arguments: ResetPassword, context: ToolContext) -> PasswordResetSent:
        return await self._relations.reset_password(context.effect, arguments)
