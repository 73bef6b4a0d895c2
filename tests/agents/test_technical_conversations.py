"""The scripts of the technical agents on the real back office, without servers: the engine's core, the offline minds,
the tools on the demo data. tests/e2e/test_conversations.py plays them all to the running product."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agents import Minds
from cli.simulation.script import ScriptFile, load_script
from cli.simulation.verdict import Heard, differences
from domain.ids import ticket_id
from domain.messages import ToolOutcome, ToolRequest
from domain.state import CustomerTier
from tests.activities.office import Office
from tests.agents.talk import Talk, a_customer

pytestmark = pytest.mark.integration

FOLDER = Path(__file__).parents[1] / "conversations"
PATTERNS = ("tech_*", "expert_*", "internet_down", "slow_internet", "outage", "privacy", "fraud")
SCRIPTS = [
    ScriptFile(path, load_script(path)) for pattern in PATTERNS for path in sorted(FOLDER.glob(f"{pattern}.yaml"))
]


@dataclass
class Desk:
    """Runs tools on the office and remembers what came of them."""

    office: Office
    outcomes: list[ToolOutcome] = field(default_factory=list)

    async def run(self, request: ToolRequest) -> ToolOutcome:
        outcome = await self.office.tools.run(request)
        self.outcomes.append(outcome)
        return outcome

    async def opens(self, minds: Minds, file: ScriptFile) -> Talk:
        """A talk with the script's customer as the demo data has them; its ticket is in the books."""
        customer_id, conversation_id = file.script.customer, f"c-{file.name}"
        [row] = await self.office.rows(
            "select name, tier, lifetime_value::float8 from customers where customer_id = %s", customer_id
        )
        await self.office.rows(
            "insert into tickets (ticket_id, conversation_id, customer_id, status, priority, category, created_at, "
            "updated_at, sla_deadline) "
            "values (%s, %s, %s, 'in_progress', 'medium', 'conversation', now(), now(), now()) returning ticket_id",
            *(ticket_id(conversation_id), conversation_id, customer_id),
        )
        known = {"tier": CustomerTier(row["tier"]), "lifetime_value": row["lifetime_value"]}
        customer = a_customer(row["name"], customer_id).model_copy(update=known)
        return Talk(minds, self.run, customer=customer, conversation_id=conversation_id)


async def hear(talk: Talk, desk: Desk, text: str) -> Heard:
    desk.outcomes.clear()
    reply = await talk.say(text)
    return Heard(
        intent=talk.state.current_intent,
        agent=reply.agent_type,
        tools=[outcome.tool for outcome in desk.outcomes],
        failed=[outcome.tool for outcome in desk.outcomes if not outcome.success],
        message=reply.message,
    )


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
async def test_a_script_holds_on_the_real_back_office(minds: Minds, office: Office, file: ScriptFile) -> None:
    desk = Desk(office)
    talk = await desk.opens(minds, file)
    for number, step in enumerate(file.script.steps, start=1):
        found = await hear(talk, desk, step.says)
        assert not list(differences(step.expect, found)), f"step {number}: {found}"


def test_each_technical_agent_has_its_scripts() -> None:
    names = [file.name for file in SCRIPTS]
    assert sum(name.startswith("tech_") for name in names) >= 7
    assert sum(name.startswith("expert_") for name in names) >= 7
