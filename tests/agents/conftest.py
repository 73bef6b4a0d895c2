from pathlib import Path

import pytest

from agents import Minds, offline_agents
from agents.classifier.classifier import IntentClassifier


@pytest.fixture(scope="session")
def minds_folder(pytestconfig: pytest.Config) -> Path:
    """Shared by all runs and processes: the classifier is trained once for each content of the repository."""
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("switchboard-minds")


@pytest.fixture(scope="session")
def minds(minds_folder: Path) -> Minds:
    return offline_agents(minds_folder)


@pytest.fixture(scope="session")
def classifier(minds: Minds) -> IntentClassifier:
    return minds.classifier
