"""Tools that look into a customer's devices and services, and the one that changes a setting."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from domain.devices import SIMPLE_TESTS, DeviceStatus, TestType, Verdict, time_range
from domain.identity import IdentityLevel
from domain.model import Record
from domain.state import AgentType
from domain.toolbox.customer import SERVICE_AGENTS
from domain.toolbox.fields import CustomerId, Id, ToolArguments, Word
from domain.tools import Condition, SideEffect, ToolPolicy, ToolSpec

TECHNICIANS = frozenset({AgentType.TIER2, AgentType.TIER3, AgentType.HUMAN})
MONITORS = TECHNICIANS | {AgentType.SUPERVISOR}
"""The Supervisor has all monitoring tools (PRD [345, 659])."""
FIRST_LEVEL = MONITORS | {AgentType.TIER1}

DEVICES_SHOWN = 4
READINGS_SHOWN = 5
"""Per device, the bad ones first; with ``DEVICES_SHOWN`` the whole result stays under about 3 KB."""
FINDINGS_SHOWN = 3
LOG_LINES_SHOWN = 12
SETTINGS_SHOWN = 10

ProductType = Annotated[
    Word | None,
    Field(description="Only this product: internet, email_service, mobile, tv, cloud_backup or security."),
]


class DiagnosticParameters(ToolArguments):
    device_id: Id | None = Field(None, description="Only this device.")
    product_type: ProductType = None


class RunDiagnosticTest(ToolArguments):
    customer_id: CustomerId
    test_type: TestType
    parameters: DiagnosticParameters | None = Field(None, description="What to test; everything without them.")


class Measurement(Record):
    metric: str = Field(description="With its unit.")
    value: float
    healthy: str
    ok: bool


class Finding(Record):
    code: str
    finding: str
    remedy: str
    setting: str | None = Field(None, description="The setting whose value causes it.")
    needs_visit: bool = Field(False, description="Only a technician on site can mend it.")


class DeviceDiagnosis(Record):
    device_id: str
    product_type: str
    model: str
    status: DeviceStatus
    verdict: Verdict
    measurements: list[Measurement] = Field(max_length=READINGS_SHOWN, description="Bad ones first.")
    findings: list[Finding] = Field(max_length=FINDINGS_SHOWN)


class DiagnosticResult(Record):
    test_type: TestType
    verdict: Verdict = Field(description="The worst of all devices.")
    devices: list[DeviceDiagnosis] = Field(max_length=DEVICES_SHOWN)
    recommendation: str = Field(description="What to do next.")


RUN_DIAGNOSTIC_TEST = ToolSpec(
    name="run_diagnostic_test",
    description="Run an automated test on the customer's devices and services, and tell what is wrong and what helps.",
    arguments=RunDiagnosticTest,
    result=DiagnosticResult,
    policy=ToolPolicy(
        agents=FIRST_LEVEL - {AgentType.SUPERVISOR},
        audit_level="medium",
        identity=IdentityLevel.AUTHENTICATED,
        conditions={
            AgentType.TIER1: Condition(
                f"for the simple tests {' and '.join(sorted(SIMPLE_TESTS))}; hand over to technical support for others",
                lambda arguments: arguments.test_type in SIMPLE_TESTS,
            )
        },
    ),
    aliases=("diagnostic_runner",),
)


LogType = Literal["all", "connection", "mail", "wifi", "system", "security"]


def _bounded(text: str) -> str:
    time_range(text)
    return text


class CheckSystemLogs(ToolArguments):
    customer_id: CustomerId
    log_type: LogType
    time_range: Annotated[Annotated[str, StringConstraints(max_length=6)], AfterValidator(_bounded)] = Field(
        "1h", description="How far to look back: a number with m, h, d or w, at most 31d."
    )


class LogLine(Record):
    """Entries that say the same of one device, counted."""

    device_id: str
    log_type: str
    level: Literal["info", "warning", "error"]
    code: str
    message: str
    times: int
    last_at: datetime
    likely_cause: str = Field("", description="The known fault behind it.")


class LogAnalysis(Record):
    since: datetime
    entries: int = Field(description="In the range, repetitions counted.")
    errors: int
    lines: list[LogLine] = Field(max_length=LOG_LINES_SHOWN, description="Errors first, then the newest.")
    older_until: datetime | None = Field(None, description="There are older entries, the newest of them at this time.")


CHECK_SYSTEM_LOGS = ToolSpec(
    name="check_system_logs",
    description="Analyze the logs of the customer's devices and services: what was reported, how often, and why.",
    arguments=CheckSystemLogs,
    result=LogAnalysis,
    policy=ToolPolicy(agents=MONITORS, audit_level="medium", identity=IdentityLevel.AUTHENTICATED),
    aliases=("log_analysis", "log_analyzer"),
)


class ConnectivityTest(ToolArguments):
    customer_id: CustomerId
    product_type: Annotated[
        Word, Field(description="internet, email_service, mobile, tv, cloud_backup or security.")
    ] = "internet"


class ConnectivityStep(Record):
    step: Literal["service", "network", "device", "transport", "fault"]
    ok: bool
    detail: str


class ConnectivityResult(Record):
    product_type: str
    connected: bool
    broken_at: str | None = Field(None, description="The first step that failed.")
    steps: list[ConnectivityStep]


CONNECTIVITY_TEST = ToolSpec(
    name="connectivity_test",
    description="Follow the way from the account over our network to the customer's device, and tell where it ends.",
    arguments=ConnectivityTest,
    result=ConnectivityResult,
    policy=ToolPolicy(agents=FIRST_LEVEL, audit_level="medium", identity=IdentityLevel.AUTHENTICATED),
)


class ConfigurationValidator(ToolArguments):
    customer_id: CustomerId
    device_id: Id | None = Field(None, description="Only this device; all of the customer's without it.")


class WrongSetting(Record):
    device_id: str
    setting: str
    value: str
    recommended: str
    why: str


class ConfigurationReport(Record):
    valid: bool
    checked: int = Field(description="How many settings were compared.")
    wrong: list[WrongSetting] = Field(max_length=SETTINGS_SHOWN)


CONFIGURATION_VALIDATOR = ToolSpec(
    name="configuration_validator",
    description="Compare the settings of the customer's devices and services with the recommended ones.",
    arguments=ConfigurationValidator,
    result=ConfigurationReport,
    policy=ToolPolicy(agents=TECHNICIANS, audit_level="medium", identity=IdentityLevel.AUTHENTICATED),
    aliases=("configuration_validation",),
)


class SystemHealthCheck(ToolArguments):
    customer_id: CustomerId
    product_type: ProductType = None


class ComponentHealth(Record):
    component: str = Field(description="A device's id, or the network of a product.")
    product_type: str
    health: Literal["healthy", "degraded", "down"]
    detail: str = ""


class SystemHealth(Record):
    health: Literal["healthy", "degraded", "down"] = Field(description="The worst of all.")
    components: list[ComponentHealth] = Field(max_length=2 * DEVICES_SHOWN + 2)


SYSTEM_HEALTH_CHECK = ToolSpec(
    name="system_health_check",
    description="See at a glance how the customer's devices and the networks behind their products are.",
    arguments=SystemHealthCheck,
    result=SystemHealth,
    policy=ToolPolicy(agents=MONITORS, audit_level="low", identity=IdentityLevel.AUTHENTICATED),
    aliases=("system_health_checker",),
)


class GetServiceStatus(ToolArguments):
    customer_id: CustomerId
    product_type: ProductType = None


class ServiceStatus(Record):
    product_type: str
    status: Literal["operational", "degraded", "down"]
    message: str = ""
    since: datetime | None = None
    expected_end: datetime | None = Field(None, description="Missing while nobody knows: then promise no time.")


class ServiceStatuses(Record):
    services: list[ServiceStatus] = Field(max_length=8, description="Disturbed ones first.")


GET_SERVICE_STATUS = ToolSpec(
    name="get_service_status",
    description="Tell whether there is a known outage or disturbance of our services where the customer lives.",
    arguments=GetServiceStatus,
    result=ServiceStatuses,
    policy=ToolPolicy(agents=SERVICE_AGENTS, timeout_seconds=5),
)


class ApplyConfigurationChange(ToolArguments):
    customer_id: CustomerId
    device_id: Id
    setting: Word
    value: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    reason: Annotated[str, StringConstraints(min_length=3, max_length=200)]


class ConfigurationChanged(Record):
    change_id: str
    device_id: str
    setting: str
    previous: str
    value: str
    faults_cleared: list[str] = Field(description="Codes of the faults that this ended.")


APPLY_CONFIGURATION_CHANGE = ToolSpec(
    name="apply_configuration_change",
    description="Change a setting of the customer's device or service. A person must approve it first.",
    arguments=ApplyConfigurationChange,
    result=ConfigurationChanged,
    policy=ToolPolicy(
        agents=frozenset({AgentType.TIER3, AgentType.HUMAN}),
        attempts=5,
        side_effect=SideEffect.RECORD,
        audit_level="high",
        identity=IdentityLevel.AUTHENTICATED,
        needs_approval=True,
    ),
)

TOOLS = (
    RUN_DIAGNOSTIC_TEST,
    CHECK_SYSTEM_LOGS,
    CONNECTIVITY_TEST,
    CONFIGURATION_VALIDATOR,
    SYSTEM_HEALTH_CHECK,
    GET_SERVICE_STATUS,
    APPLY_CONFIGURATION_CHANGE,
)
