"""Record the histories that every test run replays. Run it after a deliberate change of the workflows, and say why in
the commit; a change that breaks the stored ones needs ``workflow.patched`` or a version instead.

    python -m tests.histories.record [STORY ...]
"""

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from adapters.demo import seed
from adapters.postgres.migrate import migrate
from adapters.postgres.pool import open_pool
from adapters.settings import Settings
from adapters.temporal import connect_temporal, prepare_namespace
from cli.servers.postgres import create_database
from domain.consent import make_offer
from domain.messages import (
    ApprovalDecision,
    Decision,
    HandoffClaim,
    HandoffCompletion,
    PersonMessage,
    ThinkInput,
    ToolCall,
)
from domain.quality import Check, Finding, QualityReport, Severity
from domain.state import AgentType
from domain.toolbox import TOOLBOX
from domain.toolbox.billing import ApplyCreditAdjustment
from domain.toolbox.payments import RefundManager
from tests.servers import running_postgres, running_temporal
from tests.workflows.stage import Stage, Talk, says, staged
from workflows.approval import ApprovalWorkflow
from workflows.conversation import ConversationWorkflow
from workflows.escalation import EscalationWorkflow
from workflows.ids import conversation_workflow_id
from workflows.saga import SagaWorkflow
from workflows.search_attributes import SEARCH_ATTRIBUTES
from workflows.sla import SlaWorkflow
from workflows.survey import SurveyWorkflow

FOLDER = Path(__file__).parent
Story = Callable[[Stage], Awaitable[Talk]]


async def plain(stage: Stage) -> Talk:
    talk = await stage.open("my bill is wrong")
    await talk.until_answered()
    await talk.say("it is the July one")
    await talk.until_answered()
    await talk.say("it is the July one", "m2")
    await talk.say("anything else?")
    await talk.until_answered()
    return talk


async def credit_and_survey(stage: Stage) -> Talk:
    stage.agents.mind = _credits
    talk = await stage.open("I was charged twice for the same service")
    await talk.until_answered()
    await talk.say("yes please")
    await talk.until_answered()
    await talk.say("thanks, that solved it")
    await talk.until("survey_requested")
    await talk.say("5, great")
    await talk.until("conversation_closed")
    await talk.handle.result()
    return talk


async def person(stage: Stage) -> Talk:
    async def gets_somebody(thought: ThinkInput) -> Decision:
        return says(
            "I will get somebody.", outcome="wants_person" if len(thought.state.escalation_history) == 0 else "continue"
        )

    stage.agents.mind = gets_somebody
    talk = await stage.open("a person please")
    handoff_id = await _handoff(talk)
    await talk.say("hello?")
    await talk.until_answered()
    await talk.handle.execute_update(ConversationWorkflow.claim, HandoffClaim(handoff_id=handoff_id, person_id="ann"))
    await talk.say("are you a person?")
    await talk.until(*["customer_message"] * 3)
    said = PersonMessage(message_id="h1", person_id="ann", message="I am.", sent_at=talk.message("", "m1").sent_at)
    await talk.handle.execute_update(ConversationWorkflow.say_as_person, said)
    returned = HandoffCompletion(handoff_id=handoff_id, person_id="ann", outcome="returned")
    await talk.handle.execute_update(ConversationWorkflow.complete_handoff, returned)
    await talk.say("and now?")
    await talk.until_answered()
    return talk


async def overtaken_thought(stage: Stage) -> Talk:
    began = asyncio.Event()

    async def slow_at_first(thought: ThinkInput) -> Decision:
        if len(thought.messages) == 1:
            began.set()
            await asyncio.sleep(20)
        return says("I heard you.")

    stage.agents.mind = slow_at_first
    talk = await stage.open("my bill is wrong")
    await began.wait()
    await talk.say("it is the July one")
    await talk.until_answered()
    return talk


async def failed_model(stage: Stage) -> Talk:
    async def broken(thought: ThinkInput) -> Decision:
        raise RuntimeError("no model today")

    stage.agents.mind = broken
    talk = await stage.open("my bill is wrong")
    await talk.until("handoff_requested")
    return talk


async def renewed(stage: Stage) -> Talk:
    stage.policy = stage.policy.model_copy(update={"continue_as_new_turns": 2})
    talk = await stage.open("hello")
    await talk.until_answered()
    for number in range(4):
        await talk.say(f"message {number}")
        await talk.until_answered()
    return talk


