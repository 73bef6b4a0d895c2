"""Looking into technical trouble: which tools, in which order, and what they showed.

A plan of tools for each kind of trouble, and another one for the next try, so that no try repeats the one before:
diagnosis → settings and similar cases → a technician or a person. What the tools find leaves the plan at once.
"""

from collections.abc import Mapping
from typing import Any

from agents.playbook.articles import ANSWER_FROM_ARTICLES
from agents.playbook.concerns import PRODUCT_NAMES, VISITED, Concern, concern_of, lost_data, product_of
from agents.playbook.findings import (
    cause_of,
    device_of,
    disturbance_words,
    disturbed,
    network_broken,
    observations,
    similar_case,
    suspended,
    suspicious,
    worst_line,
)
from agents.playbook.guides import customer_steps
from agents.playbook.manners import FAILED_TRIES, bring_in_deeper, give_up, offer_person
from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, DID_IT_HELP, OFFER_PERSON, named, started
from agents.playbook.situation import Situation
from agents.playbook.visits import found_free, offer_window, see_free
from domain.classification import Urgency
from domain.devices import SIMPLE_TESTS, TestType
from domain.intents import Family, family_of
from domain.matrix import NEGATIVE
from domain.state import AgentType, Priority
from domain.toolbox.crm import GET_SIMILAR_CASES
from domain.toolbox.field_service import SCHEDULE_TECHNICIAN_VISIT
from domain.toolbox.knowledge import GET_TROUBLESHOOTING_GUIDE, TroubleshootingGuide
from domain.toolbox.technical import (
    CHECK_SYSTEM_LOGS,
    CONFIGURATION_VALIDATOR,
    CONNECTIVITY_TEST,
    GET_SERVICE_STATUS,
    RUN_DIAGNOSTIC_TEST,
    SYSTEM_HEALTH_CHECK,
)
from domain.tools import AnyTool

LOOKED, LOOKED_DEEPER = "I've looked into it", "I've looked deeper into it"
"""How a diagnosis begins: its next reader knows by it what the customer answers."""
_STEPS_LEAD = "So what is left are these steps of our troubleshooting guide:"
LOG_RANGE, LONG_LOG_RANGE = "24h", "7d"
PROBLEM_LIMIT = 300
LAST_STEP = 1
"""With so many steps left the turn needs its words, or it ends without any."""

PLANS: Mapping[Concern, tuple[tuple[AnyTool, ...], ...]] = {
    Concern.OUTAGE: ((GET_SERVICE_STATUS, SYSTEM_HEALTH_CHECK), (CONNECTIVITY_TEST, CHECK_SYSTEM_LOGS)),
    Concern.INTEGRATION: (
        (CONFIGURATION_VALIDATOR, CHECK_SYSTEM_LOGS, GET_SIMILAR_CASES),
        (RUN_DIAGNOSTIC_TEST, CONNECTIVITY_TEST),
    ),
    # The chain that the PRD's tests name [1847-1852].
    Concern.MAIL: (
        (SYSTEM_HEALTH_CHECK, CONNECTIVITY_TEST, CHECK_SYSTEM_LOGS, CONFIGURATION_VALIDATOR),
        (RUN_DIAGNOSTIC_TEST, GET_SIMILAR_CASES),
    ),
    Concern.PORTAL: ((GET_SERVICE_STATUS,), (CHECK_SYSTEM_LOGS,)),
    Concern.SPEED: (
        (CONNECTIVITY_TEST, CHECK_SYSTEM_LOGS),
        (RUN_DIAGNOSTIC_TEST, CONFIGURATION_VALIDATOR, GET_SIMILAR_CASES),
    ),
    Concern.FAULT: ((RUN_DIAGNOSTIC_TEST, CHECK_SYSTEM_LOGS), (CONFIGURATION_VALIDATOR, GET_SIMILAR_CASES)),
}
"""By kind of trouble, the tools of the first try and of the second."""

