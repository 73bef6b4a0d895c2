"""The conversation core: a pure state machine. Facts are noted as they arrive; ``next_step`` says what to do; results
are reported back. It does no I/O and reads no clock, so thousands of interleavings run in seconds.

How it keeps the promise (DESIGN, the way of a message):

- A message stays in ``inbox`` until the log confirms an answer to it, so no crash, fence or failure can lose it.
- An event stays in ``pending`` until the log confirms it; the log drops repeats by ``event_id``.
- Whatever speaks does so under ``epoch``. A claim, a restarted thought and a reopening raise it, and the log refuses
  everything older.
"""

from datetime import datetime

from domain import words
from domain.approvals import Approvals
from domain.assessment import Verdict
from domain.batches import first_batch
from domain.carry import ENGINE, REMEMBERED_IDS, Carry, ConversationInput, TurnProgress
from domain.classification import Classification
from domain.entrance import Entrance
from domain.events import AgentMessage, ConversationContinued, CustomerMessageLogged, QualityChecked
from domain.handover import Handovers
from domain.ids import message_event_id
from domain.integrations import IntegrationReport, Integrations
from domain.lifecycle import Lifecycle
from domain.messages import (
    AppendInput,
    AppendResult,
    ApprovalNotice,
    CustomerMessage,
    HandoffClaim,
    HandoffCompletion,
    OpenInput,
    OpenResult,
    PersonMessage,
    SlaNotice,
    SurveyNotice,
    ThinkResult,
    ToolOutcome,
)
from domain.people import People
from domain.quality import QualityReport
from domain.replies import hear_reply
from domain.scribe import Scribe
from domain.state import AgentState, ErrorEntry, TicketStatus
from domain.steps import (
    Append,
    AskForRoom,
    CheckQuality,
    Classify,
    ContinueElsewhere,
    Finish,
    Open,
    RunErrand,
    RunTools,
    Step,
    Think,
    Wait,
)
from domain.survey import AnsweredSurvey, Rating, read_rating
from domain.triggers import Trigger
from domain.turns import Turns, batch_of


