"""A new password: a code to set one goes to the address on file, so it is safe for whoever asks."""

import re

from agents.playbook.asking import affirmed, asks_to
from agents.playbook.manners import SURE_TO_ASK
from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.phrases import DID_IT_HELP, OFFER_PERSON, named, started
from agents.playbook.situation import Situation
from domain.toolbox.crm import RESET_PASSWORD, PasswordResetSent

CODE_SENT = "a code to set a new password"
_FORGOTTEN = re.compile(
    r"\b(?:forg[eo]t\w*|lost)\b(?: \w+){0,3} passwords?\b|\bpasswords?\b(?: \w+){0,2} (?:forgotten|lost)\b",
    re.IGNORECASE,
)
_CANNOT_REMEMBER = re.compile(
    r"\b(?:don'?t|do not|can'?t|cannot|can not|no longer)(?: \w+)? (?:remember|recall|know)\b"
    r"(?: \w+){0,3} passwords?\b",
    re.IGNORECASE,
)
_ASKED_FOR = asks_to(
    r"(?:reset|renew)(?: \w+){0,3} passwords?\b|(?:send|give|get|text|e-?mail|mail|issue|have|set)(?: \w+){0,4} "
    r"(?:passwords?|reset code)\b"
)
_NEEDED = re.compile(
    r"\bi(?:'d like| would like| want| need) (?:an?|my|another|the)(?: new| other)? (?:password|reset code)\b|"
    r"^\W*(?:a |the )?(?:new password|password reset|reset code)\b(?:,? please)?\W*$",
    re.IGNORECASE,
)
_DONE = re.compile(r"\b(?:yesterday|already|ago|earlier|last (?:night|week|month)|this morning)\b", re.IGNORECASE)
"""With this "reset my password" tells what the customer did themselves."""
_ASKS_HOW = re.compile(r"^\W*(?:how|where|what)\b", re.IGNORECASE)
_NOT_ARRIVED = re.compile(
    r"\b(?:did|does|has|have)(?: not|n'?t) (?:\w+ )?(?:arrive\w*|come|get|got|receive\w*|see)\b|\bno (?:code|e-?mail|"
    r"mail|message)\b|\b(?:again|resend|once more|another code)\b",
    re.IGNORECASE,
)
_BY_TEXT = re.compile(r"\b(?:text|sms|phone|mobile)\b", re.IGNORECASE)


def send_code(situation: Situation) -> Move:
    """By text if the customer says so, or if the e-mail did not arrive."""
    by_text = bool(_BY_TEXT.search(situation.said)) or ("by e-mail" in situation.replied and _after_code(situation))
    return Use(RESET_PASSWORD, {"customer_id": situation.customer_id, "channel": "sms" if by_text else "email"})


def tell_sent(situation: Situation) -> Move:
    sent: PasswordResetSent = situation.result(RESET_PASSWORD)
    how = "text message" if sent.channel == "sms" else "e-mail"
    lead = started(situation, f"I've sent {CODE_SENT} to {sent.recipient}, by {how}.")
    return Say(
        f"{lead} It is valid until {sent.expires_at:%H:%M} UTC; if you don't see it, look in the spam folder. Choose "
        f"at least 12 characters. We never ask you for the code or the password. {DID_IT_HELP}",
        outcome="resolution_offered",
        confidence=0.95,
    )


def explain_not_sent(situation: Situation) -> Move:
    refusal = situation.refusal(RESET_PASSWORD)
    known = {
        "too-many-attempts": "several codes were sent within a day already, so no other one goes out before tomorrow. "
        "Please look for them, also in the spam folder",
        "not-possible": "this account is closed, so nobody can sign in to it any more",
    }
    why = known.get(refusal.error_type if refusal else "", "our system couldn't send a code just now")
    return Say(f"I'm sorry{named(situation)}, {why}. {OFFER_PERSON}", confidence=SURE_TO_ASK)


def _wants_code(situation: Situation) -> bool:
    if situation.intent != "account_access_issue" or _ASKS_HOW.search(situation.said):
        return False
    words = affirmed(situation.said)
    asks = bool(_ASKED_FOR.search(words) or _NEEDED.search(words)) and not _DONE.search(words)
    return asks or bool(_FORGOTTEN.search(words) or _CANNOT_REMEMBER.search(situation.said))


def _after_code(situation: Situation) -> bool:
    """The code we sent is not there, or should come another way."""
    sent = CODE_SENT in situation.replied
    return sent and bool(_NOT_ARRIVED.search(situation.said) or _BY_TEXT.search(situation.said))


def _may_send(situation: Situation) -> bool:
    return situation.can(RESET_PASSWORD) and not situation.results


RULES = (
    Rule("code sent", lambda s: s.result(RESET_PASSWORD) is not None, tell_sent),
    Rule("code not sent", lambda s: s.refusal(RESET_PASSWORD) is not None, explain_not_sent),
    Rule("the code is not there", lambda s: _after_code(s) and _may_send(s), send_code),
    Rule("wants a new password", lambda s: _wants_code(s) and _may_send(s), send_code),
)
