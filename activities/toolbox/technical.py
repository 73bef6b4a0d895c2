"""Tools that look into devices and services."""

from activities.support_ports import Devices
from activities.toolbox.binding import ToolContext, handles
from domain.devices import (
    Device,
    Fault,
    Outage,
    Reading,
    TestType,
    applies,
    faults_seen,
    measured,
    time_range,
    verdict,
    worst,
    wrong_settings,
)
from domain.errors import NotFound
from domain.toolbox.technical import (
    APPLY_CONFIGURATION_CHANGE,
    CHECK_SYSTEM_LOGS,
    CONFIGURATION_VALIDATOR,
    CONNECTIVITY_TEST,
    DEVICES_SHOWN,
    FINDINGS_SHOWN,
    GET_SERVICE_STATUS,
    READINGS_SHOWN,
    RUN_DIAGNOSTIC_TEST,
    SETTINGS_SHOWN,
    SYSTEM_HEALTH_CHECK,
    ApplyConfigurationChange,
    CheckSystemLogs,
    ComponentHealth,
    ConfigurationChanged,
    ConfigurationReport,
    ConfigurationValidator,
    ConnectivityResult,
    ConnectivityStep,
    ConnectivityTest,
    DeviceDiagnosis,
    DiagnosticParameters,
    DiagnosticResult,
    Finding,
    GetServiceStatus,
    LogAnalysis,
    Measurement,
    RunDiagnosticTest,
    ServiceStatus,
    ServiceStatuses,
    SystemHealth,
    SystemHealthCheck,
    WrongSetting,
)

PRODUCT_TYPES = ("internet", "email_service", "mobile", "tv", "cloud_backup", "security")


class TechnicalTools:
    def __init__(self, devices: Devices) -> None:
        self._devices = devices

    @handles(RUN_DIAGNOSTIC_TEST)
    async def run_diagnostic_test(self, arguments: RunDiagnosticTest, context: ToolContext) -> DiagnosticResult:
        test, chosen = arguments.test_type, arguments.parameters or DiagnosticParameters()
        devices = await self._devices.of_customer(
            arguments.customer_id, product_type=chosen.product_type, device_id=chosen.device_id
        )
        fitting = [device for device in devices if applies(device, test)]
        if not fitting:
            raise NotFound(f"This customer has no device for the test {test}. {_what_there_is(devices)}")
        return DiagnosticResult(
            test_type=test,
            verdict=worst(verdict(device, test) for device in fitting),
            devices=[_diagnosis(device, test) for device in fitting[:DEVICES_SHOWN]],
            recommendation=_recommendation([fault for device in fitting for fault in faults_seen(device, test)]),
        )

    @handles(CHECK_SYSTEM_LOGS)
    async def check_system_logs(self, arguments: CheckSystemLogs, context: ToolContext) -> LogAnalysis:
        since = context.now - time_range(arguments.time_range)
        return await self._devices.logs(arguments.customer_id, arguments.log_type, since=since, until=context.now)

    @handles(CONNECTIVITY_TEST)
    async def connectivity_test(self, arguments: ConnectivityTest, context: ToolContext) -> ConnectivityResult:
        product = arguments.product_type
        devices = await self._devices.of_customer(arguments.customer_id, product_type=product)
        if not devices:
            there = _what_there_is(await self._devices.of_customer(arguments.customer_id))
            raise NotFound(f"This customer has no {product} service. {there}")
        outages = await self._devices.outages(arguments.customer_id, at=context.now)
        steps = _steps(devices[0], [outage for outage in outages if outage.product_type == product])
        broken = next((step.step for step in steps if not step.ok), None)
        return ConnectivityResult(product_type=product, connected=broken is None, broken_at=broken, steps=steps)

    @handles(CONFIGURATION_VALIDATOR)
    async def configuration_validator(
        self, arguments: ConfigurationValidator, context: ToolContext
    ) -> ConfigurationReport:
        devices = await self._devices.of_customer(arguments.customer_id, device_id=arguments.device_id)
        wrong = [_wrong(device, setting.name) for device in devices for setting in wrong_settings(device)]
        return ConfigurationReport(
            valid=not wrong, checked=sum(len(device.settings) for device in devices), wrong=wrong[:SETTINGS_SHOWN]
        )

    @handles(SYSTEM_HEALTH_CHECK)
    async def system_health_check(self, arguments: SystemHealthCheck, context: ToolContext) -> SystemHealth:
        devices = await self._devices.of_customer(arguments.customer_id, product_type=arguments.product_type)
        outages = await self._devices.outages(arguments.customer_id, at=context.now)
        products = sorted({device.product_type for device in devices})
        networks = [_network(product, outages) for product in products]
        components = [*networks, *(_device_health(device) for device in devices[:DEVICES_SHOWN])]
        healths = {component.health for component in components}
        overall = next((health for health in ("down", "degraded") if health in healths), "healthy")
        return SystemHealth.model_validate({"health": overall, "components": components})

    @handles(GET_SERVICE_STATUS)
    async def get_service_status(self, arguments: GetServiceStatus, context: ToolContext) -> ServiceStatuses:
        asked = arguments.product_type
        if asked is not None and asked not in PRODUCT_TYPES:
            raise NotFound(f"There is no such product type. There are: {', '.join(PRODUCT_TYPES)}.")
        outages = await self._devices.outages(arguments.customer_id, at=context.now)
        products = PRODUCT_TYPES if asked is None else (asked,)
        statuses = [_status(product, outages) for product in products]
        return ServiceStatuses(services=sorted(statuses, key=lambda status: status.status == "operational"))

    @handles(APPLY_CONFIGURATION_CHANGE)
    async def apply_configuration_change(
        self, arguments: ApplyConfigurationChange, context: ToolContext
    ) -> ConfigurationChanged:
        return await self._devices.change_setting(context.effect, arguments)


