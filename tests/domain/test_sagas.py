"""Which steps, in which order, and the way back, whatever fails where."""

from dataclasses import dataclass, field

import pytest

from domain.idempotency import step_key
from domain.messages import ToolOutcome
from domain.sagas import ORDER, REFUND, Saga, Step, carry_out
from domain.toolbox import TOOLBOX, saga_of
from domain.tools import SideEffect

pytestmark = pytest.mark.unit

SAGAS = {"process_order": ORDER, "refund_manager": REFUND}
REFUSED_AT = [(tool, name) for tool, saga in SAGAS.items() for name in saga.way]


@dataclass
class Recorded:
    """Implements ``Hands``: every step is done but ``refused``; ``happened`` is what giving up finds."""

    refused: str = ""
    happened: ToolOutcome | None = None
    log: list[str] = field(default_factory=list)

    async def do(self, name: str) -> ToolOutcome:
        self.log.append(name)
        return said(name, success=name != self.refused)

    async def give_up(self) -> ToolOutcome | None:
        self.log.append("give up")
        return self.happened

    async def undo(self, step: Step) -> None:
        self.log.append(step.undo)


def said(name: str, *, success: bool) -> ToolOutcome:
    return ToolOutcome(call_id="call-1", tool=name, success=success, run_seconds=0.5)


def test_the_table():
    assert {name: tool.saga for name, tool in TOOLBOX.items() if tool.saga} == SAGAS
    assert ORDER.way == ("process_order.reserve_stock", "process_order.charge", "process_order.fulfil")
    assert [step.undo for step in ORDER.way_back] == ["process_order.reverse_charge", "process_order.release_stock"]
    assert REFUND.way == ("refund_manager.reverse", "refund_manager.notify", "refund_manager.note")
    assert [step.undo for step in REFUND.way_back] == ["refund_manager.withdraw_notice", "refund_manager.recall"]


@pytest.mark.parametrize(("tool", "saga"), SAGAS.items())
def test_names_are_the_tools_own_and_unlike_any_tool(tool: str, saga: Saga):
    names = [*saga.way, *(step.undo for step in saga.steps)]
    assert len(set(names)) == len(names)
    assert all(name.startswith(f"{tool}.") for name in names)
    assert not set(names) & set(TOOLBOX)


@pytest.mark.parametrize("tool", SAGAS)
def test_what_has_steps_has_effects_and_consent(tool: str):
    policy = TOOLBOX[tool].policy
    assert (policy.side_effect, policy.needs_consent) == (SideEffect.MONEY, True)


def test_tools_of_one_step_and_inventions_are_no_sagas():
    assert saga_of("process_payment") is None
    assert saga_of("process_order.reserve_stock") is None


@pytest.mark.parametrize(("tool", "saga"), SAGAS.items())
async def test_all_steps_in_order_and_the_last_one_answers(tool: str, saga: Saga):
    hands = Recorded()
    outcome = await carry_out(saga, hands)
    assert tuple(hands.log) == saga.way
    assert (outcome.tool, outcome.success, outcome.run_seconds) == (saga.last, True, 1.5)


@pytest.mark.parametrize(("tool", "refused"), REFUSED_AT)
async def test_a_refused_step_is_the_last_and_everything_else_is_undone_backwards(tool: str, refused: str):
    saga, hands = SAGAS[tool], Recorded(refused)
    outcome = await carry_out(saga, hands)
    begun = saga.way[: saga.way.index(refused) + 1]
    assert hands.log == [*begun, "give up", *(step.undo for step in reversed(saga.steps))]
    assert (outcome.tool, outcome.success, outcome.run_seconds) == (refused, False, 0.5 * len(begun))


@pytest.mark.parametrize(("tool", "refused"), REFUSED_AT)
async def test_what_has_happened_to_its_end_is_not_undone(tool: str, refused: str):
    whole = said("the whole", success=True)
    hands = Recorded(refused, happened=whole)
    assert await carry_out(SAGAS[tool], hands) is whole
    assert hands.log[-1] == "give up"


def test_each_step_has_a_key_of_its_own():
    keys = {step_key(effect, name) for effect in ("key-1", "key-2") for name in (*ORDER.way, *REFUND.way)}
    assert len(keys) == 12
    assert step_key("key-1", "a") == step_key("key-1", "a")
