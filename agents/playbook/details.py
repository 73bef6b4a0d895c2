"""Contact details and preferences: what is on file is told masked; what is to be changed is offered first, an address
only to who proved who they are, and changed after a yes."""

import re
from typing import Any

from agents.playbook.asking import affirmed
from agents.playbook.consent import agreed_to, carry_out, turned_down
from agents.playbook.identity import QUESTION, ask_factors, proved
from agents.playbook.moves import Move, Proposal, Rule, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, DID_IT_HELP, OFFER_PERSON, listed, named, started
from agents.playbook.situation import Situation
from domain.masking import mask_text
from domain.state import CustomerProfile
from domain.toolbox.crm import UPDATE_ACCOUNT, AccountUpdated
from domain.toolbox.customer import GET_CUSTOMER_PROFILE, VERIFY_CUSTOMER_IDENTITY

LOOKED_BACK = 4
"""Messages: the wish, the address, and two tries at the security question."""
LONGEST = 254
"""Characters of an e-mail address."""
ASK_EMAIL = "What is your new e-mail address?"
ASK_PHONE = "What is your new phone number, with country code?"
_EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_PHONE = r"\+[1-9][0-9 -]{6,17}[0-9]"
_ABOUT_EMAIL = re.compile(r"\be-?mail(?: address)?\b", re.IGNORECASE)
_ABOUT_PHONE = re.compile(r"\b(?:phone|mobile|cell)(?: number)?\b|\bnumber\b", re.IGNORECASE)
_ASKS = re.compile(
    r"^\W*(?:which|what)\b.*\b(?:have|file|my|registered|stored)\b|\b(?:show|tell) (?:me )?(?:\w+ )?my\b|\bon file\b",
    re.IGNORECASE,
)
_HOW = re.compile(r"^\W*(?:how|where|can i|is it possible)\b", re.IGNORECASE)
_WANTS_NEW = re.compile(
    r"\b(?:change|update|set|switch|replace|correct)\b(?: \w+){0,5} (?:e-?mails?|mail|address|phone|mobile|cell|number|"
    r"contact|details|it)\b|\bnew (?:e-?mail|mail|phone|mobile|cell|number|address)\b",
    re.IGNORECASE,
)
"""An address that is only mentioned is somebody else's, or the one of somebody who must not get into the account."""
_DENIES = re.compile(
    r"\b(?:i|we) (?:did not|didn['\u2019]?t|have not|haven['\u2019]?t|never) (?:change|update|ask|set|request)\w*\b|"
    r"\bwho changed\b|\b(?:not|wasn['\u2019]?t) me\b",
    re.IGNORECASE,
)
_BRIEF = 4
"""Words. An address in so few is the answer to our question for it."""
_LANGUAGES = {"english": "en", "german": "de", "spanish": "es", "french": "fr", "italian": "it", "portuguese": "pt"}
_LANGUAGE = rf"\b(?:{'|'.join(_LANGUAGES)})\b"
_CHANNELS = {"sms": "sms", "text": "sms", "text message": "sms", "app": "mobile", "push": "mobile", "phone": "phone",
             "call": "phone", "e-mail": "email", "email": "email"}  # fmt: skip
_CHANNEL = r"(?:an? |the )?\b(sms|text message|text|app|push|phone|call|e-?mail)\b(?! (?:address|number))"
_PREFERS = re.compile(
    r"\b(?:prefer\w*|language|channel|from now on|in future|(?:contact|write to|reach|speak (?:to|with)) me)\b",
    re.IGNORECASE,
)
_NAMES = {
    "email": "e-mail address",
    "phone": "phone number",
    "language": "language",
    "contact_channel": "preferred channel",
}
_SPOKEN = {code: name.capitalize() for name, code in _LANGUAGES.items()} | {
    "sms": "text message", "mobile": "our app", "phone": "phone", "email": "e-mail"
}  # fmt: skip
"""Values of preferences, as the customer is told them."""
_ADDRESSES = ("email", "phone")
"""Whoever changes these can take an account over."""


# ---------------------------------------------------------------------- changing


def wanted_changes(situation: Situation) -> dict[str, str]:
    """Fields of the account with the values that the customer gave, in this message or before the security question."""
    words = affirmed(_words(situation))
    changes = {"email": _meant(_EMAIL, words, "to"), "phone": _meant(_PHONE, words, "to")} if _new(situation) else {}
    if _PREFERS.search(_words(situation)):
        changes |= {"language": _language(words), "contact_channel": _channel(words)}
    return {field: value for field, value in changes.items() if value and len(value) <= LONGEST}


def _words(situation: Situation) -> str:
    """After the security question, also what was said before it: the address that it was asked for."""
    return "\n".join(_told(situation))


def _told(situation: Situation) -> tuple[str, ...]:
    return situation.told[-LOOKED_BACK:] if QUESTION in situation.replied else (situation.said,)


def _new(situation: Situation) -> bool:
    """An address is to replace the one on file: said as a wish, or given as the answer to our question."""
    wanted = bool(_WANTS_NEW.search(affirmed(_words(situation))))
    given = (text for text in _told(situation) if re.search(rf"{_EMAIL}|{_PHONE}", text))
    answer = QUESTION in situation.replied and any(len(text.split()) <= _BRIEF for text in given)
    return wanted or answer or _asked(situation)


