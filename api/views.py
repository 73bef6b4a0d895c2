"""How the log's events, states and records look from outside. Staff see them whole; customers see their conversation
without what the staff wrote for each other."""

from collections.abc import Set as AbstractSet

from api.approvals import ApprovalRecord
from api.auth import Principal
from api.ports import AnswerRecord, ConversationRecord, HandoffRecord
from api.schemas import Approval, ConversationStatus, Handoff, MessageAnswered, Reply
from domain.events import AgentMessage, BaseEvent, HumanMessage, LoggedEvent, StatusChanged
from domain.state import AgentState, AgentType, Priority, TicketStatus

INTERNAL_FIELDS: dict[str, AbstractSet[str]] = {
    "agent_message": {"reason", "offer", "because", "confidence"},
    "agent_assigned": {"decision", "reason"},
    "escalated": {"context_transfer", "reason"},
    "handoff_requested": {"reason"},
    "status_changed": {"reason"},
    "handoff_completed": {"wrap_up_code", "note"},
    "tool_completed": {"parameters", "figures"},
    "tool_failed": {"parameters", "error"},
    "integration_event": {"system", "kind", "external_id", "occurred_at", "data"},
    "approval_requested": {"reason", "parameters"},
    "approval_decided": {"reason", "decided_by"},
    "quality_checked": {"score", "passed", "findings"},
}
"""By event type, what a customer is not shown."""


def event_json(logged: LoggedEvent, principal: Principal) -> str:
    """One flat object: seq, type, at, and the event's own fields."""
    event: BaseEvent = logged.event
    hidden = INTERNAL_FIELDS.get(logged.event.type) if principal.is_customer else None
    body = event.model_dump_json(exclude=set(hidden)) if hidden else event.model_dump_json()
    return f'{{"seq":{logged.seq},{body[1:]}'


def events_page_json(page: list[LoggedEvent], after: int, principal: Principal) -> str:
    events = ",".join(event_json(logged, principal) for logged in page)
    return f'{{"events":[{events}],"next_after":{page[-1].seq if page else after}}}'


def status_of_event(logged: LoggedEvent) -> TicketStatus | None:
    return logged.event.status if isinstance(logged.event, StatusChanged) else None


def reply_of(logged: LoggedEvent) -> Reply:
    """Raises TypeError for an event that is no reply."""
    match logged.event:
        case AgentMessage() as said:
            return Reply(
                seq=logged.seq,
                at=said.at,
                agent_type=said.agent_type,
                message=said.message,
                answers=said.answers,
                turn_id=said.turn_id,
                next_agent=said.next_agent,
                tools_executed=said.tools_executed,
                resolution_offered=said.resolution_offered,
            )
        case HumanMessage() as said:
            return Reply(
                seq=logged.seq, at=said.at, agent_type=AgentType.HUMAN, message=said.message, answers=said.answers
            )
        case other:
            raise TypeError(f"{other.type} answers no message")


def answered(conversation_id: str, message_id: str, answer: AnswerRecord) -> MessageAnswered:
    return MessageAnswered(
        conversation_id=conversation_id,
        message_id=message_id,
        replies=[reply_of(answer.reply)] if answer.reply else [],
        status=TicketStatus(answer.status),
        current_agent_type=answer.agent_type,
        requires_human=answer.requires_human,
        last_seq=answer.last_seq,
    )


def status_of_record(record: ConversationRecord) -> ConversationStatus:
    return ConversationStatus(
        conversation_id=record.conversation_id,
        customer_id=record.customer_id,
        channel=record.channel,
        status=TicketStatus(record.status),
        current_agent_type=record.agent_type,
        current_intent=record.intent,
        intent_confidence=record.intent_confidence,
        sentiment=record.sentiment,
        escalation_level=record.escalation_level,
        requires_human=record.requires_human,
        priority=Priority(record.priority),
        sla_deadline=record.sla_deadline,
        sla_breach_risk=record.sla_breach_risk,
        owner=record.owner,
        last_seq=record.last_seq,
        created_at=record.created_at,
        updated_at=record.updated_at,
        closed_at=record.closed_at,
        continued_in=record.continued_in,
    )


def status_of_state(state: AgentState, customer_id: str, last_seq: int) -> ConversationStatus:
    """For the moments in which the registry does not answer, or does not know the conversation yet."""
    return ConversationStatus(
        conversation_id=state.conversation_id,
        customer_id=customer_id,
        channel=state.channel,
        status=state.status,
        current_agent_type=state.current_agent_type,
        current_intent=state.current_intent,
        intent_confidence=state.intent_confidence,
        sentiment=state.sentiment,
        escalation_level=state.escalation_level,
        requires_human=state.requires_human,
        priority=state.ticket.priority if state.ticket else Priority.MEDIUM,
        sla_deadline=state.ticket.sla_deadline if state.ticket else None,
        sla_breach_risk=state.sla_breach_risk,
        owner=state.current_agent_id,
        last_seq=last_seq,
        created_at=state.session_start,
        updated_at=state.last_activity,
    )


def handoff_of(record: HandoffRecord) -> Handoff:
    return Handoff.model_validate(record, from_attributes=True)


def approval_of(record: ApprovalRecord) -> Approval:
    return Approval.model_validate(record, from_attributes=True)
