"""What every agent does alike: hand over to a person, say who it is, admit what it cannot do, say goodbye."""

import re

from agents.playbook.asking import affirmed, asks_to
from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, DID_IT_HELP, OFFER_PERSON, named
from agents.playbook.situation import Situation, ToolResult
from domain.errors import AnswerUnreadable
from domain.escalation import triggers_of
from domain.intents import Family, family_of
from domain.toolbox import resolve
from domain.toolbox.compliance import AUDIT_LOG_ACTION
from domain.toolbox.crm import UPDATE_CUSTOMER_NOTES
from domain.toolbox.customer import VERIFY_CUSTOMER_IDENTITY
from domain.toolbox.tickets import SEND_CUSTOMER_NOTIFICATION, UPDATE_TICKET_STATUS
from domain.tools import SideEffect
from domain.triggers import Trigger

_WHO_ARE_YOU = re.compile(
    r"\b(?:are|r) (?:you|u) (?:a |an |really |actually |even )*(?:bot|robot|human|person|machine|ai|real|computer|"
    r"program|alive)\b|\b(?:am i|i'm) (?:talking|speaking|chatting|writing) (?:to|with) (?:a |an )?(?:bot|robot|"
    r"human|person|"
    r"machine|ai|computer|real)|\bwho (?:are you|am i (?:talking|speaking))|\bwhat are you\b|\bis this a (?:bot|"
    r"robot)\b",
    re.IGNORECASE,
)
_THE_ANSWER = (
    r"(?:(?:that|this|it|them)\b(?! (?:is|was|came|says?|said|are))|everything\b|a (?:copy|summary)\b|"
    r"the (?:steps|link|details|instructions|summary|answer|confirmation)\b)"
)
_SEND_ME = asks_to(
    rf"(?:(?:send|forward)(?: me| us)?(?: \w+){{0,2}}|(?:e-?mail|mail|text|sms)(?: me| us)?(?: just| all(?: of)?)?) "
    rf"{_THE_ANSWER}|send me (?:an? )?(?:e-?mail|text|sms)\b"
)
_CALL_ME = re.compile(
    r"\b(?:call|phone|ring) me\b|\bcall(?: ?-?me)?[ -]?backs?\b|\bgive me a (?:call|ring)\b|\bget a call\b",
    re.IGNORECASE,
)
_BY_TEXT = re.compile(r"\b(?:text|sms|phone|mobile)\b", re.IGNORECASE)
_LATER = re.compile(
    r"^\W*(?:(?:ok|okay|thanks|thank you|alright|sure|great)\W+)*"
    r"(?:i'?ll|i will|let me|i'm going to|give me|i need) (?:try|check|do|test|look|see|come back|get back|"
    r"have a look|a minute|"
    r"a moment|some time|think)\b",
    re.IGNORECASE,
)
BARE_NO = re.compile(r"^\W*no(?:pe)?(?:\W+(?:thanks|thank you))?\W*$", re.IGNORECASE)
_PERSON_IN = {
    "de": "Soll ich eine Kollegin oder einen Kollegen dazuholen?",
    "es": "¿Quiere que le pase con un compañero?",
    "fr": "Voulez-vous que je fasse venir un collègue ?",
}
_ONLY_ENGLISH = {
    "de": "Ich bin der Offline-Assistent und kann leider nur auf Englisch antworten.",
    "es": "Soy el asistente sin conexión y, por desgracia, solo puedo responder en inglés.",
    "fr": "Je suis l'assistant hors ligne et je ne peux malheureusement répondre qu'en anglais.",
}
OUTCOME_UNKNOWN = frozenset({AnswerUnreadable.type, "unknown", "TimeoutError"})
"""Error types of a run that may have been done all the same: its answer could not be read, or its end was not seen
(the last two are the engine's own words for that)."""
_BESIDE = frozenset(
    tool.name for tool in (VERIFY_CUSTOMER_IDENTITY, UPDATE_TICKET_STATUS, UPDATE_CUSTOMER_NOTES, AUDIT_LOG_ACTION)
)
"""Written down beside what the customer wants; whether they were is nothing to tell."""
_BRIEF = 12
"""Words. "I'll try that" in a longer text comes with something to answer."""
NOTE_LIMIT = 900
FAILED_TRIES = 2
"""After so many of its own an agent hands on, or offers a person, instead of a third; the engine does at three."""
SURE_TO_ASK = 0.8
"""Unsure how to help, but sure that the question is right. Below the agents' floor nobody would get to hear it: the
conversation would change hands instead."""


def hand_over(situation: Situation) -> Move:
    return Say(
        f"Of course{named(situation)}. I've asked one of my colleagues to join. "
        "They will see everything we've written, so you won't have to repeat yourself.",
        outcome="wants_person",
        confidence=1.0,
        reason="The customer wants to talk to a person.",
    )


def introduce(_situation: Situation) -> Move:
    return Say(
        "I'm the offline assistant: a program that works by written rules, with our customer records and help "
        "articles. I'm not a person and not a large language model. I can look into bills, explain how things work "
        "and walk you through fixes; for anything else I can bring in a colleague. What can I do for you?",
        confidence=1.0,
    )


