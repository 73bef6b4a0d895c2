"""The promise, over thousands of random interleavings of the pure core."""

import pytest

from domain.events import (
    AgentMessage,
    ConversationClosed,
    CustomerMessageLogged,
    HandoffClaimed,
    HandoffCompleted,
    HandoffRequested,
    HumanMessage,
)
from tests.domain.simulation import LogModel, World

pytestmark = pytest.mark.unit

SEEDS_A_BATCH = 250
BATCHES = 8


@pytest.mark.parametrize("batch", range(BATCHES))
def test_promise_holds_in_random_interleavings(batch: int) -> None:
    for seed in range(batch * SEEDS_A_BATCH, (batch + 1) * SEEDS_A_BATCH):
        world = World(seed)
        world.run()
        assert broken_promises(world.log, world.sent) == [], f"seed {seed}"


def test_simulation_can_fail() -> None:
    """Without the fence the same worlds break the promise: the test above proves something."""
    broken = 0
    for seed in range(400):
        world = World(seed, fences=False)
        try:
            world.run()
        except AssertionError:
            broken += 1
            continue
        broken += bool(broken_promises(world.log, world.sent))
    assert broken > 0


def broken_promises(log: LogModel, sent: list[str]) -> list[str]:
    """What of the promise does not hold in this log; empty if all of it does."""
    problems = []
    if [row.seq for row in log.rows] != list(range(1, len(log.rows) + 1)):
        problems.append("seq has a gap")
    logged = [row.event.message_id for row in log.rows if isinstance(row.event, CustomerMessageLogged)]
    if logged != sent:
        problems.append(f"logged {logged}, sent {sent}")
    answers = [m for row in log.rows if isinstance(row.event, AgentMessage | HumanMessage) for m in row.event.answers]
    if len(answers) != len(set(answers)):
        problems.append("a message is answered twice")
    problems += [f"{m} is unanswered" for m in sent if m not in answers and not _was_a_persons(log, m)]
    if _closed_with_an_open_handoff(log):
        problems.append("a conversation was closed while a person was asked for or held it")
    if any(isinstance(row.event, AgentMessage) and _held_at(log, row.seq) for row in log.rows):
        problems.append("an AI spoke while a person held the conversation")
    return problems


def _closed_with_an_open_handoff(log: LogModel) -> bool:
    waiting = False
    for row in log.rows:
        if isinstance(row.event, HandoffRequested):
            waiting = True
        elif isinstance(row.event, HandoffCompleted):
            waiting = False
        elif waiting and isinstance(row.event, ConversationClosed):
            return True
    return False


def _held_at(log: LogModel, seq: int) -> bool:
    held = False
    for row in log.rows[: seq - 1]:
        if isinstance(row.event, HandoffClaimed):
            held = True
        elif isinstance(row.event, HandoffCompleted):
            held = False
    return held


def _was_a_persons(log: LogModel, message_id: str) -> bool:
    """Whether a person had the message: they hold the conversation still, or completed it as resolved."""
    mine = next(
        row.seq
        for row in log.rows
        if isinstance(row.event, CustomerMessageLogged) and row.event.message_id == message_id
    )
    ended = [r for r in log.rows if isinstance(r.event, HandoffCompleted) and r.seq > mine]
    return _held_at(log, len(log.rows) + 1) or any(r.event.outcome == "resolved" for r in ended)  # type: ignore[union-attr]
