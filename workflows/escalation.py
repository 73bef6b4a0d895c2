"""An escalation to the supervisor: the assessment, and its verdict signalled to the conversation."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError

with workflow.unsafe.imports_passed_through():
    from activities.escalation import Escalation, EscalationActivities
    from domain.assessment import Case, verdict_without_assessment
    from domain.handover import ASSESSMENT_SECONDS
    from domain.model import Record
    from workflows.options import ESCALATION_ASSESSED, assessment_options, summarized


class EscalationInput(Record):
    conversation_workflow_id: str
    case: Case


@workflow.defn
class EscalationWorkflow:
    """Always ends with a verdict: a person goes on if the assessment cannot be had in time."""

    @workflow.run
    async def run(self, start: EscalationInput) -> None:
        case = start.case
        try:
            verdict = await workflow.execute_activity_method(
                EscalationActivities.assess_escalation,
                Escalation(case=case, at=workflow.now()),
                **summarized(
                    assessment_options(timedelta(seconds=ASSESSMENT_SECONDS / 2)),
                    f"Supervisor assesses: {case.trigger} of {case.from_agent}",
                ),
            )
        except ActivityError:
            verdict = verdict_without_assessment(case.escalation_id, case.trigger)
        # Without a run id: the conversation may have continued as new since.
        conversation = workflow.get_external_workflow_handle(start.conversation_workflow_id)
        try:
            await conversation.signal(ESCALATION_ASSESSED, verdict)
        except FailureError:
            workflow.logger.info("The conversation of this escalation is gone.")
