"""A conversation changes hands in mid-turn: to another agent, who answers in the same turn; to the supervisor, whose
assessment is a child workflow; or to a person (docs/escalation.md)."""

from datetime import datetime, timedelta

from domain import words
from domain.assessment import Case, Verdict, assess, verdict_without_assessment
from domain.carry import Assessment, Carry, StartEscalation, TurnProgress
from domain.escalation import Move, escalation, move, queue_for
from domain.events import AgentMessage, Escalated
from domain.ids import escalation_workflow_id, reply_event_id, turn_id
from domain.messages import AgentReply
from domain.people import People
from domain.replies import settle_reply
from domain.risk import facts_for
from domain.scribe import Scribe
from domain.state import AgentType, ContextTransfer, EscalationRecord
from domain.summary import fold_utterance
from domain.triggers import Facts, Trigger

CONTEXT_CHARACTERS = 900
ASSESSMENT_SECONDS = 20.0
"""How long a turn waits for the supervisor's assessment; then a person is asked for. Its child gives up before that."""


def hands_over(reply: AgentReply, confidence_floor: float) -> bool:
    """Whether somebody else should answer instead: the agent says so, or is too unsure of its reply (PRD [254])."""
    return reply.outcome in {"wants_person", "cannot_help"} or reply.confidence < confidence_floor


def trigger_of(reply: AgentReply) -> Trigger:
    """Why the author of this reply hands over."""
    if reply.because is not None:
        return reply.because
    if reply.outcome == "wants_person":
        return Trigger.CUSTOMER_REQUEST
    return Trigger.CANNOT_HELP if reply.outcome == "cannot_help" else Trigger.LOW_CONFIDENCE


