"""What the technical tools give, for tests of who reads it: real result models, healthy unless told otherwise."""

from datetime import date, datetime
from typing import Any

from domain.appointments import TimeWindow
from domain.classification import Affirmation, Classification
from domain.messages import ThinkInput, ToolOutcome
from domain.state import AgentType, ResolutionAttempt
from domain.toolbox.compliance import AUDIT_LOG_ACTION, AuditEntry
from domain.toolbox.crm import GET_SIMILAR_CASES, SimilarCases, SolvedCase
from domain.toolbox.field_service import SCHEDULE_TECHNICIAN_VISIT, FreeVisit, TechnicianVisit
from domain.toolbox.knowledge import GET_TROUBLESHOOTING_GUIDE, TroubleshootingGuide
from domain.toolbox.technical import (
    CHECK_SYSTEM_LOGS,
    CONFIGURATION_VALIDATOR,
    CONNECTIVITY_TEST,
    GET_SERVICE_STATUS,
    RUN_DIAGNOSTIC_TEST,
    SYSTEM_HEALTH_CHECK,
    ConfigurationReport,
    ConnectivityResult,
    ConnectivityStep,
    DeviceDiagnosis,
    DiagnosticResult,
    Finding,
    LogAnalysis,
    LogLine,
    Measurement,
    ServiceStatus,
    ServiceStatuses,
    SystemHealth,
    WrongSetting,
)
from domain.tools import AnyTool
from tests.agents.thoughts import NOW, gave, thought

DEVICE = "DEV-0001-1"
NOISE = Finding(
    code="LINE-NOISE", finding="The line is noisy.", remedy="The line must be mended on site.", needs_visit=True
)
CROWDED = Finding(
    code="WIFI-CROWDED", finding="The channel is crowded.", remedy="Set wifi_channel to auto.", setting="wifi_channel"
)
FULL_BOX = Finding(code="MAILBOX-FULL", finding="The mailbox is full.", remedy="Empty the trash.")
PORT = WrongSetting(device_id=DEVICE, setting="smtp_port", value="25", recommended="587", why="Port 25 is closed.")
SATURDAY_EARLY = FreeVisit(visit_date=date(2026, 11, 21), time_window=TimeWindow.EARLY)
MONDAY_LATE = FreeVisit(visit_date=date(2026, 11, 23), time_window=TimeWindow.LATE)


def about(agent: AgentType, intent: str, text: str, affirmation: Affirmation = "unclear", **more: Any) -> ThinkInput:
    reading = Classification(intent=intent, confidence=0.97, affirmation=affirmation)
    return thought(text, agent=agent, reading=reading, current_intent=intent, **more)


def failed(agent: AgentType, topic: str, *tools: AnyTool) -> ResolutionAttempt:
    """A try that did not help."""
    return ResolutionAttempt(
        agent_type=agent,
        timestamp=NOW,
        actions_taken=[],
        tools_used=[tool.name for tool in tools],
        outcome="did not help",
        confidence=0.8,
        success=False,
        topic=topic,
    )


def diagnosis(*findings: Finding, product: str = "internet", status: str = "online", bad: bool = False) -> ToolOutcome:
    verdict = "failed" if findings or status == "offline" else "warning" if bad else "passed"
    device = DeviceDiagnosis.model_validate(
        {
            "device_id": DEVICE,
            "product_type": product,
            "model": "Northline R6",
            "status": status,
            "verdict": verdict,
            "measurements": [Measurement(metric="latency_ms", value=80, healthy="0 to 40", ok=False)] if bad else [],
            "findings": list(findings),
        }
    )
    found = DiagnosticResult.model_validate(
        {"test_type": "full", "verdict": verdict, "devices": [device], "recommendation": "Look further."}
    )
    return gave(RUN_DIAGNOSTIC_TEST, found, call_id="diagnosis")


def connectivity(broken_at: str | None = None, detail: str = "All is well.", product: str = "internet") -> ToolOutcome:
    steps = [
        ConnectivityStep.model_validate({"step": step, "ok": step != broken_at, "detail": detail})
        for step in ("service", "network", "device", "transport", "fault")
    ]
    found = ConnectivityResult(product_type=product, connected=broken_at is None, broken_at=broken_at, steps=steps)
    return gave(CONNECTIVITY_TEST, found, call_id="connectivity")


def logs(*messages: str) -> ToolOutcome:
    """With these errors, each once."""
    lines = [
        LogLine(device_id=DEVICE, log_type="system", level="error", code="E", message=text, times=1, last_at=NOW)
        for text in messages
    ]
    found = LogAnalysis(since=NOW, entries=len(lines), errors=len(lines), lines=lines)
    return gave(CHECK_SYSTEM_LOGS, found, call_id="logs")


def settings(*wrong: WrongSetting) -> ToolOutcome:
    found = ConfigurationReport(valid=not wrong, checked=6, wrong=list(wrong))
    return gave(CONFIGURATION_VALIDATOR, found, call_id="settings")


def health(health: str = "healthy", network: str = "healthy", product: str = "internet") -> ToolOutcome:
    found = SystemHealth.model_validate(
        {
            "health": health if network == "healthy" else network,
            "components": [
                {"component": "network", "product_type": product, "health": network},
                {"component": DEVICE, "product_type": product, "health": health},
            ],
        }
    )
    return gave(SYSTEM_HEALTH_CHECK, found, call_id="health")


def cases(*resolutions: str) -> ToolOutcome:
    found = [
        SolvedCase(
            case_id=f"CASE-{number}",
            category="technical_support",
            product_type="internet",
            problem="It was slow.",
            resolution=resolution,
            closed_at=NOW,
            score=1.0,
        )
        for number, resolution in enumerate(resolutions)
    ]
    return gave(GET_SIMILAR_CASES, SimilarCases(cases=found), call_id="cases")


def guide(*steps: str, urgent: tuple[str, ...] = ()) -> ToolOutcome:
    found = TroubleshootingGuide.model_validate(
        {
            "guide_id": "g-1",
            "title": "It does not work",
            "issue_category": "connection",
            "product_type": "internet",
            "severity": "high",
            "urgent_steps": list(urgent),
            "steps": list(steps),
            "escalate_when": "Nothing helps.",
        }
    )
    return gave(GET_TROUBLESHOOTING_GUIDE, found, call_id="guide")


def statuses(product: str = "internet", status: str = "operational", end: datetime | None = None) -> ToolOutcome:
    one = ServiceStatus.model_validate(
        {"product_type": product, "status": status, "message": "A cable was cut.", "since": NOW, "expected_end": end}
    )
    return gave(GET_SERVICE_STATUS, ServiceStatuses(services=[one]), call_id="status")


def free(*slots: FreeVisit, **arguments: Any) -> ToolOutcome:
    """What the calendar shows for ``arguments``, without a booking."""
    asked = {"customer_id": "CUST_001", "issue": "The line is noisy.", "product_type": "internet"} | arguments
    return gave(SCHEDULE_TECHNICIAN_VISIT, TechnicianVisit(free=list(slots)), call_id="free", **asked)


def audited() -> ToolOutcome:
    return gave(AUDIT_LOG_ACTION, AuditEntry(entry_id="AU-1", action="x_y_z", at=NOW), call_id="audit")
