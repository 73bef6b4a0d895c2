"""What came of a script, read from the conversation's log, and where that is not what the script expects. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cli.simulation.product import Account, Event, Status
from cli.simulation.script import Ending, Expectation
from domain.state import AgentType
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT


@dataclass(frozen=True)
class Heard:
    """What came of one message. ``tools`` in the order of their calls; ``failed`` are those of them that failed."""

    intent: str
    agent: str
    tools: list[str]
    failed: list[str]
    message: str


def heard(events: Sequence[Event], message_id: str) -> Heard:
    """Everything from this message up to the customer's next; the intent stays what it was unless classified anew."""
    own = _until_next_message(events, message_id)
    answer = next((event for event in events if message_id in event.get("answers", [])), None)
    said_by = AgentType.HUMAN.value if answer and answer["type"] == "human_message" else ""
    return Heard(
        intent=_last_intent([event for event in events if event["seq"] <= (own[-1]["seq"] if own else 0)]),
        agent=said_by or (answer["agent_type"] if answer else ""),
        tools=[event["tool"] for event in own if event["type"] == "tool_called"],
        failed=[event["tool"] for event in own if event["type"] == "tool_failed"],
        message=answer["message"] if answer else "",
    )


def differences(expected: Expectation, found: Heard) -> Iterator[str]:
    """What is not as expected, each in a few words."""
    if expected.intent is not None and found.intent != expected.intent:
        yield f"intent {found.intent or 'unknown'} instead of {expected.intent}"
    if expected.agent is not None and found.agent != expected.agent:
        yield f"agent {found.agent or 'nobody'} instead of {expected.agent}"
    if expected.tools is not None and found.tools != expected.tools:
        yield f"tools {_words(found.tools)} instead of {_words(expected.tools)}"
    if expected.tools is not None and Counter(found.failed) != Counter(expected.refused):
        yield f"tools that failed: {_words(found.failed)} instead of {_words(expected.refused)}"
    for word in expected.mentions:
        if word.casefold() not in found.message.casefold():
            yield f"the answer does not mention {word!r}"


def ending_differences(ending: Ending, events: Sequence[Event], status: Status) -> Iterator[str]:
    """All but the credits."""
    if ending.status is not None and status.status != ending.status:
        yield f"status {status.status} instead of {ending.status}"
    if ending.person is not None and status.requires_human != ending.person:
        yield "waits for a person" if status.requires_human else "does not wait for a person"
    queues = [event["queue"] for event in events if event["type"] == "handoff_requested"]
    if ending.queue is not None and ending.queue not in queues:
        yield f"queue {_words(queues)} instead of {ending.queue}"
    scores = [event["score"] for event in events if event["type"] == "survey_answered"]
    if ending.survey is not None and scores != [ending.survey]:
        yield f"survey answered {_words(list(map(str, scores)))} instead of {ending.survey}"


def is_repeat(expected: Sequence[Decimal], before: Account) -> bool:
    """Whether an earlier run has booked these credits already."""
    return bool(expected) and not Counter(expected) - Counter(before.credits)


def credit_differences(
    expected: Sequence[Decimal], events: Sequence[Event], before: Account, after: Account
) -> Iterator[str]:
    """The log and the ledger must both say that exactly these were booked, and the account shows each once."""
    due = [] if is_repeat(expected, before) else list(expected)
    booked = [event for event in events if event["type"] == "tool_completed" and event["tool"] == _CREDIT]
    if len(booked) != len(due):
        yield f"the log shows {len(booked)} credits instead of {len(due)}"
    given = before.balance - after.balance
    if given != sum(due):
        yield f"the account received {given:.2f} instead of {sum(due, Decimal(0)):.2f}"
    shown = Counter(after.credits)
    for amount, times in Counter(expected).items():
        if shown[amount] != times:
            yield f"the account shows {amount:.2f} credited {shown[amount]} times instead of {times}"


def escalated(events: Sequence[Event]) -> bool:
    """Whether somebody else had to go on, be it another agent."""
    return any(event["type"] == "escalated" for event in events)


def asked_person(events: Sequence[Event]) -> bool:
    return any(event["type"] == "handoff_requested" for event in events)


_CREDIT = APPLY_CREDIT_ADJUSTMENT.name


def _until_next_message(events: Sequence[Event], message_id: str) -> list[Event]:
    own: list[Event] = []
    for event in events:
        starts = event["type"] == "customer_message"
        if starts and own:
            break
        if own or (starts and event["message_id"] == message_id):
            own.append(event)
    return own


def _last_intent(events: Sequence[Event]) -> str:
    intents = [event["intent"] for event in events if event["type"] == "intent_classified"]
    return intents[-1] if intents else ""


def _words(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
