"""What surveys say about satisfaction, recommendation and effort; and how satisfied a customer is, and will be if
nothing changes."""

from collections.abc import Sequence

from pydantic import Field

from domain.model import Record
from domain.state import Risk

SATISFIED_FROM = 4
"""Of 5: the two best answers count as satisfied."""
PROMOTERS_FROM, DETRACTORS_TO = 9, 6
"""Of 0 to 10, after Reichheld (see ``net_promoter_score``)."""

UNKNOWN_SCORE = 3.5
"""Where nobody has answered a survey: the middle of what customers answer."""
UNRESOLVED_COSTS, COMPLAINT_COSTS, OPEN_TICKET_COSTS = 0.4, 0.3, 0.2
"""Points that each recent contact without a solution, each complaint and each open ticket takes away. Weights of ours,
to be replaced by a trained model."""
HIGH_RISK_BELOW, MEDIUM_RISK_BELOW = 3.0, 3.8
RECENT_DAYS = 90


class SatisfactionFacts(Record):
    """``scores`` oldest first, 1 to 5; ``nps`` (0 to 10) and ``efforts`` (1 to 7) of the same surveys where they were
    given; the counts are of the last ``RECENT_DAYS`` days."""

    scores: list[float]
    nps: list[int] = Field(default_factory=list)
    efforts: list[int] = Field(default_factory=list)
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
    nps: float | None
    """-100 to 100; None if nobody was asked, or said."""
    effort: float | None
    """The mean, 1 (little) to 7; None as above."""
    predicted: float
    risk: Risk
    drivers: list[str]


def satisfaction(facts: SatisfactionFacts) -> Satisfaction:
    score = _mean(facts.scores)
    predicted = _predicted(facts, UNKNOWN_SCORE if score is None else score)
    return Satisfaction(
        score=score,
        satisfied_share=_rounded(satisfied_share(facts.scores)),
        trend=_trend(facts.scores),
        nps=_rounded(net_promoter_score(facts.nps)),
        effort=_rounded(mean_effort(facts.efforts)),
        predicted=predicted,
        risk="high" if predicted < HIGH_RISK_BELOW else "medium" if predicted < MEDIUM_RISK_BELOW else "low",
        drivers=_drivers(facts),
    )


def satisfied_share(scores: Sequence[float]) -> float | None:
    """CSAT as it is reported: the share, 0 to 1, of answers of 4 and 5 on the scale of five ("top two boxes"). None
    without answers. Farris, Bendle, Pfeifer and Reibstein, "Marketing Metrics" (2nd ed. 2010), section 2.7.

    >>> satisfied_share([5, 4, 3, 1])
    0.5
    """
    return sum(score >= SATISFIED_FROM for score in scores) / len(scores) if scores else None


def net_promoter_score(answers: Sequence[int]) -> float | None:
    """Per cent of promoters (9 and 10) minus per cent of detractors (0 to 6): -100 to 100. None without answers.
    Reichheld, "The One Number You Need to Grow", Harvard Business Review, December 2003.

    >>> net_promoter_score([10, 9, 8, 3])
    25.0
    """
    if not answers:
        return None
    promoters = sum(answer >= PROMOTERS_FROM for answer in answers)
    detractors = sum(answer <= DETRACTORS_TO for answer in answers)
    return 100 * (promoters - detractors) / len(answers)


def mean_effort(efforts: Sequence[int]) -> float | None:
    """Customer Effort Score: the mean of 1 (little) to 7 (much), so low is good. None without answers. Dixon, Freeman
    and Toman, "Stop Trying to Delight Your Customers", Harvard Business Review, July 2010.

    >>> mean_effort([1, 2, 6])
    3.0
    """
    return sum(efforts) / len(efforts) if efforts else None


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


def _mean(values: Sequence[float]) -> float | None:
    return _rounded(sum(values) / len(values)) if values else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _drivers(facts: SatisfactionFacts) -> list[str]:
    counted = {
        "contacts without a solution": facts.unresolved,
        "complaints": facts.complaints,
        "open tickets": facts.open_tickets,
    }
    return [f"{count} {what}" for what, count in counted.items() if count]