async def reopened(stage: Stage) -> Talk:
    async def solves(thought: ThinkInput) -> Decision:
        return says("Glad to help.", outcome="resolution_confirmed")

    stage.agents.mind = solves
    talk = await stage.open("thanks, that solved it")
    await talk.until("survey_requested")
    await talk.say("4")
    await talk.until("conversation_closed")
    await talk.handle.result()
    await talk.say_even_if_closed("one more thing")
    await talk.until_answered()
    return talk


async def refund(stage: Stage) -> Talk:
    stage.agents.mind = _refunds
    talk = await stage.open("please pay the last invoice back")
    await talk.until_answered()
    await talk.say("yes please")
    await talk.until_answered()
    return talk


async def refused_refund(stage: Stage) -> Talk:
    """For a dispute that there is not: the saga is taken back."""
    stage.agents.mind = partial(_refunds, dispute_id="DSP-4242")
    talk = await stage.open("please pay the last invoice back and close my dispute")
    await talk.until_answered()
    await talk.say("yes please")
    await talk.until_answered()
    return talk


async def escalated(stage: Stage) -> Talk:
    """Billing is unsure, and the supervisor answers in the same turn, and the next."""

    async def unsure(thought: ThinkInput) -> Decision:
        return says("It is the tax.", confidence=0.95 if thought.agent is AgentType.SUPERVISOR else 0.4)

    stage.agents.mind = unsure
    talk = await stage.open("what is this line on my bill?")
    await talk.until_answered()
    await talk.say("and this one?")
    await talk.until_answered()
    return talk


async def escalated_to_person(stage: Stage) -> Talk:
    """The customer asks for a person, and the supervisor's assessment leads to one."""

    async def wants_somebody(thought: ThinkInput) -> Decision:
        return says("I've asked a colleague to join.", outcome="wants_person")

    stage.agents.mind = wants_somebody
    talk = await stage.open("I want to talk to a person")
    await talk.until("handoff_requested")
    await talk.say("hello?")
    await talk.until_answered()
    return talk


async def approved(stage: Stage) -> Talk:
    """A credit above the limit: offered, agreed to, approved by a person, and carried out by the engine."""
    stage.agents.mind = _asks_for_approval
    talk = await stage.open("two months without service")
    await talk.until_answered()
    await talk.say("yes please")
    events = await talk.until("approval_requested", "agent_message", "agent_message")
    approval_id = next(event.approval_id for event in events if event.type == "approval_requested")
    decision = ApprovalDecision(approval_id=approval_id, approve=True, decided_by="sam", reason="Fair.")
    approval = stage.client.get_workflow_handle_for(ApprovalWorkflow.run, approval_id)
    await approval.execute_update(ApprovalWorkflow.decide, decision)
    await talk.until("approval_decided", "tool_completed", "interim_message")
    await approval.result()
    return talk


async def quality_failed(stage: Stage) -> Talk:
    """The check before the end doubts what was said: a word, and a person is asked for."""

    async def solves(thought: ThinkInput) -> Decision:
        return says("Glad to help.", outcome="resolution_confirmed")

    stage.agents.mind = solves
    doubt = Finding(check=Check.PROMISES, severity=Severity.CRITICAL, text="No credit was given.", seq=4)
    stage.agents.report = QualityReport(score=0.2, passed=False, findings=[doubt])
    talk = await stage.open("thanks, that solved it")
    await talk.until("quality_checked", "interim_message", "handoff_requested")
    return talk


STORIES: tuple[Story, ...] = (
    plain,
    credit_and_survey,
    person,
    overtaken_thought,
    failed_model,
    renewed,
    reopened,
    refund,
    refused_refund,
    escalated,
    escalated_to_person,
    approved,
    quality_failed,
)


async def _credits(thought: ThinkInput) -> Decision:
    """The duplicate charge, from the first look to the confirmed end."""
    done = {result.tool for result in thought.tool_results}
    if thought.state.consent and "apply_credit_adjustment" not in done:
        return Decision(tool_calls=[_call("apply_credit_adjustment", **_CREDIT)])
    if "apply_credit_adjustment" in done:
        return says("Done. Did that solve it?", outcome="resolution_offered")
    if thought.state.resolution_status == "offered":
        return says("Glad to help.", outcome="resolution_confirmed")
    if not done:
        return Decision(tool_calls=[_call("get_billing_information", customer_id="CUST_001"), _call("no_such_tool")])
    offer = make_offer(TOOLBOX["apply_credit_adjustment"], ApplyCreditAdjustment.model_validate(_CREDIT), "a credit")
    return says("There is a duplicate charge. Shall I credit it?", offer=offer)


