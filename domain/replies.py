"""What a reply changes in the state: one function for the core and for the snapshot that is stored with the reply."""

from domain.events import AgentMessage
from domain.state import AgentState, AgentType, ConversationTurn


def take_reply(state: AgentState, reply: AgentMessage) -> None:
    """Take an agent's reply into the state: the utterance and what it offers."""
    hear_reply(state, reply)
    settle_reply(state, reply)


def settle_reply(state: AgentState, reply: AgentMessage) -> None:
    """What a reply means for the next turn. An offer stands for one turn."""
    state.offer, state.consent = reply.offer, None
    state.offered_at = reply.at if reply.offer else None
    state.next_action = reply.offer.summary if reply.offer else reply.reason
    state.confidence_score = reply.confidence
    state.note_articles(reply.articles)
    unclear = reply.agent_type == AgentType.CLARIFICATION
    state.clarifications_in_a_row = state.clarifications_in_a_row + 1 if unclear else 0
    if reply.outcome == "resolution_offered":
        state.resolution_status = "offered"
    elif state.resolution_status == "offered":
        state.resolution_status = ""


def hear_reply(state: AgentState, reply: AgentMessage) -> None:
    state.record(
        ConversationTurn(timestamp=reply.at, speaker="agent", message=reply.message, agent_type=reply.agent_type)
    )
