import pytest

from agents.models import AgentsConfig, ModelConfig, ModelMisconfigured, build_model
from agents.playbook.model import PlaybookModel
from domain.agents import AGENTS, ModelPreference
from domain.state import AgentType
from tests.agents.scripted import ScriptedModel

pytestmark = pytest.mark.unit

SCRIPTED = "tests.agents.scripted:ScriptedModel"


def test_the_playbook_is_the_default() -> None:
    assert isinstance(build_model(ModelConfig()), PlaybookModel)
    assert build_model(ModelConfig(options={"words_per_chunk": 2})).words_per_chunk == 2  # type: ignore[attr-defined]


def test_any_chat_model_by_its_class_path_without_retries_of_its_own() -> None:
    model = build_model(ModelConfig("class", SCRIPTED, {"script": ["x"]}))
    assert isinstance(model, ScriptedModel)
    assert model.script == ["x"]
    assert model.max_retries == 0


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        (ModelConfig("oracle"), "class, playbook"),
        (ModelConfig("class", "no_colon"), "package.module:Class"),
        (ModelConfig("class", "nowhere.at_all:Model"), "Cannot load"),
        (ModelConfig("class", "tests.agents.scripted:Nobody"), "Cannot load"),
        (ModelConfig("class", "tests.agents.scripted:Answer"), "no langchain chat model"),
        (ModelConfig("playbook", options={"words_per_chunk": "many"}), "Wrong options"),
    ],
)
def test_a_wrong_setting_is_one_clear_sentence(config: ModelConfig, complaint: str) -> None:
    with pytest.raises(ModelMisconfigured, match=complaint):
        build_model(config)


def test_configuration_is_read_from_a_word() -> None:
    assert ModelConfig.parse("playbook") == ModelConfig()
    assert ModelConfig.parse(f"class:{SCRIPTED}") == ModelConfig("class", SCRIPTED)
    assert ModelConfig.parse(f"class:{SCRIPTED}").label == f"class:{SCRIPTED}"


def test_an_agents_own_model_goes_before_what_it_prefers() -> None:
    own, conversation, default = ModelConfig(name="own"), ModelConfig(name="talk"), ModelConfig(name="default")
    config = AgentsConfig(
        default=default,
        by_agent={AgentType.TIER1: own},
        by_preference={ModelPreference.CONVERSATION: conversation},
    )
    assert config.model_for(AGENTS[AgentType.TIER1]) is own
    assert config.model_for(AGENTS[AgentType.BILLING]) is conversation
    assert config.model_for(AGENTS[AgentType.CLARIFICATION]) is default
