from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.common import SearchAttributeIndexedValueType
from temporalio.service import RPCError, RPCStatusCode

from adapters.settings import Settings
from adapters.temporal import NamespaceRefused, connect_temporal, prepare_namespace
from adapters.temporal.namespace import RETENTION
from workflows.search_attributes import SEARCH_ATTRIBUTES

pytestmark = pytest.mark.integration


async def retention(client) -> timedelta:
    found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    return found.config.workflow_execution_retention_ttl.ToTimedelta()


async def test_search_attributes_and_retention_are_set(temporal_client):
    known = await temporal_client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=temporal_client.namespace)
    )
    assert {name: known.custom_attributes[name] for name in SEARCH_ATTRIBUTES} == SEARCH_ATTRIBUTES
    assert await retention(temporal_client) == RETENTION


async def test_a_second_time_changes_nothing(temporal_client):
    assert await prepare_namespace(temporal_client, SEARCH_ATTRIBUTES, timedelta(days=3)) == []
    assert await retention(temporal_client) == RETENTION


async def test_a_namespace_that_is_not_there_is_created(temporal_address):
    name = f"made-{uuid4().hex[:8]}"
    client = await connect_temporal(Settings(temporal_address=temporal_address, temporal_namespace=name))
    added = await prepare_namespace(client, SEARCH_ATTRIBUTES)
    assert set(added) == set(SEARCH_ATTRIBUTES)
    assert await retention(client) == RETENTION
    assert (await client.count_workflows("NeedsHuman = true")).count == 0


async def test_a_server_that_refuses_is_told_apart_from_one_that_is_away(temporal_client, monkeypatch):
    def refusing(status):
        async def refuse(*_args, **_kwargs):
            raise RPCError("no", status, b"")

        return refuse

    wanted = {"Colour": SearchAttributeIndexedValueType.KEYWORD}
    operator = temporal_client.operator_service
    monkeypatch.setattr(operator, "add_search_attributes", refusing(RPCStatusCode.PERMISSION_DENIED))
    with pytest.raises(NamespaceRefused, match="30 days or more and add the search attributes Colour=Keyword"):
        await prepare_namespace(temporal_client, wanted)
    monkeypatch.setattr(operator, "add_search_attributes", refusing(RPCStatusCode.UNAVAILABLE))
    with pytest.raises(RPCError):
        await prepare_namespace(temporal_client, wanted)


async def test_days_pass_in_milliseconds(time_skipping_env):
    before = await time_skipping_env.get_current_time()
    await time_skipping_env.sleep(timedelta(days=30))
    assert await time_skipping_env.get_current_time() - before >= timedelta(days=30)
