import pytest
from temporalio.testing import ActivityEnvironment

from activities.classify import ClassifyActivities
from domain.classification import Classification
from domain.messages import ClassifyInput

pytestmark = pytest.mark.unit


class EchoClassifier:
    def classify(self, request: ClassifyInput) -> Classification:
        return Classification(intent=request.previous_intent, confidence=len(request.texts) / 10)


async def test_classify_asks_the_port_and_gives_back_its_reading() -> None:
    activity = ClassifyActivities(EchoClassifier()).classify
    request = ClassifyInput(texts=["a", "b"], previous_intent="refund_request")
    reading = await ActivityEnvironment().run(activity, request)
    assert reading == Classification(intent="refund_request", confidence=0.2)