_GUIDES: dict[str, tuple[str, str]] = {
    "email_service": ("send_receive", "email_service"),
    "cloud_backup": ("backup_failed", "cloud_backup"),
    "security": ("activation", "security"),
    "internet": ("connection", "internet"),
    "tv": ("picture", "tv"),
    "mobile": ("connection", "mobile"),
}
_SPEED_GUIDE = ("slow_speed", "internet")
_LOG_TYPES = {"email_service": "mail"}


# ---------------------------------------------------------------------- the next look


def tries_of(situation: Situation) -> int:
    """How many tries of ours are behind us. Who comes back without a word of success has not been helped, either."""
    came_back = situation.context.resolution == "offered" and any(
        words in situation.replied for words in (LOOKED, LOOKED_DEEPER)
    )
    return situation.context.own_failures + came_back


def _plan(situation: Situation) -> tuple[AnyTool, ...]:
    """Of this try: as many plans are behind us as tries failed, and those that somebody else has been through."""
    left = PLANS[concern_of(situation)][tries_of(situation) :]
    return next((plan for plan in left if not _been_through(situation, plan)), ())


def _been_through(situation: Situation, plan: tuple[AnyTool, ...]) -> bool:
    """Most of it was tried before: of an earlier try only the last few tools are known."""
    return 2 * sum(tried_before(situation, tool) for tool in plan) > len(plan)


def _next_look(situation: Situation) -> AnyTool | None:
    """The first tool of this try's plan that has not run."""
    return next((tool for tool in _plan(situation) if situation.can(tool) and not looked_with(situation, tool)), None)


def looked_with(situation: Situation, tool: AnyTool) -> bool:
    """The tool has run in this turn; a simple test by the first level is no diagnosis."""
    runs = [result for result in situation.results if result.tool == tool.name]
    return any(run.arguments.get("test_type") not in SIMPLE_TESTS for run in runs)


def look_on(situation: Situation) -> Move:
    tool = _next_look(situation)
    assert tool is not None, "the rule has looked"
    return look_with(situation, tool)


def look_with(situation: Situation, tool: AnyTool) -> Move:
    """The tool with the arguments that fit what the trouble is about."""
    return Use(tool, _LOOKS[tool.name](situation))


def _by_product(situation: Situation) -> dict[str, Any]:
    product = product_of(situation)
    return {"customer_id": situation.customer_id} | ({"product_type": product} if product else {})


def _full_test(situation: Situation) -> dict[str, Any]:
    product = product_of(situation)
    arguments: dict[str, Any] = {"customer_id": situation.customer_id, "test_type": TestType.FULL.value}
    return arguments | ({"parameters": {"product_type": product}} if product else {})


def _logs(situation: Situation) -> dict[str, Any]:
    return {
        "customer_id": situation.customer_id,
        "log_type": _LOG_TYPES.get(product_of(situation) or "", "all"),
        "time_range": LONG_LOG_RANGE if tries_of(situation) else LOG_RANGE,
    }


def _settings(situation: Situation) -> dict[str, Any]:
    device_id = device_of(situation)
    return {"customer_id": situation.customer_id} | ({"device_id": device_id} if device_id else {})


def _cases(situation: Situation) -> dict[str, Any]:
    product = product_of(situation)
    return {"problem": problem_of(situation)} | ({"product_type": product} if product else {})


def problem_of(situation: Situation) -> str:
    """What is wrong, as the tools say it; never the customer's own words: they could be anything."""
    cause, line = cause_of(situation), worst_line(situation)
    if cause:
        return cause.finding.finding[:PROBLEM_LIMIT]
    product, concern = product_of(situation) or "", concern_of(situation)
    fault = _FAULTS.get(product, "does not work") if concern is Concern.FAULT else _TROUBLES[concern]
    trouble = "data lost" if lost_data(situation) else fault
    logged = f", {line.message}" if line else ""
    return f"{PRODUCT_NAMES.get(product, 'service')}: {trouble}{logged}"[:PROBLEM_LIMIT]


