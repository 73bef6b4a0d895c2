"""Reading an answer: yes, no, or neither. A yes moves money, so whatever is hedged, conditional or mixed is no yes."""

import re
from typing import Literal

from domain.classification import Affirmation

Feedback = Literal["solved", "unsolved", "unclear"]

_POLITE = (
    r"(?:(?:thanks?|thank you|thx|hi|hello|hey|oh|ah|well|um+|uh+|hmm+|so|and|please|alright then|great|perfect|"
    r"wonderful|excellent|awesome|very much|a lot|danke|merci|gracias)\b[\s,.!:;-]*)*"
)
_STRONG_YES = (
    r"(?:yes|yeah|yea|yep|yup|ye|ya|yess+|aye|absolutely|definitely|certainly|of course|by all means|please do|"
    r"go ahead|go for it|do it|do that|do so|proceed|let'?s do (?:it|that)|i agree|agreed|i accept|accepted|i confirm|"
    r"confirmed|i do|i would|i'd (?:like|love) (?:that|it)|that would be (?:great|good|nice|fine|perfect|lovely)|"
    r"sounds (?:good|great|fine|perfect)|you may|you can do that|please (?:apply|credit|refund|investigate|check|fix) "
    r"(?:it|that|this|the)|ja|jawohl|gerne|einverstanden|oui|d'accord|bien s[uû]r|s[ií]|claro|vale|de acuerdo)"
)
_WEAK_YES = (
    r"(?:sure(?: thing)?|ok(?:ay)?|okey|k|fine|alright|all right|right|correct|exactly|true|perfect|great|good|super|"
    r"wonderful|excellent|awesome|cool|works for me|that'?s (?:fine|ok(?:ay)?|good|great|right|correct)|with pleasure)"
)
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
_NEGATION = re.compile(
    r"\b(?:no|not|never|nothing|none|neither|nor|stop|cancel|\w+n'?t|cannot|nope|nein|nicht|kein\w*)\b"
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
_THANKS = re.compile(
    r"\b(?:thanks?|thank you|thx|ty|tysm|cheers|appreciated?|great|perfect|awesome|excellent|wonderful)\b"
)

_BEGINS_STRONG = re.compile(rf"^{_POLITE}{_STRONG_YES}(?![\w'])")
_WEAK_ALONE = re.compile(
    rf"^{_POLITE}{_WEAK_YES}(?![\w'])(?:[\s,.!:;-]*(?:{_WEAK_YES}|thanks?|thank you|thx|please|then|with me|for me|"
    r"by me|to me|very much|a lot|that works|"
    r"(?:please )?(?:apply|do|make|book|send|credit|refund|issue|investigate|check)\b.*))*[\s.!]*$"
)
_BEGINS_NO = re.compile(rf"^{_POLITE}{_NO}(?![\w'])")
_SAYS_YES = re.compile(rf"(?<![\w']){_STRONG_YES}(?![\w'])")
_ASKED_BACK = re.compile(r"^\W*\w+(?: \w+)?\s*\?")
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
        return "no" if not _SAYS_YES.search(plain) else "unclear"
    if refusal := _BEGINS_NO.search(plain):
        rest = plain[refusal.end() :]
        return "unclear" if _SAYS_YES.search(rest) or _HEDGE.search(rest) else "no"
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
    return read_affirmation(text) == "no" or (closes(text) and not _SAYS_YES.search(_plain(text)))


def closes(text: str) -> bool:
    """Whether the customer ends the conversation: nothing else, goodbye."""
    plain = _plain(text)
    return bool(_CLOSING.search(plain) or _GOODBYE.search(plain))


def _agrees(plain: str) -> bool:
    if _LOOK.search(plain):
        # "Yes, please investigate" asks for a look, and agrees to nothing that comes after it.
        return False
    if _HEDGE.search(plain) or _NEGATION.search(plain) or _ASKED_BACK.search(plain):
        return False
    if _BEGINS_STRONG.search(plain):
        return True
    if "?" in plain:
        return False
    short = len(plain.split()) <= _WEAK_LIMIT
    return short and bool(_WEAK_ALONE.search(plain) or _SAYS_YES.search(plain))


def _plain(text: str) -> str:
    lowered = " ".join(text[:_TEXT_LIMIT].lower().replace("\u2019", "'").split())
    return _HARMLESS_NO.sub("", lowered).strip(" \"'()[]")