def _what_there_is(devices: list[Device]) -> str:
    found = ", ".join(f"{device.device_id} ({device.product_type})" for device in devices)
    return f"There are: {found}." if found else "There is no device on this account: look at the account's services."


def _diagnosis(device: Device, test: TestType) -> DeviceDiagnosis:
    return DeviceDiagnosis(
        device_id=device.device_id,
        product_type=device.product_type,
        model=device.model,
        status=device.status,
        verdict=verdict(device, test),
        measurements=[_measurement(reading) for reading in measured(device, test)[:READINGS_SHOWN]],
        findings=[_finding(fault) for fault in faults_seen(device, test)[:FINDINGS_SHOWN]],
    )


def _measurement(reading: Reading) -> Measurement:
    healthy = f"{reading.low:g} to {reading.high:g}"
    return Measurement(metric=reading.metric, value=reading.value, healthy=healthy, ok=reading.ok)


def _finding(fault: Fault) -> Finding:
    return Finding.model_validate(fault.model_dump())


def _recommendation(faults: list[Fault]) -> str:
    if not faults:
        return "Nothing wrong was found here. Check the logs or the configuration, or test another part."
    if any(fault.needs_visit for fault in faults):
        return f"{faults[0].remedy} This needs a technician: offer a visit with schedule_technician_visit."
    return faults[0].remedy


def _wrong(device: Device, name: str) -> WrongSetting:
    [setting] = [setting for setting in device.settings if setting.name == name]
    return WrongSetting(
        device_id=device.device_id,
        setting=name,
        value=setting.value,
        recommended=setting.recommended,
        why=setting.why,
    )


def _steps(device: Device, outages: list[Outage]) -> list[ConnectivityStep]:
    """From the account to the device; ``fault`` is what keeps a reachable service from working."""
    bad = [reading.metric for reading in measured(device, TestType.CONNECTION) if not reading.ok]
    fault = device.faults[0] if device.faults else None
    network = outages[0].message if outages else "No disturbance is known."
    return [
        ConnectivityStep(step="service", ok=device.service_status == "active", detail=device.service_status),
        ConnectivityStep(step="network", ok=not outages, detail=network),
        ConnectivityStep(
            step="device", ok=device.status != "offline", detail=f"{device.device_id} is {device.status}."
        ),
        ConnectivityStep(step="transport", ok=not bad, detail=", ".join(bad) or "All values are healthy."),
        ConnectivityStep(step="fault", ok=fault is None, detail=fault.finding if fault else "None is known."),
    ]


def _network(product: str, outages: list[Outage]) -> ComponentHealth:
    outage = next((outage for outage in outages if outage.product_type == product), None)
    if outage is None:
        return ComponentHealth(component="network", product_type=product, health="healthy")
    return ComponentHealth(component="network", product_type=product, health=outage.impact, detail=outage.message)


def _device_health(device: Device) -> ComponentHealth:
    bad = device.status == "degraded" or bool(device.faults) or not all(reading.ok for reading in device.readings)
    health = "down" if device.status == "offline" else "degraded" if bad else "healthy"
    detail = device.faults[0].finding if device.faults else ""
    return ComponentHealth.model_validate(
        {"component": device.device_id, "product_type": device.product_type, "health": health, "detail": detail}
    )


def _status(product: str, outages: list[Outage]) -> ServiceStatus:
    outage = next((outage for outage in outages if outage.product_type == product), None)
    if outage is None:
        return ServiceStatus(product_type=product, status="operational")
    return ServiceStatus(
        product_type=product,
        status=outage.impact,
        message=outage.message,
        since=outage.began_at,
        expected_end=outage.expected_end,
    )
