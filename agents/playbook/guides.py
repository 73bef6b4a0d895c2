"""Troubleshooting guides: which one fits, and what of it a customer can do."""

import re

from agents.playbook.moves import Move, Say, Use
from agents.playbook.phrases import DID_IT_HELP, started
from agents.playbook.situation import Situation
from domain.classification import Urgency
from domain.state import Priority
from domain.toolbox.knowledge import GET_TROUBLESHOOTING_GUIDE, TroubleshootingGuide

STEPS_SHOWN = 4

_GUIDES: dict[str, tuple[tuple[re.Pattern[str], tuple[str, str]], ...]] = {
    "account_access_issue": (
        # Who has just forgotten a password is better served by the article about that.
        (
            re.compile(r"^(?!.*\b(?:forg[eo]t\w*|reset|lost|new) (?:\w+ )?p)", re.IGNORECASE | re.DOTALL),
            ("login", "account"),
        ),
    ),
    "connection_problem": (
        (re.compile(r"wi-?fi|wlan", re.IGNORECASE), ("wifi", "internet")),
        (re.compile(r"slow|speed|mbit|mbps|lag|ping|buffer", re.IGNORECASE), ("slow_speed", "internet")),
        (re.compile(r"signal|reception|mobile|phone|[345]g\b|sim", re.IGNORECASE), ("no_signal", "mobile")),
        (re.compile(r"light|blink|led", re.IGNORECASE), ("router_errors", "internet")),
        (re.compile(""), ("connection", "internet")),
    ),
    "email_service": (
        (re.compile(r"set ?up|settings|imap|smtp|pop3|configure", re.IGNORECASE), ("setup", "email_service")),
        (re.compile(""), ("send_receive", "email_service")),
    ),
    "technical_issue": (
        (re.compile(r"\btv\b|television|picture|channel|remote|box", re.IGNORECASE), ("picture", "tv")),
        (re.compile(r"backup", re.IGNORECASE), ("backup_failed", "cloud_backup")),
        (re.compile(r"virus|security", re.IGNORECASE), ("activation", "security")),
        (re.compile(r"\bcalls?\b|texts?\b|sim\b|phone", re.IGNORECASE), ("no_signal", "mobile")),
        (re.compile(r"router|modem|nl-?\d", re.IGNORECASE), ("router_errors", "internet")),
    ),
}
"""By intent, the first pattern that the customer's words match: issue category and product type of the guide."""

_FOR_COLLEAGUES = re.compile(
    r"^(?:Ask|Look|Offer|Send|Read|Order|Note|Recommend|Fetch|Find out)\b|\b(?:customer|the account's|Tier \d|ticket|"
    r"line test)\b",
)
"""Guides are written for agents: what only an agent can do is not read out."""


def guide_for(situation: Situation) -> tuple[str, str] | None:
    """Issue category and product type, or None if no guide is about this."""
    for pattern, guide in _GUIDES.get(situation.intent, ()):
        if pattern.search(situation.said):
            return guide
    return None


def wants_guide(situation: Situation) -> bool:
    """A guide fits, was not asked for yet, and this is the first try."""
    if situation.ran(GET_TROUBLESHOOTING_GUIDE) or (situation.feedback == "unsolved" and situation.replied):
        return False
    return situation.can(GET_TROUBLESHOOTING_GUIDE) and guide_for(situation) is not None


def fetch_guide(situation: Situation) -> Move:
    category, product = guide_for(situation) or ("", "")
    urgency = situation.context.urgency
    severity = Priority.CRITICAL if urgency is Urgency.CRITICAL else Priority(urgency.value)
    arguments = {"issue_category": category, "product_type": product, "severity": severity.value}
    return Use(GET_TROUBLESHOOTING_GUIDE, arguments)


def read_out(situation: Situation) -> Move:
    guide: TroubleshootingGuide = situation.result(GET_TROUBLESHOOTING_GUIDE)
    steps = customer_steps(guide)
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    lead = started(situation, "I'm sorry for the trouble. Let's sort this out together. ")
    return Say(
        f"{lead}Please try these steps from our troubleshooting guide:\n\n{numbered}\n\n{DID_IT_HELP}",
        outcome="resolution_offered",
        confidence=0.8,
    )


def guide_is_readable(situation: Situation) -> bool:
    guide = situation.result(GET_TROUBLESHOOTING_GUIDE)
    return guide is not None and bool(customer_steps(guide))


def customer_steps(guide: TroubleshootingGuide) -> list[str]:
    """The first steps that customers can take themselves."""
    return [step for step in guide.steps if not _FOR_COLLEAGUES.search(step)][:STEPS_SHOWN]
