"""How urgent a message sounds and how much work it looks like, starting from what its intent usually is."""

import re

from domain.classification import Urgency
from domain.intents import INTENTS

_LADDER = list(Urgency)
_PRESSING = re.compile(
    r"\b(?:urgent(?:ly)?|asap|immediately|emergency|right (?:now|away)|at once|as soon as possible|critical|deadline|"
    r"today|can'?t wait|can(?:no|')t work|losing (?:money|customers|business)|hospital|life|production (?:is )?down|"
    r"dringend|sofort|urgente|tout de suite)\b"
)
_UNHURRIED = re.compile(r"\b(?:no (?:rush|hurry)|not urgent|whenever|when you have time|just wondering|just curious)\b")
_TRIED = re.compile(
    r"\b(?:already|tried|restart(?:ed)?|reboot(?:ed)?|reset|reinstall(?:ed)?|third time|again and again|"
    r"for (?:days|weeks))\b"
)
_INVOLVED = re.compile(
    r"\b(?:integration|api|webhook|servers?|production|vpn|dns|mx records?|migration|database|firewall|sso|saml|"
    r"cluster|static ip|all (?:our|of our)|whole (?:office|company)|offices|contract and|both)\b"
)
_LONG = 60
"""Words."""


def read_urgency(text: str, intent: str) -> Urgency:
    """The intent's usual urgency, a step up if the text presses, a step down if it says there is no hurry."""
    lowered = text.lower()
    usual = INTENTS[intent].urgency if intent in INTENTS else Urgency.MEDIUM
    if _UNHURRIED.search(lowered):
        return _LADDER[max(0, _LADDER.index(usual) - 1)]
    if _PRESSING.search(lowered):
        return _LADDER[min(len(_LADDER) - 1, _LADDER.index(usual) + 1)]
    return usual


def read_complexity(text: str, intent: str, second_concern: float) -> float:
    """0 (one look-up) to 1 (several systems and people). ``second_concern`` is the probability of the next intent."""
    lowered = text.lower()
    complexity = INTENTS[intent].complexity if intent in INTENTS else 0.3
    complexity += 0.15 * bool(_TRIED.search(lowered))
    complexity += 0.2 * bool(_INVOLVED.search(lowered))
    complexity += 0.1 * (len(lowered.split()) > _LONG)
    complexity += 0.15 * (second_concern >= 0.15)
    return round(min(1.0, complexity), 2)
