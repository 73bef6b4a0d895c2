"""One turn: classify, route, think, run tools, think again, until all it covers is answered or a bound is met."""

from datetime import datetime

from pydantic import ValidationError

from domain import risk
from domain.approvals import Approvals
from domain.batches import first_batch
from domain.carry import Carry, TurnProgress
from domain.classification import Classification
from domain.escalation import rejects_resolution, too_many_failures
from domain.events import AgentMessage, Event, IntentClassified, InterimMessage, ToolCalled, ToolCompleted, ToolFailed
from domain.ids import message_event_id, turn_id
from domain.intents import suspects
from domain.messages import (
    ClassifyInput,
    CustomerMessage,
    EnginePolicy,
    ThinkInput,
    ThinkResult,
    ToolCall,
    ToolOutcome,
    ToolRequest,
)
from domain.replies import take_reply
from domain.routing import route
from domain.scribe import Scribe
from domain.state import AgentType, Consent, ResolutionAttempt, SimilarCase, TicketStatus
from domain.steps import Classify, RunTools, Step, Think
from domain.toolbox import policy_of
from domain.toolbox.crm import GET_SIMILAR_CASES, SimilarCases
from domain.toolbox.tickets import UPDATE_TICKET_STATUS, TicketUpdated
from domain.tools import SideEffect
from domain.triggers import Trigger

CASES_KEPT = 3


def batch_of(inbox: list[CustomerMessage]) -> list[CustomerMessage]:
    """The messages one turn takes together."""
    return first_batch(inbox)


