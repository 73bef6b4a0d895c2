"""Prepare a namespace for us: our search attributes (an unregistered one wedges a workflow) and its retention."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import cast

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeNamespaceResponse,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import SwitchboardError

RETENTION = timedelta(days=30)
"""Least time that histories of closed conversations stay in Temporal (DESIGN, history and audit)."""
_SERVED_TRIES, _SERVED_PAUSE_SECONDS = 120, 0.25
_REFUSALS = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED)

SearchAttributes = Mapping[str, SearchAttributeIndexedValueType]
"""Name to type."""


class NamespaceRefused(SwitchboardError):
    """This server lets nobody change namespaces over this API; Temporal Cloud is one."""

    type = "namespace-refused"

    def __init__(self, namespace: str, attributes: SearchAttributes) -> None:
        wanted = ", ".join(f"{name}={kind.name.capitalize()}" for name, kind in attributes.items())
        super().__init__(
            f"The server does not let us prepare namespace {namespace}: in its own console, set a retention of "
            f"{RETENTION.days} days or more and add the search attributes {wanted}."
        )


async def prepare_namespace(
    client: Client, attributes: SearchAttributes, retention: timedelta = RETENTION
) -> list[str]:
    """Create the namespace if it is not there, register what it lacks, raise a shorter retention.

    Returns the names of the search attributes registered now. Safe to repeat.

    Raises:
        NamespaceRefused: something is missing and may not be added.
        RPCError: the server is away.
    """
    try:
        await _ensure_namespace(client, retention)
        added = await _add_missing(client, attributes)
    except RPCError as error:
        if error.status in _REFUSALS:
            raise NamespaceRefused(client.namespace, attributes) from error
        raise
    return added


async def add_search_attributes(client: Client, attributes: SearchAttributes) -> None:
    """Register these. Raises RPCError, ALREADY_EXISTS if one of them is known."""
    types = {name: cast("IndexedValueType.ValueType", kind.value) for name, kind in attributes.items()}
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(namespace=client.namespace, search_attributes=types)
    )


async def _add_missing(client: Client, attributes: SearchAttributes) -> list[str]:
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = {name: kind for name, kind in attributes.items() if name not in known.custom_attributes}
    if missing:
        try:
            await add_search_attributes(client, missing)
        except RPCError as error:
            # Somebody else registered them in between.
            if error.status is not RPCStatusCode.ALREADY_EXISTS:
                raise
    return list(missing)


async def _ensure_namespace(client: Client, retention: timedelta) -> None:
    wanted = Duration()
    wanted.FromTimedelta(retention)
    found = await _described(client)
    if found is None:
        await _create_namespace(client, wanted)
    elif found.config.workflow_execution_retention_ttl.ToTimedelta() < retention:
        config = NamespaceConfig(workflow_execution_retention_ttl=wanted)
        update = UpdateNamespaceRequest(namespace=client.namespace, config=config)
        await client.workflow_service.update_namespace(update)


async def _described(client: Client) -> DescribeNamespaceResponse | None:
    try:
        return await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise


async def _create_namespace(client: Client, retention: Duration) -> None:
    request = RegisterNamespaceRequest(
        namespace=client.namespace, workflow_execution_retention_period=retention, description="Switchboard"
    )
    try:
        await client.workflow_service.register_namespace(request)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
    await _until_served(client)


async def _until_served(client: Client) -> None:
    """A new namespace is described at once, but served only when the frontends have read it, seconds later."""
    for _ in range(_SERVED_TRIES):
        try:
            await client.operator_service.list_search_attributes(
                ListSearchAttributesRequest(namespace=client.namespace)
            )
            await client.count_workflows()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            await asyncio.sleep(_SERVED_PAUSE_SECONDS)
        else:
            return
