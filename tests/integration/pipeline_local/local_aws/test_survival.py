"""Acknowledged changes survive the end of the server, however it ended."""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from pipeline_local.aws import FunctionTarget
from pipeline_local.aws.address import read_address
from pipeline_local.aws.control import ask
from pipeline_local.local_aws.checkpoint import CHECKPOINT_SERVICES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.pipeline_local.local_aws.conftest import Local

FILLED = frozenset({"events", "iam", "s3", "sagemaker", "scheduler", "ssm", "sts"})


@pytest.mark.slow
def test_state_survives_a_kill_and_a_stop(local: Local) -> None:
    aws = local.connect()
    arn = local.fill()
    before = local.everything()
    assert len(before) > 8
    port = aws.endpoint_url

    local.kill()
    again = local.connect()
    assert again.endpoint_url == port
    assert local.everything() == before
    assert "restored: 23 changes" in _last_line(local)

    local.stop()
    checkpoint = (local.state / "checkpoint").read_bytes()
    # What follows compares all of these; the test of the whole platform, the others.
    assert FILLED <= CHECKPOINT_SERVICES
    assert all(f"moto.{service}.models".encode() in checkpoint for service in FILLED)
    assert local.everything() == before
    assert "state restored: from the checkpoint and 0 changes" in _last_line(local)

    local.stop()
    whole = (local.state / "checkpoint").read_bytes()
    (local.state / "checkpoint").write_bytes(whole[: len(whole) // 2])
    aws = local.connect()
    assert local.everything() == before
    log = (local.state / "server.log").read_text()
    assert "checkpoint not used: it is damaged" in log
    assert "restored: 23 changes" in _last_line(local)

    # What was made before goes on as if nothing had happened.
    sagemaker = aws.client("sagemaker")
    same = sagemaker.create_model_package(ModelPackageGroupName="models", ClientToken="once")
    assert same["ModelPackageArn"] == arn
    with pytest.raises(ClientError, match="BucketAlreadyOwnedByYou"):
        aws.client("s3").create_bucket(
            Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )

    # With a service in use whose memory may be elsewhere, no checkpoint is written.
    aws.client("route53").create_hosted_zone(Name="kept.example.", CallerReference="1")
    local.stop()
    assert "no checkpoint: route53 is in use" in _last_line(local)
    [zone] = local.connect().client("route53").list_hosted_zones()["HostedZones"]
    assert zone["Name"] == "kept.example."


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_by_kills_at_any_moment(local: Local) -> None:
    chance = random.Random(7)  # noqa: S311
    acknowledged: dict[str, bytes] = {}
    aws = local.connect()
    aws.client("s3").create_bucket(
        Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    for attempt in range(3):
        client = local.connect().client("s3")
        ended = threading.Event()

        def write(client: Any = client, ended: Any = ended, attempt: int = attempt) -> None:
            number = 0
            while True:
                key, body = f"{attempt}-{number}", os.urandom(chance.choice([10, 40_000]))
                try:
                    client.put_object(Bucket="kept", Key=key, Body=body)
                except (BotoCoreError, ClientError):
                    break
                acknowledged[key] = body
                number += 1
            ended.set()

        wanted = len(acknowledged) + chance.randint(8, 40)
        threading.Thread(target=write, daemon=True).start()
        while len(acknowledged) < wanted and not ended.is_set():
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.02))  # while one is under way
        local.kill()
        assert ended.wait(60)
    s3 = local.connect().client("s3")
    assert len(acknowledged) > 20
    for key, body in acknowledged.items():
        assert s3.get_object(Bucket="kept", Key=key)["Body"].read() == body
    local.stop()
    assert [path for path in local.state.rglob(".*") if path.is_file()] == []


def test_an_event_is_delivered_though_the_server_was_killed_over_it(
    local: Local, tmp_path: Path
) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "handler.py").write_text(
        "import time, boto3\n"
        "def handler(event, context):\n"
        "    s3 = boto3.client('s3')\n"
        "    s3.put_object(Bucket='kept', Key='begun', Body=b'')\n"
        "    time.sleep(1)\n"
        "    s3.put_object(Bucket='kept', Key='champion', Body=b'1')\n"
    )
    aws = local.connect()
    s3, sagemaker = aws.client("s3"), aws.client("sagemaker")
    s3.create_bucket(
        Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    sagemaker.create_model_package_group(ModelPackageGroupName="models")
    arn = sagemaker.create_model_package(ModelPackageGroupName="models")["ModelPackageArn"]
    pattern = {"detail": {"ModelApprovalStatus": ["Approved"]}}
    aws.register_event_target("champion", pattern, FunctionTarget(code))

    def approve() -> None:
        with contextlib.suppress(BotoCoreError, ClientError):
            sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")

    approving = threading.Thread(target=approve)
    approving.start()
    local.wait_until(lambda: "begun" in _keys(s3))
    local.kill()
    approving.join()
    s3 = local.connect().client("s3")
    local.wait_until(lambda: "champion" in _keys(s3))
    address = read_address(local.state)
    assert address is not None
    local.wait_until(lambda: (ask(address, "status") or {}).get("events_pending") == 0)


def _last_line(local: Local) -> str:
    return (local.state / "server.log").read_text().splitlines()[-1]


def _keys(s3: Any) -> list[str]:
    return [found["Key"] for found in s3.list_objects_v2(Bucket="kept").get("Contents", [])]
