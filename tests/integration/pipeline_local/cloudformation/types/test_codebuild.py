from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.resource_type import ResourceError
from pipeline_local.cloudformation.types.codebuild import TYPES

if TYPE_CHECKING:
    from tests.integration.pipeline_local.cloudformation.types.conftest import Place

PROJECT, GROUP = TYPES
TAGS = [{"Key": "environment", "Value": "dev"}, {"Key": "owner", "Value": "platform"}]
MACHINE = {"Image": "i", "Type": "LINUX_CONTAINER"}
KEY = "arn:aws:kms:eu-central-1:111111111111:key/0"


@pytest.fixture(scope="module")
def project(place: Place) -> dict[str, Any]:
    return {
        "Artifacts": {"EncryptionDisabled": False, "Type": "CODEPIPELINE"},
        "ConcurrentBuildLimit": "1",
        "Description": "Deploys to dev what was verified",
        "EncryptionKey": KEY,
        "Environment": {
            "ComputeType": "BUILD_GENERAL1_MEDIUM",
            "EnvironmentVariables": [{"Name": "STAGE", "Type": "PLAINTEXT", "Value": "deploy"}],
            "Image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "ImagePullCredentialsType": "CODEBUILD",
            "PrivilegedMode": False,
            "Type": "LINUX_CONTAINER",
        },
        "LogsConfig": {"CloudWatchLogs": {"GroupName": "/builds", "Status": "ENABLED"}},
        "Name": "deploy-dev",
        "QueuedTimeoutInMinutes": 120,
        "ServiceRole": place.role("builder", "codebuild"),
        "Source": {"BuildSpec": "buildspec-deploy.yml", "Type": "CODEPIPELINE"},
        "Tags": TAGS,
        "TimeoutInMinutes": "45",
        "Visibility": "PRIVATE",
        "VpcConfig": {"SecurityGroupIds": ["sg-0"], "Subnets": ["subnet-0"], "VpcId": "vpc-0"},
    }


def test_a_project(place: Place, project: dict[str, Any]) -> None:
    location = "https://git-codecommit.eu-central-1.amazonaws.com/v1/repos/small"
    source = {"BuildSpec": "b.yml", "GitCloneDepth": 0, "Location": location, "Type": "CODECOMMIT"}
    changes = {
        "Artifacts": {"Type": "NO_ARTIFACTS"},
        "Description": None,
        "Source": source,
        "Tags": [{"Key": "owner", "Value": "other"}],
        "TimeoutInMinutes": 50,
        "Visibility": "PUBLIC_READ",
    }
    made = place.live(PROJECT, project, changes)
    assert made.physical_id == "deploy-dev"
    assert made.attributes["Arn"].endswith(":project/deploy-dev")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ServiceRole": "arn:aws:iam::111111111111:role/none"}, "not authorized to perform: sts:"),
        ({"Source": {"Type": "CODECOMMIT"}}, "Project source location is required"),
        (
            {"Environment": {"ComputeType": "LARGE", "Image": "i", "Type": "LINUX_CONTAINER"}},
            "LARGE",
        ),
    ],
)
def test_a_refused_project_leaves_nothing(
    place: Place, project: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ResourceError, match=message):
        PROJECT.create(place.context(), {**project, **change})
    assert place.aws.client("codebuild").list_projects()["projects"] == []


def test_a_report_group(place: Place) -> None:
    destination = {"Bucket": "reports", "EncryptionDisabled": False, "EncryptionKey": KEY}
    destination |= {"Packaging": "ZIP", "Path": "reports/small"}
    group = {
        "DeleteReports": True,
        "ExportConfig": {"ExportConfigType": "S3", "S3Destination": destination},
        "Name": "small-tests",
        "Tags": TAGS,
        "Type": "TEST",
    }
    changes = {"ExportConfig": {"ExportConfigType": "NO_EXPORT"}, "Tags": TAGS[:1]}
    made = place.live(GROUP, group, changes, unread=("DeleteReports",))
    assert made.physical_id.endswith(":report-group/small-tests")
    GROUP.create(place.context(), group)
    with pytest.raises(ResourceError, match="Report group already exists"):
        GROUP.create(place.context(), group)
    GROUP.delete(place.context(), made.physical_id, group)


def test_no_project_is_there_twice(place: Place, project: dict[str, Any]) -> None:
    PROJECT.create(place.context(), project)
    with pytest.raises(ResourceError, match="Project already exists"):
        PROJECT.create(place.context(), project)
    PROJECT.delete(place.context(), "deploy-dev", project)
