"""An effect above the agents' limit: asked for, decided by a person, carried out once by the engine."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError

from adapters.postgres.pool import open_pool
from domain.consent import make_offer
from domain.events import ApprovalDecided, ApprovalRequested, Event, InterimMessage, ToolCompleted
from domain.messages import ApprovalDecision, Decision, EnginePolicy, ThinkInput, ToolCall
from domain.state import Offer
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT, ApplyCreditAdjustment
from tests.workflows.stage import Stage, Talk, says
from workflows.approval import ApprovalWorkflow

pytestmark = pytest.mark.integration

ARGUMENTS: dict[str, Any] = {"customer_id": "CUST_001", "amount": "120.00", "reason": "Two months without service"}
Pool = AsyncConnectionPool[AsyncConnection[Any]]


@pytest_asyncio.fixture
async def pool(demo_database_url: str) -> AsyncIterator[Pool]:
    """With customers and bills: a credit has to be supported by what was charged."""
    pool = await open_pool(demo_database_url, max_size=8)
    yield pool
    await pool.close()


def offer() -> Offer:
    return make_offer(APPLY_CREDIT_ADJUSTMENT, ApplyCreditAdjustment.model_validate(ARGUMENTS), "A credit of $120.00")


async def generous(thought: ThinkInput) -> Decision:
    """Offers a credit above the limit, runs it on the customer's yes, and says what the engine told it."""
    if thought.tool_results:
        return says(f"Told: {thought.tool_results[-1].error_type or 'done'}.")
    if thought.state.consent is not None:
        return Decision(tool_calls=[ToolCall(call_id="c1", tool="apply_credit_adjustment", arguments=ARGUMENTS)])
    if thought.messages[-1].message == "credit me":
        return says("Shall I ask for a credit of $120.00?", offer=offer())
    return says("All right.")


async def asked(stage: Stage, policy: EnginePolicy | None = None) -> tuple[Talk, str]:
    """A conversation that waits for an approval, and the approval's id."""
    stage.agents.mind = generous
    talk = await stage.open("credit me", policy=policy)
    await talk.until_answered()
    await talk.say("yes please")
    events = await talk.until("approval_requested", "agent_message", "agent_message")
    return talk, one(events, ApprovalRequested).approval_id


def one(events: list[Event], kind: type) -> Any:
    [found] = [event for event in events if isinstance(event, kind)]
    return found


async def decide(stage: Stage, approval_id: str, *, approve: bool, by: str = "sam") -> None:
    handle = stage.client.get_workflow_handle_for(ApprovalWorkflow.run, approval_id)
    decision = ApprovalDecision(approval_id=approval_id, approve=approve, decided_by=by, reason="Fair.")
    await handle.execute_update(ApprovalWorkflow.decide, decision)


async def credits_of(pool: Pool, talk: Talk) -> int:
    async with pool.connection() as connection:
        found = await connection.execute(
            "select count(*) from ledger_transactions t join effects f on f.key = t.effect_key "
            "where f.conversation_id = %s and kind = 'credit'",
            (talk.conversation_id,),
        )
        row = await found.fetchone()
        assert row is not None
        return int(row[0])


async def test_what_a_person_approves_is_done_once_and_the_customer_is_told(stage: Stage, pool: Pool) -> None:
    talk, approval_id = await asked(stage)
    assert await credits_of(pool, talk) == 0
    replies = [event.message for event in await talk.events() if event.type == "agent_message"]
    assert replies == ["Shall I ask for a credit of $120.00?", "Told: approval-pending."]

    await decide(stage, approval_id, approve=True)
    events = await talk.until("approval_decided", "tool_completed", "interim_message")
    assert one(events, ToolCompleted).tool == "apply_credit_adjustment"
    assert "it is done" in one(events, InterimMessage).message
    assert await credits_of(pool, talk) == 1

    # The conversation goes on as before, and asking for the same again is a new agreement.
    await talk.say("thanks")
    await talk.until_answered()
    assert not (await talk.state()).requires_human


async def test_what_a_person_rejects_is_not_done(stage: Stage, pool: Pool) -> None:
    talk, approval_id = await asked(stage)
    await decide(stage, approval_id, approve=False)
    events = await talk.until("approval_decided", "interim_message")
    assert not one(events, ApprovalDecided).approved
    assert "decided against it" in one(events, InterimMessage).message
    assert await credits_of(pool, talk) == 0


async def test_the_first_decision_counts(stage: Stage, pool: Pool) -> None:
    talk, approval_id = await asked(stage)
    handle = stage.client.get_workflow_handle_for(ApprovalWorkflow.run, approval_id)
    # Both before the workflow can end: one task, two decisions.
    yes = ApprovalDecision(approval_id=approval_id, approve=True, decided_by="sam")
    await handle.signal("decide", yes)
    await handle.signal("decide", yes.model_copy(update={"approve": False, "decided_by": "ben"}))
    events = await talk.until("approval_decided", "tool_completed", "interim_message")
    assert one(events, ApprovalDecided).decided_by == "sam"
    assert await credits_of(pool, talk) == 1


async def test_a_decision_after_the_end_is_refused(stage: Stage) -> None:
    talk, approval_id = await asked(stage)
    await decide(stage, approval_id, approve=False)
    await talk.until("approval_decided")
    with pytest.raises((WorkflowUpdateFailedError, RPCError)) as refused:
        await decide(stage, approval_id, approve=True, by="ben")
    # By the workflow, or for want of one: it ends in a moment.
    assert re.search(r"completed|not found|decided already", str(refused.value.__cause__ or refused.value))


async def test_nobody_decides_and_a_person_takes_over(stage: Stage, pool: Pool) -> None:
    talk, _ = await asked(stage, EnginePolicy(approval_expires_seconds=2))
    events = await talk.until("approval_decided", "handoff_requested")
    assert one(events, ApprovalDecided).expired
    assert await credits_of(pool, talk) == 0


async def test_a_conversation_does_not_end_before_the_decision(stage: Stage, pool: Pool) -> None:
    """The customer is content and gone; what was promised to be decided still is, and is done."""
    talk, approval_id = await asked(stage, EnginePolicy(survey_expires_seconds=1))

    async def content(thought: ThinkInput) -> Decision:
        return says("Goodbye.", outcome="resolution_confirmed")

    stage.agents.mind = content
    await talk.say("bye")
    await talk.until("conversation_closed")
    await decide(stage, approval_id, approve=True)
    await talk.until("approval_decided", "tool_completed", "interim_message")
    assert await credits_of(pool, talk) == 1
    await talk.handle.result()