async def _asks_for_approval(thought: ThinkInput) -> Decision:
    """Offers a credit that billing may not give alone, runs it on the yes, and says what the engine told it."""
    if thought.tool_results:
        return says(f"Told: {thought.tool_results[-1].error_type or 'done'}.")
    if thought.state.consent:
        return Decision(tool_calls=[_call("apply_credit_adjustment", **_LARGE_CREDIT)])
    wanted = ApplyCreditAdjustment.model_validate(_LARGE_CREDIT)
    offer = make_offer(TOOLBOX["apply_credit_adjustment"], wanted, "A credit of $120.00")
    return says("Shall I ask for a credit of $120.00?", offer=offer)


async def _refunds(thought: ThinkInput, **more: str) -> Decision:
    """Money back for the newest invoice that is paid, and the words about what came of it."""
    done = {result.tool: result for result in thought.tool_results}
    if refunded := done.get("refund_manager"):
        return says("Done." if refunded.success else refunded.error)
    if consent := thought.state.consent:
        return Decision(tool_calls=[_call("refund_manager", **json.loads(consent.offer.arguments_json))])
    if bill := done.get("get_billing_information"):
        paid = next(invoice for invoice in bill.result["invoices"] if invoice["status"] == "paid")
        wanted = {"customer_id": "CUST_001", "invoice_id": paid["invoice_id"], "amount": "5.00", "reason": "Goodwill."}
        offer = make_offer(TOOLBOX["refund_manager"], RefundManager.model_validate(wanted | more), "a refund")
        return says("Shall I pay 5.00 back?", offer=offer)
    return Decision(tool_calls=[_call("get_billing_information", customer_id="CUST_001")])


_LARGE_CREDIT = {"customer_id": "CUST_001", "amount": "120.00", "reason": "Two months without service"}
_CREDIT = {"customer_id": "CUST_001", "amount": "49.99", "reason": "charged twice"}


def _call(tool: str, **arguments: str) -> ToolCall:
    return ToolCall(call_id=f"call-{tool}", tool=tool, arguments=dict(arguments))


async def _handoff(talk: Talk) -> str:
    events = await talk.until("handoff_requested")
    return next(event.handoff_id for event in events if event.type == "handoff_requested")


async def main(names: list[str]) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = await stack.enter_async_context(running_temporal(folder))
        postgres = await stack.enter_async_context(running_postgres(folder))
        client = await connect_temporal(Settings(temporal_address=address))
        await prepare_namespace(client, SEARCH_ATTRIBUTES)
        for story in STORIES:
            if not names or story.__name__ in names:
                await create_database(postgres.url(), story.__name__)
                await migrate(postgres.url(story.__name__))
                await seed(postgres.url(story.__name__))
                pool = await open_pool(postgres.url(story.__name__), max_size=4)
                async with staged(client, pool) as stage:
                    await _save(stage, story.__name__, await story(stage))
                await pool.close()


async def _save(stage: Stage, name: str, talk: Talk) -> None:
    """Every run of the conversation, and its children."""
    workflow_id = conversation_workflow_id(talk.conversation_id)
    await _write_runs(stage, name, workflow_id)
    for kind in (ApprovalWorkflow, EscalationWorkflow, SagaWorkflow, SlaWorkflow, SurveyWorkflow):
        async for child in stage.client.list_workflows(f'WorkflowType = "{kind.__name__}"'):
            if talk.conversation_id in child.id:
                await _write_runs(stage, f"{name}-{kind.__name__.removesuffix('Workflow').lower()}", child.id)


async def _write_runs(stage: Stage, name: str, workflow_id: str) -> None:
    runs = [e.run_id async for e in stage.client.list_workflows(f'WorkflowId = "{workflow_id}"')]
    for number, run_id in enumerate(reversed(runs), 1):
        await _write(stage, f"{name}-{number}", workflow_id, run_id)


async def _write(stage: Stage, name: str, workflow_id: str, run_id: str) -> None:
    history = await stage.client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
    (FOLDER / f"{name}.json").write_text(without_places(history.to_json()) + "\n")
    print(f"{name}: {len(history.events)} events", file=sys.stderr)


def without_places(history: str) -> str:
    """Failures without stack traces: those name paths of the recording machine, and replay reads none."""
    return re.sub(r'("stackTrace": )"(?:[^"\\]|\\.)*"', r'\1""', history)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
