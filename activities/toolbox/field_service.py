"""Tools that make appointments."""

from activities.support_ports import Appointments
from activities.toolbox.binding import ToolContext, handles
from domain.appointments import bookable_days, why_no_callback, why_no_visit
from domain.errors import SlotTaken
from domain.toolbox.field_service import (
    SCHEDULE_CALLBACK,
    SCHEDULE_TECHNICIAN_VISIT,
    CallbackScheduled,
    ScheduleCallback,
    ScheduleTechnicianVisit,
    TechnicianVisit,
)


class FieldServiceTools:
    def __init__(self, appointments: Appointments) -> None:
        self._appointments = appointments

    @handles(SCHEDULE_TECHNICIAN_VISIT)
    async def schedule_technician_visit(
        self, arguments: ScheduleTechnicianVisit, context: ToolContext
    ) -> TechnicianVisit:
        today = context.now.date()
        if arguments.visit_date is None:
            first, last = bookable_days(today)
            free = await self._appointments.free_visits(
                arguments.customer_id, arguments.product_type, first=first, last=last
            )
            return TechnicianVisit(free=free)
        if reason := why_no_visit(arguments.visit_date, today):
            raise SlotTaken(f"{reason} Call it without visit_date and time_window to see what is free.")
        return await self._appointments.book_visit(context.effect, arguments)

    @handles(SCHEDULE_CALLBACK)
    async def schedule_callback(self, arguments: ScheduleCallback, context: ToolContext) -> CallbackScheduled:
        if reason := why_no_callback(arguments.callback_at, context.now):
            raise SlotTaken(f"{reason} Ask the customer for another time.")
        return await self._appointments.book_callback(context.effect, arguments)
