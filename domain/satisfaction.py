"""How satisfied a customer is, and will be if nothing changes."""

from domain.model import Record
from domain.state import Risk

UNKNOWN_SCORE = 3.5
"""Where nobody has answered a survey: the middle of what customers answer."""
UNRESOLVED_COSTS, COMPLAINT_COSTS, OPEN_TICKET_COSTS = 0.4, 0.3, 0.2
"""Points that each recent contact without a solution, each complaint and each open ticket takes away. Weights of ours,
to be replaced by a trained model."""
HIGH_RISK_BELOW, MEDIUM_RISK_BELOW = 3.0, 3.8
RECENT_DAYS = 90


class SatisfactionFacts(Record):
    """``scores`` oldest first, 1 to 5; the counts are of the last ``RECENT_DAYS`` days."""

    scores: list[float]
    unresolved: int
    complaints: int
    open_tickets: int


class Satisfaction(Record):
    score: float | None
    """The mean of the scores; None if there are none."""
    satisfied_share: float | None
    """The share of 4 and 5."""
    trend: float | None
    """The mean of the latest two minus that of those before; None if there are too few."""
    predicted: float
    risk: Risk
    drivers: list[str]


def satisfaction(facts: SatisfactionFacts) -> Satisfaction:
    score = _mean(facts.scores)
    predicted = _predicted(facts, UNKNOWN_SCORE if score is None else score)
    return Satisfaction(
        score=score,
        satisfied_share=_mean([float(value >= 4) for value in facts.scores]),
        trend=_trend(facts.scores),
        predicted=predicted,
        risk="high" if predicted < HIGH_RISK_BELOW else "medium" if predicted < MEDIUM_RISK_BELOW else "low",
        drivers=_drivers(facts),
    )


def _predicted(facts: SatisfactionFacts, score: float) -> float:
    lost = (
        facts.unresolved * UNRESOLVED_COSTS
        + facts.complaints * COMPLAINT_COSTS
        + facts.open_tickets * OPEN_TICKET_COSTS
    )
    return round(min(5.0, max(1.0, score - lost)), 2)


def _trend(scores: list[float]) -> float | None:
    latest, before = _mean(scores[-2:]), _mean(scores[:-2])
    return None if latest is None or before is None else round(latest - before, 2)


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), 2) if values else None


def _drivers(facts: SatisfactionFacts) -> list[str]:
    counted = {
        "contacts without a solution": facts.unresolved,
        "complaints": facts.complaints,
        "open tickets": facts.open_tickets,
    }
    return [f"{count} {what}" for what, count in counted.items() if count]
