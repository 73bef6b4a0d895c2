"""Reading an answer: yes, no, or neither. A yes moves money, so it is one only if every word of the text is known to
change nothing: a number, a day, a card, a condition, a question or any word not listed here makes it unclear."""

import re
import unicodedata
from typing import Literal

from domain.classification import Affirmation

Feedback = Literal["solved", "unsolved", "unclear"]


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_POLITE = (
    r"(?:(?:thanks?|thank you|thx|hi|hello|hey|oh|ah|well|um+|uh+|hmm+|so|and|please|alright then|great|perfect|"
    r"wonderful|excellent|awesome|very much|a lot|danke|merci|gracias)\b[\s,.!:;-]*)*"
)
_STRONG_YES = (
    r"(?:yes|yeah|yea|yep|yup|ye|ya|yess+|aye|absolutely|definitely|certainly|of course|by all means|please do|"
    r"go ahead|go for it|do it|do that|do so|proceed|let'?s do (?:it|that)|i agree|i accept|i confirm|"
    r"(?:i'd|i would) (?:like|love) (?:that|it)|that would be (?:great|good|nice|fine|perfect|lovely)|"
    r"sounds (?:good|great|fine|perfect)|you may|you can do that|please (?:apply|credit|refund|order|book|send) "
    r"(?:it|that|this|the)|ja|jawohl|gerne?|einverstanden|oui|d'accord|bien s[uû]r|volontiers|s[iíì]|claro|vale|"
    r"de acuerdo)"
)
_CURT_YES = r"(?:i do|i would|i am|agreed|accepted|confirmed)"
"""A yes only by itself: more often it begins a sentence about something else ("I would like to know")."""
_WEAK_YES = (
    r"(?:sure(?: thing)?|ok(?:ay)?|okey|k|fine|alright|all right|right|correct|exactly|true|perfect|great|good|super|"
    r"wonderful|excellent|awesome|cool|works for me|that'?s (?:fine|ok(?:ay)?|good|great|right|correct)|with pleasure)"
)
_COURTEOUS = _words(
    "thanks thx ty cheers please pls plz kindly indeed then now asap very much so a lot many hi hello hey oh "
    "ah well um uh hmm and great perfect wonderful excellent awesome lovely brilliant good nice fine cool super happy "
    "bitte danke schön sehr merci beaucoup s'il vous te plaît plait gracias muchas por favor grazie per favore"
)
_ASSENTS = _words(
    "yes yeah yea yep yup ye ya aye absolutely definitely certainly sure thing ok okay okey k alright "
    "right correct exactly true ahead go proceed continue do agree agreed sounds pleasure "
    "it that that's thats this the ja jawohl gerne gern einverstanden klar natürlich mach machen sie das es oui "
    "d'accord bien sûr volontiers allez-y faites-le parfait sí si sì claro vale de acuerdo adelante hazlo hágalo "
    "perfecto certo"
)
_ACTS = _words(
    "apply credit refund order book charge pay payment send make issue schedule arrange open set up process "
    "place take complete try change reset withdraw call callback dispute plan quote draw visit technician "
    "appointment code password approval duplicate account"
)
_SENTENCES = _words(
    "you with by for me us to i i'd i'm we we'd am is it's would be like love want to can my your let's lets "
    "accept confirm confirmed accepted helpful kind best that'd that'll helps helped solved worked"
)
_AFTER_WEAK = _COURTEOUS | _ASSENTS | _ACTS
_AFTER_STRONG = _AFTER_WEAK | _SENTENCES
_PHRASES = re.compile(
    r"\b(?:of course|thank you|(?:with|by|for) (?:me|us)|all right|that will be|that works|works for me|right away|"
    r"straight away|at once|"
    r"as soon as (?:possible|you can)|(?:it|that) (?:did|does)|you may|ask for (?:it|that|(?:the )?approval)|"
    r"(?:pay|give|send) (?:(?:it|that|me) )?(?:back|out))\b"
)
"""Harmless together, not each word by itself: "all of it" is another amount."""
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_HARMLESS_SIGNS = re.compile(r"[\s,.!:;()\"'*~\u2013\u2014\u2026\ufe0f\U0001f3fb-\U0001f3ff👍👌✅🙏😊🙂😀😃😄🎉❤-]*")
_NO = (
    r"(?:no|nope|nah|naw|never|not really|not now|not today|not yet|not at all|not necessary|not interested|"
    r"absolutely not|of course not|certainly not|no way|rather not|i'?d rather not|i do not|"
    r"i don'?t (?:want|need|agree|think|accept)|don'?t(?: do (?:it|that))?|do not(?: do (?:it|that))?|please don'?t|"
    r"never ?mind|leave it|forget it|stop|"
    r"nein|nee|nicht|non|nunca|tampoco)"
)
_HARMLESS_NO = re.compile(r"\b(?:no problem|no worries|not a problem|why not|no doubt|no objections?)\b")
_HEDGE = re.compile(
    r"\b(?:but|except|unless|if|whether|wait|hold on|instead|rather|however|although|though|maybe|perhaps|possibly|"
    r"probably|depends|only|first|before|until|later|other|another|different|not sure|unsure|don'?t know|no idea|"
    r"i guess|in case|provided|or|aber|wenn|vielleicht|mais|peut-[eê]tre|pero|quiz[aá]s?)\b"
)
_CLOSING = re.compile(
    r"\b(?:that'?s|that is|that was|that will be|that'?ll be) (?:all|it|everything)\b|\bnothing (?:else|more)\b|"
    r"\bno (?:more|further|other) questions?\b|\bi'?m (?:all )?(?:good|done|fine|happy)\b"
)
_GOODBYE = re.compile(
    r"\b(?:bye|goodbye|good night|see you|have a (?:nice|good|great|lovely) (?:day|evening|one|weekend))\b"
)
_LOOK = re.compile(
    r"\b(?:investigate|look (?:into|at|it up)|check|review|explain|verify|find out|(?:tell|show) me|walk me through)\b"
)
_UNSOLVED = re.compile(
    r"\b(?:did|does|do|is|was|has|have|had|are|will|would|can|could)(?: not|n'?t)(?: \w+){0,2} "
    r"(?:help\w*|work\w*|solve\w*|fix\w*|do anything|change anything|change|useful|resolved|sorted)\b|"
    r"\bnot (?:helpful|working|solved|fixed|resolved|sorted|really|it|what i)\b|\bcan(?:no|')t (?:find|see|do|open)\b|"
    r"\bstill (?:the same|not|no|broken|down|doesn'?t|does not|can'?t|cannot|isn'?t|won'?t|have|happen\w*|get\w*)\b|"
    r"\bsame (?:problem|issue|error|thing|result)\b|\bno (?:luck|change|difference|effect)\b|"
    r"\balready (?:tried|did|done)\b|\btried (?:that|this|it|all)\b|\buseless\b|\bdidn'?t\b|\bit doesn'?t\b|\bstill\b$"
)
_SOLVED = re.compile(
    r"\b(?:it|that|this|everything|all|they|now)(?:'?s| is| has)? (?:been )?(?:really |all |finally |now )*"
    r"(?:work(?:s|ed|ing)|help(?:s|ed|ful)|solved|fixed|resolved|sorted|good|fine|back|clear|did the trick|did it|"
    r"great|perfect|answers?|answered)\b|\b(?:solved|fixed|resolved|sorted|problem gone|"
    r"i'?m in|i got in|got it|makes sense|understood|works|worked|all good|very helpful|helpful|did the trick)\b"
)
_OUTCOME = re.compile(r"\b(?:helps|helped|solved|worked|did)\b")
_THANKS = re.compile(
    r"\b(?:thanks?|thank you|thx|ty|tysm|cheers|appreciated?|great|perfect|awesome|excellent|wonderful)\b"
)

