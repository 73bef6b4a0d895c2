"""Sales and payments as declared: who may, with whose yes, and which arguments nobody gets past the door with."""

from decimal import Decimal
from typing import Any

import pytest

from domain.identity import IdentityLevel
from domain.state import AgentType
from domain.toolbox import TOOLBOX, payments, resolve, sales, tools_for
from domain.toolbox.sales import PROCESS_ORDER, ProcessOrder
from domain.tools import AnyTool, SideEffect

pytestmark = pytest.mark.unit

COMMERCE = {tool.name: tool for tool in (*sales.TOOLS, *payments.TOOLS)}
WITH_CONSENT = {"process_order", "process_payment", "setup_payment_plan", "refund_manager"}

RIGHTS = {
    # PRD [624-660], and the agents' own lists [284-328]
    AgentType.SALES: {
        "product_catalog",
        "get_product_information",
        "pricing_engine",
        "generate_quote",
        "check_inventory_availability",
        "process_order",
    },
    AgentType.BILLING: {
        "product_catalog",
        "get_product_information",
        "process_payment",
        "setup_payment_plan",
        "refund_manager",
        "dispute_tracker",
    },
    AgentType.TIER1: {"product_catalog", "get_product_information"},
    AgentType.TIER2: {"product_catalog", "get_product_information"},
    AgentType.TIER3: set(COMMERCE),
    AgentType.INTENT_CLASSIFIER: set(),
    AgentType.CLARIFICATION: set(),
    AgentType.QUALITY_ASSURANCE: set(),
}

GOOD: dict[str, dict[str, Any]] = {
    "product_catalog": {},
    "get_product_information": {"product_id": "plan_premium"},
    "pricing_engine": {"customer_id": "CUST_001", "items": [{"product_id": "tv_box"}]},
    "generate_quote": {"customer_id": "CUST_001", "items": [{"product_id": "tv_box", "quantity": 2}]},
    "check_inventory_availability": {"product_id": "tv_box"},
    "process_order": {"customer_id": "CUST_001", "quote_id": "QT-1", "amount": "79.00", "monthly_total": 0},
    "process_payment": {"customer_id": "CUST_001", "invoice_id": "INV-1", "amount": "10.00"},
    "setup_payment_plan": {"customer_id": "CUST_001", "invoice_id": "INV-1", "amount": 60, "instalments": 2},
    "refund_manager": {"customer_id": "CUST_001", "invoice_id": "INV-1", "amount": 5, "reason": "Charged twice"},
    "dispute_tracker": {
        "customer_id": "CUST_001", "action": "open", "invoice_id": "INV-1", "amount": 5, "reason": "Unknown",
    },
}  # fmt: skip

MONEY = (-1, -0.01, "NaN", "Infinity", "1e9", 49.999, True, "49,99", [], "x" * 10_000_000)
IDS = ("", "../../etc/passwd", "'; DROP TABLE orders; --", "X" * 65, "{{7*7}}", 7, None, "x" * 10_000_000)
NAMES = ("", "  ", "<script>", "x" * 65, 7, None, "p" * 10_000_000)
COUNTS = (0, -1, 11, 1.5, "many", None)

