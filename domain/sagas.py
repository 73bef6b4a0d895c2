"""Effects of more than one step: which steps, in which order, and how each is taken back.

A saga either comes to its end or leaves nothing behind, whatever dies meanwhile. Its steps happen one after the other,
each once. When one is refused for good, two things follow in this order:

1. The saga is **given up**: its last step is barred. Had that happened unseen after all (an attempt that was believed
   lost), then the whole has happened, and that is the outcome.
2. Every other step is **undone**, from the last to the first. One that never happened is barred instead, so that an
   attempt which wakes up later finds the door closed.

The names are those of activities, and with their order wire format: a saga that is under way goes on with them.
"""

from dataclasses import dataclass
from typing import Protocol

from domain.messages import ToolOutcome


@dataclass(frozen=True)
class Step:
    """Two activities: one has an effect, the other takes it back."""

    do: str
    undo: str


@dataclass(frozen=True)
class Saga:
    """``steps`` in the order in which they are done. ``last`` completes the whole and answers for it, with the tool's
    own result; what is complete is not undone."""

    steps: tuple[Step, ...]
    last: str

    @property
    def way(self) -> tuple[str, ...]:
        """What is done, in order."""
        return (*(step.do for step in self.steps), self.last)

    @property
    def way_back(self) -> tuple[Step, ...]:
        """What is undone, in order."""
        return self.steps[::-1]


# What happens, and what takes it back.
RESERVE_STOCK = Step("process_order.reserve_stock", "process_order.release_stock")
CHARGE = Step("process_order.charge", "process_order.reverse_charge")
FULFIL = "process_order.fulfil"

REVERSE = Step("refund_manager.reverse", "refund_manager.recall")
NOTIFY = Step("refund_manager.notify", "refund_manager.withdraw_notice")
NOTE = "refund_manager.note"

ORDER = Saga(steps=(RESERVE_STOCK, CHARGE), last=FULFIL)
REFUND = Saga(steps=(REVERSE, NOTIFY), last=NOTE)


class Hands(Protocol):
    """Whoever carries a saga out."""

    async def do(self, name: str) -> ToolOutcome:
        """Have a step done. An outcome without success is final: trying again would not help."""
        ...

    async def give_up(self) -> ToolOutcome | None:
        """Bar the last step. Returns its outcome if it has happened."""
        ...

    async def undo(self, step: Step) -> None:
        """Take a step back or bar it; returns when that is done."""
        ...


async def carry_out(saga: Saga, hands: Hands) -> ToolOutcome:
    """The last step's outcome; or the refusal that ended the saga, when nothing of it remains."""
    outcome = await _go_forward(saga, hands)
    return outcome if outcome.success else await _go_back(saga, hands, refusal=outcome)


async def _go_forward(saga: Saga, hands: Hands) -> ToolOutcome:
    done: list[ToolOutcome] = []
    for name in saga.way:
        done.append(await hands.do(name))
        if not done[-1].success:
            break
    return done[-1].model_copy(update={"run_seconds": sum(outcome.run_seconds for outcome in done)})


async def _go_back(saga: Saga, hands: Hands, *, refusal: ToolOutcome) -> ToolOutcome:
    if (happened := await hands.give_up()) is not None:
        return happened
    for step in saga.way_back:
        await hands.undo(step)
    return refusal
