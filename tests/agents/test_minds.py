import subprocess
import sys
from pathlib import Path

import pytest

from agents import Minds, make_minds, offline_agents
from agents.minds import AgentMinds
from agents.models import AgentsConfig, ModelConfig, ModelMisconfigured
from domain.agents import STAFF
from domain.errors import ModelFailed
from domain.state import AgentType
from tests.agents.scripted import Answer, ScriptedModel
from tests.agents.thoughts import thought

pytestmark = pytest.mark.unit


async def ignore(_: str) -> None:
    return None


def scripted_minds(*answers: Answer) -> tuple[AgentMinds, ScriptedModel]:
    options = {"script": list(answers), "asked": [], "bound": []}
    config = ModelConfig("class", "tests.agents.scripted:ScriptedModel", options)
    minds = AgentMinds(AgentsConfig(by_agent={AgentType.BILLING: config}))
    model = minds._minds[AgentType.BILLING].model
    assert isinstance(model, ScriptedModel)
    return minds, model


async def test_a_plugged_model_sees_prompt_context_tools_and_answers_for_its_agent() -> None:
    minds, model = scripted_minds(Answer("Hello."), Answer("Hello again."))
    tools = minds.tools_of(AgentType.BILLING)
    for expected in ("Hello.", "Hello again."):
        decision = await minds.decide(thought("my bill"), tools, ignore)
        assert decision.reply is not None
        assert decision.reply.message == expected
        assert decision.reply.model == "class:tests.agents.scripted:ScriptedModel billing@1"
    assert model.bound == [[*(tool.name for tool in tools), "conclude"]], "tools are bound once"
    system, said = model.asked[0]
    assert "billing agent of Northline" in system.text
    assert "Alice Morgan" in system.text
    assert said.text == "my bill"


async def test_tool_calls_carry_no_reply() -> None:
    minds, _ = scripted_minds(Answer("", [("billing_system_api", '{"customer_id": "CUST_001"}', "a")]))
    decision = await minds.decide(thought("my bill"), minds.tools_of(AgentType.BILLING), ignore)
    assert decision.reply is None
    assert decision.tool_calls[0].tool == "get_billing_information"


def test_tools_are_those_of_the_declaration() -> None:
    minds = AgentMinds()
    for spec in STAFF:
        assert tuple(minds.tools_of(spec.type)) == spec.tools
    assert minds.tools_of(AgentType.HUMAN) == ()


async def test_an_agent_without_a_mind_is_a_final_failure() -> None:
    with pytest.raises(ModelFailed):
        await AgentMinds().decide(thought(agent=AgentType.HUMAN), (), ignore)


def test_a_wrong_setting_stops_the_start() -> None:
    with pytest.raises(ModelMisconfigured):
        AgentMinds(AgentsConfig(default=ModelConfig("oracle")))


def test_minds_are_made_from_words(minds_folder: Path) -> None:
    made = offline_agents(minds_folder, {"billing": "class:tests.agents.scripted:ScriptedModel"})
    assert isinstance(made, Minds)
    assert isinstance(made.agents._minds[AgentType.BILLING].model, ScriptedModel)
    assert make_minds(AgentsConfig(), minds_folder).classifier


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = "{'langchain_core', 'sklearn', 'numpy', 'scipy'}"
    code = f"import sys, agents; print(sorted({heavy} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"


def test_serving_does_not_need_the_training_libraries(minds_folder: Path, minds: Minds) -> None:
    """``minds`` has trained or loaded it; another process then loads it without scikit-learn."""
    assert minds.classifier
    code = (
        "import sys; from pathlib import Path; from agents import offline_agents; "
        "offline_agents(Path(sys.argv[1])); print(sorted({'sklearn', 'scipy'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(minds_folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