INVENTED: list[tuple[str, str, object]] = [
    *(("get_product_information", "product_id", value) for value in NAMES),
    *(("check_inventory_availability", "product_id", value) for value in NAMES),
    *(("check_inventory_availability", "quantity", value) for value in COUNTS),
    *(("generate_quote", "items", [{"product_id": "tv_box", "quantity": value}]) for value in COUNTS),
    *(("generate_quote", "items", value) for value in ([], [{"product_id": "a"}] * 2, [{}], "tv_box", None)),
    ("generate_quote", "items", [{"product_id": f"p{n}"} for n in range(6)]),
    ("generate_quote", "items", [{"product_id": "tv_box", "price": "0.01"}]),
    ("pricing_engine", "promotion_code", "DROP TABLE"),
    ("pricing_engine", "promotion_code", "A" * 10_000_000),
    ("product_catalog", "query", "x" * 10_000_000),
    ("product_catalog", "max_monthly_price", -1),
    *(("process_order", "amount", value) for value in MONEY),
    *(("process_order", "monthly_total", value) for value in MONEY),
    *(("process_order", "quote_id", value) for value in IDS),
    *(("process_payment", "amount", value) for value in (*MONEY, 0, 10_000.01)),
    *(("process_payment", "invoice_id", value) for value in IDS),
    *(("process_payment", "payment_method_id", value) for value in IDS if value is not None),
    *(("setup_payment_plan", "amount", value) for value in (*MONEY, 0)),
    *(("setup_payment_plan", "instalments", value) for value in (0, 1, 7, -2, 2.5, "few")),
    *(("setup_payment_plan", "first_payment_on", value) for value in ("yesterday", "2026-02-30", "x" * 10_000_000)),
    *(("refund_manager", "amount", value) for value in (*MONEY, 0)),
    *(("refund_manager", "reason", value) for value in ("", "no", "x" * 201, "x" * 10_000_000)),
    *(("dispute_tracker", "action", value) for value in ("approve", "", None)),
    *(("dispute_tracker", field, None) for field in ("invoice_id", "amount", "reason")),
    ("dispute_tracker", "action", "withdraw"),
    *(("dispute_tracker", "amount", value) for value in (*MONEY, 0)),
    *((name, "customer_id", "C" * 65) for name in GOOD if "customer_id" in GOOD[name]),
    *((name, "surprise", 1) for name in GOOD),
]


@pytest.mark.parametrize("name", GOOD)
def test_good_arguments_are_taken(name: str):
    TOOLBOX[name].arguments.model_validate(GOOD[name])


@pytest.mark.parametrize(
    ("name", "field", "value"), INVENTED, ids=[f"{tool}-{field}-{n}" for n, (tool, field, _) in enumerate(INVENTED)]
)
def test_invented_arguments_are_refused(name: str, field: str, value: object):
    with pytest.raises(ValueError, match="validation error"):
        TOOLBOX[name].arguments.model_validate(GOOD[name] | {field: value})


@pytest.mark.parametrize("agent", RIGHTS)
def test_who_may_sell_and_who_may_take_money(agent: AgentType):
    assert {tool.name for tool in tools_for(agent)} & set(COMMERCE) == RIGHTS[agent]


@pytest.mark.parametrize("tool", COMMERCE.values(), ids=COMMERCE.keys())
def test_whatever_binds_the_customer_needs_their_yes_and_who_they_are(tool: AnyTool):
    assert tool.policy.needs_consent is (tool.name in WITH_CONSENT)
    if tool.name in WITH_CONSENT:
        assert tool.policy.approval_above is not None
        assert tool.policy.audit_level == "high"
    if "customer_id" in tool.arguments.model_fields:
        assert tool.policy.identity is IdentityLevel.AUTHENTICATED
    else:
        assert tool.policy.side_effect is SideEffect.NONE


@pytest.mark.parametrize("name", ["process_order", "process_payment", "setup_payment_plan"])
@pytest.mark.parametrize(
    ("amount", "level"), [("100.00", IdentityLevel.AUTHENTICATED), ("100.01", IdentityLevel.VERIFIED)]
)
def test_above_one_hundred_the_customer_proves_who_they_are(name: str, amount: str, level: IdentityLevel):
    arguments = TOOLBOX[name].arguments.model_validate(GOOD[name] | {"amount": amount})
    assert TOOLBOX[name].policy.identity_for(arguments) is level


@pytest.mark.parametrize(
    ("amount", "monthly", "holds"),
    [("1000.00", "0", True), ("1000.01", "0", False), ("0", "83.33", True), ("0", "83.34", False), ("880", "10", True)],
)
def test_sales_orders_up_to_its_limit_over_the_first_year(amount: str, monthly: str, holds: bool):
    condition = PROCESS_ORDER.condition_for(AgentType.SALES)
    assert condition is not None
    arguments = GOOD["process_order"] | {"amount": amount, "monthly_total": monthly}
    assert condition.holds(ProcessOrder.model_validate(arguments)) is holds
    assert PROCESS_ORDER.condition_for(AgentType.TIER3) is None


@pytest.mark.parametrize(
    ("alias", "name"), [("payment_processor", "process_payment"), ("quote_generator", "generate_quote")]
)
def test_aliases(alias: str, name: str):
    assert resolve(alias) is TOOLBOX[name]


def test_refunds_have_the_limit_of_credits():
    assert TOOLBOX["refund_manager"].policy.approval_above == Decimal(100)
