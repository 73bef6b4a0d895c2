"""A world for the conversation core: a model of the fenced log, and a driver that interleaves everything at random.

The driver does what the workflow does (one step at a time; a void thought is left behind), and what the world does to
it: attempts die between any two of their actions and run again, zombies wake late and act under an old epoch, people
claim in mid-thought, the run continues as new, ends, and is started again.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from domain import steps
from domain.assessment import Case, assess
from domain.carry import ENGINE, Assessment, ConversationInput, StartEscalation, StartSurvey
from domain.classification import Classification
from domain.conversation import Conversation
from domain.errors import SwitchboardError
from domain.events import AgentMessage, Event, HumanMessage
from domain.handover import hands_over
from domain.ids import message_event_id, reply_event_id
from domain.messages import (
    AgentReply,
    AppendResult,
    CustomerMessage,
    EnginePolicy,
    HandoffClaim,
    HandoffCompletion,
    OpenInput,
    OpenResult,
    PersonMessage,
    SlaNotice,
    SurveyNotice,
    ThinkInput,
    ThinkResult,
    ToolCall,
    ToolOutcome,
)
from domain.quality import QualityReport
from domain.sla import sla_deadline
from domain.state import AgentState, CustomerTier, Offer, Priority, Ticket
from domain.steps import Append, RunTools, Step, Think
from domain.survey import Rating

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass
class Logged:
    seq: int
    event: Event
    answered_by: int | None = None


@dataclass
class LogModel:
    """What ``append_events`` promises, in plain Python; the adapter's tests hold the SQL to the same cases."""

    epoch: int = 0
    rows: list[Logged] = field(default_factory=list)
    snapshot: str | None = None
    fences: bool = True

    def append(
        self, epoch: int, events: list[Event], *, state: AgentState | None, asked: list[str]
    ) -> tuple[bool, list[str], list[AgentMessage]]:
        """(fenced, answered ids, replies that answer them)."""
        if self.fences and epoch < self.epoch:
            return True, [], []
        self.epoch = max(epoch, self.epoch)
        known = {row.event.event_id for row in self.rows}
        for event in events:
            if event.event_id not in known:
                self._write(event)
        if state is not None:
            self.snapshot = state.model_dump_json(exclude_defaults=True)
        answered = [m for m in asked if (row := self._message(m)) and row.answered_by]
        seqs = {row.answered_by for m in answered if (row := self._message(m))}
        replies = [r.event for r in self.rows if r.seq in seqs and isinstance(r.event, AgentMessage)]
        return False, answered, replies

    def _write(self, event: Event) -> None:
        seq = len(self.rows) + 1
        if isinstance(event, AgentMessage | HumanMessage) and event.answers:
            still_open = [m for m in event.answers if (row := self._message(m)) and row.answered_by is None]
            if not still_open and isinstance(event, AgentMessage):
                return
            event = event.model_copy(update={"answers": still_open})
            for message_id in still_open:
                row = self._message(message_id)
                assert row is not None
                row.answered_by = seq
        self.rows.append(Logged(seq, event))

    def _message(self, message_id: str) -> Logged | None:
        event_id = message_event_id(message_id)
        return next((row for row in self.rows if row.event.event_id == event_id), None)


Attempt = Generator[None, None, Any]
"""An activity attempt: runs to each ``yield``, where it may be left behind, killed or frozen."""


