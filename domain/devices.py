"""What a customer has at home and in the network: how it is, how it should be, and what follows from the difference."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from domain.model import Record

DeviceStatus = Literal["online", "degraded", "offline"]
Verdict = Literal["passed", "warning", "failed"]


class TestType(StrEnum):
    """Kinds of diagnostic test; ``SIMPLE_TESTS`` are those that first level support runs."""

    __test__ = False  # pytest collects what is called Test…

    CONNECTION = "connection"
    SPEED = "speed"
    LINE_QUALITY = "line_quality"
    WIFI = "wifi"
    MAIL_FLOW = "mail_flow"
    SIGNAL = "signal"
    BACKUP = "backup"
    HARDWARE = "hardware"
    FULL = "full"


SIMPLE_TESTS = frozenset({TestType.CONNECTION, TestType.SPEED})

METRICS: dict[TestType, frozenset[str]] = {
    TestType.CONNECTION: frozenset({"packet_loss_percent", "latency_ms"}),
    TestType.SPEED: frozenset({"download_mbit", "upload_mbit"}),
    TestType.LINE_QUALITY: frozenset({"snr_db", "line_errors_per_hour", "packet_loss_percent"}),
    TestType.WIFI: frozenset({"wifi_channel_load_percent"}),
    TestType.MAIL_FLOW: frozenset({"login_failures_per_hour", "messages_waiting", "mailbox_used_percent"}),
    TestType.SIGNAL: frozenset({"signal_db", "signal_dbm", "attach_failures_per_hour"}),
    TestType.BACKUP: frozenset({"hours_since_backup", "files_failed"}),
    TestType.HARDWARE: frozenset({"temperature_celsius", "hours_since_update"}),
}
"""What each test looks at; a full one at everything."""


class Reading(Record):
    """The newest value of a metric, healthy from ``low`` to ``high``, both included."""

    metric: str
    value: float
    low: float
    high: float

    @property
    def ok(self) -> bool:
        return self.low <= self.value <= self.high


class Setting(Record):
    name: str
    value: str
    recommended: str
    allowed: list[str]
    why: str

    @property
    def ok(self) -> bool:
        return self.value == self.recommended


class Fault(Record):
    """A known disturbance of a device. ``setting`` is the one whose value causes it, if one does."""

    code: str
    component: str
    finding: str
    remedy: str
    needs_visit: bool = False
    setting: str | None = None
    began_at: datetime


class Device(Record):
    """One device with its latest readings, settings and open faults."""

    device_id: str
    product_type: str
    kind: str
    model: str
    firmware: str
    status: DeviceStatus
    service_status: str
    readings: list[Reading]
    settings: list[Setting]
    faults: list[Fault]


class Outage(Record):
    """A disturbance of the network where the customer lives. ``expected_end`` is None while nobody knows."""

    outage_id: str
    product_type: str
    impact: Literal["degraded", "down"]
    message: str
    began_at: datetime
    expected_end: datetime | None = None


def measured(device: Device, test: TestType) -> list[Reading]:
    """The readings that a test looks at, the bad ones first."""
    chosen = [reading for reading in device.readings if test is TestType.FULL or reading.metric in METRICS[test]]
    return sorted(chosen, key=lambda reading: (reading.ok, reading.metric))


def applies(device: Device, test: TestType) -> bool:
    """Whether there is something to test: every device can be asked whether it answers."""
    return test in (TestType.CONNECTION, TestType.FULL) or bool(measured(device, test))


def faults_seen(device: Device, test: TestType) -> list[Fault]:
    """Which of the open faults a test reveals: its own component's, and all of them in a full one."""
    return [fault for fault in device.faults if test is TestType.FULL or fault.component == test]


def verdict(device: Device, test: TestType) -> Verdict:
    if device.status == "offline" or faults_seen(device, test):
        return "failed"
    return "passed" if all(reading.ok for reading in measured(device, test)) else "warning"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """
    >>> worst(["passed", "failed", "warning"])
    'failed'
    """
    order: Sequence[Verdict] = ("passed", "warning", "failed")
    return max(verdicts, key=order.index, default="passed")


def wrong_settings(device: Device) -> list[Setting]:
    return [setting for setting in device.settings if not setting.ok]


_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
LONGEST_RANGE = timedelta(days=31)


def time_range(text: str) -> timedelta:
    """
    >>> time_range("90m")
    datetime.timedelta(seconds=5400)

    Raises ValueError for anything but a number with m, h, d or w, or more than ``LONGEST_RANGE``.
    """
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and len(number) <= 5 and int(number) and unit in _UNITS):
        raise ValueError("a time range is a number with m, h, d or w, for example 1h or 7d")
    span = int(number) * _UNITS[unit]
    if span > LONGEST_RANGE:
        raise ValueError(f"logs are kept for {LONGEST_RANGE.days} days")
    return span
