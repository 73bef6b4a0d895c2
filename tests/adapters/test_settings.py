import pytest
from pydantic import ValidationError

from adapters.settings import Settings

pytestmark = pytest.mark.unit


def test_a_variable_sets_a_setting(monkeypatch):
    monkeypatch.setenv("SWITCHBOARD_API_PORT", "9000")
    assert Settings().api_port == 9000


def test_a_variable_sets_a_rule_of_the_engine_and_leaves_the_others(monkeypatch):
    monkeypatch.setenv("SWITCHBOARD_ENGINE_IDLE_CLOSE_SECONDS", "60")
    engine = Settings().engine
    assert engine.idle_close_seconds == 60
    assert engine.max_steps == 8


def test_a_wrong_value_is_refused(monkeypatch):
    monkeypatch.setenv("SWITCHBOARD_API_PORT", "70000")
    with pytest.raises(ValidationError, match="api_port"):
        Settings()


def test_secrets_are_not_printed():
    shown = repr(Settings(jwt_secret="hush", temporal_api_key="hush", database_url="hush", redis_url="hush"))
    assert "hush" not in shown


def test_other_systems_have_secrets_that_cannot_be_guessed(monkeypatch):
    monkeypatch.setenv("SWITCHBOARD_INTEGRATION_SECRETS", '{"crm": "a secret of thirty-two characters"}')
    settings = Settings()
    assert settings.integration_secrets == {"crm": "a secret of thirty-two characters"}
    assert "thirty-two" not in repr(settings)
    monkeypatch.setenv("SWITCHBOARD_INTEGRATION_SECRETS", '{"crm": "short"}')
    with pytest.raises(ValidationError, match="integration_secrets"):
        Settings()
