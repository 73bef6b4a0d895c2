"""The supervisor's assessment of an escalation: who waits for a person, the table, and a line in the audit trail."""

from datetime import datetime

from temporalio import activity

from activities.effects import Effect
from activities.errors import as_application_error
from activities.support_ports import Compliance, Oversight
from domain.assessment import Case, Verdict, assess
from domain.idempotency import effect_key
from domain.model import Record
from domain.state import AgentType
from domain.toolbox.compliance import AuditLogAction

ACTION = "escalation_assessed"


class Escalation(Record):
    """A case and when it was escalated."""

    case: Case
    at: datetime


class EscalationActivities:
    def __init__(self, oversight: Oversight, compliance: Compliance) -> None:
        self._oversight = oversight
        self._compliance = compliance

    @activity.defn
    async def assess_escalation(self, escalation: Escalation) -> Verdict:
        """Decide, and write down what was decided, once an escalation."""
        case = escalation.case
        with as_application_error():
            verdict = assess(case, await self._oversight.people_awaited(case.queue))
            await self._compliance.record(_effect(escalation), _entry(case, verdict))
        return verdict


def _effect(escalation: Escalation) -> Effect:
    case = escalation.case
    return Effect(
        key=effect_key(case.conversation_id, case.escalation_id, ACTION, ""),
        tool=ACTION,
        conversation_id=case.conversation_id,
        customer_id=case.customer_id,
        agent=AgentType.SUPERVISOR,
        at=escalation.at,
    )


def _entry(case: Case, verdict: Verdict) -> AuditLogAction:
    return AuditLogAction(
        action=ACTION,
        details=f"{case.from_agent} escalated ({case.trigger}); {verdict.target} goes on, because {verdict.reason}. "
        f"{verdict.waiting} waiting for a person in {case.queue}.",
    )
