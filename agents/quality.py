"""The quality check as a model does it: the evidence in, one structured report out."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents import loop
from agents.conclude import Malformed, wrong_values
from agents.context import frame, framed
from domain.quality import FINDING_LIMIT, FINDINGS_LIMIT, Check, Finding, QualityEvidence, QualityReport, Severity

REPORT_QUALITY = "report_quality"
REPAIR = "repair_report.md"
_REQUEST = "Check this conversation and report what you found."


class ReportedFinding(BaseModel):
    """Something that is wrong."""

    model_config = ConfigDict(extra="ignore")

    check: Check
    severity: Severity
    text: str = Field(min_length=1, description="Which words and which result disagree, in one sentence.")
    seq: int = Field(0, ge=0, description="The place of the words or the call, 0 for the conversation as a whole.")


class ReportQuality(BaseModel):
    """Report what the check found. Call it once; with no findings if all is well."""

    model_config = ConfigDict(extra="ignore")

    findings: list[ReportedFinding] = Field(max_length=FINDINGS_LIMIT)


def schema_for_models() -> dict[str, Any]:
    """In the shape of ``ToolSpec.schema_for_models``."""
    return {
        "name": REPORT_QUALITY,
        "description": (ReportQuality.__doc__ or "").strip(),
        "parameters": ReportQuality.model_json_schema(),
    }


def messages_for(evidence: QualityEvidence, prompt: str) -> list[BaseMessage]:
    return [SystemMessage(f"{prompt}\n\n{frame(evidence)}"), HumanMessage(_REQUEST)]


def read_evidence(messages: Sequence[BaseMessage]) -> QualityEvidence:
    """The inverse of ``messages_for``. Raises ValueError if the messages carry no evidence."""
    return QualityEvidence.model_validate_json(framed(messages[0].text))


async def review(call: loop.ModelCall, evidence: QualityEvidence) -> QualityReport:
    """Ask the model, and once more if its report cannot be used. Raises ``ModelUnavailable`` or ``ModelFailed``."""
    return await loop.usable_answer(call, lambda answer: _read(answer, evidence), _nobody_listens)


async def _nobody_listens(_: str) -> None:
    return None


def _read(answer: AIMessageChunk, evidence: QualityEvidence) -> QualityReport:
    """Raises ``Malformed``."""
    report = next((one for one in loop.tool_calls(answer) if one.tool == REPORT_QUALITY), None)
    if report is None:
        raise Malformed(f"there is no call of {REPORT_QUALITY}")
    return QualityReport.of([_finding(reported, evidence) for reported in _reported(report.arguments).findings])


def _reported(arguments: Mapping[str, Any]) -> ReportQuality:
    try:
        return ReportQuality.model_validate(arguments)
    except ValidationError as error:
        raise wrong_values(REPORT_QUALITY, error) from None


def _finding(reported: ReportedFinding, evidence: QualityEvidence) -> Finding:
    """A finding about what was never said or done is none. Raises ``Malformed``."""
    if reported.seq and reported.seq not in evidence.places():
        raise Malformed(f"{reported.seq} is not the seq of anything that was said or done on our side after since_seq")
    return Finding(
        check=reported.check, severity=reported.severity, text=reported.text[:FINDING_LIMIT], seq=reported.seq
    )
