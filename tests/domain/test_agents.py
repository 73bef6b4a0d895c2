"""The agents' declarations: complete, and in agreement with the tables they follow from."""

from pathlib import Path

import pytest

from domain.agents import AGENTS, STAFF, AgentSpec, ModelPreference
from domain.agents_handbook import handbook
from domain.escalation import triggers_of
from domain.staffing import STAFFED
from domain.state import AgentType
from domain.toolbox import TOOLBOX
from domain.triggers import Trigger

pytestmark = pytest.mark.unit
ROOT = Path(__file__).parents[2]
CATEGORIES = {folder.name for folder in (ROOT / "adapters/demo/articles").iterdir() if folder.is_dir()}


def test_all_nine_are_declared_and_a_person_is_none() -> None:
    assert set(AGENTS) == set(AgentType) - {AgentType.HUMAN}
    assert len(AGENTS) == 9


def test_who_is_at_work_is_declared() -> None:
    assert {spec.type for spec in STAFF} == STAFFED
    assert [agent for agent, spec in AGENTS.items() if spec.staffed] == [spec.type for spec in STAFF]


@pytest.mark.parametrize("spec", AGENTS.values(), ids=lambda spec: spec.type)
def test_a_declaration_is_complete(spec: AgentSpec) -> None:
    assert AGENTS[spec.type] is spec
    assert spec.purpose.endswith(".")
    assert spec.capabilities
    assert spec.prompt == f"{spec.type}.md"
    assert (ROOT / "agents/prompts" / spec.prompt).exists()
    assert set(spec.knowledge) <= CATEGORIES


@pytest.mark.parametrize("spec", AGENTS.values(), ids=lambda spec: spec.type)
def test_tools_and_triggers_follow_from_their_tables(spec: AgentSpec) -> None:
    assert [tool.name for tool in spec.tools] == [name for name, tool in TOOLBOX.items() if tool.allows(spec.type)]
    assert spec.escalation_triggers == triggers_of(spec.type)
    assert Trigger.MODEL_FAILED in spec.escalation_triggers


@pytest.mark.parametrize(
    ("agent", "model", "floor"),
    [
        (AgentType.INTENT_CLASSIFIER, ModelPreference.ECONOMY, 0.85),
        (AgentType.CLARIFICATION, ModelPreference.ECONOMY, 0.0),
        (AgentType.TIER1, ModelPreference.ECONOMY, 0.7),
        (AgentType.TIER2, ModelPreference.REASONING, 0.7),
        (AgentType.TIER3, ModelPreference.REASONING, 0.7),
        (AgentType.SALES, ModelPreference.CONVERSATION, 0.7),
        (AgentType.BILLING, ModelPreference.CONVERSATION, 0.7),
        (AgentType.SUPERVISOR, ModelPreference.REASONING, 0.7),
        (AgentType.QUALITY_ASSURANCE, ModelPreference.REASONING, 0.7),
    ],
)
def test_models_and_floors_are_the_documents(agent: AgentType, model: ModelPreference, floor: float) -> None:
    assert (AGENTS[agent].model, AGENTS[agent].confidence_floor) == (model, floor)


@pytest.mark.parametrize(
    ("agent", "triggers"),
    [
        (AgentType.TIER1, "failed_attempts customer_request technical_complexity low_confidence"),
        (AgentType.TIER2, "system_change platinum_high_impact sla_risk approval_needed"),
        (AgentType.TIER3, "approval_needed compliance"),
        (AgentType.BILLING, "high_value_adjustment fraud_suspected"),
        (AgentType.SALES, "large_deal contract_negotiation"),
        (AgentType.SUPERVISOR, "exception advanced_assignment"),
    ],
)
def test_each_agent_has_the_triggers_the_document_gives_it(agent: AgentType, triggers: str) -> None:
    assert set(triggers.split()) <= set(AGENTS[agent].escalation_triggers)


def test_the_page_about_agents_is_current() -> None:
    page = ROOT / "docs" / "agents.md"
    assert page.read_text() == handbook(), "run: python -m domain.agents_handbook > docs/agents.md"