_TERMS = re.compile(
    r"[\d$€£%½¼¾]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|once|twice|both|half|halves|"
    r"part|parts|partly|quarter|third|rest|some|most|more|less|fewer|all of|instal?lments?|monthly|weekly|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|august|september|"
    r"october|november|december|(?:next|this|in a|per|every) (?:\w+ )?(?:week|month|year|day)|today|tomorrow|tonight|"
    r"later|earlier|sooner|morning|afternoon|evening|weekend|next|cards?|mastercard|visa|amex|american express|paypal|"
    r"apple pay|google pay|bank|debit|cash|che(?:que|ck)|transfer|voucher|instead|only)\b"
)
"""What gives an answer terms of its own. It need not be complete: it never decides what is a yes, only how to ask back.
"""
_QUESTION = re.compile(
    r"\?|\b(?:how|what|what's|when|where|why|which|who|whom|whose|is it|is that|are there|can you|can i|may i|"
    r"do i|do you|will i|does it)\b"
)

_BEGINS_STRONG = re.compile(rf"^{_POLITE}{_STRONG_YES}(?![\w'])")
_BEGINS_CURT = re.compile(rf"^{_POLITE}{_CURT_YES}(?![\w'])")
_BEGINS_WEAK = re.compile(rf"^{_POLITE}{_WEAK_YES}(?![\w'])")
_BEGINS_NO = re.compile(rf"^{_POLITE}{_NO}(?![\w'])")
_NAMES_YES = re.compile(rf"(?<![\w']){_STRONG_YES}(?![\w'])")
"""Beside a no: then it is neither. A yes is never looked for inside a text."""
_WEAK_LIMIT = 7
"""Words. "Fine" in a longer text says how something is, not that somebody may act."""
_ANSWER_LIMIT = 30
_TEXT_LIMIT = 600


