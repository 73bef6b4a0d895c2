"""People in a conversation: asking for one, the claim, what they say, and the end of their part."""

from datetime import datetime, timedelta

from domain import words
from domain.carry import REMEMBERED_IDS, Carry, Handoff
from domain.errors import ClaimRefused, NotOwner
from domain.escalation import queue_for
from domain.events import (
    AgentMessage,
    HandoffClaimed,
    HandoffCompleted,
    HandoffRequested,
    HumanMessage,
    InterimMessage,
)
from domain.ids import claim_event_id, completion_event_id, handoff_id, message_event_id, person_event_id
from domain.messages import EnginePolicy, HandoffClaim, HandoffCompletion, PersonMessage
from domain.scribe import Scribe
from domain.state import AgentType, ConversationTurn, TicketStatus
from domain.triggers import Trigger

WAITING_CHARACTERS = 500


def _signature(completion: HandoffCompletion) -> str:
    return f"{completion.handoff_id} {completion.person_id} {completion.outcome}"


class People:
    def __init__(self, carry: Carry, policy: EnginePolicy, scribe: Scribe) -> None:
        self._carry = carry
        self._policy = policy
        self._scribe = scribe

    def request(self, trigger: Trigger, now: datetime) -> None:
        """Ask for a person; if one is asked for or here already, nothing changes."""
        carry, state = self._carry, self._carry.state
        if carry.handoff is not None:
            return
        agent = AgentType(state.current_agent_type or AgentType.TIER1)
        carry.handoff = Handoff(
            handoff_id=handoff_id(state.conversation_id, carry.epoch + 1),
            queue=queue_for(agent),
            reason=trigger,
            requested_at=now,
            next_word_at=self._next_word(now),
        )
        state.requires_human, state.agent_queue = True, carry.handoff.queue
        self._scribe.log(
            HandoffRequested(
                event_id=f"requested-{carry.handoff.handoff_id}",
                at=now,
                handoff_id=carry.handoff.handoff_id,
                queue=carry.handoff.queue,
                reason=trigger,
            )
        )
        self._scribe.change_status(TicketStatus.ESCALATED, now, trigger)

    def word_if_due(self, now: datetime) -> None:
        """Nobody waits in silence: a word every few minutes until a person is there."""
        handoff, due = self._carry.handoff, self.word_due()
        if handoff and due and now >= due:
            self._scribe.word(words.STILL_WAITING, now)
            handoff.next_word_at = self._next_word(now)

    def word_due(self) -> datetime | None:
        """When the customer is owed the next word; None if no person is awaited."""
        handoff = self._carry.handoff
        return handoff.next_word_at if handoff and not handoff.person_id else None

    def check_claim(self, claim: HandoffClaim) -> None:
        """Raises ``ClaimRefused`` unless this handoff is open and free."""
        handoff = self._carry.handoff
        if handoff is None or handoff.handoff_id != claim.handoff_id:
            raise ClaimRefused(f"Handoff {claim.handoff_id} is not open.")
        if handoff.person_id not in ("", claim.person_id):
            raise ClaimRefused(f"Handoff {claim.handoff_id} is already claimed.")

    def claim(self, claim: HandoffClaim, now: datetime) -> None:
        """From this instant only ``person_id`` speaks: the raised epoch fences off whatever an AI is about to say."""
        self.check_claim(claim)
        carry = self._carry
        assert carry.handoff is not None, "checked above"
        if carry.handoff.person_id:
            # A repeat: Temporal knows update ids of one run only.
            return
        carry.handoff.person_id = claim.person_id
        carry.epoch += 1
        carry.turn = None
        unsaid = [e for e in carry.pending if isinstance(e, AgentMessage | InterimMessage)]
        carry.pending = [e for e in carry.pending if e not in unsaid]
        carry.owed_words = [e.message for e in unsaid if isinstance(e, InterimMessage) and e.owed][-5:]
        self._scribe.hear(carry.inbox)
        self._scribe.log(
            HandoffClaimed(
                event_id=claim_event_id(claim.handoff_id),
                at=now,
                handoff_id=claim.handoff_id,
                person_id=claim.person_id,
            )
        )
        self._scribe.assign(AgentType.HUMAN, now, "claimed", claim.person_id)

    def check_owner(self, person_id: str) -> None:
        """Raises ``NotOwner`` unless this person holds the conversation."""
        handoff = self._carry.handoff
        if handoff is None or handoff.person_id != person_id:
            raise NotOwner("Only the person who has claimed this conversation may do that.")

    def says(self, message: PersonMessage, now: datetime) -> str:
        """Log what the owner says; it answers all that the customer wrote before. Returns the event's id."""
        self.check_owner(message.person_id)
        event_id = person_event_id(message.message_id)
        if message.message_id in self._carry.person_message_ids:
            return event_id
        self._carry.person_message_ids = [*self._carry.person_message_ids, message.message_id][-REMEMBERED_IDS:]
        self._scribe.hear(self._carry.inbox)
        self._scribe.log(
            HumanMessage(
                event_id=event_id,
                at=now,
                message_id=message.message_id,
                person_id=message.person_id,
                message=message.message,
                answers=[m.message_id for m in self._carry.inbox],
            )
        )
        self._carry.state.record(
            ConversationTurn(timestamp=now, speaker="agent", message=message.message, agent_type=AgentType.HUMAN)
        )
        self._forget_inbox()
        self._scribe.change_status(TicketStatus.PENDING_CUSTOMER, now)
        return event_id

    def check_completion(self, completion: HandoffCompletion) -> None:
        """Raises ``NotOwner`` unless this person holds the conversation through this handoff, or has just ended it."""
        if _signature(completion) in self._carry.completed_handoffs:
            return
        self.check_owner(completion.person_id)
        if self._carry.handoff and self._carry.handoff.handoff_id != completion.handoff_id:
            raise NotOwner(f"Handoff {completion.handoff_id} is not the one at hand.")

    def complete(self, completion: HandoffCompletion, now: datetime) -> bool:
        """End the person's part; False for a repeat. Resolved: what is open was theirs; returned: the AI answers it."""
        self.check_completion(completion)
        carry, state = self._carry, self._carry.state
        if _signature(completion) in carry.completed_handoffs:
            return False
        carry.completed_handoffs = [*carry.completed_handoffs, _signature(completion)][-20:]
        state.last_activity, carry.idle_warned_at = now, None
        self._scribe.log(
            HandoffCompleted(
                event_id=completion_event_id(completion.handoff_id),
                at=now,
                handoff_id=completion.handoff_id,
                person_id=completion.person_id,
                outcome=completion.outcome,
                wrap_up_code=completion.wrap_up_code,
                note=completion.note,
            )
        )
        carry.handoff = None
        state.requires_human, state.agent_queue = False, ""
        if completion.outcome == "resolved":
            self._forget_inbox()
            # Nobody holds it any more; who had it is in the log.
            state.current_agent_id = ""
            return True
        before = [agent for agent in state.previous_agents if agent != AgentType.HUMAN]
        agent = before[-1] if before else AgentType.TIER1
        self._scribe.assign(agent, now, "returned", agent)
        self._scribe.change_status(TicketStatus.IN_PROGRESS, now)
        if not carry.inbox:
            self._scribe.word(words.RETURNED, now)
        for text in carry.owed_words:
            self._scribe.word(text, now)
        carry.owed_words = []
        return True

    def shorten_what_waits(self) -> None:
        """While a person holds the conversation, messages wait for their answer in the inbox: the log has the whole of
        them, the carried state keeps a part, or a long handoff would outgrow a payload."""
        carry = self._carry
        if carry.handoff is None or not carry.handoff.person_id:
            return
        unlogged = {event.event_id for event in carry.pending}
        self._scribe.hear([m for m in carry.inbox if message_event_id(m.message_id) not in unlogged])
        carry.inbox = [
            message.model_copy(update={"message": message.message[:WAITING_CHARACTERS]})
            if len(message.message) > WAITING_CHARACTERS and message_event_id(message.message_id) not in unlogged
            else message
            for message in carry.inbox
        ]

    def _forget_inbox(self) -> None:
        self._carry.inbox, self._carry.heard = [], []

    def _next_word(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self._policy.handoff_word_seconds)
