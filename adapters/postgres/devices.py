"""Devices, their logs and the networks behind them, on our own tables."""

from datetime import datetime
from typing import Any

from activities.ports import Effect
from adapters.postgres.database import Connection, Database, Row, fetch_row, fetch_rows
from domain.devices import Device, Outage
from domain.errors import NotFound, NotPossible, UnknownCustomer
from domain.toolbox.technical import (
    LOG_LINES_SHOWN,
    ApplyConfigurationChange,
    ConfigurationChanged,
    LogAnalysis,
    LogLine,
    LogType,
)

_DEVICES = """
select device_id, product_type, d.kind, model, firmware, d.status, s.status as service_status,
       coalesce((select jsonb_agg(to_jsonb(r) - 'device_id' order by metric)
                 from device_readings r where r.device_id = d.device_id), '[]') as readings,
       coalesce((select jsonb_agg(jsonb_build_object('name', v.name, 'value', v.value, 'recommended', recommended,
                                                     'allowed', allowed, 'why', why) order by v.name)
                 from device_settings v join setting_rules u on u.kind = d.kind and u.name = v.name
                 where v.device_id = d.device_id), '[]') as settings,
       coalesce((select jsonb_agg(to_jsonb(f) order by began_at, fault_id)
                 from device_faults f where f.device_id = d.device_id and ended_at is null), '[]') as faults
from devices d join services s using (service_id) join products p using (product_id)
where d.customer_id = %(customer_id)s and s.status <> 'cancelled'
  and (%(product_type)s::text is null or product_type = %(product_type)s)
  and (%(device_id)s::text is null or device_id = %(device_id)s)
order by array_position(array['offline', 'degraded', 'online'], d.status), device_id
"""
# A repeated entry was written at first_at, first_at + n minutes, …, until its fault ended. `before` and `upto` count
# what had been written when the range began and when it ended.
_LOGS = """
with kept as (
    select l.*, f.ended_at, coalesce(f.finding, '') as likely_cause, least(%(until)s, coalesce(f.ended_at, %(until)s))
           as last_possible
    from device_logs l join devices d using (device_id) left join device_faults f using (fault_id)
    where d.customer_id = %(customer_id)s and (%(log_type)s = 'all' or log_type = %(log_type)s)
      and first_at <= %(until)s
), counted as (
    select *, written(first_at, repeats_minutes, least(%(since)s, last_possible)) as before,
           written(first_at, repeats_minutes, last_possible) as upto
    from kept
)
select device_id, log_type, level, code, message, likely_cause, (upto - before)::int as times,
       first_at + make_interval(mins => (greatest(upto, 1) - 1)::int * coalesce(repeats_minutes, 0)) as last_at
from counted
order by array_position(array['error', 'warning', 'info'], level), last_at desc, device_id, code
"""
_LOCK = "select from devices where device_id = %(device_id)s and customer_id = %(customer_id)s for update"
# A statement of its own after the lock, so that it sees what whoever held the lock has changed.
_SETTING = """
select d.kind, d.status, v.value, allowed, recommended
from devices d left join device_settings v on v.device_id = d.device_id and v.name = %(setting)s
left join setting_rules u on u.kind = d.kind and u.name = v.name
where d.device_id = %(device_id)s and d.customer_id = %(customer_id)s
"""
_CHANGE = """
with changed as (
    update device_settings set value = %(value)s where device_id = %(device_id)s and name = %(setting)s
)
insert into configuration_changes (device_id, setting, previous, value, reason, agent, effect_key, at)
values (%(device_id)s, %(setting)s, %(previous)s, %(value)s, %(reason)s, %(agent)s, %(key)s, %(at)s)
returning change_id
"""
_CLEAR = """
update device_faults set ended_at = greatest(began_at, %(at)s)
where device_id = %(device_id)s and setting = %(setting)s and ended_at is null returning code
"""
_RECOVER = """
update devices d set status = 'online' where device_id = %(device_id)s and status = 'degraded'
and not exists (select from device_faults f where f.device_id = d.device_id and ended_at is null)
"""
_OUTAGES = """
select o.outage_id, o.product_type, o.impact, o.message, o.began_at, o.expected_end
from customers c left join customer_sites s using (customer_id)
left join outages o on (o.area = '' or o.area = s.area) and o.began_at <= %(at)s
     and (o.ended_at is null or o.ended_at > %(at)s)
where customer_id = %(customer_id)s order by o.impact desc, o.began_at desc limit 8
"""


