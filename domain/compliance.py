"""What must be true before something is done for a customer, checked against what we know."""

from collections.abc import Iterable
from enum import StrEnum

from domain.model import Record


class Topic(StrEnum):
    """What somebody wants to do."""

    DATA_ACCESS = "data_access"
    DATA_ERASURE = "data_erasure"
    CONTRACT_CHANGE = "contract_change"
    CONTRACT_CANCELLATION = "contract_cancellation"
    MARKETING_CONTACT = "marketing_contact"
    NUMBER_PORTING = "number_porting"
    CALL_RECORDING = "call_recording"


class Rule(Record):
    """``fact`` is the field of ``Facts`` that decides; empty: a person has to judge."""

    rule_id: str
    source: str
    requirement: str
    fact: str = ""
    next_step: str


class Facts(Record):
    """What is true of a customer and a conversation now."""

    identity_verified: bool
    account_active: bool
    no_unpaid_invoices: bool
    no_open_tickets: bool
    no_active_services: bool
    marketing_allowed: bool


class Requirement(Record):
    rule_id: str
    source: str
    requirement: str
    met: bool | None
    """None: a person has to judge."""
    next_step: str = ""


def checked(rules: Iterable[Rule], facts: Facts) -> list[Requirement]:
    """Each rule with its outcome, what is not met first, then what a person has to judge.

    Raises ValueError for a rule about a fact that nobody knows.
    """
    found = [_checked(rule, facts) for rule in rules]
    return sorted(found, key=lambda requirement: ([False, None, True].index(requirement.met), requirement.rule_id))


def _checked(rule: Rule, facts: Facts) -> Requirement:
    if rule.fact and rule.fact not in Facts.model_fields:
        raise ValueError(f"rule {rule.rule_id} is about {rule.fact!r}, which nobody knows")
    met: bool | None = getattr(facts, rule.fact) if rule.fact else None
    return Requirement(
        rule_id=rule.rule_id,
        source=rule.source,
        requirement=rule.requirement,
        met=met,
        next_step="" if met else rule.next_step,
    )
