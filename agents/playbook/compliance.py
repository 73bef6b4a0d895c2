"""Privacy and law: check what is demanded, make sure who asks, write it down, and leave the decision to a person."""

import re

from agents.playbook import identity
from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.phrases import OFFER_PERSON, named
from agents.playbook.situation import Situation
from domain.compliance import Requirement, Topic
from domain.toolbox.compliance import AUDIT_LOG_ACTION, CHECK_COMPLIANCE_REQUIREMENTS, ComplianceReport
from domain.toolbox.customer import VERIFY_CUSTOMER_IDENTITY
from domain.triggers import Trigger


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})", re.IGNORECASE)


_TOPICS: tuple[tuple[Topic, re.Pattern[str]], ...] = (
    (Topic.DATA_ERASURE, _words(r"delete|deletion|erase|erasure|forgotten|remove (?:all|my|everything)")),
    (
        Topic.DATA_ACCESS,
        _words(
            r"copy of|access request|right of access|export|send me (?:\w+ )?(?:my|all)|gdpr (?:data )?request|"
            r"all the data"
        ),
    ),
    (Topic.NUMBER_PORTING, _words(r"port(?:ing)? (?:my |the )?number|take my number|keep my number")),
)
_LEGAL = _words(
    r"lawyer|attorney|solicitor|court|subpoena|sue\b|legal (?:action|department|request|reasons)|regulator|ombudsman|"
    r"breach|leak|police|prosecut|complaint"
)
"""A matter for people at once: nothing to look up or to explain first."""
_SUBJECTS = {
    Topic.DATA_ERASURE: "deleting your data",
    Topic.DATA_ACCESS: "a copy of your data",
    Topic.NUMBER_PORTING: "taking your number along",
}


def topic_of(situation: Situation) -> Topic | None:
    """What the customer wants done, by their newest words that name it; None for a question or a legal matter."""
    for text in reversed(situation.told):
        found = next((topic for topic, words in _TOPICS if words.search(text)), None)
        if found:
            return found
    return None


def check_rules(situation: Situation) -> Move:
    topic = topic_of(situation)
    assert topic is not None, "the rule has looked"
    return Use(CHECK_COMPLIANCE_REQUIREMENTS, {"customer_id": situation.customer_id, "topic": topic.value})


def record(situation: Situation) -> Move:
    """What was asked and how the check came out; never the customer's own words."""
    report = _report(situation)
    if situation.intent == "fraud_report":
        action, details = "fraud_reported", "The customer reports fraud. Passed to a person at once."
    elif report is None:
        action, details = "legal_matter_received", "The customer raises a legal matter. Passed to a person at once."
    else:
        unmet = ", ".join(requirement.rule_id for requirement in _unmet(report)) or "none"
        action, details = f"{report.topic}_requested", f"Checked: {report.topic}. Not met: {unmet}."
    return Use(AUDIT_LOG_ACTION, {"action": action, "details": details})


def pass_to_person(situation: Situation) -> Move:
    report = _report(situation)
    assert report is not None, "the rule has looked"
    return Say(
        f"Thank you{named(situation)}, now I know that it's you. I've checked what the law and our rules ask for "
        f"{_SUBJECTS.get(report.topic, 'this')}, and put your request on record. {_left_for_person(report)} "
        "I've asked a privacy colleague to take it from here; they will see everything we've written.",
        outcome="cannot_help",
        because=Trigger.COMPLIANCE,
        confidence=0.95,
        reason=f"A person decides about {report.topic}.",
    )


def _left_for_person(report: ComplianceReport) -> str:
    if not report.needs_person:
        return "Nothing stands in its way, and a person prepares it."
    open_points = " ".join(one.requirement for one in report.requirements if one.met is None)
    return f"One thing a person has to see to: {open_points}"


def tell_unmet(situation: Situation) -> Move:
    """What the customer can do first. The request is on record all the same."""
    report = _report(situation)
    assert report is not None, "the rule has looked"
    missing = "\n".join(f"• {one.requirement} ({one.source})" for one in _unmet(report))
    return Say(
        f"Thank you{named(situation)}. I've put your request for {_SUBJECTS.get(report.topic, 'this')} on record, but "
        f"some things must be true first, and aren't yet:\n\n{missing}\n\nA colleague can go through that with you and "
        f"tell you what can be done now. {OFFER_PERSON}",
        confidence=0.9,
    )


