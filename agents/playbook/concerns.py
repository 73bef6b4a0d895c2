"""What technical trouble is about: which product, and which kind of trouble, so how to look into it."""

import re
from collections.abc import Sequence
from enum import StrEnum

from agents.playbook.situation import Situation


class Concern(StrEnum):
    """Kinds of trouble, each looked into its own way (``diagnosis.PLANS``)."""

    OUTAGE = "outage"
    INTEGRATION = "integration"
    MAIL = "mail"
    PORTAL = "portal"
    SPEED = "speed"
    FAULT = "fault"


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_INTEGRATION = _words(
    r"api|integrat\w+|webhooks?|connectors?|third[- ]party|interfaces?|vpn|own router|bridge mode|erp|crm|web ?shop"
)
_PORTAL = _words(r"apps?|website|web page|page|portal|dashboard|report|search|printer|download of")
_SPEED = _words(r"slow\w*|speed|mbit|mbps|lag\w*|ping|buffer\w*|performance|latency")
_DATA_LOST = _words(
    r"(?:data|files?|photos?|mails?|e-?mails?|messages|documents|folders?|backups?) (?:\w+ ){0,3}"
    r"(?:lost|gone|missing|disappeared|vanished|deleted|corrupt\w*|damaged)|"
    r"(?:lost|deleted|missing) (?:\w+ ){0,3}(?:data|files?|photos?|mails?|e-?mails?|documents|backups?)|data loss"
)
_PRODUCTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email_service", _words(r"e-?mails?|mails?|mailbox|inbox|outlook|thunderbird|smtp|imap|pop3")),
    ("cloud_backup", _words(r"(?:cloud )?back-?ups?")),
    ("security", _words(r"virus|anti-?virus|security suite|scanner")),
    ("internet", _words(r"wi-?fi|wlan|router|modem|broadband|dsl|fibre|cable internet")),
    ("tv", _words(r"tv|television|set-?top|picture|channels?|remote|recordings?|replay")),
    ("mobile", _words(r"mobile|phone|sim|signal|reception|[345]g|roaming|calls?|texts?")),
    ("internet", _words(r"internet|online|network|connection|line")),
)
"""The first whose words occur: mail on a phone is about mail, Wi-Fi on a phone about the internet."""
_USUALLY = {"email_service": "email_service", "connection_problem": "internet"}
"""By intent, what it is about while the customer names nothing."""

VISITED = ("internet", "tv")
"""What a technician mends at the customer's home (``schedule_technician_visit``)."""
PRODUCT_NAMES = {
    "internet": "internet",
    "email_service": "e-mail",
    "mobile": "mobile service",
    "tv": "TV",
    "cloud_backup": "cloud backup",
    "security": "security suite",
}


def product_of(situation: Situation) -> str | None:
    """The product that the customer named last, else the one that the intent is usually about, else None."""
    if situation.intent == "email_service":
        return "email_service"
    return _named_last(situation.told) or _USUALLY.get(situation.intent)


def turned_to_another_product(situation: Situation) -> bool:
    """The newest message names a product, and before it was about another one."""
    now, before = _named_last(situation.told[-1:]), _named_last(situation.told[:-1])
    return now is not None and before is not None and now != before


def _named_last(texts: Sequence[str]) -> str | None:
    named = (product for text in reversed(texts) for product, words in _PRODUCTS if words.search(text))
    return next(named, None)


def concern_of(situation: Situation) -> Concern:
    if situation.intent == "service_outage":
        return Concern.OUTAGE
    if _says(situation, _INTEGRATION):
        return Concern.INTEGRATION
    product = product_of(situation)
    if product == "email_service":
        return Concern.MAIL
    if product is None and _says(situation, _PORTAL):
        return Concern.PORTAL
    if product in (None, "internet") and _says(situation, _SPEED):
        return Concern.SPEED
    return Concern.FAULT


def lost_data(situation: Situation) -> bool:
    return _says(situation, _DATA_LOST)


def _says(situation: Situation, words: re.Pattern[str]) -> bool:
    return any(words.search(text) for text in situation.told)
