"""Prepare a namespace for us: our search attributes (an unregistered one wedges a workflow) and its retention."""

from collections.abc import Mapping
from datetime import timedelta
from typing import cast

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import SwitchboardError

RETENTION = timedelta(days=30)
"""Least time that histories of closed conversations stay in Temporal (DESIGN, history and audit)."""
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
    """Register what is missing and raise a shorter retention; return the names registered now.

    Safe to repeat. Raises ``NamespaceRefused`` if something is missing and may not be added, RPCError if the server is
    away.
    """
    try:
        added = await _add_missing(client, attributes)
        await _raise_retention(client, retention)
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


async def _raise_retention(client: Client, retention: timedelta) -> None:
    found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    if found.config.workflow_execution_retention_ttl.ToTimedelta() >= retention:
        return
    wanted = Duration()
    wanted.FromTimedelta(retention)
    config = NamespaceConfig(workflow_execution_retention_ttl=wanted)
    await client.workflow_service.update_namespace(UpdateNamespaceRequest(namespace=client.namespace, config=config))
