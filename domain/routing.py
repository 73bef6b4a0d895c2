"""Who answers this turn: from what the customer wants and who holds the conversation (PRD, Flow Logic & Routing
[662-704]).

A new subject goes through the decision matrix and its score (``domain/matrix.py``); an answer goes to who asked, what
is unclear to the clarification agent. While the subject stays, so does who works on it: a mood that comes and goes
passes nobody back and forth, and what calls for somebody else is in ``domain/escalation.py``.
"""

from domain.classification import Classification
from domain.intents import Family, family_of
from domain.matrix import RANK, Decision, decide, facts_from
from domain.model import Record
from domain.staffing import STAFFED
from domain.state import AgentState, AgentType

CLARIFICATIONS_IN_A_ROW = 2
"""Then Tier 1 takes what is still unclear."""

DEFAULT_AGENT = AgentType.TIER1


class Assignment(Record):
    """``decision`` is the score and its parts where the matrix decided, else None."""

    agent: AgentType
    reason: str
    decision: Decision | None = None


def route(classification: Classification, state: AgentState, staffed: frozenset[AgentType] = STAFFED) -> Assignment:
    """The agent for this turn and why. ``state`` is from before this turn's classification was taken over."""
    specialist = _specialist(state)
    if specialist and _is_answer(state, classification):
        return Assignment(agent=specialist, reason="answer")
    if not classification.sure:
        if state.clarifications_in_a_row < CLARIFICATIONS_IN_A_ROW:
            return Assignment(agent=AgentType.CLARIFICATION, reason="low_confidence")
        return Assignment(agent=specialist or DEFAULT_AGENT, reason="still_unclear")
    if specialist and _stays(specialist, state, classification):
        return Assignment(agent=specialist, reason="same_topic")
    decision = decide(facts_from(classification, state), staffed)
    if specialist and classification.intent == state.refined_intent and _fits(specialist, decision):
        return Assignment(agent=specialist, reason="same_topic")
    return Assignment(agent=decision.agent, reason=_reason(specialist, classification, state), decision=decision)


def _specialist(state: AgentState) -> AgentType | None:
    """Who works on the customer's subject, if anybody does yet."""
    holder = AgentType(state.current_agent_type) if state.current_agent_type else None
    return None if holder in (AgentType.CLARIFICATION, AgentType.HUMAN) else holder


def _is_answer(state: AgentState, classification: Classification) -> bool:
    """The agent asked something and this can be the answer: a yes, a no, or nothing clearer than that."""
    asked = state.offer is not None or state.resolution_status == "offered"
    return asked and (classification.affirmation != "unclear" or not classification.sure)


def _stays(specialist: AgentType, state: AgentState, classification: Classification) -> bool:
    """Who wants more than this agent tells it so; and what an agent got by escalation it keeps for this subject."""
    if family_of(classification.intent) == Family.ESCALATION:
        return True
    last = state.escalation_history[-1] if state.escalation_history else None
    return last is not None and last.to_agent == specialist and last.context_transfer.intent == classification.intent


def _fits(specialist: AgentType, decision: Decision) -> bool:
    """Whom the matrix allows, or who stands above its choice. Tier 1, say, has what is unclear, and only that long."""
    allowed = any(score.agent is specialist and score.allowed for score in decision.scores)
    return allowed or RANK.get(specialist, 0) > RANK.get(decision.agent, 0)


def _reason(specialist: AgentType | None, classification: Classification, state: AgentState) -> str:
    return "topic_change" if specialist and classification.intent != state.refined_intent else "intent"
