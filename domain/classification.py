"""What the classifier reports about an utterance, and the floors its confidence must reach."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from domain.model import Record, is_empty
from domain.state import Sentiment

CONFIDENCE_FLOOR = 0.85
"""Below it the customer is asked to clarify (PRD [230, 672])."""
INTENT_FLOORS: dict[str, float] = {"pricing_inquiry": 0.90, "cancellation_request": 0.95}
"""Higher floors where a wrong guess is costly (PRD [1734-1739])."""


class Urgency(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


Affirmation = Literal["yes", "no", "unclear"]


class Alternative(Record):
    intent: str
    confidence: float


class Classification(Record):
    """One reading of one or several utterances taken together. Confidences are calibrated probabilities, 0 to 1;
    ``sentiment_score`` runs from -1 (angry) to 1 (delighted); ``complexity`` from 0 (one look-up) to 1 (several systems
    and people); ``language`` is an ISO 639-1 code."""

    intent: str
    confidence: float
    alternatives: list[Alternative] = Field(default_factory=list, max_length=3)
    sentiment: Sentiment = Sentiment.NEUTRAL
    sentiment_score: float = 0.0
    urgency: Urgency = Urgency.MEDIUM
    complexity: float = Field(default=0.0, exclude_if=is_empty)
    language: str = "en"
    affirmation: Affirmation = "unclear"

    @property
    def sure(self) -> bool:
        return self.confidence >= INTENT_FLOORS.get(self.intent, CONFIDENCE_FLOOR)
