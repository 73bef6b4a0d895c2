"""Devices of all running services, with readings, settings, faults and logs; and the disturbances of the network."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, LiteralString

from adapters.demo.bills import SEED, DemoService, services_of
from adapters.demo.content import DemoCustomer, DemoProduct

TABLES: dict[str, LiteralString] = {
    "sites": "copy customer_sites (customer_id, area) from stdin",
    "devices": "copy devices (device_id, customer_id, service_id, kind, model, firmware, status) from stdin",
    "readings": "copy device_readings (device_id, metric, value, low, high) from stdin",
    "rules": "copy setting_rules (kind, name, recommended, allowed, why) from stdin",
    "settings": "copy device_settings (device_id, name, value) from stdin",
    "faults": """copy device_faults (fault_id, device_id, code, component, finding, remedy, needs_visit, setting,
        began_at, ended_at) from stdin""",
    "logs": """copy device_logs (entry_id, device_id, fault_id, log_type, level, code, message, first_at,
        repeats_minutes) from stdin""",
    "outages": """copy outages (outage_id, product_type, area, impact, message, began_at, expected_end, ended_at)
        from stdin""",
}
AREAS = ("north", "east", "south", "west")
Rows = dict[str, list[Sequence[Any]]]


@dataclass(frozen=True)
class _Kind:
    """What there is for a type of product. ``readings``: metric to (usual value, low, high); ``rules``: setting to
    (recommended, allowed, why)."""

    name: str
    model: str
    firmware: str
    readings: dict[str, tuple[float, float, float]]
    rules: dict[str, tuple[str, list[str], str]]


KINDS: dict[str, _Kind] = {
    "internet": _Kind(
        "router", "Northline R6", "6.2.1",
        {
            "packet_loss_percent": (0.1, 0, 1), "latency_ms": (12, 0, 40), "snr_db": (14, 9, 40),
            "line_errors_per_hour": (3, 0, 60), "wifi_channel_load_percent": (35, 0, 70),
            "temperature_celsius": (48, 0, 70),
        },
        {
            "wifi_channel": ("auto", ["auto", "1", "6", "11", "36", "44"], "The router then avoids crowded channels."),
            "dns_server": ("automatic", ["automatic", "manual"], "Other servers answer late or not at all."),
            "bridge_mode": ("off", ["on", "off"], "On, the router gives no addresses to other devices."),
        },
    ),
    "email_service": _Kind(
        "mailbox", "Northline Mail", "",
        {"login_failures_per_hour": (0, 0, 5), "messages_waiting": (0, 0, 10), "mailbox_used_percent": (41, 0, 95)},
        {
            "smtp_port": ("587", ["587", "465", "25"], "Port 25 is closed for mail programs, against spam."),
            "smtp_security": ("starttls", ["starttls", "tls", "none"], "Without encryption passwords can be read."),
            "imap_port": ("993", ["993", "143"], "Only 993 is encrypted from the start."),
        },
    ),
    "mobile": _Kind(
        "sim_card", "Northline SIM", "",
        {"signal_dbm": (-84, -105, -40), "attach_failures_per_hour": (0, 0, 3)},
        {
            "apn": ("internet.northline", ["internet.northline", "wap.northline"], "The old one carries no data."),
            "volte": ("on", ["on", "off"], "Without it calls need networks that are being switched off."),
        },
    ),
    "tv": _Kind(
        "set_top_box", "Northline TV Box", "3.8.0",
        {"signal_db": (12, 8, 30), "packet_loss_percent": (0.1, 0, 1)},
        {"output": ("auto", ["auto", "1080p", "2160p"], "A fixed value fails on screens that cannot show it.")},
    ),
    "cloud_backup": _Kind(
        "backup_client", "Northline Backup", "2.4.0",
        {"hours_since_backup": (9, 0, 48), "files_failed": (0, 0, 20)},
        {"schedule": ("nightly", ["nightly", "hourly", "off"], "Off, nothing is saved unless somebody starts it.")},
    ),
    "security": _Kind(
        "security_client", "Northline Security", "5.1.0",
        {"hours_since_update": (6, 0, 48)},
        {"live_protection": ("on", ["on", "off"], "Off, files are checked only when somebody asks for it.")},
    ),
}  # fmt: skip


@dataclass(frozen=True)
class _Trouble:
    """A fault, what it does to readings, and what the device then reports every ``minutes``."""

    code: str
    component: str
    finding: str
    remedy: str
    log: tuple[str, str]
    readings: dict[str, float]
    minutes: int = 10
    setting: tuple[str, str] | None = None
    needs_visit: bool = False
    status: str = "degraded"


TROUBLES: dict[str, _Trouble] = {
    "mail_port": _Trouble(
        "MAIL-PORT-25", "mail_flow", "Outgoing mail is refused: it is sent on port 25, which is closed.",
        "Set smtp_port to 587 with STARTTLS, in the mail program too.",
        ("mail", "connection to port 25 refused, message kept in the outbox"),
        {"messages_waiting": 17}, setting=("smtp_port", "25"),
    ),
    "wifi_crowded": _Trouble(
        "WIFI-CROWDED", "wifi", "The Wi-Fi channel is crowded by neighbours.", "Set wifi_channel to auto.",
        ("wifi", "channel 6 busy, airtime above limit"), {"wifi_channel_load_percent": 91}, minutes=15,
        setting=("wifi_channel", "6"),
    ),
    "line_noise": _Trouble(
        "LINE-NOISE", "line_quality", "The line is noisy: probably a damaged cable or socket.",
        "The line must be measured and mended on site.",
        ("connection", "synchronisation lost, training again"),
        {"snr_db": 4.5, "line_errors_per_hour": 840, "packet_loss_percent": 6.2}, minutes=25, needs_visit=True,
    ),
    "router_dead": _Trouble(
        "DEVICE-SILENT", "hardware", "The router does not answer since it restarted several times: likely defective.",
        "The router must be exchanged.",
        ("system", "no answer to keepalive"), {"packet_loss_percent": 100}, minutes=5, needs_visit=True,
        status="offline",
    ),
    "old_apn": _Trouble(
        "APN-OLD", "signal", "The phone uses the old access point: calls work, data does not.",
        "Set apn to internet.northline.",
        ("connection", "data session rejected, unknown access point"), {"attach_failures_per_hour": 14},
        setting=("apn", "wap.northline"),
    ),
    "backup_off": _Trouble(
        "BACKUP-OFF", "backup", "The backup's schedule is switched off.", "Set schedule to nightly.",
        ("system", "backup overdue"), {"hours_since_backup": 312}, minutes=1440, setting=("schedule", "off"),
    ),
}  # fmt: skip

KNOWN: dict[str, dict[str, str]] = {
    "test_customer_123": {"email_service": "mail_port"},
    "CUST_001": {"internet": "wifi_crowded"},
    "CUST_003": {"internet": "line_noise"},
    "CUST_012": {"internet": "router_dead"},
    "CUST_015": {"mobile": "old_apn"},
    "CUST_018": {"cloud_backup": "backup_off"},
}
"""Customer, product type, trouble."""
OUTAGES = (
    ("OUT-2026-031", "internet", "north", "down", "A cable was cut by road works; repaired the same day.", 18, 9, 15),
    ("OUT-2026-032", "email_service", "", "degraded", "Mail was delivered up to an hour late.", 7, 6, 10),
    (
        "OUT-2026-033",
        "tv",
        "east",
        "degraded",
        "Replay is unavailable; live channels work.",
        1,
        5,
        None,
    ),
)
"""Id, product type, area, impact, message, days ago, from hour, until hour; None: it still is."""


def rows(customers: Iterable[DemoCustomer], catalogue: dict[str, DemoProduct], reference: date) -> Rows:
    made: Rows = {table: [] for table in TABLES}
    made["rules"] = [(k.name, name, *rule) for k in KINDS.values() for name, rule in k.rules.items()]
    made["outages"] = list(_outages(reference))
    for customer in customers:
        made["sites"].append((customer.customer_id, area_of(customer)))
        for service in services_of(customer, catalogue, reference):
            if service.status != "cancelled":
                _add_device(made, customer, service, reference)
    return made


def area_of(customer: DemoCustomer) -> str:
    return AREAS[customer.number % len(AREAS)]


def _outages(reference: date) -> Iterator[Sequence[Any]]:
    for outage_id, product, area, impact, message, days, begins, ends in OUTAGES:
        day = reference - timedelta(days=days)
        end = None if ends is None else _at(day, ends)
        yield outage_id, product, area, impact, message, _at(day, begins), end, end


def _add_device(made: Rows, customer: DemoCustomer, service: DemoService, reference: date) -> None:
    chance = random.Random(f"{SEED}-device-{service.service_id}")  # noqa: S311 not for secrets
    product_type = service.product.product_type
    kind, trouble = KINDS[product_type], TROUBLES.get(KNOWN.get(customer.customer_id, {}).get(product_type, ""))
    device_id = service.service_id.replace("SVC", "DEV")
    suspended = service.status == "suspended"
    status = "offline" if suspended else trouble.status if trouble else "online"
    made["devices"].append(
        (device_id, customer.customer_id, service.service_id, kind.name, kind.model, kind.firmware, status)
    )
    for metric, (usual, low, high) in kind.readings.items():
        value = trouble.readings[metric] if trouble and metric in trouble.readings else _near(usual, chance)
        made["readings"].append((device_id, metric, value, low, high))
    wrong = dict([trouble.setting]) if trouble and trouble.setting else {}
    made["settings"] += [(device_id, name, wrong.get(name, rule[0])) for name, rule in kind.rules.items()]
    _add_logs(made, device_id, trouble, reference, chance)


def _add_logs(made: Rows, device_id: str, trouble: _Trouble | None, reference: date, chance: random.Random) -> None:
    started = _at(reference - timedelta(days=chance.randint(2, 28)), chance.randint(0, 23))
    entry = (f"LOG-{device_id}-1", device_id, None, "system", "info", "STARTED", "started, all checks passed", started)
    made["logs"].append((*entry, None))
    if trouble is None:
        return
    fault_id, began = f"FLT-{device_id}", _at(reference - timedelta(days=1), 17)
    made["faults"].append(
        (fault_id, device_id, trouble.code, trouble.component, trouble.finding, trouble.remedy, trouble.needs_visit,
         trouble.setting[0] if trouble.setting else None, began, None)
    )  # fmt: skip
    log_type, message = trouble.log
    made["logs"].append(
        (f"LOG-{device_id}-2", device_id, fault_id, log_type, "error", trouble.code, message, began, trouble.minutes)
    )


def _near(usual: float, chance: random.Random) -> float:
    """Up to a tenth away from the usual value."""
    return round(usual * chance.uniform(0.9, 1.1), 1)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)
