"""From words to a ``Classification``: the model's reading, the thread of the conversation, mood and manner."""

import logging
import re
from pathlib import Path

from agents.classifier.affirmation import read_affirmation, read_feedback
from agents.classifier.corpus import OUT_OF_SCOPE, content_hash, load_corpus
from agents.classifier.demands import read_complexity, read_urgency
from agents.classifier.language import read_language
from agents.classifier.model import LinearModel, UnreadableModel
from agents.classifier.sentiment import read_mood
from domain.classification import Alternative, Classification
from domain.intents import INTENTS, UNKNOWN, is_small_talk
from domain.messages import ClassifyInput

logger = logging.getLogger(__name__)

ALTERNATIVES = 3
NOISE = 0.02
"""An alternative less likely than this is none."""
TEXT_LIMIT = 2_000
"""Characters read of what came in together; bounds the time."""
FOLLOW_UP_CONFIDENCE = 0.96
"""An answer ("yes", "on Tuesday") belongs to what was asked: above every intent's floor, below certainty."""
CONTINUES = 20.0
"""How much likelier it is, before reading a word, that a customer goes on with their subject than that they turn to one
certain other."""
SPOKEN_BRIEFLY = frozenset({"human_request", "cancellation_request", "refund_request", "complaint", "fraud_report"})
"""What people say in one word ("agent!"). Any other short text in mid-conversation is an answer."""
_BRIEF = 3
"""Words."""
_MIXED_SHARE = 0.3
"""From this probability on a concern counts, however polite the words around it are."""
_FIRST = re.compile(r"^\W*(?:the )?(?:first|former|1st|a|1)\b(?: one| thing| option)?\W*$", re.IGNORECASE)
_OTHER = re.compile(r"^\W*(?:the )?(?:second|latter|last|other|2nd|b|2)\b(?: one| thing| option)?\W*$", re.IGNORECASE)

Probabilities = dict[str, float]


class IntentClassifier:
    """Reads messages with a trained model. In-process, no I/O, about a millisecond."""

    def __init__(self, model: LinearModel) -> None:
        self._model = model

    def classify(self, request: ClassifyInput) -> Classification:
        """One reading of all the texts taken together."""
        text = "\n".join(request.texts)[:TEXT_LIMIT]
        probabilities = _without_politeness(self._model.probabilities(text))
        probabilities = _as_choice(text, request.suspected_intents) or _in_thread(
            probabilities, text, request.previous_intent
        )
        ranked = _ranked(probabilities)
        confidence = ranked[0].confidence
        # That the text says nothing we know is likelier than any intent: naming one would be a guess.
        intent = ranked[0].intent if confidence >= probabilities.get(OUT_OF_SCOPE, 0.0) else UNKNOWN
        others = ranked if intent == UNKNOWN else ranked[1:]
        mood = read_mood(text)
        return Classification(
            intent=intent,
            confidence=confidence,
            alternatives=[other for other in others if other.confidence >= NOISE][:ALTERNATIVES],
            sentiment=mood.sentiment,
            sentiment_score=mood.score,
            urgency=read_urgency(text, intent),
            complexity=read_complexity(text, intent, ranked[1].confidence),
            language=read_language(text, otherwise=request.language),
            affirmation=read_affirmation(text),
        )


def load_classifier(cache_folder: Path) -> IntentClassifier:
    """The classifier of the utterances in this package. The first call in a folder trains it (some seconds), later ones
    load it (some milliseconds); a damaged file is replaced. A folder that cannot be written costs only the time."""
    file = cache_folder / f"intents-{content_hash()}.npz"
    try:
        return IntentClassifier(LinearModel.load(file))
    except UnreadableModel:
        return IntentClassifier(_trained(file))


def _trained(file: Path) -> LinearModel:
    from agents.classifier.training import train

    model = train(load_corpus())
    try:
        model.save(file)
    except OSError as error:
        logger.warning("cannot keep the trained classifier in %s: %s", file.parent, error.strerror)
    return model


def _without_politeness(probabilities: Probabilities) -> Probabilities:
    """A greeting beside a concern is good manners: the concern counts."""
    concern = max(share for name, share in probabilities.items() if _is_concern(name))
    if concern < _MIXED_SHARE:
        return probabilities
    return _scaled({name: 0.0 if is_small_talk(name) else share for name, share in probabilities.items()})


def _as_choice(text: str, suspected: list[str]) -> Probabilities | None:
    """The answer to "is it this, or that?"; None if the text is no such answer."""
    suspected = [name for name in suspected if name in INTENTS]
    if not suspected:
        return None
    if len(suspected) > 1 and _OTHER.match(text):
        return _surely(suspected[1])
    if _FIRST.match(text) or read_affirmation(text) == "yes":
        return _surely(suspected[0])
    return None


def _in_thread(probabilities: Probabilities, text: str, previous: str) -> Probabilities:
    """Weigh the reading with what the conversation is about. A clear new subject wins; an answer keeps the old one."""
    if previous not in INTENTS or is_small_talk(previous):
        return probabilities
    best = max(probabilities, key=lambda name: probabilities[name])
    if not _is_concern(best) or _answers(text, best):
        return _surely(previous)
    weighed = dict(probabilities)
    weighed[previous] = CONTINUES * (probabilities[previous] + probabilities[OUT_OF_SCOPE])
    weighed[OUT_OF_SCOPE] = 0.0
    return _scaled(weighed)


def _answers(text: str, best: str) -> bool:
    """Whether this looks like an answer to what was said before, whatever its words are about elsewhere."""
    brief = len(text.split()) <= _BRIEF and best not in SPOKEN_BRIEFLY
    return brief or (len(text.split()) <= 2 * _BRIEF and read_feedback(text) == "unsolved")


def _is_concern(name: str) -> bool:
    return name != OUT_OF_SCOPE and not is_small_talk(name)


def _surely(intent: str) -> Probabilities:
    rest = (1 - FOLLOW_UP_CONFIDENCE) / (len(INTENTS) - 1)
    return {name: FOLLOW_UP_CONFIDENCE if name == intent else rest for name in INTENTS}


def _scaled(weights: Probabilities) -> Probabilities:
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def _ranked(probabilities: Probabilities) -> list[Alternative]:
    """The likeliest intents, best first. That a text carries none is no intent: its share only lowers the others'."""
    shares = sorted((-round(share, 4), name) for name, share in probabilities.items() if name != OUT_OF_SCOPE)
    return [Alternative(intent=name, confidence=-share) for share, name in shares[: ALTERNATIVES + 1]]