class Conversation:
    """One conversation's rules and state. ``carry`` may be handed to the next run at any ``Wait`` that allows it."""

    def __init__(self, start: ConversationInput, now: datetime) -> None:
        self._start = start
        self.carry = start.carry or Carry(state=_fresh_state(start, now))
        scribe = Scribe(self.carry)
        self._scribe = scribe
        self._policy = start.policy
        modern = start.engine >= ENGINE
        self._people = People(self.carry, start.policy, scribe)
        self._approvals = Approvals(self.carry, start.policy, scribe, asks=modern)
        self._turns = Turns(self.carry, start.policy, scribe, self._approvals, by_table=modern)
        self._handovers = Handovers(self.carry, scribe, self._people, by_table=modern)
        self._life = Lifecycle(self.carry, start.policy, scribe, checks=modern)
        self._entrance = Entrance(self.carry, start.policy, scribe)
        self._integrations = Integrations(self.carry, scribe)
        self.turns_in_run = 0
        if start.carry is None:
            for message in start.initial:
                self.accept(message)

    @property
    def state(self) -> AgentState:
        return self.carry.state

    @property
    def epoch(self) -> int:
        return self.carry.epoch

    @property
    def last_seq(self) -> int:
        return self.carry.last_seq

    # ------------------------------------------------------------------ facts, noted as they arrive

    def accept(self, message: CustomerMessage) -> bool:
        """Queue a customer's message; False if it is a repeat."""
        carry = self.carry
        if message.message_id in carry.recent_ids:
            return False
        carry.recent_ids = [*carry.recent_ids, message.message_id][-REMEMBERED_IDS:]
        carry.inbox.append(message)
        self._scribe.log(
            CustomerMessageLogged(
                event_id=message_event_id(message.message_id),
                at=message.sent_at,
                message_id=message.message_id,
                message=message.message,
                attachments=message.attachments,
            )
        )
        return True

    def check_claim(self, claim: HandoffClaim) -> None:
        self._people.check_claim(claim)

    def claim(self, claim: HandoffClaim, now: datetime) -> Append:
        """A person takes over, from now. Returns the append that makes it known. Raises ``ClaimRefused``."""
        self._people.claim(claim, now)
        return self._append()

    def is_pending(self, event_id: str) -> bool:
        """Whether the log has not confirmed this event yet."""
        return any(event.event_id == event_id for event in self.carry.pending)

    def append_pending(self) -> Append:
        return self._append()

    def check_owner(self, person_id: str) -> None:
        self._people.check_owner(person_id)

    def check_completion(self, completion: HandoffCompletion) -> None:
        self._people.check_completion(completion)

    def person_says(self, message: PersonMessage, now: datetime) -> Append:
        self._people.says(message, now)
        return self._append()

    def complete_handoff(self, completion: HandoffCompletion, now: datetime) -> Append:
        first_time = self._people.complete(completion, now)
        if first_time and completion.outcome == "resolved":
            self._life.resolve(now)
        return self._append()

    def sla_called(self, notice: SlaNotice, now: datetime) -> None:
        self._life.sla_called(notice, now)

    def integration_reported(self, report: IntegrationReport, now: datetime) -> bool:
        """Another system tells of something; False if it is a repeat."""
        return self._integrations.reported(report, now)

    def survey_called(self, notice: SurveyNotice, now: datetime) -> None:
        match notice.kind:
            case "reminder":
                self._life.remind_of_survey(notice.survey_id, now)
            case "expired" if notice.answers_first and self.carry.inbox:
                # Nobody is told that it was too late for what is here already: if it is no rating, its turn ends this.
                pass
            case "expired":
                self._life.survey_expired(notice.survey_id, now)

    def check_rating(self, rating: Rating) -> None:
        self._life.check_rating(rating)

    def rated(self, rating: Rating, now: datetime) -> AnsweredSurvey:
        """The open survey is answered beside the chat. Raises ``SurveyClosed``."""
        return self._life.rated_beside(rating, now)

    def approval_decided(self, notice: ApprovalNotice, now: datetime) -> None:
        if self._approvals.decided(notice, now):
            self._bring_in_person(now)

    def assessed(self, verdict: Verdict, now: datetime) -> None:
        """The supervisor's decision on an escalation."""
        self._handovers.assessed(verdict, now)

    # ------------------------------------------------------------------ what to do next

    def next_step(self, now: datetime) -> Step:
        """The one thing to do now. Each part below returns its step, or None if it has nothing to do."""
        return (
            self._begin(now)
            or self._run_errand()
            or self._approvals.next_run(now)
            or self._serve(now)
            or self._check()
            or self._end()
            or self._rest(now)
        )

    def overtaken(self, thought: Think) -> bool:
        """Whether this thought in flight is void: fenced off by a claim, or overtaken by newer messages."""
        turn = self.carry.turn
        if turn is None or turn.turn_id != thought.input.turn_id or self.epoch != thought.input.epoch:
            return True
        return self._turns.overtaken(turn)

    def turn_is_over(self, turn_id: str) -> bool:
        """Whether somebody ended this turn while its tools ran (a claim)."""
        return self.carry.turn is None or self.carry.turn.turn_id != turn_id

    # ------------------------------------------------------------------ what came of a step

    def on_opened(self, result: OpenResult, now: datetime) -> None:
        self.carry.last_seq = result.last_seq
        self._life.opened(self._start, result, now)
        if result.waits:
            self._entrance.wait(now)

    def on_looked_for_room(self, room: bool, now: datetime) -> None:
        self._entrance.looked(room, now)

    def on_classified(self, step: Classify, reading: Classification | None, now: datetime) -> None:
        if self._turns.classified(step.turn_id, reading, now):
            self._approvals.withdraw_if_wanted([m.message for m in self._turns.messages(self._turn())], now)
            self._handovers.if_due(self._turn(), now)

    def on_thought(self, step: Think, result: ThinkResult, now: datetime) -> None:
        if self._fenced(result, step.input.epoch):
            return
        if result.handover is None:
            self._scribe.logged(step.input.pending)
        current = not self.overtaken_by_epoch(step.input.turn_id, step.input.epoch)
        if current:
            self._turns.thought(result, now)
        if result.handover is None:
            self._absorb(result, now)
        elif current:
            self._life.drop_survey()
            self._handovers.replied(self._turn(), result.handover, now)

    def on_thought_failed(self, step: Think, error_type: str, now: datetime) -> None:
        """The model failed for good: an honest word, and a person is asked for. Never silence."""
        self.state.error_log = [*self.state.error_log, ErrorEntry(at=now, type=error_type, where="think")][-20:]
        if not self.overtaken_by_epoch(step.input.turn_id, step.input.epoch):
            self._give_up(Trigger.MODEL_FAILED, words.MODEL_FAILED, now)

    def on_tools(self, step: RunTools, outcomes: list[ToolOutcome], now: datetime) -> None:
        self._turns.tools_ran(step.requests, outcomes, step.turn_id, now)
        if self._approvals.ran(step.turn_id, outcomes, now):
            self._bring_in_person(now)
        elif self.carry.closed:
            self._life.want_check()

    def on_checked(self, report: QualityReport | None, now: datetime) -> None:
        """What the quality check found; None: nobody could check."""
        carry = self.carry
        carry.check, carry.checked, carry.checked_seq = "", not carry.check_stale, carry.check_seq
        if carry.closed and not carry.checked:
            self._life.want_check()
        if report is None:
            self.state.error_log = [*self.state.error_log, ErrorEntry(at=now, type="model-failed", where="check")][-20:]
        self._scribe.log(
            QualityChecked(
                event_id=self._scribe.fresh_id("checked"),
                at=now,
                score=report.score if report else None,
                passed=report is None or report.passed,
                findings=report.findings if report else [],
            )
        )
        if report is None or report.passed or carry.handoff is not None:
            return
        self._life.drop_survey()
        carry.survey_asked = False
        if carry.closed:
            self._life.reopen(now, now)
        self._handovers.quality_failed(now)

    def on_appended(self, step: Append, result: AppendResult, now: datetime) -> None:
        if self._fenced(result, step.input.epoch):
            return
        self._scribe.logged(step.input.pending)
        self._absorb(result, now)
        self._people.shorten_what_waits()

    def on_errand_done(self) -> None:
        del self.carry.errands[0]

    def on_continued(self, step: ContinueElsewhere, continued_in: str, now: datetime) -> None:
        """The linked conversation has the messages; here only the link is logged."""
        carry = self.carry
        moved = [message.message_id for message in step.messages]
        gone = {message_event_id(message_id) for message_id in moved}
        carry.continued_in, carry.closed = continued_in, True
        carry.inbox = [message for message in carry.inbox if message.message_id not in moved]
        carry.pending = [event for event in carry.pending if event.event_id not in gone]
        self._scribe.log(
            ConversationContinued(
                event_id=f"continued-{moved[0]}", at=now, continued_in=continued_in, message_ids=moved
            )
        )

    def overtaken_by_epoch(self, turn_id: str, epoch: int) -> bool:
        return self.turn_is_over(turn_id) or self.epoch != epoch

    # ------------------------------------------------------------------ helpers

    def _begin(self, now: datetime) -> Step | None:
        carry = self.carry
        if not carry.opened:
            return Open(self._open_input(now))
        if carry.moved_on and carry.inbox:
            return ContinueElsewhere(batch_of(carry.inbox), carry.continued_in)
        return None

    def _run_errand(self) -> Step | None:
        return RunErrand(self.carry.errands[0]) if self.carry.errands else None

    def _serve(self, now: datetime) -> Step | None:
        """What the conversation owes the customer, and the log, now."""
        carry = self.carry
        if carry.closed and carry.inbox and not self._closing_is_pending():
            self._life.reopen(now, now)
        held = carry.handoff is not None and carry.handoff.person_id != ""
        step = None if held or carry.closed or carry.line else self._answer(now)
        return step or (self._append() if carry.pending else None)

    def _answer(self, now: datetime) -> Step | None:
        """The next step towards answering the customer, or None if nobody waits for an answer."""
        carry = self.carry
        if carry.turn is not None and carry.turn.assessment is not None:
            return None
        if carry.turn is None and carry.inbox and not self._reply_is_pending() and not self._answer_at_once(now):
            self.turns_in_run += 1
            self._turns.begin(now)
        if carry.turn is None:
            return None
        if not self._turns.exhausted(carry.turn):
            return self._turns.next_step(carry.turn, now)
        self._give_up(Trigger.TURN_BOUND, words.TURN_TOO_LONG, now)
        return None

    def _answer_at_once(self, now: datetime) -> bool:
        """Where the engine itself has the answer, leave it in ``pending``."""
        if self.carry.handoff is not None:
            self._say(words.NOTED_FOR_PERSON, now)
            return True
        return self._take_rating(now)

    def _check(self) -> Step | None:
        """The quality check, when all that it is about is in the log."""
        if self.carry.check != "wanted":
            return None
        carry = self.carry
        carry.check, carry.check_seq, carry.check_stale = "running", carry.last_seq, False
        return CheckQuality(self.state.conversation_id, carry.checked_seq)

    def _end(self) -> Step | None:
        ended = self.carry.closed or self.carry.moved_on
        return Finish() if ended and not self._approvals.open and not self.carry.check else None

    def _rest(self, now: datetime) -> Step:
        """Nobody waits for us: look at the clocks, then wait for the next of them."""
        self._handovers.assess_if_due(now)
        if self._approvals.expire_if_due(now):
            self._bring_in_person(now)
        self._people.word_if_due(now)
        self._entrance.word_if_due(now)
        self._life.survey_if_due(now)
        self._life.idle_if_due(now)
        if self.carry.pending:
            return self._append()
        if self._entrance.should_look(now):
            return AskForRoom(self.state.conversation_id)
        due = (
            self._life.idle_due(),
            self._life.survey_due(),
            self._people.word_due(),
            self._entrance.due(),
            self._handovers.assessment_due(),
            self._approvals.due(),
        )
        # A turn that waits for an assessment is soon over; its tool results need not travel.
        return Wait(min((instant for instant in due if instant), default=None), may_renew=self.carry.turn is None)

    def _take_rating(self, now: datetime) -> bool:
        carry = self.carry
        if carry.survey is None or len(carry.inbox) != 1:
            return False
        rating = read_rating(carry.inbox[0].message)
        if rating is None:
            return False
        turn_id = self._next_turn_id(now)
        self._life.rated(rating, turn_id, [carry.inbox[0].message_id], now)
        return True

    def _give_up(self, trigger: Trigger, text: str, now: datetime) -> None:
        self._life.drop_survey()
        self._handovers.raised(self._turn(), trigger, text, now)

    def _bring_in_person(self, now: datetime) -> None:
        """An approval came to nothing: a person goes on, also where the customer is gone meanwhile."""
        if self.carry.handoff is not None:
            return
        self._life.drop_survey()
        if self.carry.closed:
            self._life.reopen(now, now)
        self._handovers.to_person(Trigger.APPROVAL_NEEDED, now)

    def _say(self, text: str, now: datetime) -> None:
        turn_id = self._next_turn_id(now)
        batch = [message.message_id for message in batch_of(self.carry.inbox)]
        self._scribe.say(text, turn_id, batch, now)

    def _next_turn_id(self, now: datetime) -> str:
        """A turn that the engine answers itself, in one breath."""
        self._scribe.hear(batch_of(self.carry.inbox))
        self.turns_in_run += 1
        self.state.performance_metrics.turns += 1
        self.state.last_activity = now
        self.carry.idle_warned_at = None
        return self._turns.turn_id(self.state.performance_metrics.turns)

    def _absorb(self, result: ThinkResult | AppendResult, now: datetime) -> None:
        """Take over what the log says is answered, whoever said it, and go by the reply of the current turn."""
        carry = self.carry
        carry.last_seq = max(carry.last_seq, result.last_seq)
        answered = set(result.answered)
        carry.inbox = [m for m in carry.inbox if m.message_id not in answered]
        carry.heard = [message_id for message_id in carry.heard if message_id not in answered]
        number = self.state.performance_metrics.turns
        fresh = [reply for reply in result.said if reply.turn_id.partition(".")[0] == str(number)]
        for reply in fresh[:-1] if carry.turn else fresh:
            hear_reply(self.state, reply)
        if carry.turn and (fresh or self._turn_is_answered()):
            self._end_turn(fresh[-1] if fresh else None, now)

    def _turn_is_answered(self) -> bool:
        turn, waiting = self.carry.turn, {message.message_id for message in self.carry.inbox}
        return turn is not None and not any(message_id in waiting for message_id in turn.message_ids)

    def _end_turn(self, reply: AgentMessage | None, now: datetime) -> None:
        """The turn has its reply. If that answers only some of its messages (an overtaken thought gave it), the rest is
        a turn of its own."""
        turn = self._turn()
        if reply is None:
            # Only repeats of messages answered long ago: nothing to say.
            self.carry.turn = None
            self._scribe.change_status(TicketStatus.PENDING_CUSTOMER, now)
            return
        trigger = self._turns.answered(turn, reply, now)
        if reply.outcome == "resolution_confirmed" and self.carry.handoff is None:
            self._turns.note_attempt(success=True, now=now)
            self._life.resolve(now)
            self._life.want_check()
            return
        self._life.drop_survey()
        if trigger is not None:
            self._handovers.to_person(trigger, now)

    def _fenced(self, result: ThinkResult | AppendResult, epoch: int) -> bool:
        """A refused append. If nobody here raised the epoch, the log knows a newer one: take it and go on."""
        if result.fenced and epoch == self.epoch:
            self.carry.epoch = result.log_epoch + 1
            if self.carry.turn is not None:
                self.carry.turn.turn_id = self._turns.turn_id(self.carry.turn.number)
        return result.fenced

    def _turn(self) -> TurnProgress:
        assert self.carry.turn is not None, "the caller has begun one"
        return self.carry.turn

    def _reply_is_pending(self) -> bool:
        return any(isinstance(event, AgentMessage) for event in self.carry.pending)

    def _closing_is_pending(self) -> bool:
        return any(event.type == "conversation_closed" for event in self.carry.pending)

    def _append(self) -> Append:
        """Log the first of what is pending, in order; a storm takes several appends."""
        return Append(
            AppendInput(
                conversation_id=self.state.conversation_id,
                epoch=self.epoch,
                pending=first_batch(self.carry.pending),
                state=self.state,
                asked=[message.message_id for message in batch_of(self.carry.inbox)],
            )
        )

    def _open_input(self, now: datetime) -> OpenInput:
        start = self._start
        return OpenInput(
            conversation_id=start.conversation_id,
            customer_id=start.customer_id,
            channel=start.channel,
            priority=start.priority,
            continued_from=start.continued_from,
            sla_scale=self._policy.sla_scale,
            now=now,
        )


def _fresh_state(start: ConversationInput, now: datetime) -> AgentState:
    return AgentState(
        session_id=start.session_id,
        conversation_id=start.conversation_id,
        channel=start.channel,
        session_start=now,
        last_activity=now,
        timeout_minutes=round(start.policy.idle_close_seconds / 60),
    )