class Handovers:
    def __init__(self, carry: Carry, scribe: Scribe, people: People, *, by_table: bool = True) -> None:
        self._carry = carry
        self._by_table = by_table
        self._scribe = scribe
        self._people = people

    def replied(self, turn: TurnProgress, reply: AgentReply, now: datetime) -> None:
        """The agent at work hands over with these words. They are said now, or with what comes of it; words that it was
        unsure of are not."""
        trigger = trigger_of(reply)
        if trigger is Trigger.LOW_CONFIDENCE:
            reply = reply.model_copy(update={"message": "", "articles": [], "offer": None})
        facts = facts_for(self._carry.state, turn.classification, [trigger], reply.confidence)
        self._move(turn, self._due(facts, trigger), reply, now)

    def raised(self, turn: TurnProgress, trigger: Trigger, words: str, now: datetime) -> None:
        """The engine hands over: it met a bound, or a model failed for good."""
        agent = self._holder()
        moved = move(agent, trigger, facts_for(self._carry.state, turn.classification)) if self._by_table else None
        moved = moved or _to_person(agent, trigger)
        self._move(turn, moved, AgentReply(message=words, outcome="cannot_help", model="engine"), now)

    def if_due(self, turn: TurnProgress, now: datetime) -> None:
        """Before anybody thinks: what is measured may call for somebody else. Not while the customer answers an offer,
        or confirms that it is solved: that ends first."""
        state, reading = self._carry.state, turn.classification
        settles = state.resolution_status == "offered" and reading is not None and reading.affirmation == "yes"
        if not self._by_table or state.offer is not None or state.consent is not None or settles:
            return
        if moved := escalation(self._holder(), facts_for(state, reading)):
            self._move(turn, moved, AgentReply(message="", outcome="cannot_help", model="engine"), now)

    def quality_failed(self, now: datetime) -> None:
        """The check before the end found something wrong: by way of the supervisor to a person, who puts it right."""
        trigger, quality = Trigger.QUALITY_FAILED, AgentType.QUALITY_ASSURANCE
        self._record(quality, AgentType.SUPERVISOR, trigger, now)
        verdict = assess(self._case("", quality, trigger, facts_for(self._carry.state, None)))
        self._record(AgentType.SUPERVISOR, verdict.target, verdict.trigger, now)
        self._scribe.word(words.QUALITY_DOUBTED, now)
        self._people.request(trigger, now)

    def to_person(self, trigger: Trigger, now: datetime) -> None:
        """The words are said already."""
        self._record(self._holder(), AgentType.HUMAN, trigger, now)
        self._people.request(trigger, now)

    # ------------------------------------------------------------------ the supervisor's assessment

    def assessed(self, verdict: Verdict, now: datetime) -> None:
        """Take the verdict; one that nobody waits for (any more) changes nothing."""
        turn = self._carry.turn
        waiting = turn.assessment if turn else None
        if turn is None or waiting is None or waiting.escalation_id != verdict.escalation_id:
            return
        turn.assessment = None
        if verdict.target is self._holder():
            # No change of hands: who has it goes on, and thinks.
            return
        if verdict.target is AgentType.SUPERVISOR:
            self._give_to(AgentType.SUPERVISOR, waiting.trigger, waiting.reply, now)
            return
        self._record(AgentType.SUPERVISOR, verdict.target, verdict.trigger, now)
        if verdict.target is AgentType.HUMAN:
            self._ask_person(turn, verdict.trigger, waiting.reply, now)
        else:
            self._give_to(verdict.target, verdict.trigger, waiting.reply, now)

    def assessment_due(self) -> datetime | None:
        waiting = self._waiting()
        return waiting.due if waiting else None

    def assess_if_due(self, now: datetime) -> None:
        waiting = self._waiting()
        if waiting and now >= waiting.due:
            self.assessed(verdict_without_assessment(waiting.escalation_id, waiting.trigger), now)

    # ------------------------------------------------------------------ helpers

    def _due(self, facts: Facts, trigger: Trigger) -> Move:
        """By the most urgent trigger that holds; the agent's own reason always leads somewhere."""
        agent = self._holder()
        return escalation(agent, facts) or _to_person(agent, trigger)

    def _move(self, turn: TurnProgress, moved: Move, reply: AgentReply, now: datetime) -> None:
        target = moved.target if isinstance(moved.target, AgentType) else AgentType.HUMAN
        self._carry.state.should_escalate = True
        self._record(self._holder(), target, moved.trigger, now)
        if target is AgentType.HUMAN:
            self._ask_person(turn, moved.trigger, reply, now)
        elif target is AgentType.SUPERVISOR:
            self._ask_supervisor(turn, moved.trigger, reply, now)
        else:
            self._give_to(target, moved.trigger, reply, now)

    def _give_to(self, agent: AgentType, trigger: Trigger, reply: AgentReply, now: datetime) -> None:
        """It answers in this turn; the words of who leaves are no answer."""
        turn = self._carry.turn
        assert turn is not None, "only an open turn changes hands"
        if reply.message:
            self._scribe.word(reply.message, now)
        self._scribe.assign(agent, now, trigger, agent)
        # Whatever the former agent may still say of this turn is fenced off.
        self._carry.epoch += 1
        turn.turn_id = turn_id(turn.number, self._carry.epoch)

    def _ask_supervisor(self, turn: TurnProgress, trigger: Trigger, reply: AgentReply, now: datetime) -> None:
        carry, state = self._carry, self._carry.state
        escalation_id = escalation_workflow_id(state.conversation_id, self._scribe.fresh_number())
        turn.assessment = Assessment(
            escalation_id=escalation_id,
            trigger=trigger,
            reply=reply,
            due=now + timedelta(seconds=ASSESSMENT_SECONDS),
        )
        agent = self._holder()
        case = self._case(escalation_id, agent, trigger, facts_for(state, turn.classification))
        carry.errands.append(StartEscalation(workflow_id=escalation_id, case=case))

    def _case(self, escalation_id: str, agent: AgentType, trigger: Trigger, facts: Facts) -> Case:
        state = self._carry.state
        return Case(
            escalation_id=escalation_id,
            conversation_id=state.conversation_id,
            customer_id=state.customer.customer_id if state.customer else "",
            from_agent=agent,
            trigger=trigger,
            queue=queue_for(agent),
            facts=facts,
            context=self._context(),
        )

    def _ask_person(self, turn: TurnProgress, trigger: Trigger, reply: AgentReply, now: datetime) -> None:
        self._carry.turn = None
        said = AgentMessage(
            event_id=reply_event_id(turn.turn_id),
            at=now,
            turn_id=turn.turn_id,
            agent_type=self._holder(),
            message=reply.message or words.PERSON_ASKED,
            next_agent=AgentType.HUMAN,
            answers=turn.message_ids,
            tools_executed=list(dict.fromkeys(result.tool for result in turn.tool_results)),
            outcome=reply.outcome,
            because=reply.because,
            confidence=reply.confidence,
            articles=reply.articles,
            reason=reply.reason,
            model=reply.model,
        )
        settle_reply(self._carry.state, said)
        self._scribe.log(said)
        self._people.request(trigger, now)

    def _record(self, agent: AgentType, target: AgentType, trigger: Trigger, now: datetime) -> None:
        """What was known goes along, so that nobody asks twice."""
        state, context = self._carry.state, self._context()
        state.escalation_level += 1
        record = EscalationRecord(
            from_agent=agent, to_agent=target, timestamp=now, reason=trigger, context_transfer=context
        )
        # What was known goes with the newest; of the older ones the log has it.
        earlier = [
            old.model_copy(update={"context_transfer": ContextTransfer(intent=old.context_transfer.intent)})
            for old in state.escalation_history[-19:]
        ]
        state.escalation_history = [*earlier, record]
        self._scribe.log(
            Escalated(
                event_id=self._scribe.fresh_id("escalated"),
                at=now,
                from_agent=agent,
                to_agent=target,
                reason=trigger,
                context_transfer=context,
            )
        )

    def _context(self) -> ContextTransfer:
        state = self._carry.state
        summary = state.summary
        for utterance in state.conversation_history:
            summary = fold_utterance(summary, utterance.agent_type or utterance.speaker, utterance.message)
        return ContextTransfer(
            summary=summary[-CONTEXT_CHARACTERS:],
            intent=state.current_intent,
            tools_used=list(state.tools_used),
            articles=list(state.knowledge_articles_referenced),
        )

    def _waiting(self) -> Assessment | None:
        return self._carry.turn.assessment if self._carry.turn else None

    def _holder(self) -> AgentType:
        return AgentType(self._carry.state.current_agent_type or AgentType.TIER1)


def _to_person(agent: AgentType, trigger: Trigger) -> Move:
    return Move(source=agent, target=AgentType.HUMAN, trigger=trigger)