class Turns:
    def __init__(
        self, carry: Carry, policy: EnginePolicy, scribe: Scribe, approvals: Approvals, *, by_table: bool = True
    ) -> None:
        self._carry = carry
        self._policy = policy
        self._scribe = scribe
        self._approvals = approvals
        self._by_table = by_table

    # ------------------------------------------------------------------ what to do next

    def begin(self, now: datetime) -> None:
        """Open a turn for everything in the inbox."""
        state = self._carry.state
        state.performance_metrics.turns += 1
        self._carry.idle_warned_at = None
        self._carry.checked, self._carry.check_stale = False, True
        state.should_escalate = False
        number = state.performance_metrics.turns
        self._carry.turn = TurnProgress(number=number, turn_id=self.turn_id(number), message_ids=self._take())
        self._scribe.change_status(TicketStatus.IN_PROGRESS, now)

    def next_step(self, turn: TurnProgress, now: datetime) -> Step:
        """The step of the turn at hand. The caller has checked ``exhausted``."""
        if self.overtaken(turn):
            self._restart(turn)
        if turn.classification is None:
            return Classify(turn.turn_id, self._classify_input(turn))
        if turn.tool_calls:
            return self._run_tools(turn, now)
        return Think(self._think_input(turn, now))

    def exhausted(self, turn: TurnProgress) -> bool:
        """The turn met its bound of steps or of activity run time."""
        return turn.steps >= self._policy.max_steps or turn.work_seconds >= self._policy.turn_seconds

    def overtaken(self, turn: TurnProgress) -> bool:
        """Newer messages came, and nothing forbids thinking again with all of them."""
        if turn.side_effects or turn.restarts >= self._policy.max_restarts:
            return False
        return any(m.message_id not in turn.message_ids for m in batch_of(self._carry.inbox))

    def turn_id(self, number: int) -> str:
        return turn_id(number, self._carry.epoch)

    # ------------------------------------------------------------------ what came of it

    def classified(self, turn_id: str, reading: Classification | None, now: datetime) -> bool:
        """Take the reading over and give the conversation to the right agent; False if the turn stands no more. None:
        the classifier failed."""
        turn = self._carry.turn
        if turn is None or turn.turn_id != turn_id:
            return False
        reading = reading or Classification(intent="unknown", confidence=0.0)
        turn.classification = reading
        state = self._carry.state
        assignment = route(reading, state)
        self._judge_resolution(reading, now)
        if reading.sure:
            state.refined_intent = reading.intent
        state.current_intent, state.intent_confidence = reading.intent, reading.confidence
        state.sentiment, state.sentiment_score = reading.sentiment, reading.sentiment_score
        state.language = reading.language
        risk.weigh(state, reading)
        state.consent = self._consent(turn, reading)
        self._scribe.log(_intent_event(turn, reading, now))
        self._scribe.assign(assignment.agent, now, assignment.reason, assignment.agent, assignment.decision)
        return True

    def thought(self, result: ThinkResult, now: datetime) -> None:
        """A thought of the current turn ended with tool calls (its replies are absorbed elsewhere)."""
        turn = self._carry.turn
        if turn is None:
            return
        turn.steps += 1
        turn.work_seconds += result.run_seconds
        metrics = self._carry.state.performance_metrics
        metrics.steps += 1
        metrics.work_seconds += result.run_seconds
        turn.tool_calls = list(result.tool_calls)
        if any(policy_of(call.tool).side_effect is not SideEffect.NONE for call in turn.tool_calls):
            turn.side_effects = True
        self._ask_approvals(turn, now)

    def tools_ran(self, requests: list[ToolRequest], outcomes: list[ToolOutcome], turn_id: str, now: datetime) -> None:
        """Log what the tools did; if the turn still stands, give it their results."""
        state = self._carry.state
        for request, outcome in zip(requests, outcomes, strict=True):
            state.note_tool(outcome.tool)
            state.performance_metrics.tool_calls += 1
            state.performance_metrics.tool_failures += not outcome.success
            self._scribe.log(_tool_event(self._scribe.fresh_id("tool"), request, outcome, now))
            self._follow_ticket(outcome, now)
            self._note_cases(outcome)
        turn = self._carry.turn
        risk.watch(state, turn.classification if turn else None, outcomes, now)
        if turn is None or turn.turn_id != turn_id:
            return
        turn.tool_calls = []
        turn.tool_results = [*turn.tool_results, *outcomes]
        turn.work_seconds += max((outcome.run_seconds for outcome in outcomes), default=0.0)

    def answered(self, turn: TurnProgress, reply: AgentMessage, now: datetime) -> Trigger | None:
        """Close the turn with its reply; a trigger if it was a reply of those that hand over (a late one of an attempt
        that was given up)."""
        state = self._carry.state
        self._carry.turn = None
        take_reply(state, reply)

        reading = turn.classification if reply.agent_type == AgentType.CLARIFICATION else None
        state.suspected_intents = suspects(reading) if reading else []
        if self._carry.handoff is None:
            self._scribe.change_status(TicketStatus.PENDING_CUSTOMER, now)
        if any(isinstance(event, InterimMessage) and event.at > reply.at for event in self._carry.pending):
            # The engine has spoken since: a yes may be to that.
            self._scribe.void_offer()
        if reply.outcome == "wants_person":
            return Trigger.CUSTOMER_REQUEST
        if reply.outcome == "cannot_help":
            return Trigger.CANNOT_HELP
        return Trigger.FAILED_ATTEMPTS if not self._by_table and too_many_failures(state) else None

    def note_attempt(self, success: bool, now: datetime) -> None:
        """Record how the attempt at the current topic ended."""
        state = self._carry.state
        attempt = ResolutionAttempt(
            agent_type=self._agent(),
            timestamp=now,
            actions_taken=[state.next_action] if state.next_action else [],
            tools_used=list(state.tools_used),
            outcome="confirmed by the customer" if success else "did not help",
            confidence=state.confidence_score,
            success=success,
            topic=state.current_intent,
        )
        state.resolution_attempts = [*state.resolution_attempts, attempt][-20:]

    # ------------------------------------------------------------------ helpers

    def _restart(self, turn: TurnProgress) -> None:
        self._carry.epoch += 1
        turn.restarts += 1
        self._carry.state.performance_metrics.restarts += 1
        turn.turn_id = self.turn_id(turn.number)
        turn.message_ids = self._take()
        turn.classification, turn.tool_calls = None, []

    def _take(self) -> list[str]:
        taken = batch_of(self._carry.inbox)
        self._scribe.hear(taken)
        return [message.message_id for message in taken]

    def messages(self, turn: TurnProgress) -> list[CustomerMessage]:
        return [message for message in self._carry.inbox if message.message_id in turn.message_ids]

    def _follow_ticket(self, outcome: ToolOutcome, now: datetime) -> None:
        """An agent moved the ticket: the conversation moves along. Closing it is the engine's own business."""
        if not outcome.success or outcome.tool != UPDATE_TICKET_STATUS.name:
            return
        updated = TicketUpdated.model_validate(outcome.result)
        if updated.status is not TicketStatus.CLOSED:
            self._scribe.change_status(updated.status, now, "agent")

    def _note_cases(self, outcome: ToolOutcome) -> None:
        """Cases like this one go along with the conversation."""
        if not outcome.success or outcome.tool != GET_SIMILAR_CASES.name:
            return
        try:
            found = SimilarCases.model_validate(outcome.result)
        except ValidationError:
            return
        self._carry.state.similar_cases = [
            SimilarCase(conversation_id=case.case_id, summary=case.problem[:200], resolution=case.resolution[:200])
            for case in found.cases[:CASES_KEPT]
        ]

    def _judge_resolution(self, reading: Classification, now: datetime) -> None:
        if rejects_resolution(self._carry.state, reading):
            self.note_attempt(success=False, now=now)
            self._carry.state.resolution_status = "unresolved"

    def _consent(self, turn: TurnProgress, reading: Classification) -> Consent | None:
        """The customer's yes to the offer that stands: said after it was made, or it was a yes to something else."""
        offer, offered_at = self._carry.state.offer, self._carry.state.offered_at
        if offer is None or offered_at is None or reading.affirmation != "yes":
            return None
        if any(message.sent_at <= offered_at for message in self.messages(turn)):
            return None
        return Consent(message_id=turn.message_ids[-1], offer=offer)

    def _agent(self) -> AgentType:
        return AgentType(self._carry.state.current_agent_type or AgentType.TIER1)

    def _classify_input(self, turn: TurnProgress) -> ClassifyInput:
        texts = [message.message for message in self.messages(turn)]
        state = self._carry.state
        return ClassifyInput(
            texts=texts,
            previous_intent=state.refined_intent,
            suspected_intents=state.suspected_intents,
            language=state.language,
        )

    def _think_input(self, turn: TurnProgress, now: datetime) -> ThinkInput:
        """``state`` is the live object: the driver serialises it before anything else can run."""
        return ThinkInput(
            epoch=self._carry.epoch,
            turn_id=turn.turn_id,
            agent=self._agent(),
            messages=self.messages(turn),
            pending=self._pending_for(turn),
            state=self._carry.state,
            classification=turn.classification,
            tool_results=turn.tool_results,
            steps_left=self._policy.max_steps - turn.steps,
            work_seconds=turn.work_seconds,
            interim_after_seconds=self._policy.interim_after_seconds,
            now=now,
        )

    def _pending_for(self, turn: TurnProgress) -> list[Event]:
        """All pending events, but of the messages only those this turn takes."""
        later = {message_event_id(m.message_id) for m in self._carry.inbox if m.message_id not in turn.message_ids}
        return [event for event in self._carry.pending if event.event_id not in later]

    def _ask_approvals(self, turn: TurnProgress, now: datetime) -> None:
        """What a person must approve first is not run; the agent is told so."""
        for call in list(turn.tool_calls):
            if outcome := self._approvals.ask(self._tool_request(turn, call, now), now):
                turn.tool_calls = [other for other in turn.tool_calls if other.call_id != call.call_id]
                turn.tool_results = [*turn.tool_results, outcome]

    def _run_tools(self, turn: TurnProgress, now: datetime) -> RunTools:
        for index, call in enumerate(turn.tool_calls):
            self._scribe.log(
                ToolCalled(
                    event_id=f"called-{turn.turn_id}-{turn.steps}-{index}",
                    at=now,
                    call_id=call.call_id,
                    tool=call.tool,
                    agent_type=self._agent(),
                )
            )
        return RunTools(turn.turn_id, [self._tool_request(turn, call, now) for call in turn.tool_calls])

    def _tool_request(self, turn: TurnProgress, call: ToolCall, now: datetime) -> ToolRequest:
        state = self._carry.state
        return ToolRequest(
            conversation_id=state.conversation_id,
            customer_id=state.customer.customer_id if state.customer else "",
            agent=self._agent(),
            call=call,
            ticket_id=state.ticket.ticket_id if state.ticket else "",
            occasion=turn.message_ids[-1],
            consent=state.consent,
            at=now,
        )


