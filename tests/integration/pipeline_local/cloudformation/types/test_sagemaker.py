from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_local.cloudformation.resource_type import ResourceError
from pipeline_local.cloudformation.types.sagemaker import TYPES

if TYPE_CHECKING:
    from tests.integration.pipeline_local.cloudformation.types.conftest import Place

PIPELINE, GROUP = TYPES
TAGS = [{"Key": "environment", "Value": "dev"}, {"Key": "owner", "Value": "platform"}]
OTHER_TAGS = [{"Key": "environment", "Value": "test"}]
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "GoesOn",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
            "Action": "sagemaker:DescribeModelPackage",
            "Resource": "arn:aws:sagemaker:eu-central-1:111111111111:model-package/small/*",
        }
    ],
}


def _body(text: str = "") -> str:
    return json.dumps({"Version": "2020-12-01", "Metadata": {"text": text}, "Steps": []})


@pytest.fixture(scope="module")
def pipeline(place: Place) -> dict[str, Any]:
    return {
        "PipelineDefinition": {"PipelineDefinitionBody": _body()},
        "PipelineDescription": "Train a model",
        "PipelineDisplayName": "Abalone-age-training",
        "PipelineName": "training",
        "RoleArn": place.role("orchestration", "sagemaker"),
        "Tags": TAGS,
    }


def test_a_pipeline(place: Place, pipeline: dict[str, Any]) -> None:
    changes = {
        "ParallelismConfiguration": {"MaxParallelExecutionSteps": "2"},
        "PipelineDefinition": {"PipelineDefinitionBody": _body("changed")},
        "PipelineDescription": "Train another model",
        "Tags": OTHER_TAGS,
    }
    made = place.live(PIPELINE, pipeline, changes)
    assert made.physical_id == "training"


def test_a_pipeline_can_be_started(place: Place, pipeline: dict[str, Any]) -> None:
    context, client = place.context(), place.aws.client("sagemaker")
    place.bucket("definitions")
    place.aws.client("s3").put_object(Bucket="definitions", Key="p.json", Body=_body("stored"))
    place_of_it = {"PipelineDefinitionS3Location": {"Bucket": "definitions", "Key": "p.json"}}
    PIPELINE.create(context, {**pipeline, "PipelineDefinition": place_of_it})
    read = PIPELINE.read(context, "training")["PipelineDefinition"]["PipelineDefinitionBody"]
    assert json.loads(read)["Metadata"] == {"text": "stored"}
    started = client.start_pipeline_execution(PipelineName="training", ClientRequestToken="t" * 32)
    execution = {"PipelineExecutionArn": started["PipelineExecutionArn"]}
    place.wait_until(
        lambda: (
            client.describe_pipeline_execution(**execution)["PipelineExecutionStatus"]
            != "Executing"
        )
    )
    with pytest.raises(ResourceError, match=r"training\) already exists"):
        PIPELINE.create(context, pipeline)
    PIPELINE.delete(context, "training", pipeline)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"PipelineDefinition": {"PipelineDefinitionBody": "{"}}, "Unable to parse pipeline def"),
        ({"PipelineDefinition": {"PipelineDefinitionBody": "{}"}}, "no list of Steps"),
        ({"RoleArn": "arn:aws:iam::111111111111:role/none"}, "Could not assume role .*role/none"),
    ],
)
def test_a_refused_pipeline_leaves_nothing(
    place: Place, pipeline: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ResourceError, match=message):
        PIPELINE.create(place.context(), {**pipeline, **change})
    assert place.aws.client("sagemaker").list_pipelines()["PipelineSummaries"] == []


def test_a_model_package_group(place: Place) -> None:
    group = {
        "ModelPackageGroupDescription": "Versions",
        "ModelPackageGroupName": "small",
        "ModelPackageGroupPolicy": POLICY,
        "Tags": TAGS,
    }
    made = place.live(GROUP, group, {"ModelPackageGroupPolicy": None, "Tags": OTHER_TAGS})
    assert made.physical_id.endswith(":model-package-group/small")
    assert made.attributes["ModelPackageGroupArn"] == made.physical_id


def test_a_group_with_versions_stays(place: Place) -> None:
    context, client = place.context(), place.aws.client("sagemaker")
    group = {"ModelPackageGroupName": "full"}
    made = GROUP.create(context, group)
    with pytest.raises(ResourceError, match="Model Package Group already exists"):
        GROUP.create(context, group)
    version = client.create_model_package(ModelPackageGroupName="full")["ModelPackageArn"]
    with pytest.raises(ResourceError, match="full is not empty"):
        GROUP.delete(context, made.physical_id, group)
    client.delete_model_package(ModelPackageName=version)
    GROUP.delete(context, made.physical_id, group)
