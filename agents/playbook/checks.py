"""What first-level support can look at itself: whether our services run where the customer lives, and a simple test of
their line. What that does not explain goes to technical support, with what it showed."""

import re
from typing import Any

from agents.playbook.concerns import Concern, concern_of, product_of
from agents.playbook.diagnosis import found_so_far, tell_disturbance, tell_no_outage
from agents.playbook.findings import disturbed
from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.situation import Situation
from domain.devices import TestType
from domain.intents import Family, family_of
from domain.toolbox.technical import GET_SERVICE_STATUS, RUN_DIAGNOSTIC_TEST

_ABOUT_STATUS = re.compile(
    r"\b(?:up|down|running|working|disturb\w*|outages?|interrupt\w*|(?:service|network) status|status of)\b",
    re.IGNORECASE,
)


def look_at_status(situation: Situation) -> Move:
    return Use(GET_SERVICE_STATUS, _about(situation))


def run_test(situation: Situation) -> Move:
    """One of the two tests that this level may run."""
    test = TestType.SPEED if concern_of(situation) is Concern.SPEED else TestType.CONNECTION
    product = product_of(situation)
    arguments: dict[str, Any] = {"customer_id": situation.customer_id, "test_type": test.value}
    return Use(RUN_DIAGNOSTIC_TEST, arguments | ({"parameters": {"product_type": product}} if product else {}))


def bring_in_support(situation: Situation) -> Move:
    return Say(
        f"{found_so_far(situation)}\n\nThis needs a deeper look than mine, so I'm bringing in technical support.",
        outcome="cannot_help",
        confidence=0.8,
        reason="What first-level support knows and can test did not help.",
    )


def _about(situation: Situation) -> dict[str, Any]:
    product = product_of(situation)
    return {"customer_id": situation.customer_id} | ({"product_type": product} if product else {})


def _asks_for_status(situation: Situation) -> bool:
    """Right out, or as the sense of a question that had to be clarified."""
    asked = any(_ABOUT_STATUS.search(text) for text in situation.told[-2:])
    return situation.intent == "service_outage" or (situation.intent == "service_overview" and asked)


def _unhelped(situation: Situation) -> bool:
    """The guide or the article did not help with something technical."""
    again = situation.context.resolution == "unresolved" or situation.feedback == "unsolved"
    return family_of(situation.intent) is Family.TECHNICAL and again and bool(situation.replied)


def _looks(situation: Situation) -> bool:
    return _asks_for_status(situation) or _unhelped(situation)


def _may_test(situation: Situation) -> bool:
    return situation.can(RUN_DIAGNOSTIC_TEST) and not situation.ran(RUN_DIAGNOSTIC_TEST)


CHECKS = (
    Rule("status not seen", lambda s: _looks(s) and s.can(GET_SERVICE_STATUS) and not s.ran(GET_SERVICE_STATUS),
         look_at_status),
    Rule("a disturbance is known", lambda s: _looks(s) and disturbed(s) is not None, tell_disturbance),
    Rule("no disturbance is known", lambda s: _asks_for_status(s) and s.result(GET_SERVICE_STATUS) is not None
         and not _unhelped(s), tell_no_outage),
    Rule("line not tested", lambda s: _unhelped(s) and _may_test(s), run_test),
    Rule("needs a deeper look", _looks, bring_in_support),
)  # fmt: skip
