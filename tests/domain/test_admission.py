"""The gate, refusal by refusal, and in which order."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.admission import admit, effect_key_of
from domain.consent import make_offer
from domain.errors import (
    ApprovalRequired,
    ConsentRequired,
    InvalidArguments,
    NotAuthorized,
    NotFound,
    OutsideAuthority,
    ToolRefused,
    UnknownTool,
)
from domain.identity import IdentityLevel
from domain.messages import ToolCall, ToolRequest
from domain.state import AgentType, Consent
from domain.toolbox import TOOLBOX
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT, ApplyCreditAdjustment, CreditApplied
from domain.tools import Condition, ToolPolicy, ToolSpec

pytestmark = pytest.mark.unit

CREDIT = {"customer_id": "CUST_001", "amount": 49.99, "reason": "Charged twice"}


def consent_to(arguments: dict[str, Any], message_id: str = "m-yes") -> Consent:
    offer = make_offer(APPLY_CREDIT_ADJUSTMENT, ApplyCreditAdjustment.model_validate(arguments), "credit")
    return Consent(message_id=message_id, offer=offer)


def request(tool: str, arguments: dict[str, Any], agent: AgentType = AgentType.BILLING, **changes: Any) -> ToolRequest:
    return ToolRequest.model_validate(
        {
            "conversation_id": "c-1",
            "customer_id": "CUST_001",
            "agent": agent,
            "call": ToolCall(call_id="call-1", tool=tool, arguments=arguments),
            "occasion": "m-1",
            "at": datetime(2026, 11, 20, tzinfo=UTC),
        }
        | changes
    )


def test_a_right_call_is_admitted_with_parsed_arguments_and_a_key():
    admitted = admit(request("apply_credit_adjustment", CREDIT, consent=consent_to(CREDIT)))
    assert admitted.tool is APPLY_CREDIT_ADJUSTMENT
    assert isinstance(admitted.arguments, ApplyCreditAdjustment)
    assert len(admitted.effect_key) == 64


@pytest.mark.parametrize(
    ("call", "refusal", "says"),
    [
        (request("print_money", {}), UnknownTool, "get_billing_information"),
        (request("x" * 5_000, {}), UnknownTool, "no tool"),
        (request("apply_credit_adjustment", CREDIT, AgentType.TIER1), NotAuthorized, "tier1 may not use"),
        (request("get_billing_information", {"customer_id": "CUST_001"}, AgentType.SALES), NotAuthorized, "Your tools"),
        (request("get_customer_profile", {}), InvalidArguments, "customer_id: Field required"),
        (request("get_customer_profile", {"customer_id": 7}), InvalidArguments, "customer_id"),
        (request("apply_credit_adjustment", CREDIT | {"amount": -5}), InvalidArguments, "greater than 0"),
        (request("get_customer_profile", {"customer_id": "CUST_002"}), NotFound, "Its customer is CUST_001"),
        (request("apply_credit_adjustment", CREDIT | {"amount": 100.01}), ApprovalRequired, "Promise nothing"),
        (request("apply_credit_adjustment", CREDIT), ConsentRequired, "wait for their yes"),
        (
            request("apply_credit_adjustment", CREDIT | {"amount": 50}, consent=consent_to(CREDIT)),
            ConsentRequired,
            '"amount":"49.99"',
        ),
    ],
)
def test_refusals_say_what_to_do(call: ToolRequest, refusal: type[ToolRefused], says: str):
    with pytest.raises(refusal) as refused:
        admit(call)
    assert says in refused.value.message
    assert len(refused.value.message) < 1_000


@pytest.mark.parametrize(
    ("arguments", "agent", "refusal"),
    [
        # An agent learns nothing about a tool that is not its own, not even that its arguments are wrong.
        ({"amount": "nonsense"}, AgentType.TIER1, NotAuthorized),
        # A stranger's money is not found, whatever the amount.
        (CREDIT | {"customer_id": "CUST_002", "amount": 5_000}, AgentType.BILLING, NotFound),
        # No customer is asked to agree to what needs approval.
        (CREDIT | {"amount": 5_000}, AgentType.BILLING, ApprovalRequired),
    ],
)
def test_the_order_of_refusals(arguments: dict[str, Any], agent: AgentType, refusal: type[ToolRefused]):
    with pytest.raises(refusal):
        admit(request("apply_credit_adjustment", arguments, agent))


def test_exactly_the_limit_needs_no_approval():
    arguments = CREDIT | {"amount": 100}
    admit(request("apply_credit_adjustment", arguments, consent=consent_to(arguments)))


def test_errors_about_arguments_do_not_repeat_their_values():
    with pytest.raises(InvalidArguments) as refused:
        admit(request("verify_customer_identity", {"customer_id": "CUST_001", "factor": "pin", "answer": "4" * 41}))
    assert "4444" not in refused.value.message


def test_the_key_is_the_consents_and_no_call_ids():
    def key(message_id: str, call_id: str, occasion: str) -> str:
        call = request("apply_credit_adjustment", CREDIT, consent=consent_to(CREDIT, message_id), occasion=occasion)
        return admit(call.model_copy(update={"call": call.call.model_copy(update={"call_id": call_id})})).effect_key

    assert key("m-yes", "call-1", "m-1") == key("m-yes", "call-2", "m-2")
    assert key("m-yes", "call-1", "m-1") != key("m-yes-again", "call-1", "m-1")


def test_without_consent_the_occasion_makes_the_key():
    def key(occasion: str, **changes: Any) -> str:
        arguments = {"customer_id": "CUST_001", "message": "Done"}
        return admit(request("send_customer_notification", arguments, occasion=occasion, **changes)).effect_key

    assert key("m-1") == key("m-1", consent=consent_to(CREDIT))
    assert key("m-1") != key("m-2")
    assert key("m-1") != key("m-1", conversation_id="c-2")


def test_a_call_has_the_key_of_its_effect_before_it_is_admitted():
    arguments = {"customer_id": "CUST_001", "amount": "49.90", "reason": "Charged twice"}
    call = request("apply_credit_adjustment", arguments, consent=consent_to(arguments))
    assert effect_key_of(call) == admit(call).effect_key
    other_spelling = call.call.model_copy(update={"arguments": arguments | {"amount": 49.9}})
    assert effect_key_of(call.model_copy(update={"call": other_spelling})) == effect_key_of(call)


@pytest.mark.parametrize("tool", ["apply_credit_adjustment", "print_money"])
def test_a_call_that_is_refused_has_a_key_that_no_effect_has(tool: str):
    first, second = (request(tool, {"amount": amount}) for amount in ("a lot", "more"))
    assert effect_key_of(first) != effect_key_of(second)
    assert len(effect_key_of(first)) == 64


@pytest.mark.parametrize("agent", list(AgentType))
@pytest.mark.parametrize("tool", TOOLBOX.values(), ids=TOOLBOX.keys())
def test_the_gate_enforces_the_matrix(tool: Any, agent: AgentType):
    """Nobody gets past the first check with a tool that is not theirs; everybody else gets to the second."""
    with pytest.raises(ToolRefused) as refused:
        admit(request(tool.name, {"nonsense": 1}, agent))
    assert isinstance(refused.value, InvalidArguments if tool.allows(agent) else NotAuthorized)


SMALL = ToolSpec(
    name="apply_credit_adjustment",
    description="",
    arguments=ApplyCreditAdjustment,
    result=CreditApplied,
    policy=ToolPolicy(
        agents=frozenset({AgentType.TIER1, AgentType.BILLING}),
        conditions={AgentType.TIER1: Condition("up to 5.00; above it hand over to billing", lambda a: a.amount <= 5)},
        approval_above=Decimal(1_000),
        verified_above=Decimal(100),
        identity=IdentityLevel.AUTHENTICATED,
    ),
)
"""A tool that Tier 1 may use with small amounts only."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.admission.resolve", lambda name: SMALL)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("agent", "amount"), [(AgentType.TIER1, 5), (AgentType.BILLING, 5.01)])
def test_a_condition_binds_its_agent_only(agent: AgentType, amount: float):
    assert admit(request("apply_credit_adjustment", CREDIT | {"amount": amount}, agent)).tool is SMALL


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": 5.01}, OutsideAuthority),
        # Who may not do it at all is not told that a person could approve it.
        ({"amount": 5_000}, OutsideAuthority),
        # What is wrong or somebody else's is that first.
        ({"amount": -5}, InvalidArguments),
        ({"amount": 5_000, "customer_id": "CUST_002"}, NotFound),
    ],
)
def test_outside_the_condition_is_refused_in_words_the_agent_can_follow(
    changes: dict[str, Any], refusal: type[ToolRefused]
):
    with pytest.raises(refusal) as refused:
        admit(request("apply_credit_adjustment", CREDIT | changes, AgentType.TIER1))
    if refusal is OutsideAuthority:
        assert refused.value.type == "outside-authority"
        assert refused.value.message == (
            "tier1 may use apply_credit_adjustment only up to 5.00; above it hand over to billing."
        )


def test_a_condition_needs_a_right_to_narrow():
    with pytest.raises(ValueError, match="sales"):
        ToolPolicy(agents=frozenset(), conditions={AgentType.SALES: Condition("never", lambda _: False)})


@pytest.mark.parametrize(("amount", "level"), [(100, IdentityLevel.AUTHENTICATED), (100.01, IdentityLevel.VERIFIED)])
def test_above_its_bound_an_amount_needs_a_verified_customer(amount: float, level: IdentityLevel):
    arguments = ApplyCreditAdjustment.model_validate(CREDIT | {"amount": amount})
    assert SMALL.policy.identity_for(arguments) is level
