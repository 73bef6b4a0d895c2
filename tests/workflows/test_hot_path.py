"""What a plain message costs, counted exactly: history events, log transactions, bytes. Counts, unlike seconds, are the
same on every machine, so they can be a test. A change that raises one of them must say why."""

import asyncio
from itertools import pairwise

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from tests.workflows.stage import Stage, Talk
from workflows.conversation import ConversationWorkflow

pytestmark = [pytest.mark.integration, pytest.mark.timeout(90)]

EVENTS_A_MESSAGE = [
    "WORKFLOW_EXECUTION_SIGNALED",
    "WORKFLOW_TASK_SCHEDULED",
    "WORKFLOW_TASK_STARTED",
    "WORKFLOW_TASK_COMPLETED",
    "MARKER_RECORDED",
    "ACTIVITY_TASK_SCHEDULED",
    "ACTIVITY_TASK_STARTED",
    "ACTIVITY_TASK_COMPLETED",
    "WORKFLOW_TASK_SCHEDULED",
    "WORKFLOW_TASK_STARTED",
    "WORKFLOW_TASK_COMPLETED",
]
"""Signal, classify (a marker), think, rest."""
TRANSACTIONS_A_MESSAGE = 1
"""Of ``think``: what is pending, the reply and the snapshot in one. A model that takes its time costs a second one, for
then what is pending is logged first."""
WARM_UP = 26
"""Turns until the window of 20 utterances and the rolling summary are full; later ones cost the same."""
HISTORY_BYTES_A_MESSAGE = 8_800
"""With short messages, a full window and a full summary, which are most of it."""
SINGLE_BATCH = 2
"""The SDK's ``PROCESS_WORKFLOW_ACTIVATION_JOBS_AS_SINGLE_BATCH``."""


async def test_a_plain_message_costs_eleven_events_one_transaction_and_few_bytes(stage: Stage) -> None:
    stage.policy = stage.policy.model_copy(update={"continue_as_new_turns": 100})
    talk = await stage.open("my bill is wrong, please look at the invoice of July")
    for number in range(WARM_UP):
        await _exchange(talk, number)
    before = stage.appends
    for number in range(WARM_UP, WARM_UP + 10):
        await _exchange(talk, number)
    assert stage.appends - before == 10 * TRANSACTIONS_A_MESSAGE
    costs = _by_message([event async for event in talk.handle.fetch_history_events()])[-11:-1]
    assert [[_name(event) for event in cost] for cost in costs] == [EVENTS_A_MESSAGE] * 10
    sizes = [sum(event.ByteSize() for event in cost) for cost in costs]
    assert max(sizes) <= HISTORY_BYTES_A_MESSAGE
    assert max(sizes) - min(sizes) < 100, "the cost of a message does not grow with the conversation"


async def test_a_message_beside_the_end_of_a_thought_does_not_void_it(stage: Stage) -> None:
    """Histories say that the SDK shows signals and results together; without that, whoever answers at once makes the
    engine think twice about each message."""
    talk = await stage.open("my bill is wrong")
    await talk.until_answered()
    history = [event async for event in talk.handle.fetch_history_events()]
    tasks = [event.workflow_task_completed_event_attributes for event in history]
    assert SINGLE_BATCH in {flag for task in tasks for flag in task.sdk_metadata.lang_used_flags}


async def _exchange(talk: Talk, number: int) -> None:
    await talk.say(f"and what about invoice number {number:04}, which I do not understand either?")
    events = await talk.until_answered()
    # The log has the reply before the workflow has heard of it; the next message shall meet a conversation at rest.
    async with asyncio.timeout(10):
        while await talk.handle.query(ConversationWorkflow.last_seq) < len(events):
            await asyncio.sleep(0.02)


def _by_message(history: list[HistoryEvent]) -> list[list[HistoryEvent]]:
    """The events from each signal to the next."""
    signals = [i for i, event in enumerate(history) if _name(event) == "WORKFLOW_EXECUTION_SIGNALED"]
    return [history[start:end] for start, end in pairwise([*signals, len(history)])]


def _name(event: HistoryEvent) -> str:
    return EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")