def take_seriously(situation: Situation) -> Move:
    return Say(
        f"Thank you for telling us{named(situation)}. This is a matter for a person, so I've put it on record and "
        "asked a colleague who may deal with it to take over. I won't say anything that could be wrong until then.",
        outcome="cannot_help",
        because=Trigger.COMPLIANCE,
        confidence=1.0,
        reason="A legal matter goes to a person at once.",
    )


def report_fraud(situation: Situation) -> Move:
    return Say(
        f"Thank you for telling us right away{named(situation)}. This needs a person's care, so I've put it on record "
        "and asked a colleague to take over at once. Until then, please don't share any code or password with anyone, "
        "and change your password if you still can.",
        outcome="cannot_help",
        because=Trigger.COMPLIANCE,
        confidence=1.0,
        reason="Suspected fraud goes to a person at once.",
    )


def admit_unchecked(situation: Situation) -> Move:
    return Say(
        f"I'm sorry{named(situation)}, I can't check the rules for that right now, and I won't act without them. "
        "I've asked a colleague who knows them to take over.",
        outcome="cannot_help",
        because=Trigger.COMPLIANCE,
        confidence=0.6,
        reason="The requirements could not be checked.",
    )


def _report(situation: Situation) -> ComplianceReport | None:
    """The latest check of this turn: one before the identity was proved is outdated."""
    report: ComplianceReport | None = situation.result(CHECK_COMPLIANCE_REQUIREMENTS)
    return report


def _unmet(report: ComplianceReport) -> list[Requirement]:
    return [requirement for requirement in report.requirements if requirement.met is False]


def _identity_open(situation: Situation) -> bool:
    """The rules ask for a proof of identity that this conversation has not seen."""
    report = _report(situation)
    return report is not None and any(VERIFY_CUSTOMER_IDENTITY.name in one.next_step for one in _unmet(report))


def _just_verified(situation: Situation) -> bool:
    check = situation.result(VERIFY_CUSTOMER_IDENTITY)
    return check is not None and check.verified


def _is_compliance(situation: Situation) -> bool:
    return situation.intent == "compliance_request"


def _legal(situation: Situation) -> bool:
    return topic_of(situation) is None and any(_LEGAL.search(text) for text in situation.told)


def _to_check(situation: Situation) -> bool:
    """Not checked yet, or checked before the customer proved who they are."""
    if topic_of(situation) is None or not situation.can(CHECK_COMPLIANCE_REQUIREMENTS):
        return False
    outdated = _identity_open(situation) and _just_verified(situation) and not _checked_since_proof(situation)
    return outdated or not situation.ran(CHECK_COMPLIANCE_REQUIREMENTS)


def _checked_since_proof(situation: Situation) -> bool:
    tools = [result.tool for result in situation.results]
    return tools[-1] == CHECK_COMPLIANCE_REQUIREMENTS.name if VERIFY_CUSTOMER_IDENTITY.name in tools else True


def _unrecorded(situation: Situation) -> bool:
    return situation.can(AUDIT_LOG_ACTION) and not situation.ran(AUDIT_LOG_ACTION)


def _only_compliance(rule: Rule) -> Rule:
    return Rule(rule.name, lambda situation: _is_compliance(situation) and rule.when(situation), rule.do)


_RULES = (
    *identity.RULES,
    Rule("legal matter to record", lambda s: _legal(s) and _unrecorded(s), record),
    Rule("legal matter", _legal, take_seriously),
    Rule("rules to check", _to_check, check_rules),
    Rule("identity to ask for", lambda s: _identity_open(s) and s.can(VERIFY_CUSTOMER_IDENTITY)
         and not s.ran(VERIFY_CUSTOMER_IDENTITY), identity.ask_factors),
    Rule("request to record", lambda s: _report(s) is not None and _unrecorded(s), record),
    Rule("requirements open", lambda s: (r := _report(s)) is not None and bool(_unmet(r)), tell_unmet),
    Rule("request for a person", lambda s: _report(s) is not None, pass_to_person),
    Rule("rules unknown", lambda s: s.refusal(CHECK_COMPLIANCE_REQUIREMENTS) is not None, admit_unchecked),
)  # fmt: skip

COMPLIANCE = (
    Rule("fraud to record", lambda s: s.intent == "fraud_report" and _unrecorded(s), record),
    Rule("fraud", lambda s: s.intent == "fraud_report", report_fraud),
    *map(_only_compliance, _RULES),
)
"""For who may pass such requests to a person with everything prepared. A question about privacy is none: what follows
answers it from the articles."""
