"""Which model an agent thinks with: configuration, and the registry of providers."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from pydantic import ValidationError

from domain.agents import AgentSpec, ModelPreference
from domain.state import AgentType


class ModelMisconfigured(Exception):
    """The configuration names a model that cannot be built. The text says which setting to mend."""


@dataclass(frozen=True)
class ModelConfig:
    """One model. ``name`` is the provider's id of it, for the provider ``class`` its path ``package.module:Class``;
    ``options`` go to its constructor; ``timeout_seconds`` bounds one call."""

    provider: str = "playbook"
    name: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    timeout_seconds: float = 25.0

    @classmethod
    def parse(cls, text: str) -> "ModelConfig":
        """
        >>> ModelConfig.parse("class:bench.models:Instant").name
        'bench.models:Instant'
        """
        provider, _, name = text.partition(":")
        return cls(provider=provider, name=name)

    @property
    def label(self) -> str:
        return f"{self.provider}:{self.name}" if self.name else self.provider


@dataclass(frozen=True)
class AgentsConfig:
    """Models by agent, else by what the agent prefers, else ``default``. ``company`` is who the agents speak for."""

    default: ModelConfig = field(default_factory=ModelConfig)
    by_agent: Mapping[AgentType, ModelConfig] = field(default_factory=dict)
    by_preference: Mapping[ModelPreference, ModelConfig] = field(default_factory=dict)
    company: str = "Northline"

    def model_for(self, spec: AgentSpec) -> ModelConfig:
        return self.by_agent.get(spec.type) or self.by_preference.get(spec.model) or self.default


Provider = Callable[[ModelConfig], BaseChatModel]


def build_model(config: ModelConfig) -> BaseChatModel:
    """The model, with its own retries off: Temporal retries. Raises ``ModelMisconfigured``."""
    provider = PROVIDERS.get(config.provider)
    if provider is None:
        known = ", ".join(sorted(PROVIDERS))
        raise ModelMisconfigured(f"There is no model provider {config.provider!r}; there are: {known}.")
    return provider(config)


def _playbook(config: ModelConfig) -> BaseChatModel:
    from agents.playbook.model import PlaybookModel

    return _construct(PlaybookModel, config)


def _by_class_path(config: ModelConfig) -> BaseChatModel:
    module_name, colon, class_name = config.name.partition(":")
    if not colon:
        raise ModelMisconfigured(f"A class path looks like package.module:Class, not {config.name!r}.")
    try:
        kind = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError) as error:
        raise ModelMisconfigured(f"Cannot load the model {config.name!r}: {error}.") from error
    if not isinstance(kind, type) or not issubclass(kind, BaseChatModel):
        raise ModelMisconfigured(f"{config.name!r} is no langchain chat model.")
    return _construct(kind, config)


def _construct(kind: type[BaseChatModel], config: ModelConfig) -> BaseChatModel:
    options = dict(config.options)
    if "max_retries" in kind.model_fields:
        options.setdefault("max_retries", 0)
    try:
        return kind(**options)
    except (ValidationError, TypeError) as error:
        raise ModelMisconfigured(f"Wrong options for the model {config.label!r}: {error}.") from error


PROVIDERS: dict[str, Provider] = {"playbook": _playbook, "class": _by_class_path}
"""Open for more: a provider is a function from its configuration to a chat model."""
