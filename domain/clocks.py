"""The SLA clock as pure arithmetic on ``SlaClock``: pausing, resuming, and judging a call of the child."""

from datetime import datetime, timedelta
from typing import Literal

from domain.carry import RewindSla, SlaClock

EARLY = timedelta(milliseconds=500)
"""A call this much before its instant is on time: timers and clocks of two machines differ."""

Verdict = Literal["due", "early", "paused"]


def pause(clock: SlaClock, now: datetime) -> None:
    if clock.paused_since is None:
        clock.paused_since = now


def resume(clock: SlaClock, now: datetime) -> RewindSla | None:
    """End a pause: both instants move by its length. Returns what to tell the child, if it waits to be told."""
    if clock.paused_since is None:
        return None
    shift = now - clock.paused_since
    clock.paused_since = None
    clock.at_risk_at += shift
    clock.deadline += shift
    if not clock.child_is_idle:
        return None
    clock.child_is_idle = False
    return rewind(clock)


def judge(clock: SlaClock, kind: Literal["at_risk", "breached"], now: datetime) -> Verdict:
    """Whether the child's call stands: it knows nothing of pauses."""
    if clock.paused_since is not None:
        return "paused"
    due = clock.at_risk_at if kind == "at_risk" else clock.deadline
    return "due" if now >= due - EARLY else "early"


def rewind(clock: SlaClock) -> RewindSla:
    return RewindSla(workflow_id=clock.workflow_id, at_risk_at=clock.at_risk_at, deadline=clock.deadline)
