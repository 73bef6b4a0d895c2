"""What every call goes through: the gate, the outcome, the errors. The tools themselves are in ``toolbox/``."""

import asyncio
import json
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.ports import Billing
from activities.sagas import ADMIT, GIVE_UP
from activities.tools import ToolActivities
from adapters.postgres.back_office import postgres_back_office
from domain.errors import BackOfficeUnavailable
from domain.identity import IdentityLevel
from domain.state import AgentType
from domain.toolbox import TOOLBOX
from tests.activities.office import CLAIMED, Office, request

pytestmark = pytest.mark.integration

ME = {"customer_id": "CUST_001"}


async def test_an_outcome_tells_which_call_it_belongs_to(library: Office):
    call = request("billing_system_lookup", ME)
    outcome = await library.tools.run(call)
    assert outcome.success
    assert (outcome.call_id, outcome.tool) == (call.call.call_id, "get_billing_information")
    assert outcome.arguments == ME
    assert outcome.masked_arguments == ME
    assert 0 < outcome.run_seconds < 10
    assert (outcome.error_type, outcome.error) == ("", "")


@pytest.mark.parametrize(
    ("tool", "arguments", "changes", "error_type"),
    [
        ("print_money", {}, {}, "unknown-tool"),
        ("apply_credit_adjustment", ME, {"agent": AgentType.TIER1}, "not-authorized"),
        ("get_customer_profile", {"customer_id": "CUST_001", "fields": "all"}, {}, "invalid-arguments"),
        ("get_customer_profile", {"customer_id": "CUST_002"}, {"customer_id": "CUST_001"}, "not-found"),
        ("get_customer_profile", {"customer_id": "nobody"}, {"customer_id": "nobody"}, "unknown-customer"),
        ("get_billing_information", ME | {"invoice_id": "INV-2026-11-0002"}, {}, "not-found"),
        ("get_billing_information", ME | {"invoice_id": "INV-9"}, {}, "not-found"),
        ("apply_credit_adjustment", ME | {"amount": 101, "reason": "Too much"}, {}, "approval-required"),
        ("apply_credit_adjustment", ME | {"amount": 10, "reason": "No yes"}, {}, "consent-required"),
        ("get_customer_profile", ME, CLAIMED, "not-authorized"),
    ],
)
async def test_refusals_are_outcomes_that_an_agent_can_read(
    library: Office, tool: str, arguments: dict[str, Any], changes: dict[str, Any], error_type: str
):
    outcome = await library.run(tool, arguments, **changes)
    assert not outcome.success
    assert outcome.error_type == error_type
    assert len(outcome.error) > 20
    assert outcome.result == {}


async def test_somebody_elses_invoice_looks_like_none(library: Office):
    theirs = await library.run("get_billing_information", ME | {"invoice_id": "INV-2026-11-0002"})
    none = await library.run("get_billing_information", ME | {"invoice_id": "INV-2026-11-9999"})
    assert theirs.error.replace("0002", "9999") == none.error


async def test_ten_megabytes_of_argument_change_nothing_and_come_back_as_a_sentence(library: Office):
    outcome = await library.run("search_knowledge_base", {"query": "A" * 10_000_000})
    assert outcome.error_type == "invalid-arguments"
    assert len(outcome.model_dump_json()) < 2_000


async def test_secrets_are_in_no_outcome(library: Office):
    outcome = await library.run("verify_customer_identity", ME | {"factor": "pin", "answer": "4826", "extra": "4826"})
    assert not outcome.success
    assert "4826" not in json.dumps([outcome.masked_arguments, outcome.error])
    assert outcome.arguments["answer"] == "***"


async def test_identity_is_asked_for_where_it_is_needed(office: Office):
    refused = await office.run("get_billing_information", ME, **CLAIMED)
    assert refused.error_type == "not-authorized"
    assert "verify_customer_identity" in refused.error
    assert "date_of_birth" in refused.error
    proven = await office.run("verify_customer_identity", ME | {"factor": "pin", "answer": "4826"}, **CLAIMED)
    assert proven.result["level"] == IdentityLevel.VERIFIED
    assert (await office.run("get_billing_information", ME, **CLAIMED)).success
    elsewhere = await office.run("get_billing_information", ME, conversation_id="another", **CLAIMED)
    assert elsewhere.error_type == "not-authorized"


async def test_every_result_stays_small(library: Office):
    calls: dict[str, dict[str, Any]] = {
        "get_customer_profile": ME,
        "get_customer_interaction_history": ME | {"days_back": 3_650},
        "get_account_services": ME,
        "get_billing_information": ME | {"max_invoices": 3},
        "search_knowledge_base": {"query": "price plan internet mobile invoice", "max_results": 8},
    }
    for customer in ("CUST_001", "CUST_002", "CUST_004", "CUST_011"):
        for tool, arguments in calls.items():
            mine = arguments | {"customer_id": customer} if "customer_id" in arguments else arguments
            outcome = await library.run(tool, mine)
            assert outcome.success, outcome.error
            assert len(json.dumps(outcome.result)) < 3_300, tool


class SlowBilling:
    """A billing system that has stopped answering."""

    async def balance(self, customer_id: str) -> Any:
        await asyncio.sleep(60)

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"a bug that quotes the customer: {name}")


def with_billing(office: Office, billing: Billing) -> ToolActivities:
    back_office = postgres_back_office(office.pool)
    return ToolActivities(type(back_office)(**vars(back_office) | {"billing": billing}))


async def test_a_system_that_hangs_is_a_retryable_error(library: Office, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("activities.outcomes.OWN_SHARE", 0.02)
    with pytest.raises(ApplicationError) as raised:
        await with_billing(library, SlowBilling()).run(request("get_billing_information", ME))
    assert raised.value.type == BackOfficeUnavailable.type
    assert not raised.value.non_retryable


async def test_a_bug_is_retryable_has_a_stable_type_and_quotes_nobody(library: Office):
    class Broken(SlowBilling):
        async def balance(self, customer_id: str) -> Any:
            raise RuntimeError("Alice Morgan said that she ...")

    with pytest.raises(ApplicationError) as raised:
        await with_billing(library, Broken()).run(request("get_billing_information", ME))
    assert raised.value.type == "internal"
    assert not raised.value.non_retryable
    assert "Alice" not in raised.value.message


def test_every_tool_is_an_activity_of_its_name_and_one_takes_the_rest(library: Office):
    definitions = [getattr(activity, "__temporal_activity_definition") for activity in library.tools.activities()]
    names = [definition.name for definition in definitions]
    sagas = [tool.saga for tool in TOOLBOX.values() if tool.saga]
    steps = [name for saga in sagas for name in (*saga.way, *(step.undo for step in saga.steps))]
    assert sorted(name for name in names if name) == sorted([*TOOLBOX, *steps, ADMIT, GIVE_UP])
    assert names.count(None) == 1
