"""What the tools of this turn showed about technical trouble: the cause, the wrong setting, and each in words."""

from dataclasses import dataclass

from agents.playbook.concerns import PRODUCT_NAMES, Concern, concern_of, product_of
from agents.playbook.situation import Situation
from domain.toolbox.crm import GET_SIMILAR_CASES, SolvedCase
from domain.toolbox.technical import (
    CHECK_SYSTEM_LOGS,
    CONFIGURATION_VALIDATOR,
    CONNECTIVITY_TEST,
    GET_SERVICE_STATUS,
    RUN_DIAGNOSTIC_TEST,
    SYSTEM_HEALTH_CHECK,
    Finding,
    LogLine,
    ServiceStatus,
    WrongSetting,
)


@dataclass(frozen=True)
class Cause:
    """What a test found to be wrong, and where."""

    device_id: str
    product_type: str
    finding: Finding


def cause_of(situation: Situation) -> Cause | None:
    """The first fault that a diagnostic test found at the product in question."""
    diagnosis, product = situation.result(RUN_DIAGNOSTIC_TEST), product_of(situation)
    if diagnosis is None:
        return None
    faults = (
        Cause(device.device_id, device.product_type, finding)
        for device in diagnosis.devices
        for finding in device.findings
        if product in (None, device.product_type)
    )
    return next(faults, None)


def wrong_setting(situation: Situation) -> WrongSetting | None:
    """A setting that differs from the recommended one: on the device in question where one is known."""
    report, device_id = situation.result(CONFIGURATION_VALIDATOR), device_of(situation)
    if report is None:
        return None
    return next((wrong for wrong in report.wrong if device_id in (None, wrong.device_id)), None)


def device_of(situation: Situation) -> str | None:
    """The device in question, as far as a tool has named it."""
    if cause := cause_of(situation):
        return cause.device_id
    product, health = product_of(situation), situation.result(SYSTEM_HEALTH_CHECK)
    components = health.components if health else []
    return next((c.component for c in components if c.product_type == product and c.component != "network"), None)


def disturbed(situation: Situation) -> ServiceStatus | None:
    """A disturbance of the network that explains the trouble; for a question about outages, any."""
    statuses, product = situation.result(GET_SERVICE_STATUS), product_of(situation)
    if statuses is None or (product is None and concern_of(situation) is not Concern.OUTAGE):
        return None
    affected = (status for status in statuses.services if status.status != "operational")
    return next((status for status in affected if product in (None, status.product_type)), None)


def disturbance_words(status: ServiceStatus) -> str:
    """What is disturbed, since when, and until when if anybody knows: else no time is promised."""
    end = (
        f"It should be over by {status.expected_end:%-d %B, %H:%M} UTC."
        if status.expected_end
        else "Nobody can say yet when it will be over, and I don't want to guess."
    )
    extent = "down" if status.status == "down" else "disturbed"
    since = f" since {status.since:%-d %B, %H:%M} UTC" if status.since else ""
    product = PRODUCT_NAMES.get(status.product_type, status.product_type)
    return f"Our {product} is {extent} where you live{since}: {status.message} {end}"


def network_broken(situation: Situation) -> bool:
    """A tool saw that the network is disturbed, without the times that the service status tells."""
    connectivity, health = situation.result(CONNECTIVITY_TEST), situation.result(SYSTEM_HEALTH_CHECK)
    product = product_of(situation)
    networks = [c for c in health.components if c.component == "network"] if health else []
    seen = any(network.health != "healthy" and network.product_type == product for network in networks)
    return seen or (connectivity is not None and connectivity.broken_at == "network")


def suspended(situation: Situation) -> bool:
    connectivity = situation.result(CONNECTIVITY_TEST)
    return connectivity is not None and connectivity.broken_at == "service"


def suspicious(situation: Situation) -> bool:
    """Something is wrong, and what it is only a test can tell."""
    connectivity, health = situation.result(CONNECTIVITY_TEST), situation.result(SYSTEM_HEALTH_CHECK)
    logs = situation.result(CHECK_SYSTEM_LOGS)
    broken = connectivity is not None and not connectivity.connected
    sick = health is not None and health.health != "healthy"
    return broken or sick or (logs is not None and logs.errors > 0)


