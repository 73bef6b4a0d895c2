"""One conversation, driven by hand: each step is performed at once, time moves only when a test says so, and the log is
the simulation's model. Where the simulation tries what may happen, these tests tell what must."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from domain import steps
from domain.carry import ENGINE, ConversationInput, Handoff
from domain.classification import Affirmation, Classification
from domain.conversation import Conversation
from domain.events import AgentMessage, Event
from domain.ids import reply_event_id
from domain.messages import (
    AppendInput,
    AppendResult,
    CustomerMessage,
    EnginePolicy,
    HandoffClaim,
    HandoffCompletion,
    OpenResult,
    PersonMessage,
    ThinkInput,
    ThinkResult,
)
from domain.state import Priority, Ticket
from tests.domain.simulation import START, LogModel

PERSON = "p1"


class Desk:
    """``reply`` holds the fields of the next replies; with ``model_works`` False, thoughts fail for good; with ``room``
    False, as many conversations are open as may be."""

    def __init__(
        self, text: str | None = "my bill is wrong", policy: EnginePolicy | None = None, *, room: bool = True
    ) -> None:
        self.now = START
        self.log = LogModel()
        self.reply: dict[str, Any] = {}
        self.model_works = True
        self.room = room
        self.looks = 0
        self.thoughts: list[ThinkInput] = []
        self.errands: list[Any] = []
        self.sent = 0
        start = ConversationInput(
            engine=ENGINE, conversation_id="c", session_id="s", customer_id="CUST_001", policy=policy or EnginePolicy()
        )
        self.core = Conversation(start, self.now)
        if text is None:
            self.settle()
        else:
            self.say(text)

    # ------------------------------------------------------------------ what happens to it

    def say(self, text: str, *, sent_at: datetime | None = None) -> str:
        """The customer writes, and whatever follows from it is done. Returns the message's id."""
        message_id = self.hear(text, sent_at=sent_at)
        self.settle()
        return message_id

    def hear(self, text: str, *, sent_at: datetime | None = None) -> str:
        """The message arrives; nothing is done about it yet."""
        self.sent += 1
        message = CustomerMessage(message_id=f"m{self.sent}", message=text, sent_at=sent_at or self.now)
        assert self.core.accept(message)
        return message.message_id

    def wait(self, **span: float) -> None:
        """Time passes, and the clocks are looked at whenever the conversation asked for it."""
        until = self.now + timedelta(**span)
        while not self.core.carry.closed and (due := self.settle()) and due <= until:
            self.now = max(due, self.now)
        self.now = until
        self.settle()

    def claim(self, person_id: str = PERSON) -> None:
        self.append(self.core.claim(HandoffClaim(handoff_id=self.handoff.handoff_id, person_id=person_id), self.now))

    def person_says(self, text: str, message_id: str = "h1") -> None:
        message = PersonMessage(message_id=message_id, person_id=PERSON, message=text, sent_at=self.now)
        self.append(self.core.person_says(message, self.now))

    def complete(self, completion: HandoffCompletion) -> None:
        self.append(self.core.complete_handoff(completion, self.now))

    def renew(self) -> None:
        """Continue as new, through the wire format."""
        start = self.core._start.model_copy(update={"carry": self.core.carry})
        self.core = Conversation(ConversationInput.model_validate_json(start.model_dump_json()), self.now)

    # ------------------------------------------------------------------ the driver

    def settle(self) -> datetime | None:
        """Perform steps until the conversation rests or has ended; returns when it wants to look at its clocks."""
        for _ in range(1_000):
            step = self.core.next_step(self.now)
            if isinstance(step, steps.Wait):
                return step.until
            if isinstance(step, steps.Finish):
                return None
            self.perform(step)
        raise AssertionError("the conversation never comes to rest")

    def perform(self, step: steps.Step) -> None:
        match step:
            case steps.Open():
                self.core.on_opened(OpenResult(ticket=_ticket(self.now), waits=not self.room), self.now)
            case steps.AskForRoom():
                self.looks += 1
                self.core.on_looked_for_room(self.room, self.now)
            case steps.Classify():
                self.core.on_classified(step, _reading(step.input.texts[-1]), self.now)
            case steps.Think():
                self.think(step)
            case steps.CheckQuality():
                self.core.on_checked(None, self.now)
            case steps.Append():
                self.append(step)
            case steps.RunErrand():
                self.errands.append(step.errand)
                self.core.on_errand_done()
            case _:
                raise AssertionError(f"not expected here: {step}")

    def think(self, step: steps.Think) -> None:
        thought = step.input.model_copy(deep=True)
        self.thoughts.append(thought)
        if not self.model_works:
            self.core.on_thought_failed(step, "model-failed", self.now)
            return
        asked = [message.message_id for message in thought.messages]
        reply = AgentMessage(
            event_id=reply_event_id(thought.turn_id),
            at=self.now,
            turn_id=thought.turn_id,
            agent_type=thought.agent,
            answers=asked,
            **{"message": "I see.", **self.reply},
        )
        _, answered, said = self.log.append(thought.epoch, [*thought.pending, reply], state=thought.state, asked=asked)
        self.core.on_thought(step, ThinkResult(answered=answered, said=said, last_seq=len(self.log.rows)), self.now)

    def append(self, step: steps.Append) -> None:
        request: AppendInput = step.input.model_copy(deep=True)
        fenced, answered, said = self.log.append(
            request.epoch, request.pending, state=request.state, asked=request.asked
        )
        result = AppendResult(fenced=fenced, answered=answered, said=said, last_seq=len(self.log.rows))
        self.core.on_appended(step, result, self.now)

    # ------------------------------------------------------------------ what is to be seen

    @property
    def handoff(self) -> Handoff:
        assert self.core.carry.handoff is not None
        return self.core.carry.handoff

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events()]

    def events(self) -> Iterator[Event]:
        return (row.event for row in self.log.rows)

    def last(self, kind: type[Any]) -> Any:
        return [event for event in self.events() if isinstance(event, kind)][-1]


def resolved(policy: EnginePolicy | None = None) -> Desk:
    """The customer has said that it is solved, and is asked how satisfied they are."""
    desk = Desk(policy=policy)
    desk.reply = {"outcome": "resolution_confirmed"}
    desk.say("thanks, that solved it")
    desk.reply = {}
    return desk


def handed_off(policy: EnginePolicy | None = None) -> Desk:
    """A person is asked for; nobody has come yet."""
    desk = Desk(policy=policy)
    desk.reply = {"outcome": "wants_person"}
    desk.say("a person please")
    desk.reply = {}
    return desk


def claimed(policy: EnginePolicy | None = None) -> Desk:
    """A person holds the conversation."""
    desk = handed_off(policy)
    desk.claim()
    return desk


def completion(desk: Desk, outcome: str) -> HandoffCompletion:
    return HandoffCompletion(handoff_id=desk.handoff.handoff_id, person_id=PERSON, outcome=outcome)  # type: ignore[arg-type]


def _reading(text: str) -> Classification:
    affirmation: Affirmation = "yes" if text == "yes" else "no" if text == "no" else "unclear"
    return Classification(intent="billing_question", confidence=0.97, affirmation=affirmation)


def _ticket(now: datetime) -> Ticket:
    return Ticket(
        ticket_id="T-c",
        priority=Priority.HIGH,
        category="conversation",
        created_at=now,
        updated_at=now,
        sla_deadline=now + timedelta(hours=4),
    )
