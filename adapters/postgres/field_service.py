"""Technicians' calendars and callbacks on our own tables."""

from datetime import date, timedelta
from typing import Any

from activities.ports import Effect
from adapters.postgres.database import Connection, Database, fetch_row, fetch_rows
from domain.appointments import CALLBACKS_AN_HOUR, bookable_days
from domain.errors import NotPossible, SlotTaken, UnknownCustomer
from domain.masking import mask_text
from domain.toolbox.field_service import (
    FREE_SHOWN,
    CallbackScheduled,
    FreeVisit,
    ScheduleCallback,
    ScheduleTechnicianVisit,
    TechnicianVisit,
)

_FREE = """
select distinct day::date as visit_date, s.time_window
from customer_sites c join technicians t using (area) join technician_shifts s using (technician_id)
join generate_series(%(first)s::date::timestamp, %(last)s::date, interval '1 day') day
     on extract(isodow from day) = s.weekday
where c.customer_id = %(customer_id)s and %(product_type)s = any(t.skills) and not exists (
    select from technician_visits v where v.technician_id = t.technician_id and v.visit_date = day::date
    and v.time_window = s.time_window and v.status = 'booked')
order by visit_date, time_window limit %(limit)s
"""
_CUSTOMER = """
select account_status, phone, exists (
           select from services s join products p using (product_id) where s.customer_id = c.customer_id
           and s.status = 'active' and product_type = %(product_type)s) as served
from customers c where customer_id = %(customer_id)s for no key update
"""
_PLANNED = """
select visit_id, visit_date, time_window from technician_visits
where customer_id = %(customer_id)s and product_type = %(product_type)s and status = 'booked'
  and visit_date >= %(today)s
order by visit_date limit 1
"""
# Whoever books in an area waits for the other: two customers never get one slot.
_LOCK_AREA = """
select from technicians join customer_sites using (area) where customer_id = %(customer_id)s
order by technician_id for no key update of technicians
"""
_BOOK = """
insert into technician_visits (technician_id, customer_id, conversation_id, product_type, visit_date, time_window,
                               issue, effect_key, booked_at)
select t.technician_id, %(customer_id)s, %(conversation_id)s, %(product_type)s, %(visit_date)s, %(time_window)s,
       %(issue)s, %(key)s, %(at)s
from customer_sites c join technicians t using (area) join technician_shifts s using (technician_id)
where c.customer_id = %(customer_id)s and %(product_type)s = any(t.skills)
  and s.weekday = extract(isodow from %(visit_date)s::date) and s.time_window = %(time_window)s and not exists (
    select from technician_visits v where v.technician_id = t.technician_id and v.visit_date = %(visit_date)s
    and v.time_window = %(time_window)s and v.status = 'booked')
-- who has the fewest visits that day
order by (select count(*) from technician_visits v where v.technician_id = t.technician_id
          and v.visit_date = %(visit_date)s and v.status = 'booked'), t.technician_id
limit 1
returning visit_id, visit_date, time_window,
          (select name from technicians where technician_id = technician_visits.technician_id) as technician
"""
_OPEN_CALLBACK = """
select callback_id, callback_at from callbacks
where customer_id = %(customer_id)s and status = 'scheduled' and callback_at > %(at)s limit 1
"""
_IN_THE_HOUR = """
select count(*) as calls from callbacks
where status = 'scheduled' and date_trunc('hour', callback_at) = date_trunc('hour', %(callback_at)s::timestamptz)
"""
_BOOK_CALLBACK = """
insert into callbacks (customer_id, conversation_id, phone, callback_at, reason, agent, effect_key, created_at)
values (%(customer_id)s, %(conversation_id)s, %(phone)s, %(callback_at)s, %(reason)s, %(agent)s, %(key)s, %(at)s)
returning callback_id, callback_at, phone, status
"""
_CALLBACKS_LOCK = 0xCA11BAC
"""Advisory lock key: the places of an hour are counted by one at a time."""


