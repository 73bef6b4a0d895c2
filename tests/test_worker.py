import re
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest
from temporalio.client import Client

import worker
from adapters.settings import Settings
from domain.messages import OpenInput
from domain.state import Channel
from tests.domain.simulation import START


@pytest.mark.unit
def test_the_code_has_a_name_of_its_own():
    assert re.fullmatch(r"[0-9a-f]{16}", worker.build_id())
    assert worker.build_id() == worker.build_id()


@pytest.mark.integration
async def test_the_limit_of_open_conversations_is_the_settings(
    settings: Settings, temporal_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Training the classifier would take longer than all the rest.
    monkeypatch.setattr(worker, "offline_agents", lambda *_: SimpleNamespace(agents=None, classifier=None))
    one = settings.model_copy(update={"max_concurrent_conversations": 1})
    async with AsyncExitStack() as stack:
        ports = await worker.connect_ports(temporal_client, one, stack)
        for name in ("a", "b"):
            await ports.log.open(OpenInput(conversation_id=name, customer_id="C", channel=Channel.WEB, now=START))
        assert [await ports.room.has_room(name) for name in ("a", "b")] == [True, False]