class PostgresDevices:
    """Implements ``activities.ports.Devices``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_customer(
        self, customer_id: str, *, product_type: str | None = None, device_id: str | None = None
    ) -> list[Device]:
        rows = await self._database.rows(
            _DEVICES, {"customer_id": customer_id, "product_type": product_type, "device_id": device_id}
        )
        if device_id is not None and not rows:
            raise _no_device(device_id)
        return [Device.model_validate(row) for row in rows]

    async def logs(self, customer_id: str, log_type: LogType, *, since: datetime, until: datetime) -> LogAnalysis:
        values = {"customer_id": customer_id, "log_type": log_type, "since": since, "until": until}
        rows = await self._database.rows(_LOGS, values)
        return _analysis(rows, since)

    async def change_setting(self, effect: Effect, change: ApplyConfigurationChange) -> ConfigurationChanged:
        return await self._database.once(
            effect, ConfigurationChanged, lambda connection: _change(connection, effect, change)
        )

    async def outages(self, customer_id: str, *, at: datetime) -> list[Outage]:
        rows = await self._database.rows(_OUTAGES, {"customer_id": customer_id, "at": at})
        if not rows:
            raise UnknownCustomer(customer_id)
        return [Outage.model_validate(row) for row in rows if row["outage_id"] is not None]


def _analysis(rows: list[Row], since: datetime) -> LogAnalysis:
    lines = [row for row in rows if row["times"] > 0]
    older = [row["last_at"] for row in rows if row["times"] == 0]
    return LogAnalysis(
        since=since,
        entries=sum(row["times"] for row in lines),
        errors=sum(row["times"] for row in lines if row["level"] == "error"),
        lines=[LogLine.model_validate(row) for row in lines[:LOG_LINES_SHOWN]],
        older_until=max(older, default=None),
    )


async def _change(connection: Connection, effect: Effect, change: ApplyConfigurationChange) -> ConfigurationChanged:
    values: dict[str, Any] = effect.model_dump() | change.model_dump()
    await connection.execute(_LOCK, values)
    present = await fetch_row(connection, _SETTING, values)
    if present is None:
        raise _no_device(change.device_id)
    _refuse_impossible(present, change)
    values["previous"] = present["value"]
    changed = await fetch_row(connection, _CHANGE, values)
    assert changed is not None, "an insert returns its row"
    mended = change.value == present["recommended"]
    cleared = await fetch_rows(connection, _CLEAR, values) if mended else []
    await connection.execute(_RECOVER, values)
    return ConfigurationChanged(
        change_id=changed["change_id"],
        device_id=change.device_id,
        setting=change.setting,
        previous=present["value"],
        value=change.value,
        faults_cleared=[row["code"] for row in cleared],
    )


def _refuse_impossible(present: Row, change: ApplyConfigurationChange) -> None:
    if present["allowed"] is None:
        raise NotFound(
            f"{change.device_id} has no setting {change.setting}. See its settings with configuration_validator."
        )
    if change.value not in present["allowed"]:
        allowed = ", ".join(present["allowed"])
        raise NotPossible(f"{change.setting} cannot be {change.value!r}. Possible: {allowed}.")
    if change.value == present["value"]:
        raise NotPossible(f"{change.setting} is {change.value} already. Look for another cause.")
    if present["status"] == "offline":
        raise NotPossible(
            f"{change.device_id} is offline and takes no settings. Get it online first, or offer a technician's visit."
        )


def _no_device(device_id: str) -> NotFound:
    return NotFound(f"This customer has no device {device_id}. Run system_health_check to see which there are.")