def admit_language(situation: Situation) -> Move:
    language = situation.context.language
    known = f"{_ONLY_ENGLISH.get(language, '')} {_PERSON_IN.get(language, '')}".strip()
    return Say(known or f"I'm the offline assistant and can only answer in English, I'm sorry. {OFFER_PERSON}")


def accept_no_person(situation: Situation) -> Move:
    return Say(f"All right{named(situation)}. Is there anything else {ANYTHING_ELSE}")


def farewell(situation: Situation) -> Move:
    sorted_out = situation.context.resolution == "offered"
    lead = "I'm glad that's sorted" if sorted_out else "All right"
    return Say(
        f"{lead}{named(situation)}. Thank you for getting in touch!",
        outcome="resolution_confirmed",
        confidence=1.0,
    )


def bid_goodbye(situation: Situation) -> Move:
    """All is said and the survey is asked: a kind word that opens nothing again."""
    return Say(f"You're welcome{named(situation)}. Have a good day!", outcome="resolution_confirmed", confidence=1.0)


def welcome(situation: Situation) -> Move:
    return Say(f"You're welcome{named(situation)}! Is there anything else {ANYTHING_ELSE}")


def take_time(situation: Situation) -> Move:
    return Say(
        f"Take your time{named(situation)}. Just write here when you know whether it worked.", "resolution_offered"
    )


def offer_person(situation: Situation) -> Move:
    return Say(
        f"I'm sorry{named(situation)}, I've tried what I know and don't want to waste your time with more of the same. "
        f"A colleague can look deeper. {OFFER_PERSON}",
        confidence=SURE_TO_ASK,
        reason="Two tries did not help.",
    )


def bring_in_deeper(situation: Situation) -> Move:
    """A technical matter has somebody above who knows more: no need to ask whether they may."""
    return Say(
        f"I'm sorry{named(situation)}, what I know hasn't helped, and I don't want to waste your time with more of the "
        "same. I'm bringing in somebody who can look deeper.",
        outcome="cannot_help",
        reason="Two tries did not help.",
    )


def hand_on_call(situation: Situation) -> Move:
    """Calls are arranged by the supervisor; that this agent is not the one to ask makes it unsure of its reply."""
    return Say(
        f"Of course{named(situation)}. I'm bringing in the one who arranges our calls.",
        confidence=0.5,
        reason="The customer wants to be called back.",
    )


def give_up(situation: Situation) -> Move:
    """A tool this agent depends on was refused or is away, and no rule knows a way around it."""
    return Say(
        f"I'm sorry{named(situation)}, I can't get at the information I need right now, and I don't want to guess. "
        "I've asked a colleague to look into it; they will see everything we've written.",
        outcome="cannot_help",
        confidence=0.4,
        reason=_failure(situation),
    )


def admit_unseen(situation: Situation) -> Move:
    """Neither done nor not done: to repeat it could do it twice."""
    unseen = _unseen_effect(situation)
    assert unseen is not None, "the rule has looked"
    return Say(
        f"I'm sorry{named(situation)}, I asked our system to do that, but I can't see whether it was done. Please "
        "don't try it again for now, so that it isn't done twice: I've asked a colleague to check, and they will tell "
        "you how it stands.",
        outcome="cannot_help",
        # Another technical tier would be tried first otherwise, and could only say the same.
        because=Trigger.APPROVAL_NEEDED if _technical(situation) and _may_ask_approval(situation) else None,
        confidence=0.9,
        reason=f"Whether {unseen.tool} was done is not known: {unseen.error_type}. A person has to look.",
    )


def who_is_it(_situation: Situation) -> Move:
    return Say(
        "I'm sorry, I can't find your account, so I can't look into this myself. "
        "I've asked a colleague to help you; they will see everything we've written.",
        outcome="cannot_help",
        confidence=0.4,
        reason="The customer is unknown.",
    )


def _failure(situation: Situation) -> str:
    failed = [f"{result.tool}: {result.error_type}" for result in situation.results if not result.ok]
    return f"Tools failed ({', '.join(failed)})." if failed else "Nothing fits."


def _unseen_effect(situation: Situation) -> ToolResult | None:
    """The latest run of something that the customer wanted done, if its outcome is not known."""
    return next((result for result in reversed(situation.results) if _is_unseen(result)), None)


def _is_unseen(result: ToolResult) -> bool:
    tool = resolve(result.tool)
    effect = tool is not None and tool.policy.side_effect is not SideEffect.NONE and tool.name not in _BESIDE
    return effect and not result.ok and result.error_type in OUTCOME_UNKNOWN


def _may_ask_approval(situation: Situation) -> bool:
    return Trigger.APPROVAL_NEEDED in triggers_of(situation.context.agent)


def wants_person(situation: Situation) -> bool:
    return situation.intent == "human_request" and not _WHO_ARE_YOU.search(situation.said)


def person_offered(situation: Situation) -> bool:
    return situation.replied.endswith((OFFER_PERSON, *_PERSON_IN.values()))


def nothing_found(situation: Situation) -> bool:
    return not situation.context.intent or situation.intent == "unknown"


