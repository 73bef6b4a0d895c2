"""A conversation's beginning and end: opening, the ticket's clock, resolution, survey, idleness, closing, reopening."""

from datetime import datetime, timedelta
from typing import Literal

from domain import clocks, words
from domain.carry import (
    Carry,
    ConversationInput,
    OpenSurvey,
    SlaClock,
    StartSla,
    StartSurvey,
    StopChild,
)
from domain.errors import SurveyClosed
from domain.events import (
    ConversationClosed,
    ConversationReopened,
    ConversationStarted,
    IdleWarning,
    SlaAtRisk,
    SlaBreached,
    SurveyAnswered,
    SurveyExpired,
    SurveyReminded,
    SurveyRequested,
)
from domain.ids import sla_workflow_id, survey_answer_event_id, survey_workflow_id
from domain.messages import EnginePolicy, OpenResult, SlaNotice
from domain.scribe import Scribe
from domain.sla import at_risk_instant
from domain.state import AgentType, Sentiment, Ticket, TicketStatus
from domain.survey import AnsweredSurvey, Rating, predicted_satisfaction

SURVEY_GRACE = timedelta(minutes=1)
"""The child calls on time; this is for one that was lost."""
CloseReason = Literal["resolved", "idle"]


class Lifecycle:
    def __init__(self, carry: Carry, policy: EnginePolicy, scribe: Scribe, *, checks: bool = True) -> None:
        self._carry = carry
        self._checks = checks
        self._policy = policy
        self._scribe = scribe

    # ------------------------------------------------------------------ beginning

    def opened(self, start: ConversationInput, result: OpenResult, now: datetime) -> None:
        """Take over what the registry knows: a new conversation, or one that rests in its snapshot."""
        carry = self._carry
        carry.opened = True
        carry.epoch = max(carry.epoch, result.epoch)
        if result.state is not None:
            self._restore(result, now)
            return
        state = carry.state
        state.customer, state.ticket = result.customer, result.ticket
        state.billing_account_id = result.billing_account_id
        if state.ticket is None:
            return
        self._scribe.log(
            ConversationStarted(
                event_id="started",
                at=now,
                customer_id=start.customer_id,
                channel=start.channel,
                priority=state.ticket.priority,
                ticket_id=state.ticket.ticket_id,
                sla_deadline=state.ticket.sla_deadline,
                continued_from=start.continued_from,
            )
        )
        # The opening goes before the messages that came with it or meanwhile.
        carry.pending.insert(0, carry.pending.pop())
        self.start_clock(state.ticket, now)

    def start_clock(self, ticket: Ticket, now: datetime) -> None:
        carry = self._carry
        clock = SlaClock(
            workflow_id=sla_workflow_id(ticket.ticket_id, carry.epoch + 1),
            at_risk_at=at_risk_instant(now, ticket.sla_deadline),
            deadline=ticket.sla_deadline,
        )
        carry.sla = clock
        carry.errands.append(
            StartSla(
                workflow_id=clock.workflow_id,
                ticket_id=ticket.ticket_id,
                at_risk_at=clock.at_risk_at,
                deadline=clock.deadline,
            )
        )

    def reopen(self, closed_at: datetime, now: datetime) -> None:
        """The customer came back: same conversation, new epoch, a fresh clock of the same length."""
        carry, state = self._carry, self._carry.state
        carry.closed, carry.survey, carry.survey_asked, carry.handoff = False, None, False, None
        carry.answered_survey = None
        carry.epoch += 1
        state.requires_human, state.resolution_status, state.sla_breach_risk = False, "", False
        state.last_activity = now
        self._scribe.log(ConversationReopened(event_id=self._scribe.fresh_id("reopened"), at=now, closed_at=closed_at))
        self._scribe.change_status(TicketStatus.IN_PROGRESS, now, "reopened")
        if state.current_agent_type == AgentType.HUMAN:
            self._scribe.assign(AgentType.TIER1, now, "reopened", AgentType.TIER1)
        if state.ticket:
            length = state.ticket.sla_deadline - state.ticket.created_at
            state.ticket = state.ticket.model_copy(update={"sla_deadline": now + length, "updated_at": now})
            self.start_clock(state.ticket, now)

    # ------------------------------------------------------------------ the ticket's clock

    def sla_called(self, notice: SlaNotice, now: datetime) -> None:
        """The clock's child calls: log it if it is true, else wind the clock again."""
        carry, clock = self._carry, self._carry.sla
        if clock is None or carry.closed:
            return
        verdict = clocks.judge(clock, notice.kind, now)
        if verdict == "paused":
            clock.child_is_idle = True
        elif verdict == "early":
            carry.errands.append(clocks.rewind(clock))
        else:
            carry.state.sla_breach_risk = True
            event = SlaAtRisk if notice.kind == "at_risk" else SlaBreached
            event_id = f"{notice.kind}-{clock.workflow_id}"
            self._scribe.log(event(event_id=event_id, at=now, ticket_id=notice.ticket_id, deadline=clock.deadline))

    # ------------------------------------------------------------------ the end

    def resolve(self, now: datetime) -> None:
        """The customer (or a person for them) says it is done: ask the survey question, once, then close."""
        carry, state = self._carry, self._carry.state
        state.resolution_status = "resolved"
        failures = sum(not attempt.success for attempt in state.resolution_attempts)
        state.customer_satisfaction_predicted = predicted_satisfaction(
            failures, state.sentiment is Sentiment.FRUSTRATED
        )
        self._scribe.change_status(TicketStatus.RESOLVED, now)
        if carry.survey is not None:
            return
        if carry.survey_asked:
            self.close("resolved", now)
            return
        self._ask_survey(now)

    def want_check(self) -> None:
        """Have the quality checked, unless it was since an agent last worked on it."""
        carry = self._carry
        if self._checks and not carry.checked and not carry.check and carry.state.performance_metrics.turns:
            carry.check = "wanted"

    def rated(self, rating: Rating, turn_id: str, message_ids: list[str], now: datetime) -> None:
        """The customer answered the survey: thank, record, close."""
        self._record_rating(rating, now)
        self._scribe.say(words.SURVEY_THANKS, turn_id, message_ids, now)
        self.close("resolved", now)

    def check_rating(self, rating: Rating) -> None:
        """Raises ``SurveyClosed`` unless a survey is open, or was answered with the same."""
        answered = self._carry.answered_survey
        if self._carry.survey is not None or (answered is not None and answered.rating == rating):
            return
        raise SurveyClosed("The survey is answered already." if answered else "No survey is open here.")

    def rated_beside(self, rating: Rating, now: datetime) -> AnsweredSurvey:
        """The customer answered the survey beside the chat. It closes the conversation as a written answer does, unless
        there is something else that the customer waits for."""
        self.check_rating(rating)
        if self._carry.survey is None:
            assert self._carry.answered_survey is not None, "checked above"
            return self._carry.answered_survey
        answered = self._record_rating(rating, now)
        if self._is_busy():
            self.drop_survey()
        else:
            self._scribe.word(words.SURVEY_THANKS, now)
            self.close("resolved", now)
        return answered

    def remind_of_survey(self, survey_id: str, now: datetime) -> None:
        """Once, and not who is writing, or waits for something else."""
        if self._is_open(survey_id) and not self._is_busy():
            self._scribe.log(
                SurveyReminded(
                    event_id=f"reminded-{survey_id}", at=now, survey_id=survey_id, message=words.SURVEY_REMINDER
                )
            )

    def survey_expired(self, survey_id: str, now: datetime) -> None:
        carry = self._carry
        if not self._is_open(survey_id):
            return
        self._scribe.log(SurveyExpired(event_id=f"expired-{survey_id}", at=now, survey_id=survey_id))
        carry.survey = None
        if not self._is_busy():
            self.close("resolved", now)

    def survey_due(self) -> datetime | None:
        """When an open survey ends even if its child never calls."""
        survey = self._carry.survey
        return survey.expires_at + SURVEY_GRACE if survey else None

    def survey_if_due(self, now: datetime) -> None:
        survey, due = self._carry.survey, self.survey_due()
        if survey and due and now >= due:
            self.survey_expired(survey.survey_id, now)

    def drop_survey(self) -> None:
        """The conversation goes on after all."""
        if self._carry.survey is not None:
            self._carry.errands.append(StopChild(workflow_id=self._carry.survey.survey_id))
            self._carry.survey = None

    def close(self, reason: CloseReason, now: datetime) -> None:
        carry = self._carry
        self._scribe.change_status(TicketStatus.CLOSED, now, reason)
        self._scribe.log(ConversationClosed(event_id=self._scribe.fresh_id("closed"), at=now, reason=reason))
        self.drop_survey()
        if carry.sla is not None:
            carry.errands.append(StopChild(workflow_id=carry.sla.workflow_id))
            carry.sla = None
        carry.state.offer = carry.state.consent = None
        carry.closed = True
        self.want_check()

    def idle_if_due(self, now: datetime) -> None:
        """Warn a silent customer, then close. Not while a person is awaited or a survey is open: those have timers."""
        due = self.idle_due()
        if due is None or now < due:
            return
        if self._carry.idle_warned_at is not None:
            self.close("idle", now)
        else:
            self._carry.idle_warned_at = now
            self._scribe.void_offer()
            closes_at = now + self._warned_for()
            self._scribe.log(
                IdleWarning(
                    event_id=self._scribe.fresh_id("idle"), at=now, message=words.IDLE_WARNING, closes_at=closes_at
                )
            )

    def idle_due(self) -> datetime | None:
        """When idleness has its next say; None while something else keeps the conversation open."""
        carry = self._carry
        busy = carry.turn or carry.handoff or carry.survey or carry.line or carry.approvals
        if carry.closed or busy:
            return None
        if carry.idle_warned_at is not None:
            return carry.idle_warned_at + self._warned_for()
        return carry.state.last_activity + timedelta(seconds=self._policy.idle_warning_seconds)

    def _warned_for(self) -> timedelta:
        """From the warning to the end: nobody is closed unwarned, however long something else took."""
        return timedelta(seconds=self._policy.idle_close_seconds - self._policy.idle_warning_seconds)

    # ------------------------------------------------------------------ helpers

    def _restore(self, result: OpenResult, now: datetime) -> None:
        carry = self._carry
        assert result.state is not None, "checked by the caller"
        carry.state = result.state
        carry.checked_seq = result.last_seq
        closed_at = result.closed_at or now
        if result.closed_at and now - result.closed_at > timedelta(seconds=self._policy.reopen_window_seconds):
            carry.moved_on, carry.continued_in = True, result.continued_in or ""
            return
        waiting = carry.pending
        carry.pending = []
        self.reopen(closed_at, now)
        carry.pending = [*carry.pending, *waiting]

    def _is_open(self, survey_id: str) -> bool:
        return self._carry.survey is not None and self._carry.survey.survey_id == survey_id

    def _is_busy(self) -> bool:
        """Whether the customer waits for an answer, or for a person."""
        carry = self._carry
        return carry.turn is not None or bool(carry.inbox) or carry.handoff is not None

    def _record_rating(self, rating: Rating, now: datetime) -> AnsweredSurvey:
        carry = self._carry
        assert carry.survey is not None, "only an open survey is answered"
        carry.answered_survey = AnsweredSurvey(survey_id=carry.survey.survey_id, rating=rating)
        self._scribe.log(
            SurveyAnswered(
                event_id=survey_answer_event_id(carry.survey.survey_id),
                at=now,
                survey_id=carry.survey.survey_id,
                **rating.model_dump(),
            )
        )
        return carry.answered_survey

    def _ask_survey(self, now: datetime) -> None:
        carry = self._carry
        carry.survey_asked = True
        survey_id = survey_workflow_id(carry.state.conversation_id, carry.epoch + 1)
        expires = timedelta(seconds=self._policy.survey_expires_seconds)
        carry.survey = OpenSurvey(survey_id=survey_id, expires_at=now + expires)
        carry.errands.append(
            StartSurvey(
                workflow_id=survey_id,
                customer_id=carry.state.customer.customer_id if carry.state.customer else "",
                expires_seconds=expires.total_seconds(),
                reminder_seconds=expires.total_seconds() / 2 if self._policy.survey_reminder else None,
            )
        )
        self._scribe.log(
            SurveyRequested(
                event_id=f"asked-{survey_id}",
                at=now,
                survey_id=survey_id,
                question=words.SURVEY_QUESTION,
                expires_at=now + expires,
            )
        )
