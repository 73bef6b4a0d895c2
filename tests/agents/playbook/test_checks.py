"""What first-level support looks at before it hands a technical matter on."""

from typing import Any

import pytest

from agents.playbook.phrases import ANYTHING_ELSE, DID_IT_HELP
from domain.classification import Classification
from domain.devices import TestType
from domain.messages import ThinkInput, ToolOutcome
from domain.state import AgentType
from domain.toolbox.technical import (
    GET_SERVICE_STATUS,
    RUN_DIAGNOSTIC_TEST,
    DeviceDiagnosis,
    DiagnosticResult,
    Finding,
    ServiceStatus,
    ServiceStatuses,
)
from tests.agents.playbook.rules import moved, said, used
from tests.agents.thoughts import gave, refused, thought

pytestmark = pytest.mark.unit

HELPLESS = {"resolution_status": "unresolved"}


def about(intent: str, text: str, **more: Any) -> ThinkInput:
    affirmation = "no" if "resolution_status" in more else "unclear"
    reading = Classification(intent=intent, confidence=0.97, affirmation=affirmation)  # type: ignore[arg-type]
    return thought(text, agent=AgentType.TIER1, reading=reading, **more)


def unhelped(first: str, *results: ToolOutcome, intent: str = "setup_help") -> ThinkInput:
    before = (first, f"Our article says so. {DID_IT_HELP}")
    return about(intent, "That didn't help", before=before, results=results, **HELPLESS)


def statuses(*disturbed: str, product: str = "tv") -> ToolOutcome:
    services = [ServiceStatus(product_type=product, status="degraded", message=message) for message in disturbed]
    found = services or [ServiceStatus(product_type=product, status="operational")]
    return gave(GET_SERVICE_STATUS, ServiceStatuses(services=found), call_id="call-status")


def a_diagnosis(*findings: str) -> ToolOutcome:
    device = DeviceDiagnosis(
        device_id="DEV-1",
        product_type="internet",
        model="Northline R6",
        status="offline" if findings else "online",
        verdict="failed" if findings else "passed",
        measurements=[],
        findings=[Finding(code="X", finding=finding, remedy="Mend it.") for finding in findings],
    )
    result = DiagnosticResult(
        test_type=TestType.CONNECTION, verdict=device.verdict, devices=[device], recommendation="Go on."
    )
    return gave(RUN_DIAGNOSTIC_TEST, result, call_id="call-test")


@pytest.mark.parametrize(
    ("intent", "text"),
    [("service_outage", "Is there an outage in my area?"), ("service_overview", "Are my services up right now?")],
)
def test_the_service_status_is_looked_up_instead_of_guessed(intent: str, text: str) -> None:
    assert used(about(intent, text)).tool is GET_SERVICE_STATUS
    disturbed = said(about("service_outage", text, results=(statuses("Replay is unavailable."),)))
    assert "Replay is unavailable." in disturbed.text
    fine = said(about(intent, text, results=(statuses(),)))
    assert "No disturbance of our network is known where you live." in fine.text
    assert fine.text.endswith(ANYTHING_ELSE)


def test_asking_what_one_has_is_not_asking_how_it_runs() -> None:
    name, _ = moved(about("service_overview", "Which services do I have?"))
    assert name == "asks for services"


def test_what_an_article_could_not_mend_a_disturbance_may_explain() -> None:
    given = "How do I activate my new TV box?"
    use = used(unhelped(given))
    assert use.tool is GET_SERVICE_STATUS
    assert use.arguments["product_type"] == "tv"
    move = said(unhelped(given, statuses("Replay is unavailable.")))
    assert "Replay is unavailable." in move.text
    assert move.outcome == "continue"


@pytest.mark.parametrize(
    ("first", "test"),
    [("How do I connect my new router?", "connection"), ("my new router is set up and slow", "speed")],
)
def test_without_a_disturbance_one_of_its_simple_tests_is_run(first: str, test: str) -> None:
    use = used(unhelped(first, statuses(product="internet")))
    assert use.tool is RUN_DIAGNOSTIC_TEST
    assert use.arguments["test_type"] == test
    arguments = RUN_DIAGNOSTIC_TEST.arguments.model_validate(dict(use.arguments))
    condition = RUN_DIAGNOSTIC_TEST.condition_for(AgentType.TIER1)
    assert condition is not None
    assert condition.holds(arguments)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (a_diagnosis("The router does not answer."), "The router does not answer."),
        (a_diagnosis(), "found nothing wrong"),
        (refused(RUN_DIAGNOSTIC_TEST, "not-found"), "No disturbance"),
    ],
)
def test_then_technical_support_goes_on_with_what_the_test_showed(outcome: ToolOutcome, words: str) -> None:
    move = said(unhelped("How do I connect my new router?", statuses(product="internet"), outcome))
    assert words in move.text
    assert "technical support" in move.text
    assert (move.outcome, move.because) == ("cannot_help", None)


def test_a_status_that_cannot_be_seen_stops_nobody() -> None:
    away = refused(GET_SERVICE_STATUS, "back-office-unavailable")
    assert used(unhelped("How do I connect my new router?", away)).tool is RUN_DIAGNOSTIC_TEST
    assert said(about("service_outage", "Is there an outage?", results=(away,))).outcome == "cannot_help"
