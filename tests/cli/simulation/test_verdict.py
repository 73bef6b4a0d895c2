"""What came of a script, and what is said where that is not what it expects."""

from collections.abc import Iterable
from decimal import Decimal

import pytest

from cli.simulation.product import Account, Event, Status
from cli.simulation.script import Ending, Expectation
from cli.simulation.verdict import (
    asked_person,
    credit_differences,
    differences,
    ending_differences,
    escalated,
    heard,
    is_repeat,
)
from domain.state import TicketStatus

pytestmark = pytest.mark.unit

CREDIT = "apply_credit_adjustment"


def log(*events: Event) -> list[Event]:
    return [{"seq": number, **event} for number, event in enumerate(events, start=1)]


def message(message_id: str) -> Event:
    return {"type": "customer_message", "message_id": message_id}


def intent(name: str) -> Event:
    return {"type": "intent_classified", "intent": name}


def tool(name: str, kind: str = "tool_completed") -> Iterable[Event]:
    return {"type": "tool_called", "tool": name}, {"type": kind, "tool": name}


def reply(*answers: str, agent: str = "billing", text: str = "Your bill is $49.99.") -> Event:
    return {"type": "agent_message", "agent_type": agent, "answers": list(answers), "message": text}


TALK = log(
    {"type": "conversation_started"},
    message("step-1"),
    intent("duplicate_charge"),
    *tool("get_billing_information"),
    reply("step-1"),
    message("step-2"),
    *tool("search_knowledge_base", "tool_failed"),
    *tool(CREDIT),
    {"type": "human_message", "answers": ["step-2"], "message": "Done."},
)


def test_what_came_of_each_message() -> None:
    first, second = heard(TALK, "step-1"), heard(TALK, "step-2")
    assert (first.intent, first.agent, first.tools) == ("duplicate_charge", "billing", ["get_billing_information"])
    assert first.message == "Your bill is $49.99."
    assert (second.intent, second.agent) == ("duplicate_charge", "human")
    assert (second.tools, second.failed) == (["search_knowledge_base", CREDIT], ["search_knowledge_base"])


def test_an_intent_of_later_does_not_count_for_before() -> None:
    events = log(message("step-1"), reply("step-1"), message("step-2"), intent("thanks"), reply("step-2"))
    assert heard(events, "step-1").intent == ""
    assert heard(events, "step-2").intent == "thanks"


def test_a_message_that_nobody_answered() -> None:
    found = heard(log(message("step-1")), "step-1")
    assert (found.agent, found.message) == ("", "")
    assert heard([], "step-1").tools == []


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({}, []),
        ({"intent": "duplicate_charge", "agent": "billing", "tools": "get_billing_information"}, []),
        ({"mentions": ["49.99", "YOUR BILL"]}, []),
        ({"intent": "thanks"}, ["intent duplicate_charge instead of thanks"]),
        ({"agent": "tier1"}, ["agent billing instead of tier1"]),
        ({"tools": []}, ["tools get_billing_information instead of none"]),
        ({"tools": CREDIT}, [f"tools get_billing_information instead of {CREDIT}"]),
        ({"mentions": "34.99"}, ["the answer does not mention '34.99'"]),
    ],
)
def test_differences_of_a_step(expected: dict[str, object], told: list[str]) -> None:
    assert list(differences(Expectation.model_validate(expected), heard(TALK, "step-1"))) == told


def test_a_tool_that_fails_must_be_expected_to() -> None:
    found, tools = heard(TALK, "step-2"), ["search_knowledge_base", CREDIT]
    assert list(differences(Expectation(tools=tools, refused=["search_knowledge_base"]), found)) == []
    told = list(differences(Expectation(tools=tools), found))
    assert told == ["tools that failed: search_knowledge_base instead of none"]


def test_the_order_of_tools_matters() -> None:
    expected = Expectation(tools=[CREDIT, "search_knowledge_base"], refused=["search_knowledge_base"])
    assert len(list(differences(expected, heard(TALK, "step-2")))) == 1


