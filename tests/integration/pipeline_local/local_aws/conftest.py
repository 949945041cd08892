from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.aws.address import living_pid
from pipeline_local.local_aws import connect, keeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline_local.aws import Aws

REGION, ACCOUNT = "eu-central-1", "111111111111"


@dataclass(frozen=True)
class Local:
    """A state folder, and what tests do with its server."""

    state: Path

    def connect(self) -> Aws:
        return connect(REGION, ACCOUNT, state=self.state)

    def kill(self) -> None:
        pid = living_pid(self.state)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        self.wait_until(lambda: living_pid(self.state) is None)

    def stop(self) -> None:
        keeper.stop_server(self.state)

    def fill(self) -> str:
        return _fill(self.connect())

    def everything(self) -> dict[str, Any]:
        return _everything(self.connect())

    def wait_until(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not reached():
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    """A local AWS of this test's own; its server is stopped at the end."""
    found = Local(tmp_path / "state")
    yield found
    found.stop()


def _everything(aws: Aws) -> dict[str, Any]:
    """All that a client can ask of the services that the tool uses."""
    s3, sagemaker, ssm = aws.client("s3"), aws.client("sagemaker"), aws.client("ssm")
    found: dict[str, Any] = {"buckets": s3.list_buckets()["Buckets"]}
    for bucket in found["buckets"]:
        name = bucket["Name"]
        versions = s3.list_object_versions(Bucket=name)
        found[name] = [versions.get("Versions"), versions.get("DeleteMarkers")]
        for key in s3.list_objects_v2(Bucket=name).get("Contents", []):
            answer = s3.get_object(Bucket=name, Key=key["Key"])
            found[name, key["Key"]] = [
                answer["Body"].read(),
                answer["Metadata"],
                answer["LastModified"],
            ]
    for group in sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]:
        for package in sagemaker.list_model_packages(
            ModelPackageGroupName=group["ModelPackageGroupName"]
        )["ModelPackageSummaryList"]:
            arn = package["ModelPackageArn"]
            found[arn] = _without_metadata(sagemaker.describe_model_package(ModelPackageName=arn))
        found[group["ModelPackageGroupArn"]] = group
    found["parameters"] = ssm.get_parameters_by_path(Path="/", Recursive=True)["Parameters"]
    scheduler, events = aws.client("scheduler"), aws.client("events")
    found["groups"] = scheduler.list_schedule_groups()["ScheduleGroups"]
    for schedule in scheduler.list_schedules()["Schedules"]:
        name, group = schedule["Name"], schedule["GroupName"]
        answer = scheduler.get_schedule(Name=name, GroupName=group)
        found["schedule", name] = _without_metadata(answer)
    found["buses"] = events.list_event_buses()["EventBuses"]
    for pipeline in sagemaker.list_pipelines()["PipelineSummaries"]:
        name = pipeline["PipelineName"]
        versions = sagemaker.list_pipeline_versions(PipelineName=name)
        found["pipeline", name] = [
            _without_metadata(sagemaker.describe_pipeline(PipelineName=name)),
            versions["PipelineVersionSummaries"],
        ]
    found["roles"] = aws.client("iam").list_roles()["Roles"]
    return found


def _without_metadata(answer: Any) -> Any:
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def _fill(aws: Aws) -> str:
    """Do some of everything; give the ARN of a model package."""
    s3, sagemaker = aws.client("s3"), aws.client("sagemaker")
    s3.create_bucket(
        Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="kept", Key="a b/ä+.txt", Body=b"1", Metadata={"note": "x"})
    s3.put_object(Bucket="kept", Key="a b/ä+.txt", Body=b"2")
    s3.put_object(Bucket="kept", Key="gone", Body=b"3")
    s3.delete_object(Bucket="kept", Key="gone")
    s3.upload_fileobj(io.BytesIO(bytes(range(256)) * 40_000), "kept", "large")  # multipart
    s3.copy_object(Bucket="kept", Key="copy", CopySource={"Bucket": "kept", "Key": "large"})
    sagemaker.create_model_package_group(ModelPackageGroupName="models")
    arn = sagemaker.create_model_package(
        ModelPackageGroupName="models",
        CustomerMetadataProperties={"RunId": "r"},
        SourceUri="s3://source",
        ClientToken="once",
    )["ModelPackageArn"]
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    for value in ("1", "2"):
        aws.client("ssm").put_parameter(Name="/a/b", Value=value, Type="String", Overwrite=True)
    aws.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")
    role = f"arn:aws:iam::{ACCOUNT}:role/role"
    aws.client("sts").assume_role(RoleArn=role, RoleSessionName="session")
    aws.client("events").create_event_bus(Name="announcements")
    aws.client("scheduler").create_schedule_group(Name="group")
    aws.client("scheduler").create_schedule(
        Name="nightly",
        GroupName="group",
        ScheduleExpression="cron(0 2 * * ? *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": role, "RoleArn": role, "Input": "{}"},
    )
    definition: dict[str, Any] = {"Version": "2020-12-01", "Steps": []}
    for steps in (1, 2):
        definition["Metadata"] = {"steps": str(steps)}
        text = json.dumps(definition)
        if steps == 1:
            sagemaker.create_pipeline(
                PipelineName="p", PipelineDefinition=text, RoleArn=role, ClientRequestToken="t" * 32
            )
        else:
            sagemaker.update_pipeline(PipelineName="p", PipelineDefinition=text)
    with contextlib.suppress(Exception):
        s3.delete_bucket(Bucket="kept")  # refused: a failed request must leave no trace
    return arn