def read_affirmation(text: str) -> Affirmation:
    """Whether the text agrees or declines, as an answer to a question.

    >>> [read_affirmation(text) for text in ("Sure, go ahead", "no thanks", "yes but not that one")]
    ['yes', 'no', 'unclear']
    """
    plain = _plain(text)
    if plain in {"👍", "✅", "👌"}:
        return "yes"
    if plain in {"👎", "❌"}:
        return "no"
    if not plain or len(plain.split()) > _ANSWER_LIMIT or _CLOSING.search(plain):
        return "unclear"
    if _UNSOLVED.search(plain):
        return "no" if not _NAMES_YES.search(plain) else "unclear"
    if refusal := _BEGINS_NO.search(plain):
        rest = plain[refusal.end() :]
        return "unclear" if _NAMES_YES.search(rest) or _HEDGE.search(rest) else "no"
    return "yes" if _agrees(plain) else "unclear"


def read_feedback(text: str) -> Feedback:
    """Whether what was proposed as a solution helped. Thanks and a goodbye count as solved.

    >>> [read_feedback(text) for text in ("it works now, thanks", "that didn't help", "what about Tuesday?")]
    ['solved', 'unsolved', 'unclear']
    """
    plain = _plain(text)
    if _UNSOLVED.search(plain):
        return "unsolved"
    if _CLOSING.search(plain):
        return "solved"
    affirmation = read_affirmation(text)
    if affirmation != "unclear":
        return "solved" if affirmation == "yes" else "unsolved"
    if "?" in plain or _HEDGE.search(plain):
        return "unclear"
    return "solved" if _SOLVED.search(plain) or _THANKS.search(plain) else "unclear"


def declines(text: str) -> bool:
    """Whether an offer is turned down: a plain no, or a goodbye without a yes."""
    return read_affirmation(text) == "no" or (closes(text) and not _NAMES_YES.search(_plain(text)))


def closes(text: str) -> bool:
    """Whether the customer ends the conversation: nothing else, goodbye."""
    plain = _plain(text)
    return bool(_CLOSING.search(plain) or _GOODBYE.search(plain))


def changes_terms(text: str) -> bool:
    """Whether the text takes an offer with terms of its own: another amount, number, day, way to pay.

    >>> [changes_terms(text) for text in ("Yes, half of it", "yes please", "yes, what does the first one cost?")]
    [True, False, False]
    """
    plain = _plain(text)
    if read_affirmation(text) != "unclear":
        return False
    begins = any(answer.search(plain) for answer in (_BEGINS_STRONG, _BEGINS_CURT, _BEGINS_WEAK))
    return begins and bool(_TERMS.search(plain)) and not _QUESTION.search(plain) and not _LOOK.search(plain)


def tells_outcome(text: str) -> bool:
    """Whether the text says that something helped, which is no yes to anything new.

    >>> [tells_outcome(text) for text in ("Yes, that solved it", "Yes please")]
    [True, False]
    """
    return bool(_OUTCOME.search(_plain(text)))


def _agrees(plain: str) -> bool:
    """Something that means yes, and behind it no word but those that change nothing."""
    if _QUESTION.search(plain) or _LOOK.search(plain) or _HARMLESS_SIGNS.sub("", _WORD.sub("", plain)):
        # "Yes, please investigate" asks for a look, and agrees to nothing that comes after it.
        return False
    if strong := _BEGINS_STRONG.search(plain):
        return _holds_only(plain[strong.end() :], _AFTER_STRONG)
    if curt := _BEGINS_CURT.search(plain):
        return _holds_only(plain[curt.end() :], _COURTEOUS)
    weak = _BEGINS_WEAK.search(plain)
    return weak is not None and len(plain.split()) <= _WEAK_LIMIT and _holds_only(plain[weak.end() :], _AFTER_WEAK)


def _holds_only(rest: str, known: frozenset[str]) -> bool:
    return all(re.fullmatch("yes+", word) or word in known for word in _WORD.findall(_PHRASES.sub(" ", rest)))


def _plain(text: str) -> str:
    lowered = " ".join(unicodedata.normalize("NFKC", text[:_TEXT_LIMIT]).lower().replace("\u2019", "'").split())
    return _HARMLESS_NO.sub("", lowered).strip(" \"'()[]").lstrip(",.;:!- ")
