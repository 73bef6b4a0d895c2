"""The declarations of support's tools: names, rights, and what no model can slip in."""

from typing import Any

import pytest

from domain.admission import admit
from domain.devices import SIMPLE_TESTS, TestType
from domain.errors import ApprovalRequired, InvalidArguments, NotAuthorized, NotFound, OutsideAuthority
from domain.messages import ToolCall, ToolRequest
from domain.state import AgentType
from domain.toolbox import TOOLBOX, compliance, crm, field_service, oversight, resolve, technical
from domain.tools import AnyTool, SideEffect
from tests.activities.office import NOW

pytestmark = pytest.mark.unit

ME = {"customer_id": "CUST_001"}
VALID: dict[str, dict[str, Any]] = {
    "run_diagnostic_test": ME | {"test_type": "full", "parameters": {"device_id": "D-1", "product_type": "tv"}},
    "check_system_logs": ME | {"log_type": "all", "time_range": "1h"},
    "connectivity_test": ME | {"product_type": "tv"},
    "configuration_validator": ME | {"device_id": "D-1"},
    "system_health_check": ME | {"product_type": "tv"},
    "get_service_status": ME | {"product_type": "tv"},
    "apply_configuration_change": ME | {"device_id": "D-1", "setting": "apn", "value": "x", "reason": "Old one"},
    "schedule_technician_visit": ME | {"issue": "Noise", "visit_date": "2026-11-24", "time_window": "08-10"},
    "schedule_callback": ME | {"callback_at": "2026-11-24T10:00:00Z", "reason": "Explain"},
    "get_similar_cases": {"problem": "Noise", "product_type": "tv"},
    "update_customer_notes": ME | {"note": "Rang twice", "category": "general"},
    "crm_integration": ME | {"action": "set_stage", "title": "More", "opportunity_id": "OPP-1", "stage": "won"},
    "create_ticket": ME | {"category": "tv", "description": "Picture freezes", "product_type": "tv"},
    "update_account": ME | {"email": "a@b.example", "phone": "+1-555-0101", "language": "en"},
    "reset_password": ME | {"channel": "sms"},
    "check_compliance_requirements": ME | {"topic": "data_access"},
    "audit_log_action": {"action": "fee_waived", "details": "Third visit"},
    "get_agent_performance_data": {"time_range": "24h", "agent_type": "tier1"},
    "calculate_customer_satisfaction": ME,
    "escalate_ticket": {"ticket_id": "T-1", "reason": "Too complex", "target": "tier3"},
    "transfer_to_human_agent": ME | {"reason": "Asked", "summary": "Wants an exception", "queue": "general"},
    "get_queue_status": {"queue": "billing"},
    "get_sla_status": {"ticket_id": "T-1"},
    "get_system_metrics": {"time_range": "7d"},
}
BIG = "A" * 10_000_000
TEXTS = [
    (tool, name) for tool, arguments in VALID.items() for name, value in arguments.items() if isinstance(value, str)
]


def call(tool: str, arguments: dict[str, Any], agent: AgentType = AgentType.SUPERVISOR) -> ToolRequest:
    return ToolRequest(
        conversation_id="c-1",
        customer_id="CUST_001",
        agent=agent,
        call=ToolCall(call_id="call-1", tool=tool, arguments=arguments),
        occasion="m-1",
        at=NOW,
    )


def somebody(tool: AnyTool) -> AgentType:
    """An agent that may use the tool with any arguments; a person where one must approve."""
    may = sorted(agent for agent in tool.policy.agents if tool.condition_for(agent) is None)
    return AgentType.HUMAN if AgentType.HUMAN in may else may[0]


def test_these_are_the_tools_of_support():
    families = (technical, field_service, crm, compliance, oversight)
    assert set(VALID) == {tool.name for family in families for tool in family.TOOLS}


@pytest.mark.parametrize("tool", VALID)
def test_right_arguments_are_admitted(tool: str):
    assert admit(call(tool, VALID[tool], somebody(TOOLBOX[tool]))).tool is TOOLBOX[tool]


@pytest.mark.parametrize(("tool", "name"), TEXTS)
@pytest.mark.parametrize("value", [BIG, {"$ne": 1}, ["x"], 7], ids=["10 MB", "object", "list", "number"])
def test_no_text_is_anything_else_or_endless(tool: str, name: str, value: object):
    with pytest.raises(InvalidArguments, match=name) as refused:
        admit(call(tool, VALID[tool] | {name: value}, somebody(TOOLBOX[tool])))
    assert len(refused.value.message) < 1_000


@pytest.mark.parametrize("tool", VALID)
def test_nothing_unknown_is_taken(tool: str):
    with pytest.raises(InvalidArguments, match="surprise"):
        admit(call(tool, VALID[tool] | {"surprise": 1}, somebody(TOOLBOX[tool])))


@pytest.mark.parametrize("tool", [tool for tool, arguments in VALID.items() if "customer_id" in arguments])
def test_only_this_conversations_customer(tool: str):
    with pytest.raises(NotFound, match="CUST_002"):
        admit(call(tool, VALID[tool] | {"customer_id": "CUST_002"}, somebody(TOOLBOX[tool])))


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("diagnostic_runner", "run_diagnostic_test"),
        ("log_analyzer", "check_system_logs"),
        ("log_analysis", "check_system_logs"),
        ("system_health_checker", "system_health_check"),
        ("configuration_validation", "configuration_validator"),
    ],
)
def test_other_names_lead_to_the_tool(alias: str, name: str):
    assert resolve(alias) is TOOLBOX[name]


@pytest.mark.parametrize("test", list(TestType))
def test_first_level_runs_the_simple_tests_only(test: TestType):
    request = call("run_diagnostic_test", ME | {"test_type": test}, AgentType.TIER1)
    if test in SIMPLE_TESTS:
        assert admit(request)
    else:
        with pytest.raises(OutsideAuthority, match="connection and speed"):
            admit(request)


@pytest.mark.parametrize("agent", list(AgentType))
def test_a_change_of_settings_is_approved_by_a_person_or_made_by_one(agent: AgentType):
    request = call("apply_configuration_change", VALID["apply_configuration_change"], agent)
    refusals = {AgentType.TIER3: ApprovalRequired}
    if agent is AgentType.HUMAN:
        assert admit(request)
    else:
        with pytest.raises(refusals.get(agent, NotAuthorized)):
            admit(request)


@pytest.mark.parametrize("tool", VALID)
def test_what_changes_something_is_audited_and_tried_until_it_is_known(tool: str):
    policy = TOOLBOX[tool].policy
    if policy.side_effect is not SideEffect.NONE:
        assert policy.audit_level in {"medium", "high"}
        assert policy.attempts == 5


@pytest.mark.parametrize("tool", VALID)
def test_nobody_reads_or_writes_for_a_claimed_customer_what_is_personal(tool: str):
    """Free for whoever asks: what tells or sends nothing of the customer to the one who asks."""
    free = {
        "get_service_status",
        "get_similar_cases",
        "update_customer_notes",
        "create_ticket",
        "reset_password",
        "audit_log_action",
        "get_agent_performance_data",
        "escalate_ticket",
        "transfer_to_human_agent",
        "get_queue_status",
        "get_system_metrics",
    }
    assert (TOOLBOX[tool].policy.identity == "claimed") is (tool in free)
