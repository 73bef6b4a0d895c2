"""Critical cases: an outage, lost data, an integration that no single product explains: look, put it on file,
and say honestly how things stand."""

from agents.playbook.concerns import Concern, concern_of, lost_data, product_of
from agents.playbook.diagnosis import is_technical, look_with, looked_with, problem_of
from agents.playbook.findings import disturbance_words, disturbed, observations, wrong_setting
from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, OFFER_PERSON, named, started
from agents.playbook.situation import Situation
from domain.state import Priority
from domain.toolbox.crm import CREATE_TICKET, GET_SIMILAR_CASES, TicketCreated
from domain.toolbox.knowledge import GET_TROUBLESHOOTING_GUIDE, TroubleshootingGuide
from domain.toolbox.oversight import ESCALATE_TICKET
from domain.toolbox.technical import (
    CHECK_SYSTEM_LOGS,
    CONFIGURATION_VALIDATOR,
    GET_SERVICE_STATUS,
    RUN_DIAGNOSTIC_TEST,
    SYSTEM_HEALTH_CHECK,
)
from domain.tools import AnyTool
from domain.triggers import Trigger

REASON_LIMIT = 300

_OUTAGE = (GET_SERVICE_STATUS, SYSTEM_HEALTH_CHECK, GET_SIMILAR_CASES)
_LOST_MAIL = (RUN_DIAGNOSTIC_TEST, CHECK_SYSTEM_LOGS, GET_SIMILAR_CASES)
_LOST_FILES = (*_LOST_MAIL, GET_TROUBLESHOOTING_GUIDE)
"""What is looked at before the ticket is escalated."""


def look_at_incident(situation: Situation) -> Move:
    tool = _next_of(situation)
    assert tool is not None, "the rule has looked"
    return fetch_urgent_steps(situation) if tool is GET_TROUBLESHOOTING_GUIDE else look_with(situation, tool)


def fetch_urgent_steps(_situation: Situation) -> Move:
    critical = Priority.CRITICAL.value
    arguments = {"issue_category": "backup_failed", "product_type": "cloud_backup", "severity": critical}
    return Use(GET_TROUBLESHOOTING_GUIDE, arguments)


def escalate_ticket(situation: Situation) -> Move:
    reason = f"Critical: {problem_of(situation)}. {' '.join(observations(situation))}"[:REASON_LIMIT]
    return Use(ESCALATE_TICKET, {"ticket_id": situation.context.ticket_id, "reason": reason, "target": "human"})


def tell_outage(situation: Situation) -> Move:
    status = disturbed(situation)
    assert status is not None, "the rule has looked"
    told = f"{started(situation, disturbance_words(status))}{_filed(situation)}"
    return Say(f"{told} Is there anything else {ANYTHING_ELSE}", confidence=0.95)


def _filed(situation: Situation) -> str:
    if situation.result(ESCALATE_TICKET) is None:
        return ""
    return " Your ticket is marked as critical, for whoever works on it."


def tell_loss(situation: Situation) -> Move:
    """What keeps the loss from growing; whether anything comes back a person has to see."""
    guide: TroubleshootingGuide | None = situation.result(GET_TROUBLESHOOTING_GUIDE)
    urgent = guide.urgent_steps if guide else ["Delete and move nothing for now, so that nothing is overwritten."]
    steps = "\n".join(f"• {step}" for step in urgent)
    return Say(
        f"I'm very sorry{named(situation)}. I've looked at once: {' '.join(observations(situation))}\n\nPlease keep to "
        f"this for now:\n{steps}\n\nI can't promise that everything comes back: that depends on what is still stored. "
        f"I've asked a colleague who can look.{_filed(situation)}",
        outcome="cannot_help",
        because=Trigger.CANNOT_HELP,
        confidence=0.8,
        reason="Data is lost; restoring it is up to people.",
    )


def _incident(situation: Situation) -> tuple[AnyTool, ...]:
    if not is_technical(situation):
        return ()
    if lost_data(situation):
        return _LOST_MAIL if product_of(situation) == "email_service" else _LOST_FILES
    known = disturbed(situation) is not None or not situation.ran(GET_SERVICE_STATUS)
    return _OUTAGE if concern_of(situation) is Concern.OUTAGE and known else ()


def _next_of(situation: Situation) -> AnyTool | None:
    chain = _incident(situation)
    return next((tool for tool in chain if situation.can(tool) and not looked_with(situation, tool)), None)


def _to_escalate(situation: Situation) -> bool:
    at_hand = bool(_incident(situation)) and bool(situation.context.ticket_id) and situation.can(ESCALATE_TICKET)
    return at_hand and not situation.ran(ESCALATE_TICKET)


def _disturbed_outage(situation: Situation) -> bool:
    return bool(_incident(situation)) and disturbed(situation) is not None


def _joined(situation: Situation) -> bool:
    """An integration fails that is no single product's matter."""
    joined = is_technical(situation) and concern_of(situation) is Concern.INTEGRATION
    return joined and product_of(situation) is None and wrong_setting(situation) is None


def _next_for_integration(situation: Situation) -> AnyTool | None:
    looks = (CONFIGURATION_VALIDATOR, SYSTEM_HEALTH_CHECK, CREATE_TICKET)
    return next((tool for tool in looks if situation.can(tool) and not situation.ran(tool)), None)


def look_at_integration(situation: Situation) -> Move:
    """First whether our side is healthy, then a ticket of its own: such work goes on beside this conversation."""
    tool = _next_for_integration(situation)
    assert tool is not None, "the rule has looked"
    if tool is not CREATE_TICKET:
        return look_with(situation, tool)
    arguments = {
        "customer_id": situation.customer_id,
        "category": "integration",
        "description": f"Integration of the customer's systems with ours fails. {' '.join(observations(situation))}",
        "priority": Priority.HIGH.value,
    }
    return Use(CREATE_TICKET, arguments)


def tell_integration(situation: Situation) -> Move:
    ticket: TicketCreated | None = situation.result(CREATE_TICKET)
    filed = f" I've opened ticket {ticket.ticket_id} for that, with all that I found." if ticket else ""
    seen = " ".join(observations(situation))
    return Say(
        f"I've looked at our side of the integration. {seen} So it may lie where the two systems meet, "
        f"and to see that takes the error messages and their times.{filed} Somebody should look at it together with "
        f"you. {OFFER_PERSON}",
        confidence=0.8,
    )


INCIDENTS = (
    Rule("incident to look at", lambda s: _next_of(s) is not None, look_at_incident),
    Rule("incident to escalate", _to_escalate, escalate_ticket),
    Rule("data lost", lambda s: is_technical(s) and lost_data(s), tell_loss),
    Rule("outage known", _disturbed_outage, tell_outage),
    Rule("integration to look at", lambda s: _joined(s) and _next_for_integration(s) is not None, look_at_integration),
    Rule("integration", _joined, tell_integration),
)