_TROUBLES = {
    Concern.OUTAGE: "down for many",
    Concern.INTEGRATION: "integration fails",
    Concern.MAIL: "cannot send or receive",
    Concern.PORTAL: "shows an error",
    Concern.SPEED: "slow, speed far below the plan",
}
_FAULTS = {
    "internet": "connection drops, line loses synchronisation",
    "mobile": "no mobile data, calls drop",
    "tv": "no picture, picture freezes",
    "cloud_backup": "backup has not run",
    "security": "scanner is red",
}
"""In the words of the solved cases."""
_LOOKS = {
    GET_SERVICE_STATUS.name: _by_product,
    SYSTEM_HEALTH_CHECK.name: _by_product,
    CONNECTIVITY_TEST.name: _by_product,
    RUN_DIAGNOSTIC_TEST.name: _full_test,
    CHECK_SYSTEM_LOGS.name: _logs,
    CONFIGURATION_VALIDATOR.name: _settings,
    GET_SIMILAR_CASES.name: _cases,
}


def fetch_guide(situation: Situation) -> Move:
    category, product = _guide_for(situation) or ("", "")
    urgency = situation.context.urgency
    severity = Priority.CRITICAL if urgency is Urgency.CRITICAL else Priority(urgency.value)
    arguments = {"issue_category": category, "product_type": product, "severity": severity.value}
    return Use(GET_TROUBLESHOOTING_GUIDE, arguments)


def _guide_for(situation: Situation) -> tuple[str, str] | None:
    if concern_of(situation) is Concern.SPEED:
        return _SPEED_GUIDE
    return _GUIDES.get(product_of(situation) or "")


def tried_before(situation: Situation, tool: AnyTool) -> bool:
    """An earlier try at this used the tool, by whichever agent."""
    return any(tool.name in attempt and situation.intent in attempt for attempt in situation.context.earlier)


# ---------------------------------------------------------------------- what to say


def opening(situation: Situation) -> str:
    sorry = "I'm very sorry for the trouble this is causing you. " if situation.context.sentiment in NEGATIVE else ""
    if tries_of(situation):
        return f"{sorry}Let's try another way, {LOOKED_DEEPER}."
    return started(situation, f"{sorry}{LOOKED}.")


def found_so_far(situation: Situation) -> str:
    """The opening and what the tools showed, one a line."""
    seen = "\n".join(f"• {words}" for words in observations(situation))
    return f"{opening(situation)}\n\n{seen}" if seen else opening(situation)


def tell_disturbance(situation: Situation) -> Move:
    status = disturbed(situation)
    assert status is not None, "the rule has looked"
    return Say(
        f"{started(situation, disturbance_words(status))} You don't have to change anything at home for that. "
        f"Is there anything else {ANYTHING_ELSE}"
    )


def tell_no_outage(situation: Situation) -> Move:
    return Say(
        f"{found_so_far(situation)}\n\nIf something doesn't work for you all the same, tell me what it is and I'll "
        f"test it. Is there anything else {ANYTHING_ELSE}"
    )


def tell_suspended(situation: Situation) -> Move:
    product = PRODUCT_NAMES.get(product_of(situation) or "", "service")
    return Say(
        f"{found_so_far(situation)}\n\nSo nothing is broken: your {product} is suspended, which usually means that an "
        "invoice is overdue. It comes back when that is settled. Ask me what is open on your bill, and my billing "
        f"colleague goes through it with you. {OFFER_PERSON}"
    )


def tell_remedy(situation: Situation) -> Move:
    cause = cause_of(situation)
    assert cause is not None, "the rule has looked"
    return Say(
        f"{found_so_far(situation)}\n\nThis is what mends it: {cause.finding.remedy} {DID_IT_HELP}",
        outcome="resolution_offered",
        confidence=0.85,
    )


