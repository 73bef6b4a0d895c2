"""Writes what happened: events into ``pending``, and the state's fields that follow from them."""

from datetime import datetime

from domain.carry import Carry
from domain.clocks import pause, resume
from domain.events import AgentAssigned, AgentMessage, Event, InterimMessage, StatusChanged
from domain.ids import reply_event_id
from domain.matrix import Decision
from domain.messages import CustomerMessage
from domain.state import AgentType, ConversationTurn, TicketStatus
from domain.tickets import SLA_PAUSED, may_change

_QUIET = frozenset({TicketStatus.IN_PROGRESS, TicketStatus.PENDING_CUSTOMER})
"""Changes between these two follow from the messages themselves and are not logged."""


class Scribe:
    def __init__(self, carry: Carry) -> None:
        self._carry = carry

    def fresh_id(self, kind: str) -> str:
        """An event id that no other run or epoch of this conversation ever makes."""
        return f"{kind}-{self.fresh_number()}"

    def fresh_number(self) -> str:
        self._carry.events_made += 1
        return f"{self._carry.epoch}-{self._carry.events_made}"

    def log(self, event: Event) -> None:
        self._carry.pending.append(event)

    def logged(self, events: list[Event]) -> None:
        """The log has these now."""
        done = {event.event_id for event in events}
        self._carry.pending = [event for event in self._carry.pending if event.event_id not in done]

    def change_status(self, status: TicketStatus, now: datetime, reason: str = "") -> None:
        """Move the ticket along its table, and its clock with it; a change the table forbids is not made."""
        state = self._carry.state
        previous = state.status
        if status == previous or not may_change(previous, status):
            return
        state.status = status
        self._run_clock(now)
        if {status, previous} != _QUIET:
            self.log(
                StatusChanged(event_id=self.fresh_id("status"), at=now, status=status, previous=previous, reason=reason)
            )

    def assign(
        self, agent: AgentType, now: datetime, reason: str, agent_id: str = "", decision: Decision | None = None
    ) -> None:
        """Give the conversation to an agent (``agent_id`` names the person, if it is one)."""
        state = self._carry.state
        if agent == state.current_agent_type and agent_id == state.current_agent_id:
            return
        previous = AgentType(state.current_agent_type) if state.current_agent_type else None
        if previous:
            state.previous_agents = [*state.previous_agents, previous][-20:]
        state.current_agent_type, state.current_agent_id = agent, agent_id
        self.log(
            AgentAssigned(
                event_id=self.fresh_id("assigned"),
                at=now,
                agent_type=agent,
                previous=previous,
                reason=reason,
                decision=decision,
            )
        )

    def say(self, text: str, turn_id: str, answers: list[str], now: datetime) -> None:
        """The engine's own words as the reply of a turn. They void an offer, as ``word`` does."""
        self.void_offer()
        agent = self._carry.state.current_agent_type or AgentType.TIER1
        self.log(
            AgentMessage(
                event_id=reply_event_id(turn_id),
                at=now,
                turn_id=turn_id,
                agent_type=agent,
                message=text,
                answers=answers,
                model="engine",
            )
        )

    def word(self, text: str, now: datetime, *, owed: bool = False) -> None:
        """A word that answers nothing. A yes after it may be to it: an offer made before stands no more."""
        self.void_offer()
        agent = self._carry.state.current_agent_type or None
        self.log(InterimMessage(event_id=self.fresh_id("interim"), at=now, agent_type=agent, message=text, owed=owed))

    def void_offer(self) -> None:
        self._carry.state.offer, self._carry.state.offered_at = None, None

    def hear(self, messages: list[CustomerMessage]) -> None:
        """Take customer messages into the window, once each."""
        carry = self._carry
        for message in messages:
            if message.message_id in carry.heard:
                continue
            carry.heard.append(message.message_id)
            carry.state.current_message = message.message[:500]
            carry.state.record(ConversationTurn(timestamp=message.sent_at, speaker="customer", message=message.message))

    def _run_clock(self, now: datetime) -> None:
        clock = self._carry.sla
        if clock is None:
            return
        if self._carry.state.status in SLA_PAUSED:
            pause(clock, now)
        elif errand := resume(clock, now):
            self._carry.errands.append(errand)
        ticket = self._carry.state.ticket
        if ticket and ticket.sla_deadline != clock.deadline:
            self._carry.state.ticket = ticket.model_copy(update={"sla_deadline": clock.deadline, "updated_at": now})
