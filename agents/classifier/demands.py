"""How urgent a message sounds and how much work it looks like, starting from what its intent usually is."""

import re
from collections.abc import Collection

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
    r"\b(?:already|(?:have|has|'ve|we|i) (?:also |even )?tried(?! to (?:call|reach|contact))|"
    r"tried (?:that|this|it|every|all|two|three|again)|restarted|rebooted|reinstalled|replaced the|factory reset|"
    r"(?:re(?:start|boot|set|install)(?:ing)?|that|nothing|it) (?:did|does)(?:n'?t| not) (?:help|work|change|fix)|"
    r"(?:second|third|fourth|fifth) time|again and again|for (?:days|weeks|months))\b"
)
_EXPERT = re.compile(
    r"\b(?:apis?|webhooks?|endpoints?|integrations?|sdk|oauth|sso|saml|ldap|active directory|"
    r"vpn|dns|mx records?|dkim|spf|dmarc|firewall|vlans?|subnet|static ips?|port forwarding|nat|bgp|packet loss|mtu|"
    r"proxy|ssl|tls|certificates?|servers?|clusters?|nodes?|replicat(?:ion|es?|ing)|failover|databases?|"
    r"migrat(?:ion|e|ing)|load balancer|kubernetes|production|raid)\b"
)
"""Words that call for a specialist: software, networks, servers."""
_EVIDENCE = re.compile(
    r"\b(?:error|err|code|status|exception|fault)(?: code| no\.?| number)?[ :#]{1,3}(?:0x)?[a-z_-]{0,12}\d[\w-]*|"
    r"\b(?:0x[0-9a-f]{2,}|[45]\d\d (?:error|bad gateway|internal server|service unavailable|forbidden|unauthorized)|"
    r"e(?:conn|time|acces|nottound)[a-z]+|(?:http )?(?:429|50[0234]))\b|"
    r"\b\d\d:\d\d:\d\d\b[^\n]{0,40}\b(?:error|warn|fail|timeout)|\b(?:traceback|stack ?trace|segfault|timeout after)\b"
)
"""Error codes and lines of logs."""
_CHANGED = re.compile(
    r"\b(?:since|after|ever since) (?:(?:the|your|our|that|a|last|this|i|we|it|\w+'s) ){0,3}"
    r"(?:\w+ )?(?:updated?|upgraded?|maintenance|migration|migrated|patch|firmware|switch(?:ed)?|moved?|release)\b"
)
_MANY = re.compile(
    r"\b(?:all (?:of )?(?:our|the|my) (?:\w+ )?(?:offices|sites|users|employees|staff|customers|devices|branches|"
    r"accounts|machines)|whole (?:office|company|team)|(?:several|multiple|both|two|three|four|\d{2,}) "
    r"(?:\w+ )?(?:offices|sites|users|employees|people|locations|branches|devices|accounts))\b"
)
_SYSTEMS = re.compile(
    r"\b(?:(?P<line>internet|wi-?fi|wlan|broadband|connection|dsl|fib(?:re|er)|router|modem)|"
    r"(?P<mail>e-?mails?|mailbox|outlook|imap|smtp|thunderbird)|(?P<phone>sim|mobile|phone|handset|voip|landline)|"
    r"(?P<tv>tv|television|streaming|decoder|set-top)|(?P<backup>backups?|cloud|nas|storage)|(?P<app>apps?|portal|website)|"
    r"(?P<computer>laptop|computer|pc|mac|tablet|printer)|(?P<money>invoices?|bills?|billing|charged?|refund))\b"
)
"""What can have a problem, each by one name."""

TRIED, EXPERT, EXPERT_MORE, EVIDENCE, CHANGED = 0.15, 0.2, 0.1, 0.1, 0.1
MANY, SYSTEM_MORE, SECOND, LONG = 0.15, 0.05, 0.15, 0.1
"""What each of these adds; ``…_MORE`` each beside the first. A technical problem (0.5) that needs a specialist's words,
or that began with a change and was worked on in vain, reaches the 0.7 at which Tier 1 is the wrong place."""
MORE_COUNTED = 2
LONG_WORDS = 60
SECOND_CONCERN = 0.15
TEXT_LIMIT = 1_000
"""Characters; whoever writes more has reached ``LONG_WORDS`` anyway."""
UNKNOWN_COMPLEXITY = 0.3


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
    """0 (one look-up) to 1 (several systems and people), in hundredths.

    The intent's own complexity, plus: what the customer tried in vain; specialists' words, by their number; error codes
    and log lines; a change after which it began; many people or places; each system named beside the first; a second
    concern; length. ``second_concern`` is the probability of the next intent.

    >>> read_complexity("the app crashes", "technical_issue", 0.0)
    0.5
    >>> read_complexity("the app crashes when it calls your API, error code 503", "technical_issue", 0.0)
    0.8
    """
    lowered = text[:TEXT_LIMIT].lower().replace("\u2019", "'")
    complexity = INTENTS[intent].complexity if intent in INTENTS else UNKNOWN_COMPLEXITY
    complexity += TRIED * bool(_TRIED.search(lowered))
    terms = {match.group() for match in _EXPERT.finditer(lowered)}
    complexity += EXPERT * bool(terms) + EXPERT_MORE * _beside_first(terms)
    complexity += EVIDENCE * bool(_EVIDENCE.search(lowered))
    complexity += CHANGED * bool(_CHANGED.search(lowered))
    complexity += MANY * bool(_MANY.search(lowered))
    complexity += SYSTEM_MORE * _beside_first({match.lastgroup for match in _SYSTEMS.finditer(lowered)})
    complexity += SECOND * (second_concern >= SECOND_CONCERN)
    complexity += LONG * (len(lowered.split()) > LONG_WORDS)
    return round(min(1.0, complexity), 2)


def _beside_first(found: Collection[object]) -> int:
    return max(0, min(MORE_COUNTED, len(found) - 1))