ENDED = log(
    {"type": "escalated"},
    {"type": "handoff_requested", "queue": "billing"},
    {"type": "survey_answered", "score": 4},
)
STATUS = Status(status=TicketStatus.ESCALATED, requires_human=True)


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ({}, []),
        ({"status": "escalated", "person": True, "queue": "billing", "survey": 4}, []),
        ({"status": "closed"}, ["status escalated instead of closed"]),
        ({"person": False}, ["waits for a person"]),
        ({"queue": "sales"}, ["queue billing instead of sales"]),
        ({"survey": 5}, ["survey answered 4 instead of 5"]),
    ],
)
def test_differences_of_the_ending(ending: dict[str, object], told: list[str]) -> None:
    assert list(ending_differences(Ending.model_validate(ending), ENDED, STATUS)) == told


def test_nothing_of_what_the_ending_asks_for() -> None:
    wanted = Ending(person=True, queue="billing", survey=1)
    told = list(ending_differences(wanted, [], Status(status=TicketStatus.NEW, requires_human=False)))
    assert told == ["does not wait for a person", "queue none instead of billing", "survey answered none instead of 1"]


def test_escalations_are_seen() -> None:
    assert escalated(ENDED)
    assert not escalated(TALK)


def test_only_a_handoff_asks_for_a_person() -> None:
    assert asked_person(ENDED)
    assert not asked_person([{"type": "escalated", "from_agent": "tier1", "to_agent": "tier2"}])


def account(balance: str, *credits_given: str) -> Account:
    return Account(Decimal(balance), [Decimal(amount) for amount in credits_given])


AMOUNT = [Decimal("34.99")]
BOOKED, QUIET = log(*tool(CREDIT)), log(message("step-1"))


@pytest.mark.parametrize(
    ("expected", "events", "before", "after", "told"),
    [
        (AMOUNT, BOOKED, account("0"), account("-34.99", "34.99"), []),
        (AMOUNT, QUIET, account("-34.99", "34.99"), account("-34.99", "34.99"), []),
        ([], QUIET, account("5"), account("5"), []),
        ([], QUIET, account("5", "34.99"), account("5", "34.99"), []),
    ],
    ids=["booked", "booked by an earlier run", "nothing to book", "nothing to book, something earlier"],
)
def test_credits_as_they_should_be(
    expected: list[Decimal], events: list[Event], before: Account, after: Account, told: list[str]
) -> None:
    assert list(credit_differences(expected, events, before, after)) == told


@pytest.mark.parametrize(
    ("expected", "events", "before", "after", "told"),
    [
        (AMOUNT, QUIET, account("0"), account("0"), "the log shows 0 credits instead of 1"),
        (AMOUNT, BOOKED, account("0"), account("0"), "the account received 0.00 instead of 34.99"),
        (AMOUNT, BOOKED, account("0"), account("-69.98", "34.99", "34.99"), "received 69.98 instead of 34.99"),
        (AMOUNT, BOOKED, account("0"), account("-69.98", "34.99", "34.99"), "34.99 credited 2 times instead of 1"),
        (AMOUNT, BOOKED, account("-34.99", "34.99"), account("-69.98", "34.99", "34.99"), "1 credits instead of 0"),
        ([], BOOKED, account("0"), account("-34.99", "34.99"), "received 34.99 instead of 0.00"),
        ([], QUIET, account("0"), account("-34.99", "34.99"), "received 34.99 instead of 0.00"),
    ],
)
def test_credits_that_are_wrong(
    expected: list[Decimal], events: list[Event], before: Account, after: Account, told: str
) -> None:
    assert told in "; ".join(credit_differences(expected, events, before, after))


def test_a_repeat_has_all_of_its_credits_already() -> None:
    assert is_repeat(AMOUNT, account("0", "34.99", "5.00"))
    assert not is_repeat(AMOUNT, account("0", "5.00"))
    assert not is_repeat([*AMOUNT, *AMOUNT], account("0", "34.99"))
    assert not is_repeat([], account("0", "34.99"))