def _intent_event(turn: TurnProgress, reading: Classification, now: datetime) -> IntentClassified:
    return IntentClassified(
        event_id=f"intent-{turn.turn_id}",
        at=now,
        turn_id=turn.turn_id,
        intent=reading.intent,
        confidence=reading.confidence,
        alternatives=reading.alternatives,
        sentiment=reading.sentiment,
        sentiment_score=reading.sentiment_score,
        urgency=reading.urgency,
        complexity=reading.complexity,
        language=reading.language,
    )


def _tool_event(event_id: str, request: ToolRequest, outcome: ToolOutcome, now: datetime) -> ToolCompleted | ToolFailed:
    audit_level = policy_of(outcome.tool).audit_level
    if outcome.success:
        return ToolCompleted(
            event_id=event_id,
            at=now,
            call_id=outcome.call_id,
            tool=outcome.tool,
            agent_type=request.agent,
            execution_seconds=outcome.run_seconds,
            audit_level=audit_level,
            parameters=outcome.masked_arguments,
            figures=outcome.figures,
        )
    return ToolFailed(
        event_id=event_id,
        at=now,
        call_id=outcome.call_id,
        tool=outcome.tool,
        agent_type=request.agent,
        execution_seconds=outcome.run_seconds,
        audit_level=audit_level,
        error_type=outcome.error_type,
        error=outcome.error,
        parameters=outcome.masked_arguments,
    )
