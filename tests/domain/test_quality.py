from pathlib import Path
from typing import Literal

import pytest
from pydantic import ValidationError

from domain.quality import (
    FAULTS,
    FINDING_LIMIT,
    FINDINGS_LIMIT,
    MARKING,
    RUDE,
    Check,
    Finding,
    Marking,
    QualityEvidence,
    QualityReport,
    Severity,
    ToolRun,
    Utterance,
)
from domain.quality_handbook import handbook
from domain.state import AgentType

pytestmark = pytest.mark.unit

MINOR, MAJOR, CRITICAL = Severity.MINOR, Severity.MAJOR, Severity.CRITICAL
_SPEAKERS: tuple[Literal["customer", "agent", "person"], ...] = (
    *("agent", "customer", "agent", "person"),
    *("agent", "customer", "person"),
)


def report(*severities: Severity, marking: Marking = MARKING) -> QualityReport:
    return QualityReport.of([Finding(check=Check.TONE, severity=one, text="x") for one in severities], marking)


@pytest.mark.parametrize(
    ("severities", "score", "passed"),
    [
        ((), 1.0, True),
        ((MINOR,), 0.9, True),
        ((MINOR, MINOR, MINOR), 0.7, True),
        ((MAJOR, MINOR), 0.7, True),
        ((MINOR, MINOR, MINOR, MINOR), 0.6, False),
        ((MAJOR, MAJOR), 0.6, False),
        ((CRITICAL,), 0.6, False),
        ((CRITICAL, CRITICAL, CRITICAL), 0.0, False),
    ],
)
def test_the_score_follows_from_the_findings(severities: tuple[Severity, ...], score: float, passed: bool) -> None:
    assert (report(*severities).score, report(*severities).passed) == (score, passed)


def test_the_pass_mark_itself_passes_and_a_point_below_does_not() -> None:
    penalties = {MINOR: 30, MAJOR: 31, CRITICAL: 100}
    assert report(MINOR, marking=Marking(70, penalties)).passed
    assert not report(MAJOR, marking=Marking(70, penalties)).passed


def test_one_critical_finding_is_always_too_many() -> None:
    assert MARKING.penalties[CRITICAL] > 100 - MARKING.pass_mark
    assert set(MARKING.penalties) == set(Severity)


def test_a_report_is_bounded_and_counts_what_it_does_not_tell() -> None:
    many = report(*[MINOR] * (FINDINGS_LIMIT + 5))
    assert len(many.findings) == FINDINGS_LIMIT
    assert many.score == 0.0
    assert len(RUDE.found("x" * 1_000).text) == FINDING_LIMIT
    with pytest.raises(ValidationError):
        Finding(check=Check.TONE, severity=MINOR, text="x" * (FINDING_LIMIT + 1))


def test_each_check_has_its_faults() -> None:
    assert [fault.check for fault in FAULTS] == sorted((fault.check for fault in FAULTS), key=list(Check).index)
    assert {fault.check for fault in FAULTS} == set(Check)


def test_judged_is_what_we_said_since_the_last_check() -> None:
    evidence = QualityEvidence(
        conversation_id="c",
        since_seq=4,
        utterances=[Utterance(seq=seq, speaker=speaker, text="") for seq, speaker in enumerate(_SPEAKERS, 1)],
        tool_runs=[
            ToolRun(seq=seq, tool="x", agent=AgentType.BILLING, success=True, audit_level="low") for seq in (4, 8)
        ],
    )
    assert [said.seq for said in evidence.judged()] == [5, 7]
    assert evidence.places() == {5, 7, 8}


def test_the_page_about_quality_is_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "quality.md"
    assert page.read_text() == handbook(), "run: python -m domain.quality_handbook > docs/quality.md"
