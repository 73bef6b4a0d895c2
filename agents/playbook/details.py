"""Contact details and preferences: what is on file is told masked, what changes is changed, an address only for who
proved who they are."""

import re
from typing import Any

from agents.playbook.identity import QUESTION, ask_factors, proved
from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, DID_IT_HELP, OFFER_PERSON, listed, named, started
from agents.playbook.situation import Situation
from domain.masking import mask_text
from domain.state import CustomerProfile
from domain.toolbox.crm import UPDATE_ACCOUNT, AccountUpdated
from domain.toolbox.customer import GET_CUSTOMER_PROFILE, VERIFY_CUSTOMER_IDENTITY

ASK_EMAIL = "What is your new e-mail address?"
ASK_PHONE = "What is your new phone number, with country code?"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"\+[1-9][0-9 -]{6,17}[0-9]")
_ABOUT_EMAIL = re.compile(r"\be-?mail(?: address)?\b", re.IGNORECASE)
_ABOUT_PHONE = re.compile(r"\b(?:phone|mobile|cell)(?: number)?\b|\bnumber\b", re.IGNORECASE)
_ASKS = re.compile(
    r"^\W*(?:which|what)\b.*\b(?:have|file|my|registered|stored)\b|\b(?:show|tell) (?:me )?(?:\w+ )?my\b|\bon file\b",
    re.IGNORECASE,
)
_HOW = re.compile(r"^\W*(?:how|where|can i|is it possible)\b", re.IGNORECASE)
_LANGUAGES = {"english": "en", "german": "de", "spanish": "es", "french": "fr", "italian": "it", "portuguese": "pt"}
_LANGUAGE = re.compile(rf"\b({'|'.join(_LANGUAGES)})\b", re.IGNORECASE)
_CHANNELS = {"sms": "sms", "text": "sms", "text message": "sms", "app": "mobile", "push": "mobile", "phone": "phone",
             "call": "phone", "e-mail": "email", "email": "email"}  # fmt: skip
_CHANNEL = re.compile(
    r"\b(?:by|via|through|per|channel(?: to)?|to) (?:an? |the )?(sms|text message|text|app|push|phone|call|e-?mail)\b",
    re.IGNORECASE,
)
_PREFERS = re.compile(r"\b(?:prefer\w*|contact me|write to me|reach me|channel|from now on|in future)\b", re.IGNORECASE)
_NAMES = {
    "email": "e-mail address",
    "phone": "phone number",
    "language": "language",
    "contact_channel": "preferred channel",
}
_ADDRESSES = ("email", "phone")
"""Whoever changes these can take an account over."""


# ---------------------------------------------------------------------- changing


def wanted_changes(situation: Situation) -> dict[str, str]:
    """Fields of the account with the values that the customer gave, in this message or before the security question."""
    words = _words(situation)
    changes = {"email": _last(_EMAIL, words), "phone": _last(_PHONE, words)}
    if _concerned(situation) or _PREFERS.search(words):
        changes |= {"language": _language(words), "contact_channel": _channel(words)}
    return {field: value for field, value in changes.items() if value}


def _words(situation: Situation) -> str:
    """After the security question, also what was said before it: the address that it was asked for."""
    return "\n".join(situation.told[-3:]) if QUESTION in situation.replied else situation.said


def _last(pattern: re.Pattern[str], words: str) -> str:
    """ "From the old to the new": the last one is meant."""
    return (pattern.findall(words) or [""])[-1]


def _language(words: str) -> str:
    found = _LANGUAGE.search(words)
    return _LANGUAGES[found.group(1).lower()] if found else ""


def _channel(words: str) -> str:
    found = _CHANNEL.search(words)
    return _CHANNELS[found.group(1).lower()] if found and _PREFERS.search(words) else ""


def change(situation: Situation) -> Move:
    arguments: dict[str, Any] = {"customer_id": situation.customer_id}
    return Use(UPDATE_ACCOUNT, arguments | wanted_changes(situation))


