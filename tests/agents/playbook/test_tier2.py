"""Every rule of the Tier 2 playbook: how it looks into technical trouble, and what it makes of what it sees."""

from datetime import datetime
from typing import Any

import pytest

from agents.playbook.diagnosis import PLANS
from agents.playbook.phrases import ANYTHING_ELSE, DID_IT_HELP, OFFER_PERSON
from domain.classification import Affirmation, Classification
from domain.consent import make_offer
from domain.messages import ThinkInput, ToolOutcome
from domain.state import AgentType, Consent, Offer, Sentiment
from domain.toolbox import TOOLBOX
from domain.toolbox.crm import GET_SIMILAR_CASES, RESET_PASSWORD, PasswordResetSent, ResetPassword
from domain.toolbox.field_service import SCHEDULE_TECHNICIAN_VISIT
from domain.toolbox.knowledge import GET_TROUBLESHOOTING_GUIDE, SEARCH_KNOWLEDGE_BASE
from domain.toolbox.technical import (
    CHECK_SYSTEM_LOGS,
    CONFIGURATION_VALIDATOR,
    CONNECTIVITY_TEST,
    GET_SERVICE_STATUS,
    RUN_DIAGNOSTIC_TEST,
)
from domain.tools import AnyTool
from domain.triggers import Trigger
from tests.agents.playbook import technical
from tests.agents.playbook.rules import moved, said, used
from tests.agents.playbook.technical import (
    CROWDED,
    DEVICE,
    FULL_BOX,
    MONDAY_LATE,
    NOISE,
    PORT,
    SATURDAY_EARLY,
    cases,
    connectivity,
    diagnosis,
    failed,
    free,
    guide,
    health,
    logs,
    settings,
    statuses,
)
from tests.agents.thoughts import NOW, gave, refused, thought

pytestmark = pytest.mark.unit

DOWN = ("connection_problem", "my internet is down")
SLOW = ("connection_problem", "my internet is slow")
MAIL = ("email_service", "I can't send mails")
JOINED = ("technical_issue", "the API of our integration returns errors")


def about(intent: str, text: str, affirmation: Affirmation = "unclear", **more: Any) -> ThinkInput:
    return technical.about(AgentType.TIER2, intent, text, affirmation, **more)


def again(intent: str, text: str, tries: int, *results: ToolOutcome, agent: AgentType = AgentType.TIER2) -> ThinkInput:
    """The customer says that the last of so many tries did not help, either."""
    return about(
        intent,
        "that didn't help",
        "no",
        before=(text, f"Please try this. {DID_IT_HELP}"),
        resolution_status="unresolved",
        resolution_attempts=[failed(agent, intent)] * tries,
        results=results,
    )


def chain(intent: str, text: str, *outcomes: ToolOutcome, tries: int = 0) -> list[str]:
    """The tools it runs one after the other, with arguments that they take, each with what its run gives."""
    ran: list[ToolOutcome] = []
    for outcome in outcomes:
        given = again(intent, text, tries, *ran) if tries else about(intent, text, results=tuple(ran))
        use = used(given)
        use.tool.arguments.model_validate(dict(use.arguments))
        assert use.tool.name == outcome.tool
        ran.append(outcome)
    return [outcome.tool for outcome in ran]


# ---------------------------------------------------------------------- the chains


def test_a_fault_at_home_is_diagnosed_read_in_the_logs_compared_and_a_visit_offered() -> None:
    found = (diagnosis(NOISE), logs("synchronisation lost"), cases("The cable was replaced."))
    slots = free(SATURDAY_EARLY, MONDAY_LATE)
    assert chain(*DOWN, *found, slots) == [
        "run_diagnostic_test",
        "check_system_logs",
        "get_similar_cases",
        "schedule_technician_visit",
    ]
    move = said(about(*DOWN, results=(*found, slots)))
    for part in ("The line is noisy", "synchronisation lost", "The cable was replaced", "Saturday, 21 November"):
        assert part in move.text
    assert move.offer is not None
    assert move.offer.tool is SCHEDULE_TECHNICIAN_VISIT
    assert move.offer.arguments["visit_date"] == "2026-11-21"
    SCHEDULE_TECHNICIAN_VISIT.arguments.model_validate(dict(move.offer.arguments))


