"""What customers want: the catalogue of intents. A new one is a row here and a file of utterances for the classifier.

The families are the rows of the PRD's routing weights [771-777] and of its decision matrix [745-758].
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.classification import Classification, Urgency


class Family(StrEnum):
    FAQ = "faq"
    TECHNICAL = "technical"
    BILLING = "billing"
    SALES = "sales"
    ACCOUNT = "account"
    COMPLAINT = "complaint"
    ESCALATION = "escalation"
    COMPLIANCE = "compliance"


@dataclass(frozen=True)
class Intent:
    """``topic`` completes "Is it about …?"; ``complexity`` is 0 (one look-up) to 1 (several systems, several people).

    ``small_talk`` opens or ends a conversation and is no concern that anybody works on.
    """

    name: str
    family: Family
    description: str
    topic: str
    urgency: Urgency = Urgency.MEDIUM
    complexity: float = 0.3
    small_talk: bool = False


_CATALOGUE = (
    # FAQ and small talk
    Intent("greeting", Family.FAQ, "Says hello, or asks for help without saying with what.",
           "something you need help with", Urgency.LOW, 0.0, small_talk=True),
    Intent("thanks", Family.FAQ, "Thanks, praises, says goodbye.", "something else", Urgency.LOW, 0.0, small_talk=True),
    Intent("general_faq", Family.FAQ, "Opening hours, shops, contact, terms, warranty, returns, how we work.",
           "general information", Urgency.LOW, 0.1),
    Intent("order_status", Family.FAQ, "Where an order or a delivery is, or what went wrong with it.",
           "an order or a delivery", Urgency.MEDIUM, 0.2),
    # Technical
    Intent("setup_help", Family.TECHNICAL, "How to install, activate, connect or configure something.",
           "setting up a device or a service", Urgency.LOW, 0.3),
    Intent("technical_issue", Family.TECHNICAL, "An app, a device or a feature fails.",
           "an app or a device that doesn't work", Urgency.MEDIUM, 0.5),
    Intent("connection_problem", Family.TECHNICAL, "Internet, Wi-Fi or mobile signal is gone, slow or unstable.",
           "your internet or mobile connection", Urgency.HIGH, 0.5),
    Intent("email_service", Family.TECHNICAL, "Sending, receiving, storing or setting up e-mail.",
           "your e-mail", Urgency.MEDIUM, 0.5),
    Intent("service_outage", Family.TECHNICAL, "Something is down for many people.", "an outage",
           Urgency.CRITICAL, 0.7),
    # Billing
    Intent("billing_question", Family.BILLING, "Wants a bill, balance or due date explained or sent.",
           "understanding your bill", Urgency.LOW, 0.2),
    Intent("duplicate_charge", Family.BILLING, "Was charged twice for the same thing.", "a charge that was made twice",
           Urgency.HIGH, 0.4),
    Intent("billing_dispute", Family.BILLING, "A charge or an amount is wrong or unknown.", "a charge that looks wrong",
           Urgency.HIGH, 0.5),
    Intent("refund_request", Family.BILLING, "Wants money back.", "a refund", Urgency.MEDIUM, 0.4),
    Intent("payment_issue", Family.BILLING, "How to pay, or a payment that fails or is not booked.", "making a payment",
           Urgency.HIGH, 0.3),
    Intent("payment_plan", Family.BILLING, "Wants to pay later or in instalments.", "paying later or in instalments",
           Urgency.MEDIUM, 0.4),
    # Sales
    Intent("pricing_inquiry", Family.SALES, "What something costs, discounts, quotes.", "prices", Urgency.LOW, 0.1),
    Intent("product_inquiry", Family.SALES, "What we offer, what it includes, which one fits.",
           "our plans and products", Urgency.LOW, 0.2),
    Intent("plan_change", Family.SALES, "Upgrade, downgrade, renew, add or drop an option.", "changing your plan",
           Urgency.LOW, 0.3),
    # Account
    Intent("account_access_issue", Family.ACCOUNT, "Cannot log in: password, code, locked account.",
           "logging in to your account", Urgency.HIGH, 0.2),
    Intent("service_overview", Family.ACCOUNT, "Which services, plans and options they have.", "what you have with us",
           Urgency.LOW, 0.1),
    Intent("account_update", Family.ACCOUNT, "Change address, name, contact or preferences.", "updating your details",
           Urgency.LOW, 0.2),
    Intent("cancellation_request", Family.ACCOUNT, "Wants to end a contract or a subscription.", "cancelling a service",
           Urgency.MEDIUM, 0.4),
    # The rest
    Intent("complaint", Family.COMPLAINT, "Is unhappy with us or with how they were treated.", "a complaint",
           Urgency.HIGH, 0.5),
    Intent("human_request", Family.ESCALATION, "Wants to talk to a person.", "talking to a colleague of mine",
           Urgency.HIGH, 0.3),
    Intent("compliance_request", Family.COMPLIANCE, "Privacy rights, legal matters, certificates.",
           "your data or a legal matter", Urgency.HIGH, 0.8),
    Intent("fraud_report", Family.COMPLIANCE, "A hacked account, a stolen device or card, a scam.",
           "fraud or a stolen account", Urgency.CRITICAL, 0.8),
)  # fmt: skip


def _by_name(catalogue: Iterable[Intent]) -> dict[str, Intent]:
    return {intent.name: intent for intent in catalogue}


MENTIONABLE = 0.1
"""An intent less likely than this is nothing to ask a customer about."""
UNKNOWN = "unknown"
"""What the classifier reports for a text that carries no intent we know."""

INTENTS: dict[str, Intent] = _by_name(_CATALOGUE)


def family_of(name: str) -> Family:
    """The intent's family. What no catalogue knows is general, so Tier 1's."""
    intent = INTENTS.get(name)
    return intent.family if intent else Family.FAQ


def is_small_talk(name: str) -> bool:
    intent = INTENTS.get(name)
    return intent is not None and intent.small_talk


def suspects(reading: Classification) -> list[str]:
    """The intents a clarifying question can offer, likeliest first: those that are known and are a concern."""
    others = (other.intent for other in reading.alternatives if other.confidence >= MENTIONABLE)
    considered = [reading.intent, *others]
    return [name for name in dict.fromkeys(considered) if name in INTENTS and not is_small_talk(name)]
