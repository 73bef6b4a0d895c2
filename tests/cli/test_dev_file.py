import json

import jwt
import pytest

from adapters.settings import Settings
from cli.dev_file import DevFile, addresses
from cli.up import local

pytestmark = pytest.mark.unit

PIDS = {"temporal": 1, "postgres": 2, "redis": 3, "worker": 4, "api": 5}


@pytest.fixture
def settings(tmp_path):
    return local(Settings(temporal_port=7001, api_port=7002, ui_port=7003), tmp_path, demo=True)


@pytest.fixture
def content(settings, tmp_path):
    file = DevFile(tmp_path / "dev.json", settings)
    file.write(PIDS)
    return json.loads((tmp_path / "dev.json").read_text())


def test_it_holds_the_keys_of_the_contract(content):
    assert set(content) == {
        "api_url",
        "chat_url",
        "temporal_ui_url",
        "temporal_address",
        "namespace",
        "database_url",
        "redis_url",
        "pids",
        "tokens",
    }
    assert content["api_url"] == "http://127.0.0.1:7002"
    assert content["temporal_address"] == "127.0.0.1:7001"
    assert content["pids"] == PIDS
    assert content["database_url"].endswith("/switchboard")


def test_tokens_of_every_role_carry_what_the_api_checks(content, settings):
    roles = {"service", "customer", "agent_tier1", "agent_tier2", "agent_tier3", "supervisor", "admin"}
    assert set(content["tokens"]) == roles
    for role, token in content["tokens"].items():
        claims = jwt.decode(
            token, settings.jwt_secret, algorithms=["HS256"], audience="switchboard", issuer="switchboard"
        )
        assert claims["role"] == role
        assert claims["exp"] - claims["iat"] == 365 * 24 * 3600
    customer = jwt.decode(content["tokens"]["customer"], options={"verify_signature": False})
    assert customer["customer_id"] == customer["sub"] == "CUST_001"


def test_only_its_owner_reads_it(content, tmp_path):
    assert (tmp_path / "dev.json").stat().st_mode & 0o777 == 0o600


def test_keys_outlive_a_restart(settings, tmp_path):
    again = local(Settings(), tmp_path, demo=True)
    assert again.jwt_secret == settings.jwt_secret
    assert len(again.jwt_secret) >= 32


def test_an_api_that_listens_everywhere_is_reached_on_this_machine(settings):
    everywhere = settings.model_copy(update={"api_host": "0.0.0.0"})
    assert addresses(everywhere)["api_url"] == "http://127.0.0.1:7002"