def worst_line(situation: Situation) -> LogLine | None:
    """The first error that the logs show."""
    logs = situation.result(CHECK_SYSTEM_LOGS)
    return next((line for line in logs.lines if line.level == "error"), None) if logs else None


def similar_case(situation: Situation) -> SolvedCase | None:
    """The nearest solved case of the same product: across products nearness says little."""
    found, product = situation.result(GET_SIMILAR_CASES), product_of(situation)
    return found.cases[0] if found and found.cases and product else None


def observations(situation: Situation) -> list[str]:
    """What each tool of this turn showed, in words for the customer, in the order of the look."""
    told = (
        _about_status(situation),
        _about_health(situation),
        _about_connectivity(situation),
        _about_diagnosis(situation),
        _about_logs(situation),
        _about_settings(situation),
    )
    return [words for words in told if words]


def _about_status(situation: Situation) -> str:
    if situation.result(GET_SERVICE_STATUS) is None or disturbed(situation):
        return ""
    return "No disturbance of our network is known where you live."


def _about_health(situation: Situation) -> str:
    health = situation.result(SYSTEM_HEALTH_CHECK)
    if health is None:
        return ""
    if health.health == "healthy":
        return "Your devices and the networks behind them look healthy."
    sick = next(component for component in health.components if component.health != "healthy")
    return f"The health check: {PRODUCT_NAMES.get(sick.product_type, sick.product_type)} is {sick.health}."


def _about_connectivity(situation: Situation) -> str:
    connectivity = situation.result(CONNECTIVITY_TEST)
    if connectivity is None:
        return ""
    broken = next((step for step in connectivity.steps if not step.ok), None)
    if broken is None:
        return "The way from our network to your device is fine."
    if broken.step == "fault":
        return f"The connection test: {broken.detail}"
    return f"The connection test ends at the step “{broken.step}”: {broken.detail}"


def _about_diagnosis(situation: Situation) -> str:
    diagnosis, cause = situation.result(RUN_DIAGNOSTIC_TEST), cause_of(situation)
    if diagnosis is None:
        return ""
    if cause:
        return f"The diagnostic test: {cause.finding.finding}"
    bad = [m for device in diagnosis.devices for m in device.measurements if not m.ok]
    if bad:
        return f"The diagnostic test: {bad[0].metric} is {bad[0].value:g}, healthy would be {bad[0].healthy}."
    offline = any(device.status == "offline" for device in diagnosis.devices)
    return "The diagnostic test: your device doesn't answer." if offline else "The diagnostic test found nothing wrong."


def _about_logs(situation: Situation) -> str:
    logs, line = situation.result(CHECK_SYSTEM_LOGS), worst_line(situation)
    if logs is None:
        return ""
    if line is None:
        return "The logs show no error."
    return f"The logs show {logs.errors} {'error' if logs.errors == 1 else 'errors'}, mostly “{line.message}”."


def _about_settings(situation: Situation) -> str:
    report = situation.result(CONFIGURATION_VALIDATOR)
    if report is None:
        return ""
    if wrong := wrong_setting(situation):
        return f"One setting is wrong: {setting_name(wrong.setting)} is {wrong.value} instead of {wrong.recommended}."
    return f"The {report.checked} settings I compared are as they should be."


_SETTING_NAMES = {
    "smtp_port": "the port for sending mail",
    "smtp_security": "the encryption for sending mail",
    "imap_port": "the port for reading mail",
    "wifi_channel": "the Wi-Fi channel",
    "dns_server": "the name server",
    "bridge_mode": "the bridge mode",
    "apn": "the access point for mobile data",
    "volte": "calling over 4G",
    "output": "the picture's resolution",
    "schedule": "the backup schedule",
    "live_protection": "the live protection",
}


def setting_name(setting: str) -> str:
    return _SETTING_NAMES.get(setting, f"the setting {setting.replace('_', ' ')}")
