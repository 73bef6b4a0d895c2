"""Tools about what is allowed, and the trail of what was done."""

from activities.support_ports import Compliance
from activities.toolbox.binding import ToolContext, handles
from domain.compliance import checked
from domain.errors import NotFound
from domain.toolbox.compliance import (
    AUDIT_LOG_ACTION,
    CHECK_COMPLIANCE_REQUIREMENTS,
    AuditEntry,
    AuditLogAction,
    CheckComplianceRequirements,
    ComplianceReport,
)


class ComplianceTools:
    def __init__(self, compliance: Compliance) -> None:
        self._compliance = compliance

    @handles(CHECK_COMPLIANCE_REQUIREMENTS)
    async def check_compliance_requirements(
        self, arguments: CheckComplianceRequirements, context: ToolContext
    ) -> ComplianceReport:
        rules = await self._compliance.rules(arguments.topic)
        if not rules:
            # Silence is no permission.
            raise NotFound(f"There are no rules about {arguments.topic} on file. Do nothing and hand over to a person.")
        facts = await self._compliance.facts(arguments.customer_id, context.request.conversation_id)
        requirements = checked(rules, facts)
        return ComplianceReport(
            topic=arguments.topic,
            allowed=all(requirement.met is True for requirement in requirements),
            needs_person=any(requirement.met is None for requirement in requirements),
            requirements=requirements,
        )

    @handles(AUDIT_LOG_ACTION)
    async def audit_log_action(self, arguments: AuditLogAction, context: ToolContext) -> AuditEntry:
        return await self._compliance.record(context.effect, arguments)