def test_mail_trouble_takes_the_chain_of_the_requirements_and_finds_the_setting() -> None:
    """PRD [1838-1856]: connection_problem, gold, email_service; four tools, a resolution found."""
    words = ("connection_problem", "My email won't connect")
    found = (
        health("degraded", product="email_service"),
        connectivity("fault", "Mail is refused.", product="email_service"),
        logs("port 25 refused"),
        settings(PORT),
    )
    assert chain(*words, *found) == [
        "system_health_check",
        "connectivity_test",
        "check_system_logs",
        "configuration_validator",
    ]
    move = said(about(*words, results=found))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.SYSTEM_CHANGE)
    assert "the port for sending mail is 25 instead of 587" in move.text


def test_a_setting_is_compared_on_the_device_in_question() -> None:
    looked = (health("degraded", product="email_service"), connectivity("fault", "x", product="email_service"), logs())
    assert used(about(*MAIL, results=looked)).arguments["device_id"] == DEVICE
    stranger = settings(PORT.model_copy(update={"device_id": "DEV-OTHER"}))
    assert moved(about(*MAIL, results=(*looked, stranger)))[0] != "a setting is wrong"


def test_slowness_is_followed_over_the_network_and_the_logs_to_the_steps_of_the_guide() -> None:
    found = (connectivity(), logs(), guide("Restart the router.", "Ask what is shown."))
    assert chain(*SLOW, *found) == ["connectivity_test", "check_system_logs", "get_troubleshooting_guide"]
    move = said(about(*SLOW, results=found))
    assert "1. Restart the router." in move.text
    assert "Ask" not in move.text
    assert move.outcome == "resolution_offered"
    assert move.text.endswith(DID_IT_HELP)


def test_what_slows_it_down_is_tested_when_the_network_is_not_fine() -> None:
    found = (connectivity("fault", "The channel is crowded."), logs("channel busy"), diagnosis(CROWDED))
    wifi = PORT.model_copy(update={"setting": "wifi_channel", "value": "6", "recommended": "auto"})
    chain(*SLOW, *found, settings(wifi))
    assert said(about(*SLOW, results=(*found, settings(wifi)))).because is Trigger.SYSTEM_CHANGE


def test_an_integration_is_compared_first_and_passed_on_when_the_devices_are_in_order() -> None:
    found = (settings(), logs())
    assert chain(*JOINED, *found) == ["configuration_validator", "check_system_logs"]
    move = said(about(*JOINED, results=found))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.SYSTEM_CHANGE)
    assert said(about(*JOINED, results=(settings(PORT),))).because is Trigger.SYSTEM_CHANGE


def test_an_outage_is_looked_up_and_told_with_its_end_if_there_is_one() -> None:
    asks = ("service_outage", "is there an outage?")
    assert chain(*asks, statuses("tv", "degraded")) == ["get_service_status"]
    unknown = said(about(*asks, results=(statuses("tv", "degraded"),)))
    assert "our TV is disturbed" in unknown.text
    assert "Nobody can say yet" in unknown.text
    assert unknown.text.endswith(ANYTHING_ELSE)
    end = datetime.fromisoformat("2026-11-21T09:30:00+00:00")
    known = said(about(*asks, results=(statuses("internet", "down", end),)))
    assert "our internet is down" in known.text
    assert "21 November, 09:30 UTC" in known.text


def test_no_outage_is_said_after_a_look_at_the_devices() -> None:
    asks = ("service_outage", "is there an outage?")
    assert chain(*asks, statuses(), health()) == ["get_service_status", "system_health_check"]
    move = said(about(*asks, results=(statuses(), health())))
    assert "No disturbance" in move.text
    assert move.outcome == "continue"


def test_an_outage_elsewhere_explains_nothing() -> None:
    """TV without replay is no reason for an app that crashes."""
    given = about("technical_issue", "the app crashes", results=(statuses("tv", "degraded"),))
    assert used(given).tool is SEARCH_KNOWLEDGE_BASE


# ---------------------------------------------------------------------- what was found


def test_a_disturbed_network_ends_the_look() -> None:
    found = connectivity("network", "A cable was cut.")
    assert used(about(*SLOW, results=(found,))).tool is GET_SERVICE_STATUS
    move = said(about(*SLOW, results=(found, statuses("internet", "down"))))
    assert "our internet is down" in move.text


def test_a_suspended_service_is_no_fault() -> None:
    silent = (diagnosis(status="offline"), logs())
    assert used(about(*DOWN, results=silent)).tool is CONNECTIVITY_TEST
    move = said(about(*DOWN, results=(*silent, connectivity("service", "suspended"))))
    assert "suspended" in move.text
    assert move.text.endswith(OFFER_PERSON)
    assert move.outcome == "continue"


def test_a_remedy_is_told_and_asked_whether_it_helped() -> None:
    looked = (diagnosis(FULL_BOX, product="tv"), logs())
    move = said(about("technical_issue", "no picture on my tv", results=looked))
    assert "Empty the trash." in move.text
    assert move.outcome == "resolution_offered"
    assert move.text.endswith(DID_IT_HELP)


