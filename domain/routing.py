"""Who answers: from what the customer wants and who holds the conversation (PRD, Flow Logic & Routing).

A first table of families; the decision matrix and the score come with the other agents.
"""

from domain.classification import Classification
from domain.intents import Family, family_of
from domain.model import Record
from domain.state import AgentState, AgentType

CLARIFICATIONS_IN_A_ROW = 2
"""Then Tier 1 takes what is still unclear."""

AGENT_FOR: dict[Family, AgentType] = {Family.BILLING: AgentType.BILLING}
DEFAULT_AGENT = AgentType.TIER1


class Assignment(Record):
    agent: AgentType
    reason: str


def route(classification: Classification, state: AgentState) -> Assignment:
    """The agent for this turn and why. ``state`` is from before this turn's classification was taken over."""
    holder = AgentType(state.current_agent_type) if state.current_agent_type else None
    specialist = holder if holder not in (None, AgentType.CLARIFICATION, AgentType.HUMAN) else None
    if specialist and _is_answer(state, classification):
        return Assignment(agent=specialist, reason="answer")
    if not classification.sure:
        if state.clarifications_in_a_row < CLARIFICATIONS_IN_A_ROW:
            return Assignment(agent=AgentType.CLARIFICATION, reason="low_confidence")
        return Assignment(agent=specialist or DEFAULT_AGENT, reason="still_unclear")
    family = family_of(classification.intent)
    if family == Family.ESCALATION and specialist:
        return Assignment(agent=specialist, reason="same_topic")
    agent = AGENT_FOR.get(family, DEFAULT_AGENT)
    if specialist == agent:
        return Assignment(agent=agent, reason="same_topic")
    return Assignment(agent=agent, reason="topic_change" if specialist else "intent")


def _is_answer(state: AgentState, classification: Classification) -> bool:
    """The agent asked something and this can be the answer: a yes, a no, or nothing clearer than that."""
    asked = state.offer is not None or state.resolution_status == "offered"
    return asked and (classification.affirmation != "unclear" or not classification.sure)
