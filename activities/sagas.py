"""The steps of sagas as activities. The gate is passed once, before the first step; what was admitted is then finished
or taken back, whatever the rules become meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from temporalio import activity

from activities.effects import Effect
from activities.errors import as_retryable_error
from activities.gate import Gate
from activities.outcomes import outcome_of
from activities.ports import EffectBook
from activities.toolbox.binding import BoundSteps, ToolContext
from domain.admission import named_tool, read_arguments
from domain.messages import ToolOutcome, ToolRequest
from domain.model import Record
from domain.sagas import Step, carry_out
from domain.toolbox import TOOLBOX

ADMIT = "admit_saga"
GIVE_UP = "give_up_saga"


class SagaRun(Record):
    """A call that the gate let through: what every step is given. ``effect`` is the whole saga's."""

    request: ToolRequest
    effect: Effect


class Admission(Record):
    """The gate's word: the run, or the refusal."""

    run: SagaRun | None = None
    outcome: ToolOutcome


class GivenUp(Record):
    """``happened`` is the last step's outcome, if it was too late to give the saga up."""

    happened: ToolOutcome | None = None


class SagaActivities:
    def __init__(self, gate: Gate, steps: BoundSteps, effects: EffectBook) -> None:
        self._gate = gate
        self._steps = steps
        self._effects = effects

    def activities(self) -> list[Callable[..., Any]]:
        """Gate and end of every saga, and two activities for each step."""
        return [
            self.admit,
            self.give_up,
            *(self._doing(name) for name in self._steps.do),
            *(self._undoing(name) for name in self._steps.undo),
        ]

    @activity.defn(name=ADMIT)
    async def admit(self, request: ToolRequest) -> Admission:
        async def check() -> Effect:
            return (await self._gate.check(request)).effect

        outcome = await outcome_of(request, check)
        if not outcome.success:
            return Admission(outcome=outcome)
        return Admission(run=SagaRun(request=request, effect=Effect.model_validate(outcome.result)), outcome=outcome)

    @activity.defn(name=GIVE_UP)
    async def give_up(self, run: SagaRun) -> GivenUp:
        """Bar the last step, until that has worked."""
        with as_retryable_error():
            result = await self._effects.give_up(run.effect, TOOLBOX[run.effect.tool].result)
        if result is None:
            return GivenUp()

        async def happened() -> Any:
            return result

        return GivenUp(happened=await outcome_of(run.request, happened))

    async def do(self, name: str, run: SagaRun) -> ToolOutcome:
        """A step's outcome. Raises ApplicationError if trying again can help."""

        async def step() -> Any:
            arguments = read_arguments(named_tool(run.request), run.request.call.arguments)
            return await self._steps.do[name](arguments, ToolContext(run.request, run.effect))

        return await outcome_of(run.request, step)

    async def undo(self, name: str, run: SagaRun) -> None:
        """Whatever is in the way of an undo, trying again is right: giving up would leave half a saga behind."""
        with as_retryable_error():
            await self._steps.undo[name](run.effect)

    async def run_in_one(self, request: ToolRequest) -> ToolOutcome:
        """The whole saga in one activity, for who calls a tool by its name: conversations that were under way before
        there were sagas. An attempt that dies is repeated, and goes on where it was."""
        admission = await self.admit(request)
        if admission.run is None:
            return admission.outcome
        saga = named_tool(request).saga
        assert saga is not None, "the caller looked"
        return await carry_out(saga, _InOne(self, admission.run))

    def _doing(self, name: str) -> Callable[..., Any]:
        async def do_step(run: SagaRun) -> ToolOutcome:
            return await self.do(name, run)

        return activity.defn(name=name)(do_step)

    def _undoing(self, name: str) -> Callable[..., Any]:
        async def undo_step(run: SagaRun) -> None:
            await self.undo(name, run)

        return activity.defn(name=name)(undo_step)


@dataclass(frozen=True)
class _InOne:
    """Implements ``domain.sagas.Hands``."""

    activities: SagaActivities
    run: SagaRun

    async def do(self, name: str) -> ToolOutcome:
        return await self.activities.do(name, self.run)

    async def give_up(self) -> ToolOutcome | None:
        return (await self.activities.give_up(self.run)).happened

    async def undo(self, step: Step) -> None:
        await self.activities.undo(step.undo, self.run)