def test_the_fault_of_another_product_is_no_cause() -> None:
    looked = (diagnosis(FULL_BOX, product="email_service"), logs(), connectivity())
    assert used(about(*DOWN, results=looked)).tool is GET_TROUBLESHOOTING_GUIDE


def test_values_out_of_range_are_named() -> None:
    move = said(about(*DOWN, results=(diagnosis(bad=True), logs(), guide("Restart it."))))
    assert "latency_ms is 80, healthy would be 0 to 40" in move.text


def test_lost_data_goes_to_the_expert_before_anything_is_overwritten() -> None:
    move = said(about("technical_issue", "my backup files are gone"))
    assert move.because is Trigger.SYSTEM_CHANGE
    assert "change nothing" in move.text


def test_who_is_upset_is_met_with_a_word_of_regret() -> None:
    reading = Classification(intent="connection_problem", confidence=0.97, sentiment=Sentiment.FRUSTRATED)
    results = (diagnosis(), logs(), guide("Restart it."))
    upset = thought(DOWN[1], agent=AgentType.TIER2, reading=reading, results=results)
    assert "very sorry" in said(upset).text
    assert "sorry" not in said(about(*DOWN, results=results)).text


# ---------------------------------------------------------------------- tries that did not help


@pytest.mark.parametrize(
    ("words", "outcomes"),
    [
        (DOWN, (settings(), cases("It was the name server."))),
        (SLOW, (diagnosis(), settings(), cases("It was the old profile."))),
        (MAIL, (diagnosis(product="email_service"), cases("It was an app password."))),
    ],
)
def test_the_second_try_looks_another_way(words: tuple[str, str], outcomes: tuple[ToolOutcome, ...]) -> None:
    chain(*words, *outcomes, tries=1)
    move = said(again(*words, 1, *outcomes))
    assert move.text.startswith("Let's try another way")
    assert "“It was" in move.text
    assert move.outcome == "resolution_offered"


def test_who_comes_back_without_a_plain_no_is_not_shown_the_same_again() -> None:
    first = said(about(*DOWN, results=(diagnosis(), logs(), guide("Restart it."))))
    before = (DOWN[1], first.text)
    back = about(DOWN[0], "the internet is as dead as ever!", before=before, resolution_status="offered")
    assert used(back).tool is CONFIGURATION_VALIDATOR
    billed = ("my bill?", f"It is 5. {DID_IT_HELP}")
    other = about(*DOWN, before=billed, resolution_status="offered")
    assert used(other).tool is RUN_DIAGNOSTIC_TEST


@pytest.mark.parametrize("plans", PLANS.values(), ids=PLANS.keys())
def test_no_plan_repeats_the_one_before(plans: tuple[tuple[AnyTool, ...], ...]) -> None:
    first, second = plans
    assert set(second) - set(first), "there is something new in it"
    assert second[0] not in first


def test_the_third_try_is_a_technician_where_there_is_something_to_mend_at_home() -> None:
    use = used(again(*DOWN, 2))
    assert use.tool is SCHEDULE_TECHNICIAN_VISIT
    assert "visit_date" not in use.arguments
    assert said(again(*DOWN, 2, free(SATURDAY_EARLY))).offer is not None
    move = said(again(*MAIL, 2))
    assert move.outcome == "cannot_help"
    assert "somebody who can look deeper" in move.text


def test_what_tier_1_tried_is_not_tier_2s_try() -> None:
    assert used(again(*DOWN, 3, agent=AgentType.TIER1)).tool is RUN_DIAGNOSTIC_TEST


def test_the_simple_test_of_the_first_level_is_no_diagnosis() -> None:
    simple = diagnosis().model_copy(update={"arguments": {"test_type": "connection"}})
    use = used(about(*DOWN, results=(simple,)))
    assert (use.tool, use.arguments["test_type"]) == (RUN_DIAGNOSTIC_TEST, "full")


def test_a_guide_that_was_read_before_is_not_read_again() -> None:
    tried = [failed(AgentType.TIER1, DOWN[0], GET_TROUBLESHOOTING_GUIDE)]
    given = about(*DOWN, resolution_attempts=tried, results=(diagnosis(), logs()))
    assert used(given).tool is GET_SIMILAR_CASES
    other_topic = [failed(AgentType.TIER1, "setup_help", GET_TROUBLESHOOTING_GUIDE)]
    given = about(*DOWN, resolution_attempts=other_topic, results=(diagnosis(), logs()))
    assert used(given).tool is GET_TROUBLESHOOTING_GUIDE


