"""The minds: agents' prompts, the models they think with, the offline playbook, the intent classifier.

Langchain's types stay in here. Importing this package is cheap; what is heavy loads when minds are made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.classifier.classifier import IntentClassifier
    from agents.minds import AgentMinds
    from agents.models import AgentsConfig

__all__ = ["Minds", "make_minds", "offline_agents"]


@dataclass(frozen=True)
class Minds:
    """Implementations of the ports ``Agents`` and ``Classifier``."""

    agents: "AgentMinds"
    classifier: "IntentClassifier"


def make_minds(config: "AgentsConfig", folder: Path) -> Minds:
    """All minds as configured; the trained classifier is kept in ``folder``. Raises ``ModelMisconfigured``."""
    from agents.classifier.classifier import load_classifier
    from agents.minds import AgentMinds

    return Minds(agents=AgentMinds(config), classifier=load_classifier(folder / "classifier"))


def offline_agents(folder: Path, models: Mapping[str, str] | None = None) -> Minds:
    """The built-in minds: playbook and local classifier.

    ``models`` overrides the model of single agents, for example ``{"billing": "class:bench.models:Instant"}``.
    """
    from agents.models import AgentsConfig, ModelConfig
    from domain.state import AgentType

    chosen = {AgentType(agent): ModelConfig.parse(model) for agent, model in (models or {}).items()}
    return make_minds(AgentsConfig(by_agent=chosen), folder)
