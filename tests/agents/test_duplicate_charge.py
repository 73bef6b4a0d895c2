"""The product's first story without servers: the engine's core, the gate, classifier and minds are real, and the tools
answer in the shapes of their own result models."""

from datetime import date
from decimal import Decimal

import pytest

from agents import Minds
from domain.admission import admit
from domain.billing import DuplicateCharge
from domain.messages import ToolOutcome, ToolRequest
from domain.state import AgentType
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT, BillingInformation, CreditApplied
from tests.agents.talk import Talk

pytestmark = pytest.mark.unit


class Ledger:
    """Runs the two billing tools; counts the credits."""

    def __init__(self) -> None:
        self.credits: list[str] = []

    async def run(self, request: ToolRequest) -> ToolOutcome:
        admitted = admit(request)
        result = self._credit(admitted.effect_key) if admitted.tool is APPLY_CREDIT_ADJUSTMENT else self._bills()
        return ToolOutcome(
            call_id=request.call.call_id,
            tool=admitted.tool.name,
            success=True,
            result=result.model_dump(mode="json"),
            arguments=request.call.arguments,
        )

    def _credit(self, key: str) -> CreditApplied:
        self.credits.append(key)
        amount = Decimal("49.99")
        return CreditApplied(transaction_id="TX-1", amount=amount, currency="USD", new_balance=-amount)

    def _bills(self) -> BillingInformation:
        duplicate = DuplicateCharge(
            service="Premium plan",
            service_id="SVC-1",
            period="2026-11",
            amount=Decimal("49.99"),
            invoice_ids=["INV-1", "INV-1"],
            charged_on=[date(2026, 11, 1), date(2026, 11, 3)],
            credited=bool(self.credits),
        )
        return BillingInformation(
            billing_account_id="BA-1",
            currency="USD",
            balance=Decimal(0),
            duplicate_charges=[duplicate],
            invoices=[],
            recent_credits=[],
        )


@pytest.mark.parametrize(
    "first", ["I was charged twice for the same service", "Yes, please investigate the duplicate charge"]
)
@pytest.mark.parametrize("yes", ["Yes please", "sure, go ahead", "ok do it"])
async def test_from_first_word_to_resolution(minds: Minds, first: str, yes: str) -> None:
    ledger = Ledger()
    talk = Talk(minds, ledger.run)
    found = await talk.say(first)
    assert found.agent_type is AgentType.BILLING
    assert "duplicate charge" in found.message
    assert found.offer is not None
    assert found.model == "playbook billing@1"
    assert "".join(talk.deltas) == found.message
    done = await talk.say(yes)
    assert "TX-1" in done.message
    assert (await talk.say("yes thanks")).outcome == "resolution_confirmed"
    assert len(ledger.credits) == 1
    assert talk.state.resolution_status == "resolved"
    assert talk.core.carry.survey is not None
    await talk.say("thank you")
    assert talk.core.carry.survey is not None, "a last kind word keeps the survey open"


async def test_a_second_yes_to_nothing_books_nothing(minds: Minds) -> None:
    ledger = Ledger()
    talk = Talk(minds, ledger.run)
    for text in ("I was charged twice", "yes", "no", "yes please, once more", "yes"):
        await talk.say(text)
    assert len(ledger.credits) == 1


async def test_an_offer_is_forgotten_when_the_subject_changes(minds: Minds) -> None:
    ledger = Ledger()
    talk = Talk(minds, ledger.run)
    await talk.say("I was charged twice")
    await talk.say("I want to talk to a human")
    assert talk.state.offer is None
    assert ledger.credits == []
