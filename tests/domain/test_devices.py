from datetime import timedelta

import pytest

from domain.devices import Device, Fault, Reading, TestType, applies, faults_seen, measured, time_range, verdict, worst
from tests.activities.office import NOW

pytestmark = pytest.mark.unit


def device(status: str = "online", loss: float = 0.1, snr: float = 14, faults: tuple[str, ...] = ()) -> Device:
    return Device(
        device_id="D-1",
        product_type="internet",
        kind="router",
        model="R6",
        firmware="1",
        status=status,
        service_status="active",
        readings=[
            Reading(metric="packet_loss_percent", value=loss, low=0, high=1),
            Reading(metric="snr_db", value=snr, low=9, high=40),
        ],
        settings=[],
        faults=[Fault(code=c.upper(), component=c, finding="", remedy="", began_at=NOW) for c in faults],
    )


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("1m", timedelta(minutes=1)),
        ("1h", timedelta(hours=1)),
        ("7d", timedelta(days=7)),
        ("4w", timedelta(weeks=4)),
        ("31d", timedelta(days=31)),
        ("44640m", timedelta(days=31)),
    ],
)
def test_time_ranges(text: str, span: timedelta):
    assert time_range(text) == span


@pytest.mark.parametrize("text", ["", "h", "1", "0h", "-1h", "1.5h", "1y", "32d", "5w", "999999m", "１h", "1H"])
def test_what_is_no_time_range(text: str):
    with pytest.raises(ValueError, match=r"time range|31 days"):
        time_range(text)


@pytest.mark.parametrize(
    ("of", "test", "expected"),
    [
        (device(), TestType.FULL, "passed"),
        (device(loss=1), TestType.CONNECTION, "passed"),
        (device(loss=1.01), TestType.CONNECTION, "warning"),
        (device(snr=8.9), TestType.CONNECTION, "passed"),
        (device(snr=8.9), TestType.LINE_QUALITY, "warning"),
        (device(snr=8.9), TestType.FULL, "warning"),
        (device(faults=("wifi",)), TestType.WIFI, "failed"),
        (device(faults=("wifi",)), TestType.LINE_QUALITY, "passed"),
        (device(faults=("wifi",)), TestType.FULL, "failed"),
        (device(status="offline"), TestType.CONNECTION, "failed"),
    ],
)
def test_verdicts(of: Device, test: TestType, expected: str):
    assert verdict(of, test) == expected


def test_bad_readings_come_first():
    assert [reading.metric for reading in measured(device(snr=2), TestType.LINE_QUALITY)] == [
        "snr_db",
        "packet_loss_percent",
    ]


def test_a_test_applies_where_there_is_something_to_measure():
    assert applies(device(), TestType.LINE_QUALITY)
    assert not applies(device(), TestType.MAIL_FLOW)
    assert applies(device(), TestType.FULL)


def test_a_test_sees_the_faults_of_its_own_part():
    assert [fault.code for fault in faults_seen(device(faults=("wifi", "hardware")), TestType.WIFI)] == ["WIFI"]


def test_nothing_tested_has_passed():
    assert worst([]) == "passed"
