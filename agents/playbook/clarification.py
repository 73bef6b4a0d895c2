"""One question that finds out what the customer wants, built from what the classifier considers."""

from agents.playbook.manners import MANNERS, SURE_TO_ASK
from agents.playbook.moves import Move, Rule, Say
from agents.playbook.phrases import OFFER_PERSON, started
from agents.playbook.situation import Situation
from domain.intents import INTENTS, is_small_talk

CHOICES = 2
EXAMPLES = "a bill, a login problem, your internet connection or one of our plans"


def choices(situation: Situation) -> list[str]:
    """What the customer may have meant, likeliest first, in words that complete "is it about …?"."""
    considered = [situation.intent, *situation.context.alternatives]
    topics = [INTENTS[name].topic for name in considered if name in INTENTS and not is_small_talk(name)]
    return list(dict.fromkeys(topics))[:CHOICES]


def ask_openly(situation: Situation) -> Move:
    asked = "I'd like to help, but I'm not sure I understood you. Could you tell me in a sentence what it is about"
    return Say(f"{started(situation, asked)}? For example {EXAMPLES}.", confidence=SURE_TO_ASK)


def ask_to_choose(situation: Situation) -> Move:
    topics = ", or rather ".join(choices(situation))
    lead = (
        "Let me ask differently" if situation.context.clarifications else "Just to be sure I help with the right thing"
    )
    asked = f"{lead}: is this about {topics}?"
    return Say(started(situation, asked), confidence=SURE_TO_ASK)


def ask_differently(_situation: Situation) -> Move:
    return Say(
        f"I'm sorry, I still don't quite follow. Could you put it in other words, perhaps with an example? I can "
        f"help with {EXAMPLES}. {OFFER_PERSON}",
        confidence=SURE_TO_ASK,
    )


RULES = (
    *MANNERS,
    Rule("has an idea", lambda s: bool(choices(s)), ask_to_choose),
    Rule("asked before", lambda s: s.context.clarifications > 0, ask_differently),
    Rule("has no idea", lambda _: True, ask_openly),
)
