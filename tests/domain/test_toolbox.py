"""The tools' declarations against the documents that ask for them."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.state import AgentType
from domain.toolbox import TOOLBOX, UNKNOWN_TOOL, _names, policy_of, resolve, tools_for
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT, GET_BILLING_INFORMATION, ApplyCreditAdjustment
from domain.toolbox.customer import GET_CUSTOMER_PROFILE
from domain.toolbox.handbook import handbook
from domain.tools import AnyTool, SideEffect

pytestmark = pytest.mark.unit

REQUIRED = object()

ARGUMENTS: dict[str, dict[str, Any]] = {
    # As in the PRD, lines 545 to 622.
    "get_customer_profile": {"customer_id": REQUIRED},
    "get_customer_interaction_history": {"customer_id": REQUIRED, "days_back": 30, "interaction_types": None},
    "search_knowledge_base": {"query": REQUIRED, "category_filter": None, "max_results": 5},
    "get_troubleshooting_guide": {"issue_category": REQUIRED, "product_type": REQUIRED, "severity": REQUIRED},
    # ours: the PRD names these without arguments
    "get_account_services": {"customer_id": REQUIRED},
    "update_ticket_status": {"ticket_id": REQUIRED, "status": REQUIRED, "note": ""},
    "send_customer_notification": {"customer_id": REQUIRED, "message": REQUIRED, "channel": "email", "subject": ""},
    "log_interaction_metrics": {"metrics": REQUIRED},
    "get_billing_information": {"customer_id": REQUIRED, "invoice_id": None, "max_invoices": 2},
    "verify_customer_identity": {"customer_id": REQUIRED, "factor": None, "answer": None},
    "apply_credit_adjustment": {
        "customer_id": REQUIRED,
        "amount": REQUIRED,
        "reason": REQUIRED,
        "invoice_id": None,
    },
}

ARGUMENTS |= {
    # PRD, lines 600 to 622
    "run_diagnostic_test": {"customer_id": REQUIRED, "test_type": REQUIRED, "parameters": None},
    "check_system_logs": {"customer_id": REQUIRED, "log_type": REQUIRED, "time_range": "1h"},
    # ours
    "connectivity_test": {"customer_id": REQUIRED, "product_type": "internet"},
    "configuration_validator": {"customer_id": REQUIRED, "device_id": None},
    "system_health_check": {"customer_id": REQUIRED, "product_type": None},
    "get_service_status": {"customer_id": REQUIRED, "product_type": None},
    "get_similar_cases": {"problem": REQUIRED, "product_type": None, "max_results": 3},
    "update_customer_notes": {"customer_id": REQUIRED, "note": REQUIRED, "category": "general"},
    "crm_integration": {
        "customer_id": REQUIRED,
        "action": "overview",
        "title": None,
        "monthly_value": Decimal(0),
        "opportunity_id": None,
        "stage": None,
    },
    "create_ticket": {
        "customer_id": REQUIRED,
        "category": REQUIRED,
        "description": REQUIRED,
        "priority": "medium",
        "product_type": "",
    },
    "update_account": {
        "customer_id": REQUIRED,
        "email": None,
        "phone": None,
        "language": None,
        "contact_channel": None,
    },
    "reset_password": {"customer_id": REQUIRED, "channel": "email"},
    "check_compliance_requirements": {"customer_id": REQUIRED, "topic": REQUIRED},
    "audit_log_action": {"action": REQUIRED, "details": REQUIRED},
    "get_agent_performance_data": {"time_range": "24h", "agent_type": None},
    "calculate_customer_satisfaction": {"customer_id": REQUIRED},
    "escalate_ticket": {"ticket_id": REQUIRED, "reason": REQUIRED, "target": "tier3"},
    "transfer_to_human_agent": {
        "customer_id": REQUIRED,
        "reason": REQUIRED,
        "summary": REQUIRED,
        "queue": "general",
    },
    "get_queue_status": {"queue": None},
    "get_sla_status": {"ticket_id": None},
    "get_system_metrics": {"time_range": "24h"},
    "schedule_technician_visit": {
        "customer_id": REQUIRED,
        "issue": REQUIRED,
        "product_type": "internet",
        "visit_date": None,
        "time_window": None,
    },
    "schedule_callback": {"customer_id": REQUIRED, "callback_at": REQUIRED, "reason": REQUIRED},
    "apply_configuration_change": {
        "customer_id": REQUIRED,
        "device_id": REQUIRED,
        "setting": REQUIRED,
        "value": REQUIRED,
        "reason": REQUIRED,
    },
}

ARGUMENTS |= {
    "product_catalog": {"product_type": None, "max_monthly_price": None, "query": ""},
    "get_product_information": {"product_id": REQUIRED},
    "pricing_engine": {"customer_id": REQUIRED, "items": REQUIRED, "promotion_code": None},
    "generate_quote": {"customer_id": REQUIRED, "items": REQUIRED, "promotion_code": None},
    "check_inventory_availability": {"product_id": REQUIRED, "quantity": 1},
    "process_order": {
        "customer_id": REQUIRED,
        "quote_id": REQUIRED,
        "amount": REQUIRED,
        "monthly_total": REQUIRED,
        "payment_method_id": None,
    },
    "process_payment": {
        "customer_id": REQUIRED,
        "invoice_id": REQUIRED,
        "amount": REQUIRED,
        "payment_method_id": None,
    },
    "setup_payment_plan": {
        "customer_id": REQUIRED,
        "invoice_id": REQUIRED,
        "amount": REQUIRED,
        "instalments": REQUIRED,
        "first_payment_on": None,
    },
    "refund_manager": {
        "customer_id": REQUIRED,
        "invoice_id": REQUIRED,
        "amount": REQUIRED,
        "reason": REQUIRED,
        "dispute_id": None,
    },
    "dispute_tracker": {
        "customer_id": REQUIRED,
        "action": "list",
        "dispute_id": None,
        "invoice_id": None,
        "amount": None,
        "reason": None,
    },
}

PRD_TOOLS: dict[AgentType, set[str]] = {
    # PRD [215-345], as far as the tools exist
    AgentType.INTENT_CLASSIFIER: {"get_customer_profile", "search_knowledge_base", "log_interaction_metrics"},
    AgentType.TIER1: {
        "get_customer_profile",
        "get_account_services",
        "search_knowledge_base",
        "get_troubleshooting_guide",
        "update_ticket_status",
        "send_customer_notification",
    },
    AgentType.TIER2: {
        "run_diagnostic_test",
        "check_system_logs",
        "get_similar_cases",
        "schedule_technician_visit",
        "update_customer_notes",
    },
    # all of them; asking for a person is the Supervisor's (REQUIREMENTS, routing and escalation)
    AgentType.TIER3: set(ARGUMENTS) - {"transfer_to_human_agent"},
    AgentType.SALES: {"calculate_customer_satisfaction", "crm_integration"},
    AgentType.SUPERVISOR: {
        "get_agent_performance_data",
        "escalate_ticket",
        "transfer_to_human_agent",
        "get_queue_status",
        "get_sla_status",
        "get_system_metrics",
        "schedule_callback",
        "check_system_logs",
        "system_health_check",
        "get_service_status",
    },
    AgentType.BILLING: {"get_billing_information", "apply_credit_adjustment", "verify_customer_identity"},
}

FORBIDDEN: dict[AgentType, set[str]] = {
    # PRD [624-660] and its roles: no money and no bills where they are not the agent's job
    AgentType.INTENT_CLASSIFIER: {"apply_credit_adjustment", "get_billing_information", "send_customer_notification"},
    AgentType.CLARIFICATION: {"apply_credit_adjustment", "get_billing_information", "update_ticket_status"},
    AgentType.TIER1: {"apply_credit_adjustment", "get_billing_information"},
    AgentType.TIER2: {"apply_credit_adjustment", "get_billing_information"},
    AgentType.SALES: {"apply_credit_adjustment", "get_billing_information"},
    AgentType.SUPERVISOR: {"apply_credit_adjustment"},
    AgentType.QUALITY_ASSURANCE: {"apply_credit_adjustment", "get_billing_information", "update_ticket_status"},
    AgentType.HUMAN: {"apply_credit_adjustment"},
}

every_tool = pytest.mark.parametrize("tool", TOOLBOX.values(), ids=TOOLBOX.keys())


def test_all_tools_of_the_engine_are_declared():
    assert set(TOOLBOX) == set(ARGUMENTS)


@every_tool
def test_argument_names_and_defaults_are_those_of_the_requirements(tool: AnyTool):
    declared = {
        name: REQUIRED if field.is_required() else field.get_default(call_default_factory=True)
        for name, field in tool.arguments.model_fields.items()
    }
    assert declared == ARGUMENTS[tool.name]


@every_tool
def test_schema_for_models_is_closed_and_names_the_tool(tool: AnyTool):
    schema = tool.schema_for_models()
    assert schema["name"] == tool.name
    assert schema["description"] == tool.description
    assert schema["parameters"]["additionalProperties"] is False
    assert set(schema["parameters"]["properties"]) == set(ARGUMENTS[tool.name])


@every_tool
def test_timeouts_stay_under_the_maxima(tool: AnyTool):
    knowledge = tool.name in {"search_knowledge_base", "get_troubleshooting_guide"}
    assert tool.policy.timeout_seconds <= (3 if knowledge else 10)
    assert tool.policy.attempts >= 1


@every_tool
def test_whoever_moves_money_needs_consent_and_leaves_a_full_trail(tool: AnyTool):
    if tool.policy.side_effect is SideEffect.MONEY:
        assert tool.policy.needs_consent
        assert tool.policy.audit_level == "high"
        assert tool.policy.approval_above is not None


@pytest.mark.parametrize("agent", PRD_TOOLS)
def test_agents_have_the_tools_of_the_requirements(agent: AgentType):
    assert PRD_TOOLS[agent] <= {tool.name for tool in tools_for(agent)}


@pytest.mark.parametrize("agent", FORBIDDEN)
def test_agents_lack_the_tools_that_are_not_theirs(agent: AgentType):
    assert not FORBIDDEN[agent] & {tool.name for tool in tools_for(agent)}


def test_interaction_history_is_everybodys():
    assert resolve("get_customer_interaction_history").policy.agents == frozenset(AgentType)


@pytest.mark.parametrize("name", ["billing_system_api", "billing_system_lookup", "get_billing_information"])
def test_aliases_lead_to_the_tool_and_its_policy(name: str):
    assert resolve(name) is GET_BILLING_INFORMATION
    assert policy_of(name) is GET_BILLING_INFORMATION.policy


def test_unknown_names_have_a_policy_and_no_tool():
    assert resolve("make_me_rich") is None
    assert policy_of("make_me_rich") is UNKNOWN_TOOL
    assert not UNKNOWN_TOOL.agents


def test_two_tools_of_one_name_are_refused():
    twin = type(GET_CUSTOMER_PROFILE)(
        name="twin",
        description="",
        arguments=GET_CUSTOMER_PROFILE.arguments,
        result=GET_CUSTOMER_PROFILE.result,
        policy=GET_CUSTOMER_PROFILE.policy,
        aliases=("get_customer_profile",),
    )
    with pytest.raises(ValueError, match="get_customer_profile"):
        _names({"twin": twin, "get_customer_profile": GET_CUSTOMER_PROFILE})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", -1),
        ("amount", 0),
        ("amount", 10_000.01),
        ("amount", "1e9"),
        ("amount", 49.999),
        ("amount", "NaN"),
        ("amount", "Infinity"),
        ("amount", True),
        ("amount", None),
        ("amount", "49,99"),
        ("reason", ""),
        ("reason", "x" * 201),
        ("reason", "A" * 10_000_000),
        ("customer_id", ""),
        ("customer_id", "../../etc/passwd"),
        ("customer_id", "'; DROP TABLE customers; --"),
        ("customer_id", "C" * 65),
        ("invoice_id", "{{7*7}}"),
        ("surprise", 1),
    ],
)
def test_invented_arguments_of_a_credit_are_refused(field: str, value: object):
    good = {"customer_id": "CUST_001", "amount": "49.99", "reason": "Charged twice"}
    assert ApplyCreditAdjustment.model_validate(good).amount == Decimal("49.99")
    with pytest.raises(ValueError, match=field):
        ApplyCreditAdjustment.model_validate(good | {field: value})


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_customer_interaction_history", {"customer_id": "C", "days_back": 0}),
        ("get_customer_interaction_history", {"customer_id": "C", "days_back": 3651}),
        ("get_customer_interaction_history", {"customer_id": "C", "interaction_types": ["x"] * 11}),
        ("search_knowledge_base", {"query": "   "}),
        ("search_knowledge_base", {"query": "x" * 501}),
        ("search_knowledge_base", {"query": "x", "max_results": 9}),
        ("search_knowledge_base", {"query": "x", "max_results": 0}),
        ("get_troubleshooting_guide", {"issue_category": "x", "product_type": "y", "severity": "apocalyptic"}),
        ("update_ticket_status", {"ticket_id": "T-1", "status": "gone"}),
        ("update_ticket_status", {"ticket_id": "T-1", "status": "closed", "note": "x" * 501}),
        ("send_customer_notification", {"customer_id": "C", "message": "x", "channel": "pigeon"}),
        ("send_customer_notification", {"customer_id": "C", "message": "x" * 1_001}),
        ("log_interaction_metrics", {"metrics": []}),
        ("log_interaction_metrics", {"metrics": [{"name": "Has Spaces", "value": 1}]}),
        ("log_interaction_metrics", {"metrics": [{"name": "fine", "value": float("inf")}]}),
        ("log_interaction_metrics", {"metrics": [{"name": "fine", "value": 1}] * 21}),
        ("verify_customer_identity", {"customer_id": "C", "factor": "pin"}),
        ("verify_customer_identity", {"customer_id": "C", "answer": "1234"}),
        ("get_billing_information", {"customer_id": "C", "max_invoices": 4}),
        ("get_customer_profile", {}),
    ],
)
def test_arguments_out_of_bounds_are_refused(tool: str, arguments: dict[str, Any]):
    with pytest.raises(ValueError, match="validation error"):
        TOOLBOX[tool].arguments.model_validate(arguments)


def test_credits_above_one_hundred_need_approval():
    assert APPLY_CREDIT_ADJUSTMENT.policy.approval_above == Decimal(100)


def test_the_page_about_tools_is_current():
    page = Path(__file__).parents[2] / "docs" / "tools.md"
    assert page.read_text() == handbook(), "run: python -m domain.toolbox.handbook > docs/tools.md"
