"""How agents did."""

from domain.model import Record
from domain.state import AgentType


class AgentFigures(Record):
    """Figures of one agent type; None where the period holds nothing to compute them from.

    A conversation counts for every agent that replied in it during the period. ``first_contact_resolution`` is the
    share of its closed conversations that were resolved, by whichever agents, without asking for a person, and were
    not reopened; ``escalation_rate`` the share of its conversations that it escalated, to another agent or to a
    person; ``csat`` the share of ratings of 4 and 5, ``nps`` and ``effort`` as ``domain.satisfaction`` defines them,
    of the surveys that tell; ``quality`` the mean score, 0 to 1, of the latest quality check of each conversation.
    ``cost`` is what models cost: nothing where only people and the built-in model
    answered; None where another one did, for its prices are not known here, and where the engine alone spoke, which it
    also does for a model that failed.
    """

    agent_type: AgentType
    conversations: int
    first_contact_resolution: float | None
    handle_time_seconds: float | None
    escalation_rate: float | None
    csat: float | None
    csat_mean: float | None
    nps: float | None = None
    effort: float | None = None
    quality: float | None = None
    tool_calls: int
    tool_success: float | None
    p95_reply_seconds: float | None
    cost: float | None
