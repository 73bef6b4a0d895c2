"""The production-like compose file says nothing that the code does not know."""

import json
import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from adapters.settings import PREFIX, Settings
from cli.main import app
from cli.servers.temporal import DYNAMIC_CONFIG

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.temporal.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("migrate", "worker", "api")
DOCKERFILE = (ROOT / "infra" / "docker" / "Dockerfile").read_text()


def ours(name: str) -> dict[str, str]:
    return SERVICES[name]["environment"]


def settings_in(text: str) -> set[str]:
    return set(re.findall(rf"{PREFIX}[A-Z_]+", text))


def known_variables() -> set[str]:
    return {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


def test_every_setting_it_gives_exists():
    assert {variable for name in OURS for variable in ours(name)} <= known_variables()
    assert settings_in(DOCKERFILE) <= known_variables()


@pytest.mark.parametrize("name", OURS)
def test_our_processes_find_their_servers(name, monkeypatch):
    for variable, value in ours(name).items():
        monkeypatch.setenv(variable, re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value)))
    settings = Settings()
    assert settings.temporal_address.split(":")[0] in SERVICES
    assert f"@{settings.database_url.split('@')[1].split(':')[0]}" == "@postgres"
    assert settings.redis_url == "redis://redis:6379/0"


@pytest.mark.parametrize("name", OURS)
def test_our_processes_run_commands_that_exist(name):
    command, *options = SERVICES[name]["command"]
    described = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"})
    assert described.exit_code == 0
    assert all(option in described.output for option in options if option.startswith("--"))


def test_the_server_is_tuned_like_the_launchers():
    written = yaml.safe_load((ROOT / "infra" / "temporal" / "dynamic-config.yaml").read_text())
    assert {name: json.dumps(values[0]["value"]) for name, values in written.items()} == DYNAMIC_CONFIG


def test_images_are_pinned_and_none_is_the_deprecated_one():
    images = {name: service["image"] for name, service in SERVICES.items() if name not in OURS}
    assert all(re.search(r":v?\d", image) and "auto-setup" not in image for image in images.values()), images
    assert images["temporal"].split(":")[1] == images["temporal-schema"].split(":")[1]
    assert {"temporal", "temporal-schema", "temporal-ui", "postgres", "redis", "qdrant"} == set(images)


def test_everything_it_waits_for_and_mounts_is_there():
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        for dependency, on in service.get("depends_on", {}).items():
            if on["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[dependency]
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_no_port_is_open_to_the_network():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_image_holds_what_it_runs():
    copied = set(re.findall(r"^COPY (\w+) \w+$", DOCKERFILE, re.MULTILINE))
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert copied == packages
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert packages <= allowed
