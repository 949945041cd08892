from __future__ import annotations

import http.client
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mlops_common.errors import MlopsError
from pipeline_local.aws import Aws, FunctionTarget
from pipeline_local.local_aws import connect, keeper

if TYPE_CHECKING:
    from pathlib import Path

PATTERN = {"source": ["aws.sagemaker"]}


def test_a_running_server_is_used_again(server_state: Path) -> None:
    first = connect("eu-central-1", "111111111111", state=server_state)
    second = connect("us-east-1", "222222222222", state=server_state)
    assert first.endpoint_url == second.endpoint_url
    assert first.is_local


def test_the_users_settings_are_not_looked_at(
    server_state: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nuse_dualstack_endpoint = true\nregion = us-west-2\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREALREALREALREAL")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    aws = connect("eu-central-1", "222222222222", state=server_state)
    assert aws.client("sts").get_caller_identity()["Account"] == "222222222222"
    assert aws.client("s3").meta.region_name == "eu-central-1"


def test_an_endpoint_of_the_environment_is_honoured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    aws = connect("eu-central-1", "111111111111", state=tmp_path / "state")
    assert aws.endpoint_url == "http://127.0.0.1:9"
    assert aws.client("s3").meta.endpoint_url == "http://127.0.0.1:9"
    assert not aws.register_event_target("rule", PATTERN, FunctionTarget(tmp_path))
    assert not (tmp_path / "state").exists()


def test_without_a_state_nothing_is_started() -> None:
    aws = connect("eu-central-1", "111111111111")
    assert aws.endpoint_url is None
    assert not aws.is_local
    assert aws.client("s3").meta.endpoint_url == "https://s3.eu-central-1.amazonaws.com"


def test_an_unknown_profile_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(MlopsError, match="no-such-profile"):
        connect("eu-central-1", "111111111111").client("s3")


def test_a_child_process_reaches_the_same_place(aws: Aws, bucket: str) -> None:
    code = (
        "import boto3; print([b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']]);"
        "print(boto3.client('sts').get_caller_identity()['Account'])"
    )
    environment = {**os.environ, **aws.environment()}
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert bucket in answer.stdout
    assert aws.account in answer.stdout


def test_an_invalid_event_pattern_is_reported(aws: Aws, tmp_path: Path) -> None:
    with pytest.raises(MlopsError, match="event rule r: source: a list"):
        aws.register_event_target("r", {"source": "aws.sagemaker"}, FunctionTarget(tmp_path))
    with pytest.raises(MlopsError, match="no folder"):
        aws.register_event_target("r", PATTERN, FunctionTarget(tmp_path / "gone"))


@pytest.mark.parametrize("path", ["/_local/stop", "/_local/event-targets", "/_local/status"])
def test_control_needs_the_token(server_state: Path, path: str) -> None:
    address = keeper.ensure_server(server_state)
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=10)
    connection.request("POST", path, "{}")
    assert connection.getresponse().status == 403
    connection.close()


def test_motos_own_controls_are_closed(server_state: Path, aws: Aws, bucket: str) -> None:
    address = keeper.ensure_server(server_state)
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=10)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 404
    connection.close()
    aws.client("s3").head_bucket(Bucket=bucket)


def test_addresses_are_for_the_user_only(server_state: Path) -> None:
    assert (server_state / "server.json").stat().st_mode & 0o077 == 0
