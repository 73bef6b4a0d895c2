"""Tools about what is allowed, and the trail of what was done."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.compliance import Requirement, Topic
from domain.identity import IdentityLevel
from domain.model import Record
from domain.state import AgentType
from domain.toolbox.fields import CustomerId, ToolArguments
from domain.tools import SideEffect, ToolPolicy, ToolSpec

EXPERTS = frozenset({AgentType.TIER3, AgentType.SUPERVISOR, AgentType.HUMAN})
"""Compliance issues are theirs (PRD [758])."""


class CheckComplianceRequirements(ToolArguments):
    customer_id: CustomerId
    topic: Topic = Field(description="What is to be done.")


class ComplianceReport(Record):
    topic: Topic
    allowed: bool = Field(description="Everything is met that can be checked, and nothing is left for a person.")
    needs_person: bool = Field(description="Something has to be judged by a person.")
    requirements: list[Requirement] = Field(max_length=8, description="What is not met first.")


CHECK_COMPLIANCE_REQUIREMENTS = ToolSpec(
    name="check_compliance_requirements",
    description="Check what law and house rules demand before something is done, and what of it is missing.",
    arguments=CheckComplianceRequirements,
    result=ComplianceReport,
    policy=ToolPolicy(agents=EXPERTS, timeout_seconds=5, audit_level="high", identity=IdentityLevel.AUTHENTICATED),
)


class AuditLogAction(ToolArguments):
    action: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{2,59}$")] = Field(
        description="In snake case, for example exception_granted."
    )
    details: Annotated[str, StringConstraints(min_length=3, max_length=1_000)] = Field(
        description="What was done and why; no card numbers or passwords."
    )


class AuditEntry(Record):
    entry_id: str
    action: str
    at: datetime


AUDIT_LOG_ACTION = ToolSpec(
    name="audit_log_action",
    description="Write into the audit trail what was decided in this conversation and why. Entries cannot be changed.",
    arguments=AuditLogAction,
    result=AuditEntry,
    policy=ToolPolicy(agents=EXPERTS, timeout_seconds=5, attempts=5, side_effect=SideEffect.RECORD, audit_level="high"),
)

TOOLS = (CHECK_COMPLIANCE_REQUIREMENTS, AUDIT_LOG_ACTION)