def report_change(situation: Situation) -> Move:
    updated: AccountUpdated = situation.result(UPDATE_ACCOUNT)
    changed = listed([f"your {_NAMES[one.field]} to {one.value}" for one in updated.changed])
    told = (
        f" A word about it has gone to the old one, {updated.notified}, to keep you safe." if updated.notified else ""
    )
    return Say(
        f"Done{named(situation)}: I've changed {changed}.{told} {DID_IT_HELP}",
        outcome="resolution_offered",
        confidence=1.0,
    )


def explain_refused_change(situation: Situation) -> Move:
    refusal = situation.refusal(UPDATE_ACCOUNT)
    known = {
        "not-possible": "either that is on file already, or the account is closed and isn't changed any more",
        "invalid-arguments": "it doesn't look like a complete address or a phone number with its country code",
    }
    why = known.get(refusal.error_type if refusal else "", "our customer system didn't take it just now")
    return Say(
        f"I'm sorry{named(situation)}, I couldn't change that: {why}. Nothing was changed. {OFFER_PERSON}",
        confidence=0.8,
    )


def ask_email(situation: Situation) -> Move:
    return Say(f"{started(situation, 'I can change that for you.')} {ASK_EMAIL}")


def ask_phone(situation: Situation) -> Move:
    return Say(f"{started(situation, 'I can change that for you.')} {ASK_PHONE}")


# ---------------------------------------------------------------------- telling


def tell_details(situation: Situation) -> Move:
    profile: CustomerProfile = situation.result(GET_CUSTOMER_PROFILE)
    return Say(
        f"{started(situation, 'This is what I have on file for you')}: e-mail {mask_text(profile.email)}, phone "
        f"{mask_text(profile.phone or '') or 'none'}. I show only a part of it here, to keep it safe. Is there "
        f"anything else {ANYTHING_ELSE}"
    )


# ---------------------------------------------------------------------- when


def _concerned(situation: Situation) -> bool:
    return situation.intent == "account_update"


def _given(situation: Situation) -> bool:
    """What to change is said: as a wish, or as the answer to our question."""
    asked = situation.replied.endswith((ASK_EMAIL, ASK_PHONE))
    named_in_bill = situation.intent == "billing_question" and bool(_EMAIL.search(_words(situation)))
    wish = _concerned(situation) or named_in_bill or asked
    return wish and situation.can(UPDATE_ACCOUNT) and bool(wanted_changes(situation))


def _must_prove(situation: Situation) -> bool:
    touches = any(field in _ADDRESSES for field in wanted_changes(situation))
    return touches and situation.can(VERIFY_CUSTOMER_IDENTITY) and not proved(situation)


def _asks(situation: Situation) -> bool:
    asks = _concerned(situation) and bool(_ASKS.search(situation.said))
    return asks and situation.can(GET_CUSTOMER_PROFILE) and not wanted_changes(situation)


def _wants(situation: Situation, what: re.Pattern[str]) -> bool:
    """Says what to change and not to what; who asks how to do it gets the article."""
    names = _concerned(situation) and bool(what.search(situation.said)) and not _HOW.search(situation.said)
    return names and situation.can(UPDATE_ACCOUNT) and not situation.results


ANSWERS = (
    Rule("details changed", lambda s: s.result(UPDATE_ACCOUNT) is not None, report_change),
)  # fmt: skip

REFUSALS = (
    Rule("change refused", lambda s: s.refusal(UPDATE_ACCOUNT) is not None, explain_refused_change),
)  # fmt: skip
"""After ``identity.RULES``."""

TOPIC = (
    Rule("details known", lambda s: s.result(GET_CUSTOMER_PROFILE) is not None, tell_details),
    Rule("new address, not proved", lambda s: _given(s) and _must_prove(s) and not s.ran(VERIFY_CUSTOMER_IDENTITY),
         ask_factors),
    Rule("new details", lambda s: _given(s) and not _must_prove(s), change),
    Rule("asks for details", _asks, lambda s: Use(GET_CUSTOMER_PROFILE, {"customer_id": s.customer_id})),
    Rule("new e-mail address", lambda s: _wants(s, _ABOUT_EMAIL), ask_email),
    Rule("new phone number", lambda s: _wants(s, _ABOUT_PHONE), ask_phone),
)  # fmt: skip
