"""The version before this one, deployed and used, is updated by the real command line."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from mlops.review.matching import OF_FILES
from mlops_contract.endpoints import APIS
from pipeline_local.local_aws import keeper
from tests import released_version, settings_guard
from tests.integration.pipeline_local.cloudformation.command_line import REGION
from tests.integration.pipeline_local.cloudformation.deployed import ACCOUNTS, WHOLE, Platform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
ACCOUNT = ACCOUNTS["dev"]
# In every environment, by the names that the settings give.
BUCKET = f"secure-mlops-dev-{{}}-{ACCOUNT}-{REGION}"
GROUP, PIPELINE = "secure-mlops-dev-abalone-age", "secure-mlops-dev-training"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/image:1"


@pytest.fixture
def deployed(all_environments: Path, tmp_path: Path) -> Iterator[Platform]:
    """The released version in an account; the assembly is today's."""
    released = released_version.unpack(tmp_path / "released")
    released_version.borrow_assets(released, all_environments)
    _without_refused_properties(released)
    shutil.copytree(all_environments, tmp_path / "assembly", symlinks=True)
    (tmp_path / "empty").mkdir()
    made = Platform(tmp_path / "state", tmp_path / "assembly", tmp_path / "empty")
    with settings_guard.lifted():
        made.cdk().run("bootstrap", f"aws://{ACCOUNT}/{REGION}")
        made.cdk().deploy(released, "dev/**")
        yield made
    keeper.stop_server(made.state)


def _without_refused_properties(released: Path) -> None:
    """Take out what AWS refuses of 0.1.0: some endpoints' policies, display names with spaces."""
    refusing = tuple(f".{each.name}" for each in APIS if each.without_policy)
    for file in (released / "assembly-dev").glob("*.template.json"):
        template = json.loads(file.read_text())
        for each in template["Resources"].values():
            properties = each.get("Properties", {})
            properties.pop("PipelineDisplayName", None)
            if str(properties.get("ServiceName")).endswith(refusing):
                properties.pop("PolicyDocument", None)
        file.write_text(json.dumps(template))


def _use(platform: Platform) -> None:
    """Do what people and pipelines do: data, a model package, an execution."""
    aws = platform.aws(ACCOUNT)
    aws.client("s3").put_object(Bucket=BUCKET.format("data"), Key="abalone/raw/a.csv", Body=b"1,2")
    aws.client("sagemaker").create_model_package(
        ModelPackageGroupName=GROUP,
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://models/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
    started = aws.client("sagemaker").start_pipeline_execution(PipelineName=PIPELINE)
    aws.client("sagemaker").stop_pipeline_execution(
        PipelineExecutionArn=started["PipelineExecutionArn"]
    )


def _ids(platform: Platform) -> dict[tuple[str, str], tuple[str, str]]:
    """Ask for type and physical id of all that is deployed, by stack and logical id."""
    client = platform.aws(ACCOUNT).client("cloudformation")
    return {
        (name, each["LogicalResourceId"]): (each["ResourceType"], each["PhysicalResourceId"])
        for name in platform.statuses()
        if name.startswith("secure-mlops-")
        for page in client.get_paginator("list_stack_resources").paginate(StackName=name)
        for each in page["StackResourceSummaries"]
    }


def _data(platform: Platform) -> dict[str, Any]:
    """Ask for everything that is kept: objects with their contents' versions, packages, runs."""
    aws = platform.aws(ACCOUNT)
    s3, sagemaker = aws.client("s3"), aws.client("sagemaker")
    found: dict[str, Any] = {}
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket["Name"]):
            for each in page.get("Versions", ()):
                found[f"{bucket['Name']}/{each['Key']} {each['VersionId']}"] = each["ETag"]
    packages = sagemaker.list_model_packages(ModelPackageGroupName=GROUP)
    for each in packages["ModelPackageSummaryList"]:
        found[each["ModelPackageArn"]] = each["ModelApprovalStatus"]
    runs = sagemaker.list_pipeline_executions(PipelineName=PIPELINE)["PipelineExecutionSummaries"]
    return found | {each["PipelineExecutionArn"]: each["StartTime"] for each in runs}


def test_an_update_replaces_nothing_and_keeps_all_data(deployed: Platform) -> None:
    _use(deployed)
    ids, data = _ids(deployed), _data(deployed)
    assert {"training", "abalone-age"} <= {
        each.partition("/")[2].partition("/")[0].removeprefix("secure-mlops-dev-")
        for each in data
        if each.startswith("arn:")
    }
    deployed.cdk().deploy(deployed.assembly, "dev/**")

    assert set(deployed.statuses().values()) <= WHOLE
    after = _ids(deployed)
    # What delivers files is made anew for other files, and leaves those that are there.
    others = {place for place, (kind, _) in ids.items() if kind not in OF_FILES}
    assert {place: ids[place] for place in others if after.get(place) != ids[place]} == {}
    kept = _data(deployed)
    assert {name: kept.get(name) for name in data} == data
    said = deployed.cdk().run("diff", "--app", str(deployed.assembly), "dev/**")
    assert "Number of stacks with differences: 0" in said
    deployed.compare()