def solved(situation: Situation) -> bool:
    """The customer confirms: after the question whether it helped any thanks will do, else it must be said outright."""
    if situation.results or situation.context.offer:
        return False
    return situation.context.resolution == "offered" and situation.feedback == "solved"


def _leaves(situation: Situation) -> bool:
    if not situation.replied or situation.results or situation.context.offer:
        return False
    nothing_more = situation.context.affirmation == "no" and situation.replied.endswith(ANYTHING_ELSE)
    return nothing_more or situation.closes


def _after_the_end(situation: Situation) -> bool:
    if situation.context.resolution != "resolved" or situation.results:
        return False
    return situation.feedback == "solved" or situation.closes or bool(BARE_NO.match(situation.said))


def _only_thanks(situation: Situation) -> bool:
    if situation.results or situation.context.offer:
        return False
    return situation.intent == "thanks" or (bool(situation.replied) and situation.said.lower().startswith("thank"))


def _send_wanted(situation: Situation) -> bool:
    asked = bool(_SEND_ME.search(affirmed(situation.said))) and bool(situation.replied) and not situation.context.offer
    return asked and situation.can(SEND_CUSTOMER_NOTIFICATION) and not situation.results


def _send_reply(situation: Situation) -> Move:
    """The last answer, to the address on file: never the customer's own words."""
    channel = "sms" if _BY_TEXT.search(situation.said) else "email"
    return Use(
        SEND_CUSTOMER_NOTIFICATION,
        {
            "customer_id": situation.customer_id,
            "message": situation.replied[:NOTE_LIMIT],
            "channel": channel,
            "subject": "What we talked about",
        },
    )


def _tell_sent(situation: Situation) -> Move:
    queued = situation.result(SEND_CUSTOMER_NOTIFICATION)
    if queued is None:
        return Say(f"I'm sorry, I couldn't send that just now. {OFFER_PERSON}", confidence=SURE_TO_ASK)
    how = "a text message" if queued.channel == "sms" else "an e-mail"
    return Say(f"Done: I've sent {how} to {queued.recipient}. {DID_IT_HELP}", outcome="resolution_offered")


def _comes_back(situation: Situation) -> bool:
    brief = len(situation.said.split()) <= _BRIEF and "?" not in situation.said
    return brief and bool(situation.replied and _LATER.search(situation.said)) and not situation.results


def _pause_ticket(situation: Situation) -> Move:
    return Use(
        UPDATE_TICKET_STATUS,
        {
            "ticket_id": situation.context.ticket_id,
            "status": "pending_customer",
            "note": "The customer tries the proposed steps and comes back.",
        },
    )


def _tried_enough(situation: Situation) -> bool:
    again = situation.context.resolution == "unresolved" or situation.feedback == "unsolved"
    return again and situation.context.own_failures >= FAILED_TRIES


def _technical(situation: Situation) -> bool:
    return family_of(situation.intent) is Family.TECHNICAL


def wants_call(situation: Situation) -> bool:
    asked = bool(_CALL_ME.search(affirmed(situation.said)))
    return asked and not situation.results and not situation.context.offer


OUTCOME_UNSEEN = Rule("effect with unknown outcome", lambda s: _unseen_effect(s) is not None, admit_unseen)
"""Before every rule about a refusal: those say that nothing was changed."""

PERSON = (
    Rule("agreed to a person", lambda s: person_offered(s) and s.agreed, hand_over),
    Rule("wants a person", wants_person, hand_over),
)
"""First of all: nobody is kept from a person."""

TRIED_ENOUGH = Rule("tried enough", _tried_enough, lambda s: bring_in_deeper(s) if _technical(s) else offer_person(s))

WANTS_CALL = Rule("wants to be called back", wants_call, hand_on_call)
"""Before ``MANNERS``, for agents that cannot arrange calls: a call is no wish for somebody here and now."""

CONDUCT = (
    *PERSON,
    Rule("asks who we are", lambda s: bool(_WHO_ARE_YOU.search(s.said)) and not s.results, introduce),
    Rule(
        "writes in another language",
        lambda s: s.context.language != "en" and nothing_found(s) and not s.results,
        admit_language,
    ),
)

MANNERS = (OUTCOME_UNSEEN, *CONDUCT)

ENDINGS = (
    Rule("the message was sent", lambda s: s.ran(SEND_CUSTOMER_NOTIFICATION), _tell_sent),
    Rule("send me that", _send_wanted, _send_reply),
    Rule("the ticket waits", lambda s: s.ran(UPDATE_TICKET_STATUS), take_time),
    Rule("comes back later", lambda s: _comes_back(s) and bool(s.context.ticket_id) and s.can(UPDATE_TICKET_STATUS),
         _pause_ticket),
    Rule("after the end", _after_the_end, bid_goodbye),
    Rule("solved", solved, farewell),
    Rule("declined a person", lambda s: person_offered(s) and s.context.affirmation == "no", accept_no_person),
    Rule("leaves", _leaves, farewell),
    Rule("thanks", _only_thanks, welcome),
)  # fmt: skip