def see_technicians(situation: Situation) -> Move:
    """For the fault that was found, else because two tries from here did not help."""
    cause = cause_of(situation)
    if cause:
        return see_free(situation, cause.finding.finding, cause.product_type)
    return see_free(situation, f"{problem_of(situation)}; two tries from here did not help", _visited(situation))


def offer_technician(situation: Situation) -> Move:
    cause, case = cause_of(situation), similar_case(situation)
    if cause is None:
        return offer_window(situation, f"I'm sorry{named(situation)}, from here I can't mend it. ")
    alike = f" We had a similar case, and a visit solved it: “{case.resolution}”" if case else ""
    return offer_window(situation, f"{found_so_far(situation)}\n\n{cause.finding.remedy}{alike} That needs a visit. ")


def suggest_case(situation: Situation) -> Move:
    case = similar_case(situation)
    assert case is not None, "the rule has looked"
    return Say(
        f"{found_so_far(situation)}\n\nThe nearest case we have solved: {case.problem} This is what helped there: "
        f"“{case.resolution}” {DID_IT_HELP}",
        outcome="resolution_offered",
        confidence=0.75,
        reason=f"Suggested from {case.case_id}.",
    )


def read_steps(situation: Situation) -> Move:
    guide: TroubleshootingGuide = situation.result(GET_TROUBLESHOOTING_GUIDE)
    urgent = guide.urgent_steps if lost_data(situation) else []
    steps = [*urgent, *customer_steps(guide)]
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    return Say(
        f"{found_so_far(situation)}\n\n{_STEPS_LEAD}\n\n{numbered}\n\n{DID_IT_HELP}",
        outcome="resolution_offered",
        confidence=0.8,
    )


def pass_on(situation: Situation) -> Move:
    """Tier 2 has somebody above who knows more; above Tier 3 are people."""
    return bring_in_deeper(situation) if situation.context.agent is AgentType.TIER2 else offer_person(situation)


def tell_so_far(situation: Situation) -> Move:
    return Say(
        f"{found_so_far(situation)}\n\nI haven't found the cause yet. {OFFER_PERSON}",
        confidence=0.7,
        reason="The turn's steps are used up.",
    )


# ---------------------------------------------------------------------- when


def is_technical(situation: Situation) -> bool:
    """A question how to set something up is technical once an answer has not helped."""
    tried = situation.intent != "setup_help" or situation.context.failed_attempts > 0
    return family_of(situation.intent) is Family.TECHNICAL and tried


def _visited(situation: Situation) -> str:
    product = product_of(situation)
    return product if product in VISITED else "internet"


def _needs_visit(situation: Situation) -> bool:
    cause = cause_of(situation)
    return cause is not None and cause.finding.needs_visit and cause.product_type in VISITED


def _next_before_visit(situation: Situation) -> AnyTool | None:
    """The technician gets what the logs say, the customer how such a case ended."""
    before = (CHECK_SYSTEM_LOGS, GET_SIMILAR_CASES)
    return next((tool for tool in before if situation.can(tool) and not situation.ran(tool)), None)


def look_before_visit(situation: Situation) -> Move:
    tool = _next_before_visit(situation)
    assert tool is not None, "the rule has looked"
    return look_with(situation, tool)


def _setting_to_compare(situation: Situation) -> bool:
    cause = cause_of(situation)
    known = cause is not None and cause.finding.setting is not None
    return known and situation.can(CONFIGURATION_VALIDATOR) and not situation.ran(CONFIGURATION_VALIDATOR)


def _status_unknown(situation: Situation) -> bool:
    return network_broken(situation) and situation.can(GET_SERVICE_STATUS) and not situation.ran(GET_SERVICE_STATUS)


def _silent_device(situation: Situation) -> bool:
    """The test failed without a known fault: the way to the device tells more."""
    diagnosis = situation.result(RUN_DIAGNOSTIC_TEST)
    failed = diagnosis is not None and diagnosis.verdict == "failed" and cause_of(situation) is None
    return failed and situation.can(CONNECTIVITY_TEST) and not situation.ran(CONNECTIVITY_TEST)


