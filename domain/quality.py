"""The quality check of a conversation before it closes (PRD [692]): what it looks at, what it may find, and what that
costs. Whoever judges, a model or the offline rules, reports findings; the score follows from them here, so that the
scores of different judges can be compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from domain.model import Record, cap, is_empty, is_none
from domain.state import AgentType, Sentiment

FINDINGS_LIMIT = 20
FINDING_LIMIT = 300
"""Characters of one finding: it names the place, and does not tell the conversation again."""


class Check(StrEnum):
    POLICY = "policy"
    TONE = "tone"
    PROMISES = "promises"
    FACTS = "facts"


class Severity(StrEnum):
    """``MINOR``: could be better. ``MAJOR``: two of them are too many. ``CRITICAL``: one is too many."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Marking:
    """Points of a hundred: what a conversation needs, and what each finding takes from it."""

    pass_mark: int
    penalties: Mapping[Severity, int]


MARKING = Marking(pass_mark=70, penalties={Severity.MINOR: 10, Severity.MAJOR: 20, Severity.CRITICAL: 40})


class Finding(Record):
    """Something that is wrong. ``seq`` is the place in the log, 0 where it is the conversation as a whole."""

    check: Check
    severity: Severity
    text: Annotated[str, Field(max_length=FINDING_LIMIT)]
    seq: int = 0


class QualityReport(Record):
    """``score`` from 0 to 1, in hundredths."""

    score: float
    passed: bool
    findings: list[Finding] = Field(default_factory=list)

    @classmethod
    def of(cls, findings: Sequence[Finding], marking: Marking = MARKING) -> "QualityReport":
        """All findings count; the first ``FINDINGS_LIMIT`` are told."""
        points = max(0, 100 - sum(marking.penalties[finding.severity] for finding in findings))
        return cls(score=points / 100, passed=points >= marking.pass_mark, findings=list(findings)[:FINDINGS_LIMIT])


@dataclass(frozen=True)
class Fault:
    """One thing that the offline rules look for."""

    check: Check
    severity: Severity
    says: str

    def found(self, text: str, seq: int = 0) -> Finding:
        return Finding(check=self.check, severity=self.severity, text=text[:FINDING_LIMIT], seq=seq)


NO_CONSENT = Fault(
    Check.POLICY, Severity.CRITICAL, "A charge, credit or order without the customer's yes to exactly that before it."
)
TOLD_TOO_EARLY = Fault(
    Check.POLICY,
    Severity.CRITICAL,
    "Personal data was told after a tool had asked for the customer's identity, and before the identity was proved.",
)
SECRET_SHOWN = Fault(Check.POLICY, Severity.CRITICAL, "A full card number or a password stands in our words.")
RUDE = Fault(Check.TONE, Severity.CRITICAL, "A rude word.")
BLAMING = Fault(Check.TONE, Severity.MAJOR, "The customer is blamed or lectured.")
NO_SYMPATHY = Fault(Check.TONE, Severity.MINOR, "The customer was frustrated, and nobody said a kind word about it.")
BROKEN_PROMISE = Fault(
    Check.PROMISES,
    Severity.CRITICAL,
    "Something was announced as done or sure, and no effect, handoff or call shows it.",
)
UNPROVEN_AMOUNT = Fault(
    Check.FACTS,
    Severity.CRITICAL,
    "An amount of money that stands in no tool result, no article, nothing the customer wrote, and is no sum of it.",
)
UNPROVEN_DATE = Fault(
    Check.FACTS, Severity.MAJOR, "A date that stands in no tool result, no article, and nothing the customer wrote."
)
UNCHECKED = Fault(
    Check.FACTS,
    Severity.MINOR,
    "An amount or a date that could not be traced: it was calculated, or not all figures of what came before are kept.",
)
FAULTS: tuple[Fault, ...] = (
    NO_CONSENT,
    TOLD_TOO_EARLY,
    SECRET_SHOWN,
    RUDE,
    BLAMING,
    NO_SYMPATHY,
    BROKEN_PROMISE,
    UNPROVEN_AMOUNT,
    UNPROVEN_DATE,
    UNCHECKED,
)
"""All of it, in the order of the checks."""


class Utterance(Record):
    """One thing that was said. ``agent`` and ``articles`` (ids it is based on) are an agent's; ``sentiment`` and
    ``figures`` (amounts and dates, as ``domain.figures`` writes them) a customer's, ``figures`` a person's too."""

    seq: int
    speaker: Literal["customer", "agent", "person"]
    text: str
    agent: AgentType | None = Field(None, exclude_if=is_none)
    articles: list[str] = Field(default_factory=list, exclude_if=is_empty)
    sentiment: Sentiment | None = Field(None, exclude_if=is_none)
    figures: list[str] = Field(default_factory=list, exclude_if=is_empty)


class ToolRun(Record):
    """A tool call that ended. ``figures`` are of its result, or of the words of its refusal."""

    seq: int
    tool: str
    agent: AgentType
    success: bool
    audit_level: str
    error_type: str = ""
    figures: list[str] = Field(default_factory=list, exclude_if=is_empty)


class EffectShown(Record):
    """What was changed for the customer, from the books. ``consent_message_id`` is the customer's yes,
    ``agreed_at_seq`` its place; both are empty where none belongs to it. ``seq`` is the run's, 0 where the log shows
    none."""

    tool: str
    agent: AgentType
    consent_message_id: str = ""
    agreed_at_seq: int = 0
    seq: int = 0


class DeedKind(StrEnum):
    HANDOFF = "handoff"
    ESCALATION = "escalation"
    APPROVAL = "approval"
    CALLBACK = "callback"
    TICKET = "ticket"


class Deed(Record):
    """What the engine did for the customer by itself."""

    seq: int
    kind: DeedKind


class QualityEvidence(Record):
    """What a check looks at, in the order of the log. Judged is what was said and done after ``since_seq``; what stands
    before it may still be what a statement rests on. ``days`` are those on which something happened."""

    conversation_id: str
    since_seq: int = 0
    utterances: Annotated[list[Utterance], cap(120)] = Field(default_factory=list)
    tool_runs: Annotated[list[ToolRun], cap(120)] = Field(default_factory=list)
    effects: list[EffectShown] = Field(default_factory=list)
    deeds: list[Deed] = Field(default_factory=list)
    days: list[str] = Field(default_factory=list)
    complete: bool = Field(True, description="False where the conversation is too long to show from its beginning.")

    def judged(self) -> list[Utterance]:
        """Our words of this run: the agents' and, where a person held the conversation, the person's."""
        return [said for said in self.utterances if said.speaker != "customer" and said.seq > self.since_seq]

    def places(self) -> set[int]:
        """Where a finding can be: our words and our tool calls of this run."""
        runs = {run.seq for run in self.tool_runs if run.seq > self.since_seq}
        return runs | {said.seq for said in self.judged()}
