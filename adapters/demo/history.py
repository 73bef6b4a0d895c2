"""Earlier contacts and how satisfied people were."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from adapters.demo.bills import SEED
from adapters.demo.content import DemoCustomer

CHANNELS = ("web", "phone", "email", "mobile", "social", "sms")
SUBJECTS = (
    ("billing_question", "Asked why the first invoice covers more than one month; explained line by line."),
    ("billing_question", "Wanted to know when the direct debit is collected."),
    ("payment_issue", "A card payment was declined; paid with another card."),
    ("technical_support", "Slow Wi-Fi in the evening; changed the channel, measured 40% more."),
    ("technical_support", "No connection after a thunderstorm; router restarted, line steady again."),
    ("technical_support", "Mail program refused the password; created an app password."),
    ("account_access", "Could not sign in; sent a link to reset the password."),
    ("account_change", "Changed the contact phone number after the identity check."),
    ("sales_inquiry", "Asked for the difference between the Standard and the Premium plan."),
    ("moving_house", "Asked how to take the connection along to a new flat."),
    ("cancellation_request", "Thought about leaving; stayed after a change to a smaller plan."),
    ("complaint", "Technician came late; credit of 10.00 promised."),
)

KNOWN: dict[str, list[tuple[int, str, str, str]]] = {
    "CUST_001": [
        (124, "phone", "billing_dispute", "Disputed a technician fee of 39.00; it was our fault and was credited."),
        (23, "web", "technical_support", "Cloud Backup stood still at 80%; verified and finished overnight."),
    ],
    "test_customer_123": [(38, "web", "billing_question", "Asked when invoices are made and due.")],
}
"""Days ago, channel, category, summary."""


@dataclass(frozen=True)
class DemoInteraction:
    interaction_id: str
    at: datetime
    channel: str
    category: str
    summary: str
    resolved: bool
    score: float | None


def interactions_of(customer: DemoCustomer, reference: date) -> list[DemoInteraction]:
    """Oldest first."""
    chance = random.Random(f"{SEED}-history-{customer.customer_id}")  # noqa: S311 not for secrets
    contacts = KNOWN.get(customer.customer_id) or _invented(chance)
    return [
        DemoInteraction(
            interaction_id=f"INT-{customer.number:04d}-{n}",
            at=datetime.combine(reference - timedelta(days=days), time(hour=chance.randint(8, 19)), UTC),
            channel=channel,
            category=category,
            summary=summary,
            resolved=customer.customer_id in KNOWN or chance.random() < 0.9,
            score=chance.choice((3.0, 4.0, 4.0, 5.0, 5.0)) if chance.random() < 0.7 else None,
        )
        for n, (days, channel, category, summary) in enumerate(contacts, start=1)
    ]


def _invented(chance: random.Random) -> list[tuple[int, str, str, str]]:
    days = sorted(chance.sample(range(3, 300), k=chance.randint(0, 5)), reverse=True)
    return [(ago, chance.choice(CHANNELS), *chance.choice(SUBJECTS)) for ago in days]
