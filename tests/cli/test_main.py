import os
import socket
import subprocess
import sys

import pytest

from adapters.settings import Settings
from cli.servers.errors import PortTaken
from cli.up import check_ports, environment, local

pytestmark = pytest.mark.unit


def switchboard(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", **variables},
    )


@pytest.mark.parametrize("command", ["", "up", "stop", "worker", "api", "migrate", "settings", "simulate"])
def test_every_command_explains_itself(command):
    done = switchboard(*filter(None, [command]), "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_a_wrong_setting_is_named_in_one_sentence():
    done = switchboard("stop", SWITCHBOARD_API_PORT="eight thousand")
    assert done.returncode == os.EX_CONFIG
    assert done.stderr.startswith("switchboard: SWITCHBOARD_API_PORT is wrong: ")
    assert done.stderr.count("\n") == 1


def test_settings_are_listed_without_their_secrets():
    done = switchboard("settings", SWITCHBOARD_JWT_SECRET="hush-hush", SWITCHBOARD_ENGINE_MAX_STEPS="5")
    assert "SWITCHBOARD_JWT_SECRET=***" in done.stdout
    assert "hush-hush" not in done.stdout
    assert "SWITCHBOARD_ENGINE_MAX_STEPS=5" in done.stdout


def test_a_taken_port_names_its_variable():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} is taken.*SWITCHBOARD_REDIS_PORT=PORT"):
            check_ports(Settings(redis_port=port, worker_metrics_port=0, worker_sdk_metrics_port=0))


def test_children_get_our_servers_and_nothing_of_a_cluster_elsewhere(tmp_path):
    cloud = Settings(temporal_address="x.tmprl.cloud:7233", temporal_api_key="k", temporal_tls=True)
    told = environment(local(cloud, tmp_path, demo=False))
    assert told["SWITCHBOARD_TEMPORAL_ADDRESS"] == "127.0.0.1:7233"
    assert told["SWITCHBOARD_TEMPORAL_API_KEY"] is None
    assert told["SWITCHBOARD_TEMPORAL_TLS"] is None
    assert told["SWITCHBOARD_DEMO"] == "False"
    Settings.model_validate({"demo": told["SWITCHBOARD_DEMO"], "state_dir": told["SWITCHBOARD_STATE_DIR"]})
