"""The rules of the Tier 3 playbook: changes of settings, critical cases, and who is upset."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agents.playbook.executive import CALLBACK_HOUR
from agents.playbook.phrases import ANYTHING_ELSE, DID_IT_HELP, OFFER_PERSON
from domain import approvals
from domain.classification import Affirmation, Classification
from domain.consent import make_offer
from domain.messages import ThinkInput, ToolOutcome
from domain.state import AgentType, Consent, PastInteraction, Priority, Sentiment, TicketStatus
from domain.toolbox.compliance import (
    AUDIT_LOG_ACTION,
)
from domain.toolbox.crm import CREATE_TICKET, TicketCreated
from domain.toolbox.customer import (
    GET_CUSTOMER_INTERACTION_HISTORY,
    InteractionHistory,
)
from domain.toolbox.field_service import SCHEDULE_CALLBACK, CallbackScheduled, ScheduleCallback
from domain.toolbox.knowledge import GET_TROUBLESHOOTING_GUIDE
from domain.toolbox.oversight import (
    CALCULATE_CUSTOMER_SATISFACTION,
    ESCALATE_TICKET,
    CustomerSatisfaction,
    TicketEscalated,
)
from domain.toolbox.technical import (
    APPLY_CONFIGURATION_CHANGE,
    CHECK_SYSTEM_LOGS,
    CONFIGURATION_VALIDATOR,
    GET_SERVICE_STATUS,
    RUN_DIAGNOSTIC_TEST,
    ApplyConfigurationChange,
    ConfigurationChanged,
)
from domain.triggers import Trigger
from tests.agents.playbook import technical
from tests.agents.playbook.rules import moved, said, used
from tests.agents.playbook.technical import (
    DEVICE,
    NOISE,
    PORT,
    SATURDAY_EARLY,
    audited,
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

MAIL = ("email_service", "I can't send mails")


def about(intent: str, text: str, affirmation: Affirmation = "unclear", **more: Any) -> ThinkInput:
    return technical.about(AgentType.TIER3, intent, text, affirmation, **more)


# ---------------------------------------------------------------------- changes of settings

CHANGE = ApplyConfigurationChange(
    customer_id="CUST_001", device_id=DEVICE, setting="smtp_port", value="587", reason="Port 25 is closed."
)
OFFER = make_offer(APPLY_CONFIGURATION_CHANGE, CHANGE, "the port for sending mail from 25 to 587")
OFFERED = (MAIL[1], "Shall I ask for that?")


def answer(text: str, affirmation: Affirmation = "unclear", *results: ToolOutcome) -> ThinkInput:
    """What the customer says to the offered change."""
    return about("email_service", text, affirmation, before=OFFERED, offer=OFFER, results=results)


def yes(*results: ToolOutcome) -> ThinkInput:
    consent = Consent(message_id="m-1", offer=OFFER)
    return about("email_service", "yes", "yes", before=OFFERED, offer=OFFER, consent=consent, results=results)


def pending(error_type: str = "approval-pending") -> ToolOutcome:
    return refused(APPLY_CONFIGURATION_CHANGE, error_type, approvals.PENDING.format(hours=8), call_id="change")


def test_the_wrong_setting_that_tier_2_found_is_offered_to_be_changed_without_another_look() -> None:
    move = said(about(*MAIL, results=(health("degraded"), connectivity("fault"), logs("refused"), settings(PORT))))
    assert "the port for sending mail from 25 to 587" in move.text
    assert "approve" in move.text
    assert move.offer is not None
    assert move.offer.tool is APPLY_CONFIGURATION_CHANGE
    given = APPLY_CONFIGURATION_CHANGE.arguments.model_validate(dict(move.offer.arguments))
    assert (given.device_id, given.setting, given.value) == (DEVICE, "smtp_port", "587")


def test_a_yes_asks_for_approval_writes_the_audit_entry_and_tells_what_happens_meanwhile() -> None:
    use = used(yes())
    assert use.tool is APPLY_CONFIGURATION_CHANGE
    assert APPLY_CONFIGURATION_CHANGE.arguments.model_validate(dict(use.arguments)) == CHANGE
    entry = used(yes(pending()))
    assert entry.tool is AUDIT_LOG_ACTION
    assert entry.arguments["action"] == "configuration_change_requested"
    AUDIT_LOG_ACTION.arguments.model_validate(dict(entry.arguments))
    for trail in (audited(), refused(AUDIT_LOG_ACTION, "unavailable", call_id="audit")):
        told = said(yes(pending(), trail))
        assert "decides within 8 hours" in told.text, "as the engine is set"
        assert "nothing changes" in told.text
        assert (told.outcome, told.text.endswith(ANYTHING_ELSE)) == ("continue", True)


def test_a_change_that_was_made_is_told_and_asked_whether_it_helped() -> None:
    changed = ConfigurationChanged(
        change_id="CH-1", device_id=DEVICE, setting="smtp_port", previous="25", value="587", faults_cleared=["X"]
    )
    made = gave(APPLY_CONFIGURATION_CHANGE, changed)
    assert used(yes(made)).arguments["action"] == "configuration_changed"
    told = said(yes(made, audited()))
    assert "CH-1" in told.text
    assert told.outcome == "resolution_offered"
    assert told.text.endswith(DID_IT_HELP)


def test_without_a_way_to_ask_for_approval_somebody_who_can_goes_on() -> None:
    move = said(yes(pending("approval-required")))
    assert (move.outcome, move.because) == ("cannot_help", Trigger.APPROVAL_NEEDED)


def test_a_change_the_system_does_not_take_leads_to_a_test_and_to_a_technician() -> None:
    assert used(yes(pending("not-possible"))).tool is RUN_DIAGNOSTIC_TEST
    found = diagnosis(NOISE, product="internet")
    slots = (logs(), cases("A cable."), free(SATURDAY_EARLY))
    offer = make_offer(APPLY_CONFIGURATION_CHANGE, CHANGE, "the channel")
    given = about(
        "connection_problem",
        "yes",
        "yes",
        before=("my wifi drops", "Shall I ask for that?"),
        offer=offer,
        consent=Consent(message_id="m-1", offer=offer),
        results=(pending("not-possible"), found, *slots),
    )
    move = said(given)
    assert move.offer is not None
    assert move.offer.tool.name == "schedule_technician_visit"


def test_a_change_that_fails_is_passed_to_a_person() -> None:
    move = said(yes(pending("back-office-unavailable")))
    assert move.outcome == "cannot_help"
    assert "Nothing has been changed" in move.text


def test_a_no_changes_nothing() -> None:
    move = said(answer("no thanks", "no"))
    assert "stays as it is" in move.text
    assert move.text.endswith(OFFER_PERSON)
    assert move.offer is None


def test_what_works_again_needs_no_change() -> None:
    move = said(answer("it works now"))
    assert (move.offer, move.outcome) == (None, "resolution_confirmed")


def test_a_question_about_the_change_is_answered_from_the_setting_and_offered_again() -> None:
    use = used(answer("what would that change do?"))
    assert use.tool is CONFIGURATION_VALIDATOR
    assert use.arguments["device_id"] == DEVICE
    move = said(answer("what would that change do?", "unclear", settings(PORT)))
    assert "Port 25 is closed." in move.text
    assert move.offer is not None
    other = about("technical_issue", "my tv freezes, too", before=OFFERED, offer=OFFER)
    assert used(other).tool is RUN_DIAGNOSTIC_TEST
    mended = said(answer("what would that change do?", "unclear", settings()))
    assert mended.offer is None
    assert mended.outcome == "resolution_offered"


# ---------------------------------------------------------------------- critical cases


def escalated() -> ToolOutcome:
    found = TicketEscalated(
        request_id="ER-1", ticket_id="T-1", status=TicketStatus.ESCALATED, target="human", next_step="Wait."
    )
    return gave(ESCALATE_TICKET, found, call_id="escalated")


def ran(intent: str, text: str, *outcomes: ToolOutcome) -> list[str]:
    """The tools it runs one after the other, each with what its run gives."""
    before: list[ToolOutcome] = []
    for outcome in outcomes:
        use = used(about(intent, text, results=tuple(before)))
        use.tool.arguments.model_validate(dict(use.arguments))
        assert use.tool.name == outcome.tool
        before.append(outcome)
    return [outcome.tool for outcome in outcomes]


def test_a_critical_outage_is_looked_at_put_on_file_and_told_without_a_promise() -> None:
    asks = ("service_outage", "is the internet down?")
    looked = (statuses("internet", "down"), health(network="down"), cases("A cable."), escalated())
    assert ran(*asks, *looked) == ["get_service_status", "system_health_check", "get_similar_cases", "escalate_ticket"]
    move = said(about(*asks, results=looked))
    for part in ("internet is down", "Nobody can say yet", "marked as critical"):
        assert part in move.text
    unfiled = said(about(*asks, results=(*looked[:3], refused(ESCALATE_TICKET, "not-possible"))))
    assert "critical" not in unfiled.text


def test_without_an_outage_nothing_is_escalated() -> None:
    asks = ("service_outage", "is the internet down?")
    assert moved(about(*asks, results=(statuses(), health())))[0] == "no outage known"
    away = refused(GET_SERVICE_STATUS, "back-office-unavailable")
    assert used(about(*asks, results=(away,))).tool is not ESCALATE_TICKET


def test_lost_files_are_looked_for_put_on_file_and_left_to_a_person() -> None:
    lost = ("technical_issue", "my backup files are gone")
    looked = (
        diagnosis(product="cloud_backup"),
        logs("backup overdue"),
        cases("One file was locked."),
        guide("Restart it.", urgent=("Change nothing.",)),
        escalated(),
    )
    ran(*lost, *looked)
    move = said(about(*lost, results=looked))
    assert "• Change nothing." in move.text
    assert "I can't promise" in move.text
    assert (move.outcome, move.because) == ("cannot_help", Trigger.CANNOT_HELP)


def test_lost_mails_have_no_guide_and_the_same_care() -> None:
    looked = (diagnosis(product="email_service"), logs(), cases(), escalated())
    assert GET_TROUBLESHOOTING_GUIDE.name not in ran("email_service", "all my mails are gone", *looked)
    assert "Delete and move nothing" in said(about("email_service", "all my mails are gone", results=looked)).text


def test_an_integration_gets_a_ticket_of_its_own() -> None:
    joined = ("technical_issue", "the API of our integration fails")
    ticket = TicketCreated(ticket_id="TK-9", status=TicketStatus.NEW, priority=Priority.HIGH, sla_deadline=NOW)
    looked = (settings(), health(), gave(CREATE_TICKET, ticket, call_id="ticket"))
    assert ran(*joined, *looked) == ["configuration_validator", "system_health_check", "create_ticket"]
    move = said(about(*joined, results=looked))
    assert "TK-9" in move.text
    assert move.text.endswith(OFFER_PERSON)
    away = said(about(*joined, results=(*looked[:2], refused(CREATE_TICKET, "unavailable", call_id="ticket"))))
    assert "ticket" not in away.text


def test_after_two_tries_a_person_is_offered_where_nobody_can_visit() -> None:
    given = about(*MAIL, resolution_attempts=[failed(AgentType.TIER3, MAIL[0])] * 2)
    assert said(given).text.endswith(OFFER_PERSON)


def test_what_tier_2_has_been_through_is_not_done_again() -> None:
    tried = [failed(AgentType.TIER2, "connection_problem", RUN_DIAGNOSTIC_TEST, CHECK_SYSTEM_LOGS)]
    use = used(about("connection_problem", "my internet is still down", resolution_attempts=tried))
    assert use.tool is CONFIGURATION_VALIDATOR


# ---------------------------------------------------------------------- who is upset

CALL = ScheduleCallback(
    customer_id="CUST_001", callback_at=datetime(2026, 11, 21, CALLBACK_HOUR, tzinfo=UTC), reason="A complaint."
)
CALL_OFFER = make_offer(SCHEDULE_CALLBACK, CALL, "a call on Saturday")


def history(*solved: bool) -> ToolOutcome:
    contacts = [
        PastInteraction(at=NOW, channel="phone", category="complaint", summary="x", resolved=done) for done in solved
    ]
    found = InteractionHistory(interactions=contacts, total=len(contacts))
    return gave(GET_CUSTOMER_INTERACTION_HISTORY, found, call_id="history")


def satisfaction() -> ToolOutcome:
    found = CustomerSatisfaction(
        score=2.0, satisfied_share=0.2, trend=-1, nps=None, effort=None, predicted=1.8, risk="high", drivers=[]
    )
    return gave(CALCULATE_CUSTOMER_SATISFACTION, found, call_id="satisfaction")


def furious(text: str, *results: ToolOutcome, intent: str = "connection_problem", **more: Any) -> ThinkInput:
    """Alice Morgan is a platinum customer."""
    reading = Classification(intent=intent, confidence=0.97, sentiment=Sentiment.FRUSTRATED)
    return thought(text, agent=AgentType.TIER3, reading=reading, results=results, **more)


def test_one_of_our_best_customers_upset_gets_facts_and_the_offer_of_a_call() -> None:
    words = "this is ridiculous, my internet is still slow"
    assert used(furious(words)).tool is GET_CUSTOMER_INTERACTION_HISTORY
    assert used(furious(words, history(True, False))).tool is CALCULATE_CUSTOMER_SATISFACTION
    move = said(furious(words, history(True, False), satisfaction()))
    assert "2 contacts in the last three months, 1 of them without a solution" in move.text
    assert move.offer is not None
    assert move.offer.arguments["callback_at"] == "2026-11-21T10:00:00+00:00"
    assert "risk high" in move.offer.arguments["reason"]
    SCHEDULE_CALLBACK.arguments.model_validate(dict(move.offer.arguments))
    assert "of 5" not in move.text, "what we think of their mood is for who calls"


def test_what_can_be_mended_comes_before_the_call() -> None:
    assert moved(furious("this is ridiculous", settings(PORT), intent="email_service"))[0] == "a setting is wrong"


def test_a_complaint_is_met_alike_and_missing_facts_are_admitted() -> None:
    away = refused(GET_CUSTOMER_INTERACTION_HISTORY, "unavailable", call_id="history")
    complaint = about("complaint", "I want to talk to the board", results=(away, satisfaction()))
    assert "can't see the earlier contacts" in said(complaint).text
    none = about("complaint", "I want to talk to the board", results=(history(), satisfaction()))
    assert "no earlier contact" in said(none).text


def test_a_yes_arranges_the_call_and_writes_it_down() -> None:
    more = {"offer": CALL_OFFER, "consent": Consent(message_id="m-1", offer=CALL_OFFER)}
    use = used(about("complaint", "yes", "yes", **more))
    assert use.tool is SCHEDULE_CALLBACK
    assert SCHEDULE_CALLBACK.arguments.model_validate(dict(use.arguments)) == CALL
    call = CallbackScheduled(callback_id="CB-1", callback_at=CALL.callback_at, phone="+***", status="scheduled")
    booked = gave(SCHEDULE_CALLBACK, call, call_id="call")
    assert used(about("complaint", "yes", "yes", **more, results=(booked,))).tool is AUDIT_LOG_ACTION
    told = said(about("complaint", "yes", "yes", **more, results=(booked, audited())))
    assert "CB-1" in told.text
    assert "Saturday, 21 November, at 10:00 UTC" in told.text
    full = refused(SCHEDULE_CALLBACK, "slot-taken", call_id="call")
    assert said(about("complaint", "yes", "yes", **more, results=(full,))).text.endswith(OFFER_PERSON)


def test_who_wants_no_call_is_offered_a_person_or_has_the_trouble_looked_at() -> None:
    assert "nobody calls" in said(about("complaint", "no thanks", "no", offer=CALL_OFFER)).text
    technical_no = about("connection_problem", "no, my internet is down", "no", offer=CALL_OFFER)
    assert used(technical_no).tool is RUN_DIAGNOSTIC_TEST


def test_no_call_is_offered_for_a_sunday() -> None:
    saturday = furious("ridiculous", history(), satisfaction()).model_copy(
        update={"now": datetime(2026, 11, 21, 9, tzinfo=UTC)}
    )
    offer = said(saturday).offer
    assert offer is not None
    assert offer.arguments["callback_at"].startswith("2026-11-23")
