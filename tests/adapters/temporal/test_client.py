import pytest

from adapters.settings import Settings
from adapters.temporal import TemporalUnavailable, connect_temporal
from adapters.temporal.client import tls_of
from cli.servers.processes import free_port

pytestmark = pytest.mark.unit


@pytest.fixture
def pem(tmp_path):
    def write(name: str) -> str:
        (tmp_path / name).write_text(name)
        return str(tmp_path / name)

    return write


def test_a_server_without_tls():
    assert tls_of(Settings()) is False


@pytest.mark.parametrize("setting", [{"temporal_tls": True}, {"temporal_api_key": "key"}])
def test_tls_with_the_systems_authorities(setting):
    assert tls_of(Settings(**setting)) is True


def test_tls_with_certificates(pem):
    details = tls_of(
        Settings(
            temporal_tls_cert=pem("cert"),
            temporal_tls_key=pem("key"),
            temporal_tls_server_root=pem("root"),
            temporal_tls_server_name="temporal.internal",
        )
    )
    assert (details.client_cert, details.client_private_key) == (b"cert", b"key")
    assert (details.server_root_ca_cert, details.domain) == (b"root", "temporal.internal")


async def test_a_server_that_is_away_is_named():
    address = f"127.0.0.1:{free_port()}"
    with pytest.raises(TemporalUnavailable, match=f"Temporal at {address} does not answer"):
        await connect_temporal(Settings(temporal_address=address))


async def test_a_lazy_client_does_not_mind():
    assert await connect_temporal(Settings(temporal_address=f"127.0.0.1:{free_port()}"), lazy=True)
