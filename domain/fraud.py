"""What makes us suspect fraud (PRD [731]; the rules are ours), and the evidence that a conversation keeps of it."""

from datetime import datetime
from enum import StrEnum

from domain.model import Record


class FraudSignal(StrEnum):
    """The fraud rules: one of them is enough."""

    CUSTOMER_REPORT = "customer_report"
    VERIFICATION_FAILED = "verification_failed"
    CONTACT_CHANGED_BEFORE_PAYOUT = "contact_changed_before_payout"
    REPEATED_CREDITS = "repeated_credits"
    MANY_CARDS = "many_cards"

    @property
    def meaning(self) -> str:
        return FRAUD_RULES[self]


FRAUD_RULES: dict[FraudSignal, str] = {
    FraudSignal.CUSTOMER_REPORT: "The customer says that somebody else used the account or the card.",
    FraudSignal.VERIFICATION_FAILED: "The identity was checked and failed three times.",
    FraudSignal.CONTACT_CHANGED_BEFORE_PAYOUT: "Contact details changed in the 24 hours before money is asked for.",
    FraudSignal.REPEATED_CREDITS: "A third credit is asked for within 90 days.",
    FraudSignal.MANY_CARDS: "Three different cards are tried within an hour.",
}


class ClueKind(StrEnum):
    CHECK_FAILED = "check_failed"
    CONTACT_CHANGED = "contact_changed"
    CREDIT_GIVEN = "credit_given"
    CARD_TRIED = "card_tried"


class FraudClue(Record):
    """Something harmless by itself. ``mark`` tells clues of a kind apart where that matters: the credit, the card."""

    kind: ClueKind
    at: datetime
    mark: str = ""
