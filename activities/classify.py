"""The first step of a turn: what the customer wants. A local activity: in-process, no I/O, milliseconds."""

from temporalio import activity

from activities.ports import Classifier
from domain.classification import Classification
from domain.messages import ClassifyInput


class ClassifyActivities:
    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier

    @activity.defn
    async def classify(self, request: ClassifyInput) -> Classification:
        """Read the texts together. Never retried: what fails once in pure code fails again; the engine then asks."""
        return self._classifier.classify(request)
