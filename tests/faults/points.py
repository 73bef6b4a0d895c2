"""The points at which a worker can be held, so that a test can kill or freeze it exactly there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from domain.carry import StopChild

Call = tuple[tuple[Any, ...], dict[str, Any]]


def always(call: Call) -> bool:
    return True


def logs(event_type: str) -> Callable[[Call], bool]:
    """An append that has such an event."""
    return lambda call: any(event.type == event_type for event in call[0][2])


def logs_what_is_pending(call: Call) -> bool:
    """The append with which a thought begins: the only one without a snapshot."""
    return not call[1]["snapshot"]


def has_tool_results(call: Call) -> bool:
    return bool(call[0][0].tool_results)


def stops_a_child(call: Call) -> bool:
    return isinstance(call[0][1], StopChild)


@dataclass(frozen=True)
class Point:
    """``where`` is a port, or a workflow's class; ``method`` one of its methods, held before or after its work.

    ``told`` is how many messages of the story come before the one that leads here.
    """

    where: Literal[
        "log", "agents", "classifier", "tickets", "billing", "notifier", "orders", "refunds", "effects",
        "conversation", "sla",
    ]  # fmt: skip
    method: str
    when: Literal["before", "after"]
    which: Callable[[Call], bool] = always
    told: int = 0


POINTS: dict[str, Point] = {
    "before the registration": Point("log", "open", "before"),
    "after the registration": Point("log", "open", "after"),
    "after the ticket": Point("tickets", "open", "after"),
    "starting the SLA clock": Point("conversation", "_start_sla", "before"),
    "classifying": Point("classifier", "classify", "after"),
    "before the messages are logged": Point("log", "append", "before", logs_what_is_pending),
    "after the messages are logged": Point("log", "append", "after", logs_what_is_pending),
    "in the model": Point("agents", "decide", "before"),
    "after the model": Point("agents", "decide", "after"),
    "before a tool that looks": Point("billing", "invoices", "before"),
    "after a tool that looked": Point("billing", "invoices", "after"),
    "in the model, after a tool": Point("agents", "decide", "before", has_tool_results),
    "before the reply is logged": Point("log", "append", "before", logs("agent_message")),
    "after the reply is logged": Point("log", "append", "after", logs("agent_message")),
    "before the credit": Point("billing", "credit", "before", told=1),
    "after the credit": Point("billing", "credit", "after", told=1),
    "starting the survey": Point("conversation", "_start_survey", "before", told=2),
    "before a plain append": Point("log", "append", "before", logs("survey_requested"), told=2),
    "after a plain append": Point("log", "append", "after", logs("survey_requested"), told=2),
    "before the survey is sent": Point("notifier", "send", "before", told=2),
    "after the survey is sent": Point("notifier", "send", "after", told=2),
    "before the close is logged": Point("log", "append", "before", logs("conversation_closed"), told=3),
    "after the close is logged": Point("log", "append", "after", logs("conversation_closed"), told=3),
    "stopping a child": Point("conversation", "_run_errand", "before", stops_a_child, told=3),
}
"""In the order of the story: each step, before and after its effect."""

ELSEWHERE: dict[str, Point] = {
    "continuing as new": Point("conversation", "_should_renew", "after"),
    "the SLA clock calls": Point("sla", "_call", "before"),
    "before the claim is logged": Point("log", "append", "before", logs("handoff_claimed")),
    "after the claim is logged": Point("log", "append", "after", logs("handoff_claimed")),
}
"""Those that the story does not come to."""

IN_SAGAS: dict[str, Point] = {
    "before the stock is reserved": Point("orders", "reserve_stock", "before"),
    "after the stock is reserved": Point("orders", "reserve_stock", "after"),
    "before the charge": Point("orders", "charge", "before"),
    "after the charge": Point("orders", "charge", "after"),
    "before the fulfilment": Point("orders", "fulfil", "before"),
    "after the fulfilment": Point("orders", "fulfil", "after"),
    "before the money goes back": Point("refunds", "reverse", "before"),
    "after the money goes back": Point("refunds", "reverse", "after"),
    "before the notice": Point("refunds", "notify", "before"),
    "after the notice": Point("refunds", "notify", "after"),
    "before the note": Point("refunds", "note", "before"),
    "after the note": Point("refunds", "note", "after"),
    "before the saga is given up": Point("effects", "give_up", "before"),
    "after the saga is given up": Point("effects", "give_up", "after"),
    "before the charge is reversed": Point("orders", "reverse_charge", "before"),
    "after the charge is reversed": Point("orders", "reverse_charge", "after"),
    "before the stock is released": Point("orders", "release_stock", "before"),
    "after the stock is released": Point("orders", "release_stock", "after"),
}
"""Each step of an order and of a refund, and of an order's way back, before and after its effect."""
