"""When a conversation leaves the agent that holds it, and for whom (PRD, Escalation Logic [706-741]).

One row a trigger. Until the other agents exist every edge leads to a person.
"""

from enum import StrEnum

from domain.classification import Classification
from domain.state import AgentState, AgentType

FAILED_ATTEMPTS_LIMIT = 3


class Trigger(StrEnum):
    CUSTOMER_REQUEST = "customer_request"
    CANNOT_HELP = "cannot_help"
    FAILED_ATTEMPTS = "failed_attempts"
    MODEL_FAILED = "model_failed"
    TURN_BOUND = "turn_bound"


TARGET: dict[Trigger, AgentType] = dict.fromkeys(Trigger, AgentType.HUMAN)

QUEUES: dict[AgentType, str] = {AgentType.BILLING: "billing", AgentType.SALES: "sales", AgentType.TIER2: "technical"}
DEFAULT_QUEUE = "general"


def too_many_failures(state: AgentState) -> bool:
    """Three failed attempts at the topic at hand (PRD [246])."""
    return (
        sum(not a.success and a.topic == state.current_intent for a in state.resolution_attempts)
        >= FAILED_ATTEMPTS_LIMIT
    )


def rejects_resolution(state: AgentState, classification: Classification) -> bool:
    """The customer says that what was offered as a solution did not help."""
    return state.resolution_status == "offered" and classification.affirmation == "no"


def queue_for(agent: AgentType) -> str:
    return QUEUES.get(agent, DEFAULT_QUEUE)