def _untested(situation: Situation) -> bool:
    untested = situation.can(RUN_DIAGNOSTIC_TEST) and not looked_with(situation, RUN_DIAGNOSTIC_TEST)
    return untested and suspicious(situation)


def _tries_used_up(situation: Situation) -> bool:
    return tries_of(situation) >= FAILED_TRIES


def _visit_as_last_try(situation: Situation) -> bool:
    at_home = product_of(situation) in VISITED and situation.can(SCHEDULE_TECHNICIAN_VISIT)
    return _tries_used_up(situation) and at_home and not situation.ran(SCHEDULE_TECHNICIAN_VISIT)


def _wants_guide(situation: Situation) -> bool:
    fits = _guide_for(situation) is not None and situation.can(GET_TROUBLESHOOTING_GUIDE)
    read = situation.ran(GET_TROUBLESHOOTING_GUIDE) or tried_before(situation, GET_TROUBLESHOOTING_GUIDE)
    return fits and not read and _STEPS_LEAD not in situation.replied


def _wants_case(situation: Situation) -> bool:
    """No guide is left to read: how others got out of it."""
    read = situation.ran(GET_SIMILAR_CASES) or tried_before(situation, GET_SIMILAR_CASES)
    return situation.can(GET_SIMILAR_CASES) and not read and product_of(situation) is not None


def _readable(situation: Situation) -> bool:
    guide = situation.result(GET_TROUBLESHOOTING_GUIDE)
    return guide is not None and bool(customer_steps(guide))


_RULES = (
    Rule("service suspended", suspended, tell_suspended),
    Rule("network disturbed", lambda s: disturbed(s) is not None, tell_disturbance),
    Rule("free windows known", found_free, offer_technician),
    Rule("turn used up", lambda s: s.context.steps_left <= LAST_STEP and bool(s.results), tell_so_far),
    Rule("disturbance without times", _status_unknown, lambda s: look_with(s, GET_SERVICE_STATUS)),
    Rule("a setting is the cause", _setting_to_compare, lambda s: look_with(s, CONFIGURATION_VALIDATOR)),
    Rule("before a visit", lambda s: _needs_visit(s) and _next_before_visit(s) is not None, look_before_visit),
    Rule("needs a visit", lambda s: _needs_visit(s) and s.can(SCHEDULE_TECHNICIAN_VISIT), see_technicians),
    Rule("cause without logs", lambda s: cause_of(s) is not None and _next_look(s) is CHECK_SYSTEM_LOGS, look_on),
    Rule("cause found", lambda s: cause_of(s) is not None, tell_remedy),
    Rule("look on", lambda s: _next_look(s) is not None, look_on),
    Rule("something is wrong somewhere", _untested, lambda s: look_with(s, RUN_DIAGNOSTIC_TEST)),
    Rule("device silent", _silent_device, lambda s: look_with(s, CONNECTIVITY_TEST)),
    Rule("no outage known", lambda s: concern_of(s) is Concern.OUTAGE and s.ran(GET_SERVICE_STATUS), tell_no_outage),
    Rule("last try", _visit_as_last_try, see_technicians),
    Rule("tries used up", _tries_used_up, pass_on),
    Rule("case known", lambda s: similar_case(s) is not None, suggest_case),
    Rule("guide readable", _readable, read_steps),
    Rule("guide fits", _wants_guide, fetch_guide),
    Rule("case wanted", _wants_case, lambda s: look_with(s, GET_SIMILAR_CASES)),
)  # fmt: skip


def _technical_only(rule: Rule) -> Rule:
    return Rule(rule.name, lambda situation: is_technical(situation) and rule.when(situation), rule.do)


DIAGNOSIS = (
    *map(_technical_only, _RULES),
    *ANSWER_FROM_ARTICLES,
    Rule("nothing helps", lambda _: True, give_up),
)
"""For whoever diagnoses, after the rules about what they do with a wrong setting. Ends with one that always applies."""