def _meant(value: str, words: str, *before: str) -> str:
    """Of several values the one after the first of these words that stands before any: "from the old to the new". Else
    the last one."""
    for lead in before:
        if led := re.findall(rf"\b(?:{lead}) ({value})", words, re.IGNORECASE):
            return str(led[-1])
    return str((re.findall(value, words, re.IGNORECASE) or [""])[-1])


def _language(words: str) -> str:
    return _LANGUAGES.get(_meant(_LANGUAGE, words, "to", "in|into").lower(), "")


def _channel(words: str) -> str:
    """Only with a word before it: a phone alone is a device, or a number."""
    led = re.findall(rf"\b(to|by|via|through|per|use|prefer) {_CHANNEL}", words, re.IGNORECASE)
    meant = [channel for lead, channel in led if lead.lower() == "to"] or [channel for _, channel in led]
    return _CHANNELS[meant[-1].lower()] if meant else ""


def offer_change(situation: Situation) -> Move:
    """Exactly what was understood: a wrong address would be the way into the account for somebody else."""
    changes = wanted_changes(situation)
    told = listed([f"your {_NAMES[field]} to {_SPOKEN.get(value, value)}" for field, value in changes.items()])
    word = " The old one gets a word about it, to keep you safe." if changes.keys() & set(_ADDRESSES) else ""
    arguments: dict[str, Any] = {"customer_id": situation.customer_id}
    return Say(
        f"{started(situation, 'I can change that for you:')} {told}.{word} Shall I do that?",
        offer=Proposal(UPDATE_ACCOUNT, arguments | changes, f"change {told}"),
        confidence=0.95,
    )


def leave_details(situation: Situation) -> Move:
    return Say(f"All right{named(situation)}, everything stays as it is. Is there anything else {ANYTHING_ELSE}")


def report_change(situation: Situation) -> Move:
    updated: AccountUpdated = situation.result(UPDATE_ACCOUNT)
    changed = listed([f"your {_NAMES[one.field]} to {_SPOKEN.get(one.value, one.value)}" for one in updated.changed])
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


def hear_denial(situation: Situation) -> Move:
    """Somebody else may be at the account. Whether it was so a person sees in the records."""
    return Say(
        f"Thank you for telling me{named(situation)}. I'm changing nothing now. If something was changed without you, "
        f"a colleague should look at it with you right away. {OFFER_PERSON}",
        reason="The customer says that somebody else changed their details.",
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


def _asked(situation: Situation) -> bool:
    """We asked for the new value, or offered to change one: another one corrects it."""
    offer = situation.context.offer
    stands = offer is not None and offer.tool == UPDATE_ACCOUNT.name
    return situation.replied.endswith((ASK_EMAIL, ASK_PHONE)) or stands


def _given(situation: Situation) -> bool:
    """What to change is said: as a wish, or as the answer to our question. Also amid questions about a bill."""
    wish = _concerned(situation) or situation.intent == "billing_question" or _asked(situation)
    return wish and situation.can(UPDATE_ACCOUNT) and bool(wanted_changes(situation))


def _must_prove(situation: Situation) -> bool:
    touches = any(field in _ADDRESSES for field in wanted_changes(situation))
    return touches and situation.can(VERIFY_CUSTOMER_IDENTITY) and not proved(situation)


def _asks(situation: Situation) -> bool:
    asks = _concerned(situation) and bool(_ASKS.search(situation.said))
    return asks and situation.can(GET_CUSTOMER_PROFILE) and not wanted_changes(situation)


def _wants(situation: Situation, what: re.Pattern[str]) -> bool:
    """Says what to change and not to what; who asks how to do it gets the article."""
    names = _concerned(situation) and bool(what.search(affirmed(situation.said))) and not _HOW.search(situation.said)
    return names and situation.can(UPDATE_ACCOUNT) and not situation.results


def _declines(situation: Situation) -> bool:
    """A no without another value."""
    return turned_down(situation, UPDATE_ACCOUNT) and not wanted_changes(situation)


ANSWERS = (
    Rule("details changed", lambda s: s.result(UPDATE_ACCOUNT) is not None, report_change),
    Rule("agreed to new details", lambda s: agreed_to(s, UPDATE_ACCOUNT), carry_out),
    Rule("declined new details", _declines, leave_details),
)  # fmt: skip

REFUSALS = (
    Rule("change refused", lambda s: s.refusal(UPDATE_ACCOUNT) is not None, explain_refused_change),
)  # fmt: skip
"""After ``identity.RULES``."""

TOPIC = (
    Rule("changed by somebody else", lambda s: _concerned(s) and bool(_DENIES.search(s.said)) and not s.results,
         hear_denial),
    Rule("details known", lambda s: s.result(GET_CUSTOMER_PROFILE) is not None, tell_details),
    Rule("new address, not proved", lambda s: _given(s) and _must_prove(s) and not s.ran(VERIFY_CUSTOMER_IDENTITY),
         ask_factors),
    Rule("new details", lambda s: _given(s) and not _must_prove(s), offer_change),
    Rule("asks for details", _asks, lambda s: Use(GET_CUSTOMER_PROFILE, {"customer_id": s.customer_id})),
    Rule("new e-mail address", lambda s: _wants(s, _ABOUT_EMAIL), ask_email),
    Rule("new phone number", lambda s: _wants(s, _ABOUT_PHONE), ask_phone),
)  # fmt: skip
