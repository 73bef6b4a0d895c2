from typing import Any

import pytest

from agents.conclude import CONCLUDE, Malformed, reply_from, schema_for_models
from domain.state import AgentType
from domain.toolbox import tools_for
from tests.agents.thoughts import CREDIT, an_offer

pytestmark = pytest.mark.unit

TOOLS = tools_for(AgentType.BILLING)
ARGUMENTS = CREDIT.model_dump(mode="json")


def offer(**changes: Any) -> dict[str, Any]:
    return {"tool": "apply_credit_adjustment", "arguments": ARGUMENTS, "summary": "Credit of $49.99"} | changes


def test_words_alone_are_a_reply_that_goes_on() -> None:
    reply = reply_from("  Hello. ", {}, TOOLS, "CUST_001")
    assert (reply.message, reply.outcome, reply.confidence, reply.offer) == ("Hello.", "continue", 1.0, None)


def test_conclusion_is_taken_over() -> None:
    said = {"outcome": "resolution_offered", "confidence": 0.8, "articles": ["kb-1"], "reason": "Article."}
    reply = reply_from("There.", said, TOOLS, "CUST_001")
    assert (reply.outcome, reply.confidence, reply.articles, reply.reason) == (
        "resolution_offered",
        0.8,
        ["kb-1"],
        "Article.",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ARGUMENTS,
        ARGUMENTS | {"amount": 49.99},
        CREDIT.model_dump_json(),
    ],
)
def test_an_offer_is_canonical_however_it_was_written(arguments: Any) -> None:
    reply = reply_from("Shall I?", {"offer": offer(arguments=arguments)}, TOOLS, "CUST_001")
    assert reply.offer == an_offer()


@pytest.mark.parametrize(
    ("conclusion", "complaint"),
    [
        ({"outcome": "victory"}, "outcome"),
        ({"confidence": 7}, "confidence"),
        ({"articles": "kb-1"}, "articles"),
        ({"offer": {"tool": "apply_credit_adjustment"}}, "offer"),
        ({"offer": offer(tool="make_rich")}, "consent"),
        ({"offer": offer(tool="get_billing_information")}, "consent"),
        ({"offer": offer(arguments={})}, "arguments are wrong"),
        ({"offer": offer(arguments=ARGUMENTS | {"amount": -5})}, "arguments are wrong"),
        ({"offer": offer(arguments=ARGUMENTS | {"customer_id": "CUST_002"})}, "another customer"),
        ({"offer": offer(), "outcome": "resolution_confirmed"}, "continue"),
    ],
)
def test_what_cannot_be_used_is_malformed(conclusion: dict[str, Any], complaint: str) -> None:
    with pytest.raises(Malformed, match=complaint):
        reply_from("Words.", conclusion, TOOLS, "CUST_001")


def test_an_agent_cannot_offer_what_it_may_not_do() -> None:
    with pytest.raises(Malformed, match="tool of yours"):
        reply_from("Shall I?", {"offer": offer()}, tools_for(AgentType.TIER1), "CUST_001")


@pytest.mark.parametrize(("monthly_total", "offered"), [("83.33", True), ("83.34", False)])
def test_an_agent_cannot_offer_what_it_may_not_do_with_these_arguments(monthly_total: str, offered: bool) -> None:
    order = {"customer_id": "CUST_001", "quote_id": "QT-1001", "amount": "0.00", "monthly_total": monthly_total}
    said = {"offer": {"tool": "process_order", "arguments": order, "summary": "Four lines"}}
    if offered:
        assert reply_from("Shall I?", said, tools_for(AgentType.SALES), "CUST_001", agent=AgentType.SALES).offer
        return
    with pytest.raises(Malformed, match="hand larger ones over to tier3"):
        reply_from("Shall I?", said, tools_for(AgentType.SALES), "CUST_001", agent=AgentType.SALES)


@pytest.mark.parametrize("text", ["", "  \n "])
def test_no_words_are_malformed(text: str) -> None:
    with pytest.raises(Malformed, match="words"):
        reply_from(text, {}, TOOLS, "CUST_001")


def test_schema_names_the_outcomes() -> None:
    schema = schema_for_models()
    assert schema["name"] == CONCLUDE
    assert "cannot_help" in schema["parameters"]["properties"]["outcome"]["enum"]


def test_what_a_person_must_approve_may_be_offered() -> None:
    """The approval is asked for when the customer has agreed (domain/approvals.py)."""
    arguments = {"offer": offer(arguments=ARGUMENTS | {"amount": "149.00"})}
    reply = reply_from("Shall I ask for it?", arguments, TOOLS, "CUST_001")
    assert reply.offer is not None


def test_an_effect_that_needs_no_consent_may_be_offered_all_the_same() -> None:
    visit = {
        "customer_id": "CUST_001",
        "issue": "The line is noisy.",
        "visit_date": "2026-11-24",
        "time_window": "10-12",
    }
    said = {"offer": {"tool": "schedule_technician_visit", "arguments": visit, "summary": "A visit"}}
    reply = reply_from("Shall I book it?", said, tools_for(AgentType.TIER2), "CUST_001", agent=AgentType.TIER2)
    assert reply.offer is not None
    assert reply.offer.tool == "schedule_technician_visit"