# ---------------------------------------------------------------------- tools that fail


@pytest.mark.parametrize("error_type", ["not-found", "back-office-unavailable"])
def test_a_tool_that_fails_is_not_the_end_of_the_look(error_type: str) -> None:
    away = refused(RUN_DIAGNOSTIC_TEST, error_type)
    assert used(about(*DOWN, results=(away,))).tool is CHECK_SYSTEM_LOGS
    no_logs = refused(CHECK_SYSTEM_LOGS, error_type, call_id="logs")
    assert used(about(*DOWN, results=(away, no_logs))).tool is GET_TROUBLESHOOTING_GUIDE
    no_guide = refused(GET_TROUBLESHOOTING_GUIDE, error_type, call_id="guide")
    assert used(about(*DOWN, results=(away, no_logs, no_guide))).tool is GET_SIMILAR_CASES
    no_cases = refused(GET_SIMILAR_CASES, error_type, call_id="cases")
    assert used(about(*DOWN, results=(away, no_logs, no_guide, no_cases))).tool is SEARCH_KNOWLEDGE_BASE
    nothing = refused(SEARCH_KNOWLEDGE_BASE, error_type, call_id="kb")
    move = said(about(*DOWN, results=(away, no_logs, no_guide, no_cases, nothing)))
    assert move.outcome == "cannot_help"
    assert f"run_diagnostic_test: {error_type}" in move.reason


def test_a_setting_that_cannot_be_compared_is_told_as_the_test_has_it() -> None:
    away = refused(CONFIGURATION_VALIDATOR, "back-office-unavailable", call_id="settings")
    move = said(about("connection_problem", "my wifi drops", results=(diagnosis(CROWDED), logs(), away)))
    assert "Set wifi_channel to auto." in move.text
    assert move.outcome == "resolution_offered"


def test_without_steps_left_it_says_what_it_has() -> None:
    given = about(*DOWN, results=(diagnosis(),)).model_copy(update={"steps_left": 1})
    move = said(given)
    assert "found nothing wrong" in move.text
    assert move.text.endswith(OFFER_PERSON)


def test_without_its_tools_it_still_answers() -> None:
    without = frozenset(TOOLBOX) - {SEARCH_KNOWLEDGE_BASE.name}
    assert used(about(*DOWN), without).tool is SEARCH_KNOWLEDGE_BASE
    assert used(about(*DOWN, customer=None)).tool is GET_TROUBLESHOOTING_GUIDE


# ---------------------------------------------------------------------- a lost password


RESET = make_offer(RESET_PASSWORD, ResetPassword(customer_id="CUST_001"), "a code")


def locked_out(text: str, affirmation: Affirmation = "unclear", **more: Any) -> ThinkInput:
    return about("account_access_issue", text, affirmation, **more)


def test_who_is_locked_out_is_offered_a_code_and_gets_it_after_a_yes() -> None:
    move = said(locked_out("I still can't log in"))
    assert move.offer is not None
    assert move.offer.tool is RESET_PASSWORD
    agreed: dict[str, Offer | Consent] = {"offer": RESET, "consent": Consent(message_id="m-1", offer=RESET)}
    assert used(locked_out("yes", "yes", **agreed)).tool is RESET_PASSWORD
    sent = PasswordResetSent(reset_id="R-1", channel="email", recipient="a***@example.org", expires_at=NOW)
    done = said(locked_out("yes", "yes", **agreed, results=(gave(RESET_PASSWORD, sent),)))
    assert "a***@example.org" in done.text
    assert done.outcome == "resolution_offered"
    away = said(locked_out("yes", "yes", **agreed, results=(refused(RESET_PASSWORD, "unavailable"),)))
    assert away.text.endswith(OFFER_PERSON)


def test_a_code_that_nobody_wants_is_not_sent_and_none_is_sent_twice() -> None:
    assert "haven't sent anything" in said(locked_out("no thanks", "no", offer=RESET)).text
    tried = [failed(AgentType.TIER2, "account_access_issue", RESET_PASSWORD)]
    assert said(locked_out("still not", "no", resolution_attempts=tried)).text.endswith(OFFER_PERSON)


def test_a_call_is_arranged_by_who_can() -> None:
    assert moved(about(*DOWN[:1], "please call me back"))[0] == "wants to be called back"


@pytest.mark.parametrize("intent", ["general_faq", "billing_question"])
def test_what_is_not_technical_is_answered_from_the_articles(intent: str) -> None:
    assert used(about(intent, "how does it work?")).tool is SEARCH_KNOWLEDGE_BASE