class World:
    """One conversation and everything that happens to it, decided by ``seed``."""

    def __init__(self, seed: int, *, messages: int = 8, fences: bool = True) -> None:
        self.random = Random(seed)
        self.log = LogModel(fences=fences)
        self.now = START
        self.policy = EnginePolicy(continue_as_new_turns=3, room_look_seconds=1)
        self.to_send = messages
        self.sent: list[str] = []
        self.zombies: list[Attempt] = []
        self.handlers: list[tuple[Append, Attempt]] = []
        self.people = 0
        self.runs = 0
        self.core: Conversation | None = None
        self.step: Step | None = None
        self.attempt: Attempt | None = None
        self.result: Any = None
        self.surveys: list[str] = []
        self.checks = 0
        self.cases: list[Case] = []
        """With the supervisor; what is decided comes late, twice or never."""
        self.haste = self.random.choice([0.3, 1, 5])
        """How eagerly the customer writes: one waits for answers, another floods."""
        self._start_run([self._next_message()])

    # ------------------------------------------------------------------ the world turns

    def run(self) -> None:
        """Until all is sent and the conversation rests or has ended."""
        for _ in range(20_000):
            if self._at_rest():
                return
            self._tick()
        raise AssertionError(f"the conversation never came to rest; it is at {self.step}")

    def _tick(self) -> None:
        self.now += timedelta(milliseconds=self.random.choice([1, 50, 400]))
        moves: list[tuple[float, Callable[[], None]]] = [(12, self._drive)]
        if self.to_send:
            moves.append((self.haste, self._send))
        if self.zombies:
            moves.append((2, self._wake_zombie))
        if self.handlers:
            moves.append((4, self._advance_handler))
        if self.checks and self.core is not None:
            moves.append((3, self._report_check))
        if self.core is not None:
            moves.append((2, self._act_as_person))
            moves.append((1, self._ring_a_clock))
        self.random.choices([move for _, move in moves], [weight for weight, _ in moves])[0]()

    def _at_rest(self) -> bool:
        quiet = not self.to_send and not self.zombies and not self.handlers and not self.checks
        if self.core is None:
            return quiet
        waits = self.core.carry.pending or self.core.carry.line or _assessed(self.core)
        return quiet and isinstance(self.step, steps.Wait) and not waits

    def _send(self) -> None:
        """A signal, or a signal-with-start if the run has ended; sometimes twice."""
        message = self._next_message()
        for _ in range(self.random.choice([1, 1, 1, 2])):
            if self.core is None:
                self._start_run([])
            assert self.core is not None
            self.core.accept(message)

    def _next_message(self) -> CustomerMessage:
        self.to_send -= 1
        number = len(self.sent)
        surveyed = self.core is not None and self.core.carry.survey is not None
        text = "5" if surveyed and self.random.random() < 0.5 else self.random.choice(["my bill is wrong", "yes", "no"])
        message = CustomerMessage(message_id=f"m{number}", message=text, sent_at=self.now)
        self.sent.append(message.message_id)
        return message

    def _act_as_person(self) -> None:
        assert self.core is not None
        handoff = self.core.carry.handoff
        if handoff is None:
            return
        try:
            if not handoff.person_id:
                self.people += 1
                claim = HandoffClaim(handoff_id=handoff.handoff_id, person_id=f"p{self.people}")
                self._handle(self.core.claim(claim, self.now))
            elif self.random.random() < 0.5:
                says = PersonMessage(
                    message_id=f"h{self.random.randrange(10**9)}",
                    person_id=handoff.person_id,
                    message="Hello, I am a person.",
                    sent_at=self.now,
                )
                self._handle(self.core.person_says(says, self.now))
            else:
                outcome = self.random.choice(["resolved", "returned"])
                completion = HandoffCompletion(
                    handoff_id=handoff.handoff_id, person_id=handoff.person_id, outcome=outcome
                )
                self._handle(self.core.complete_handoff(completion, self.now))
        except SwitchboardError as error:
            raise AssertionError("the person did only what the core offered") from error

    def _ring_a_clock(self) -> None:
        assert self.core is not None
        if _assessed(self.core):
            self._assess()
        elif self.core.carry.survey is not None and self.random.random() < 0.2:
            self.core.rated(Rating(score=5), self.now)
            self._handle(self.core.append_pending())
        elif self.surveys and self.random.random() < 0.5:
            survey_id, kind = self.random.choice(self.surveys), self.random.choice(["reminder", "expired"])
            notice = SurveyNotice(survey_id=survey_id, kind=kind, answers_first=self.random.random() < 0.5)
            self.core.survey_called(notice, self.now)
        elif self.core.state.ticket:
            ticket = self.core.state.ticket
            kind = self.random.choice(["at_risk", "breached"])
            self.core.sla_called(
                SlaNotice(ticket_id=ticket.ticket_id, kind=kind, deadline=ticket.sla_deadline), self.now
            )

    def _report_check(self) -> None:
        """The quality check ends, well, badly or not at all."""
        assert self.core is not None
        self.checks -= 1
        reports = [None, QualityReport(score=1, passed=True), QualityReport(score=0.2, passed=False)]
        self.core.on_checked(self.random.choice(reports), self.now)

    def _assess(self) -> None:
        assert self.core is not None
        waiting = _assessed(self.core)
        assert waiting is not None, "the caller has looked"
        if self.random.random() < 0.2:
            self.now = max(self.now, waiting.due)
        elif self.cases:
            self.core.assessed(assess(self.random.choice(self.cases)), self.now)

    def _handle(self, append: Append) -> None:
        self.handlers.append((append, self._appending(append)))

    # ------------------------------------------------------------------ the driver, as the workflow is one

    def _drive(self) -> None:
        if self.core is None:
            return
        if self.attempt is not None:
            self._advance()
        else:
            self._next()

    def _next(self) -> None:
        assert self.core is not None
        if isinstance(self.step, steps.Finish) and (self.handlers or self.checks):
            return
        self.step = step = self.core.next_step(self.now)
        match step:
            case steps.Finish():
                if not self.handlers and not self.checks:
                    self.core = None
            case steps.Wait(until=until):
                self._check_nobody_is_forgotten(until)
                if step.may_renew and not self.handlers and not self.checks and self.random.random() < 0.3:
                    self._renew()
            case steps.RunErrand(errand=errand):
                if isinstance(errand, StartSurvey):
                    self.surveys.append(errand.workflow_id)
                elif isinstance(errand, StartEscalation):
                    self.cases.append(errand.case)
                self.core.on_errand_done()
            case steps.Open(input=request):
                self.core.on_opened(self._open(request), self.now)
            case steps.AskForRoom():
                self.core.on_looked_for_room(self.random.random() < 0.5, self.now)
            case steps.Classify():
                self.core.on_classified(step, self._classification(), self.now)
            case Think():
                self.attempt = self._thinking(step.input.model_copy(deep=True), dict(self._mind(step)))
            case RunTools():
                self.core.on_tools(step, [_outcome(r.call) for r in step.requests], self.now)
            case Append():
                self.attempt = self._appending(Append(step.input.model_copy(deep=True)))
            case steps.CheckQuality():
                self.checks += 1
            case steps.ContinueElsewhere():
                self.core.on_continued(step, "elsewhere", self.now)

    def _advance(self) -> None:
        """One more action of the step in flight; or it dies and runs again, leaving a zombie behind."""
        core, step = self.core, self.step
        assert core is not None and self.attempt is not None
        if isinstance(step, Think) and core.overtaken(step):
            self.zombies.append(self.attempt)
            self.attempt = None
            return
        if self.random.random() < 0.1 and isinstance(step, Think | Append):
            self.zombies.append(self.attempt)
            self.attempt = (
                self._thinking(step.input.model_copy(deep=True), dict(self._mind(step)))
                if isinstance(step, Think)
                else self._appending(step)
            )
        try:
            next(self.attempt)
        except StopIteration as done:
            self.attempt = None
            self._report(done.value)

    def _report(self, result: Any) -> None:
        core, step = self.core, self.step
        assert core is not None
        if isinstance(step, Think):
            if result == "failed":
                core.on_thought_failed(step, "model-failed", self.now)
            else:
                core.on_thought(step, result, self.now)
        elif isinstance(step, Append):
            core.on_appended(step, result, self.now)

    def _advance_handler(self) -> None:
        index = self.random.randrange(len(self.handlers))
        append, attempt = self.handlers[index]
        try:
            next(attempt)
        except StopIteration as done:
            del self.handlers[index]
            if self.core is not None:
                self.core.on_appended(append, done.value, self.now)

    def _wake_zombie(self) -> None:
        zombie = self.zombies.pop(self.random.randrange(len(self.zombies)))
        try:
            next(zombie)
        except StopIteration:
            return
        if self.random.random() < 0.8:
            self.zombies.append(zombie)

    # ------------------------------------------------------------------ activities

    def _thinking(self, thought: ThinkInput, mind: dict[str, Any]) -> Attempt:
        yield
        asked = [message.message_id for message in thought.messages]
        before: list[Event] = list(thought.pending)
        if not mind["at_once"]:
            fenced, answered, said = self.log.append(thought.epoch, before, state=None, asked=asked)
            if fenced or answered:
                return ThinkResult(fenced=fenced, log_epoch=self.log.epoch, answered=answered, said=said)
            before = []
            yield
            if mind["fails"]:
                return "failed"
            if mind["tool"]:
                call = ToolCall(call_id=f"c{self.random.randrange(10**9)}", tool=mind["tool"])
                return ThinkResult(tool_calls=[call], answered=answered, said=said, log_epoch=self.log.epoch)
        words = AgentReply(message="I see.", outcome=mind["outcome"], confidence=mind["confidence"])
        if hands_over(words, 0.7):
            return ThinkResult(handover=words, run_seconds=0.1)
        reply = AgentMessage(
            event_id=reply_event_id(thought.turn_id),
            at=self.now,
            turn_id=thought.turn_id,
            agent_type=thought.agent,
            message=words.message,
            answers=asked,
            outcome=mind["outcome"],
            offer=mind["offer"],
        )
        fenced, answered, said = self.log.append(thought.epoch, [*before, reply], state=thought.state, asked=asked)
        yield
        return ThinkResult(fenced=fenced, log_epoch=self.log.epoch, answered=answered, said=said, run_seconds=0.1)

    def _appending(self, append: Append) -> Attempt:
        yield
        request = append.input
        fenced, answered, said = self.log.append(
            request.epoch, request.pending, state=request.state, asked=request.asked
        )
        yield
        return AppendResult(
            fenced=fenced, log_epoch=self.log.epoch, answered=answered, said=said, last_seq=len(self.log.rows)
        )

    def _mind(self, step: Think) -> dict[str, Any]:
        """What the model will do: decided once a thought, so that only the world's timing differs between attempts."""
        outcomes = ["continue", "continue", "resolution_offered", "resolution_confirmed", "wants_person", "cannot_help"]
        offer = Offer(tool="apply_credit_adjustment", arguments_json="{}", summary="a credit")
        return {
            "at_once": len(step.input.messages) == 1 and self.random.random() < 0.4,
            "fails": self.random.random() < 0.03,
            "tool": self.random.choice([None, None, "get_billing_information", "apply_credit_adjustment"]),
            "outcome": self.random.choice(outcomes),
            "confidence": self.random.choice([0.5, 0.9, 0.9, 0.9]),
            "offer": offer if self.random.random() < 0.3 else None,
        }

    def _classification(self) -> Classification | None:
        if self.random.random() < 0.05:
            return None
        return Classification(
            intent=self.random.choice(["billing_question", "general_faq", "human_request", "connection_problem"]),
            confidence=self.random.choice([0.5, 0.99]),
            affirmation=self.random.choice(["yes", "no", "unclear"]),
        )

    def _open(self, request: OpenInput) -> OpenResult:
        if self.log.snapshot is not None:
            self.log.epoch += 1
            state = AgentState.model_validate_json(self.log.snapshot)
            return OpenResult(state=state, epoch=self.log.epoch, last_seq=len(self.log.rows), closed_at=self.now)
        ticket = Ticket(
            ticket_id="T-c",
            priority=Priority.HIGH,
            category="conversation",
            created_at=request.now,
            updated_at=request.now,
            sla_deadline=sla_deadline(request.now, Priority.HIGH, CustomerTier.GOLD),
        )
        return OpenResult(ticket=ticket, waits=self.random.random() < 0.2)

    # ------------------------------------------------------------------ runs

    def _start_run(self, initial: list[CustomerMessage]) -> None:
        self.runs += 1
        start = ConversationInput(
            conversation_id="c",
            session_id="s",
            customer_id="CUST_001",
            initial=initial,
            policy=self.policy,
            engine=ENGINE,
        )
        self.core, self.step, self.attempt = Conversation(start, self.now), None, None

    def _renew(self) -> None:
        """Continue as new, through the wire format."""
        assert self.core is not None
        start = self.core._start.model_copy(update={"carry": self.core.carry, "initial": []})
        again = ConversationInput.model_validate_json(start.model_dump_json())
        self.core, self.step, self.attempt = Conversation(again, self.now), None, None

    def _check_nobody_is_forgotten(self, until: datetime | None) -> None:
        """DESIGN: every open conversation has an owner, a timer or a queue position."""
        assert self.core is not None
        carry = self.core.carry
        held = carry.handoff is not None and bool(carry.handoff.person_id)
        assert held or until is not None or carry.survey is not None or carry.check == "running", (
            "nobody and nothing will come back to this customer"
        )
        if not held and carry.line is None and not _assessed(self.core):
            assert not carry.inbox, "the conversation rests with unanswered messages"


def _assessed(core: Conversation) -> Assessment | None:
    return core.carry.turn.assessment if core.carry.turn else None


def _outcome(call: ToolCall) -> ToolOutcome:
    return ToolOutcome(call_id=call.call_id, tool=call.tool, success=True)
