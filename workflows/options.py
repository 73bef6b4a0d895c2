"""Timeouts, retries and names of what crosses workflow borders: each number once, with its reason."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig, LocalActivityConfig

from domain.tools import SideEffect, ToolPolicy

WORKFLOW_TASK_TIMEOUT = timedelta(seconds=3)
"""A worker that dies with a workflow task in hand costs this much, not the default 10 s."""

UNTIL_IT_WORKS = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=2)
)
"""For what must happen however long Postgres is away. Two seconds at most, so recovery is felt at once."""

APPEND = ActivityConfig(start_to_close_timeout=timedelta(seconds=5), retry_policy=UNTIL_IT_WORKS)
"""One statement on the log; a lost attempt is noticed in 5 s."""

OPEN = ActivityConfig(start_to_close_timeout=timedelta(seconds=5), retry_policy=UNTIL_IT_WORKS)

THINK = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=45),
    heartbeat_timeout=timedelta(seconds=3),
    retry_policy=UNTIL_IT_WORKS,
)
"""The turn's own bound (30 s of work) ends a thought from inside; a dead worker is noticed by its heart, in 3 s."""

CLASSIFY = LocalActivityConfig(
    start_to_close_timeout=timedelta(seconds=2), retry_policy=RetryPolicy(maximum_attempts=1)
)
"""PRD: classification in 2 s. No retry: a local activity that retries blocks claims and queries."""

CHECK = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=60),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=10), maximum_attempts=8
    ),
)
"""A model call and its repair. A conversation that nobody could check closes all the same; its log says so."""

SURVEY = ActivityConfig(start_to_close_timeout=timedelta(seconds=5), retry_policy=UNTIL_IT_WORKS)


def assessment_options(within: timedelta) -> ActivityConfig:
    """Tried again for so long, while the customer waits for what comes of it."""
    return ActivityConfig(
        start_to_close_timeout=timedelta(seconds=5), schedule_to_close_timeout=within, retry_policy=UNTIL_IT_WORKS
    )


def tool_options(policy: ToolPolicy) -> ActivityConfig:
    """A read that fails is soon told to the agent. An effect is tried until its fate is known: giving up would leave it
    open whether it happened, and its idempotency key makes trying again safe."""
    attempts = policy.attempts if policy.side_effect is SideEffect.NONE else 0
    return ActivityConfig(
        start_to_close_timeout=timedelta(seconds=policy.timeout_seconds),
        retry_policy=RetryPolicy(
            initial_interval=timedelta(milliseconds=200),
            maximum_interval=timedelta(seconds=2),
            maximum_attempts=attempts,
        ),
    )


UNDO = ActivityConfig(start_to_close_timeout=timedelta(seconds=5), retry_policy=UNTIL_IT_WORKS)
"""One transaction of a saga's way back. It has no last attempt: nobody else would take back what was done."""

SAGA_LOOK = timedelta(seconds=1)
"""Between looks at a saga that somebody else began for the same effect; it takes less than that when all is well."""


def summarized(config: ActivityConfig, summary: str) -> ActivityConfig:
    """The same options with a line for the Temporal Web UI."""
    return {**config, "summary": summary}


SLA_CALLED = "sla_called"
"""Signal of the conversation that its clock sends; named here because the two workflows would import each other."""
SURVEY_CALLED = "survey_called"
ESCALATION_ASSESSED = "escalation_assessed"
APPROVAL_DECIDED = "approval_decided"