class PostgresAppointments:
    """Implements ``activities.ports.Appointments``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def free_visits(self, customer_id: str, product_type: str, *, first: date, last: date) -> list[FreeVisit]:
        async with self._database.connection() as connection:
            return await _free(connection, customer_id, product_type, first, last)

    async def book_visit(self, effect: Effect, visit: ScheduleTechnicianVisit) -> TechnicianVisit:
        return await self._database.once(effect, TechnicianVisit, lambda connection: _book(connection, effect, visit))

    async def book_callback(self, effect: Effect, callback: ScheduleCallback) -> CallbackScheduled:
        return await self._database.once(
            effect, CallbackScheduled, lambda connection: _book_callback(connection, effect, callback)
        )


async def _free(
    connection: Connection, customer_id: str, product_type: str, first: date, last: date
) -> list[FreeVisit]:
    values = {"customer_id": customer_id, "product_type": product_type, "first": first, "last": last}
    rows = await fetch_rows(connection, _FREE, values | {"limit": FREE_SHOWN})
    return [FreeVisit.model_validate(row) for row in rows]


async def _book(connection: Connection, effect: Effect, visit: ScheduleTechnicianVisit) -> TechnicianVisit:
    values: dict[str, Any] = effect.model_dump() | visit.model_dump() | {"today": effect.at.date()}
    await _require_visitable(connection, values)
    await connection.execute(_LOCK_AREA, values)
    booked = await fetch_row(connection, _BOOK, values)
    if booked is None:
        first, last = bookable_days(effect.at.date())
        free = await _free(connection, effect.customer_id, visit.product_type, first, last)
        said = ", ".join(f"{slot.visit_date} {slot.time_window}" for slot in free) or "none in the next four weeks"
        raise SlotTaken(f"No technician is free on {visit.visit_date} {visit.time_window}. Next free: {said}.")
    return TechnicianVisit.model_validate(booked)


async def _require_visitable(connection: Connection, values: dict[str, Any]) -> None:
    customer = await fetch_row(connection, _CUSTOMER, values)
    if customer is None:
        raise UnknownCustomer(values["customer_id"])
    if customer["account_status"] != "active" or not customer["served"]:
        raise NotPossible(
            f"A technician comes for an active {values['product_type']} service only, and this account has none. "
            "Look at the account's services; with an unpaid bill hand over to billing."
        )
    planned = await fetch_row(connection, _PLANNED, values)
    if planned is not None:
        raise NotPossible(
            f"Visit {planned['visit_id']} is booked already, for {planned['visit_date']} {planned['time_window']}. "
            "Tell the customer; another one is not needed."
        )


async def _book_callback(connection: Connection, effect: Effect, callback: ScheduleCallback) -> CallbackScheduled:
    values: dict[str, Any] = effect.model_dump() | callback.model_dump() | {"product_type": ""}
    customer = await fetch_row(connection, _CUSTOMER, values)
    if customer is None:
        raise UnknownCustomer(effect.customer_id)
    await connection.execute("select pg_advisory_xact_lock(%s)", (_CALLBACKS_LOCK,))
    planned = await fetch_row(connection, _OPEN_CALLBACK, values)
    if planned is not None:
        raise NotPossible(
            f"Callback {planned['callback_id']} is planned already, at {planned['callback_at']:%Y-%m-%d %H:%M} UTC."
        )
    hour = await fetch_row(connection, _IN_THE_HOUR, values)
    if hour is not None and hour["calls"] >= CALLBACKS_AN_HOUR:
        later = callback.callback_at + timedelta(hours=1)
        raise SlotTaken(f"That hour is full. Offer another one, for example {later:%Y-%m-%d %H}:00 UTC.")
    booked = await fetch_row(connection, _BOOK_CALLBACK, values | {"phone": customer["phone"]})
    assert booked is not None, "an insert returns its row"
    return CallbackScheduled.model_validate(booked | {"phone": mask_text(booked["phone"])})
