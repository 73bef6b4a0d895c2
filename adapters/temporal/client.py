"""Connect to any Temporal: the dev server, a cluster behind mTLS, Temporal Cloud with an API key."""

from collections.abc import Sequence

from temporalio.client import Client, Interceptor
from temporalio.runtime import Runtime
from temporalio.service import RetryConfig, TLSConfig

from adapters.settings import TemporalSettings
from adapters.temporal.converter import DATA_CONVERTER
from domain.errors import Unavailable


class TemporalUnavailable(Unavailable):
    type = "temporal-unavailable"

    def __init__(self, address: str, reason: object) -> None:
        super().__init__(f"Temporal at {address} does not answer: {reason}")


async def connect_temporal(
    settings: TemporalSettings,
    *,
    runtime: Runtime | None = None,
    interceptors: Sequence[Interceptor] = (),
    lazy: bool = False,
    retry_config: RetryConfig | None = None,
) -> Client:
    """A client with our data converter. ``lazy`` returns at once and connects at the first call; ``retry_config``
    replaces the SDK's ten tries of each call.

    Raises ``TemporalUnavailable`` (not when lazy), OSError for an unreadable certificate.
    """
    try:
        return await Client.connect(
            settings.temporal_address,
            namespace=settings.temporal_namespace,
            api_key=settings.temporal_api_key or None,
            data_converter=DATA_CONVERTER,
            interceptors=interceptors,
            tls=tls_of(settings),
            runtime=runtime,
            lazy=lazy,
            retry_config=retry_config,
        )
    except RuntimeError as refused:
        raise TemporalUnavailable(settings.temporal_address, refused) from refused


def tls_of(settings: TemporalSettings) -> TLSConfig | bool:
    """False without TLS, True for TLS with the system's CAs, else the details."""
    details = (settings.temporal_tls_cert, settings.temporal_tls_server_root, settings.temporal_tls_server_name)
    if not any(details):
        return settings.temporal_tls or bool(settings.temporal_api_key)
    cert, key, root = settings.temporal_tls_cert, settings.temporal_tls_key, settings.temporal_tls_server_root
    return TLSConfig(
        server_root_ca_cert=root.read_bytes() if root else None,
        domain=settings.temporal_tls_server_name or None,
        client_cert=cert.read_bytes() if cert else None,
        client_private_key=key.read_bytes() if key else None,
    )
