"""The registry's keeper, the bound definitions and what is delivered with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline_schema.shape_values import member_problems
from tests.template.assembly import PLACEHOLDERS
from tests.template.policies import resolved

if TYPE_CHECKING:
    from pathlib import Path

    from tests.template.assembly import Stacks


def _bound(stacks: Stacks, name: str) -> tuple[dict[str, Any], str, dict[str, Any]]:
    (resource,) = (
        entry
        for entry in stacks.of_type("AWS::SageMaker::Pipeline").values()
        if entry["Metadata"]["secure-mlops:pipeline"] == name
    )
    body, values = resource["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]["Fn::Sub"]
    return resource, body, values


def test_a_definition_is_bound_by_the_names_it_uses(dev: Stacks) -> None:
    _, body, values = _bound(dev, "training")
    assert set(values) == set(PLACEHOLDERS)
    assert json.loads(body)["Values"]["DataKeyArn"] == "${DataKeyArn} in ${AWS::Region}"
    _, body, values = _bound(dev, "batch-inference")
    assert values == {"DataBucketName": "secure-mlops-dev-data-111111111111-eu-central-1"}
    assert body == json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"))


def test_display_names_have_the_form_that_sagemaker_takes(dev: Stacks) -> None:
    names = {
        entry["Metadata"]["secure-mlops:pipeline"]: entry["Properties"]["PipelineDisplayName"]
        for entry in dev.of_type("AWS::SageMaker::Pipeline").values()
    }
    assert names == {"training": "Everything-training-all", "batch-inference": "Inference"}
    for name in names.values():
        assert not member_problems("CreatePipeline", "PipelineDisplayName", name, "")


def test_values_are_what_their_names_say(dev: Stacks) -> None:
    _, _, values = _bound(dev, "training")
    for name, value in values.items():
        text = str(resolved(value)).lower()
        subject = name.removesuffix("Arn").removesuffix("Name").removesuffix("Id").lower()
        for part in ("bucket", "key", "role"):
            subject = subject.removesuffix(part)
        expected = {
            "jobsecuritygroup": "networkjobs",
            "subnetid1": "subnet1",
            "subnetid2": "subnet2",
        }
        assert expected.get(subject, subject) in text.replace("volumes", "volume"), name


def test_a_pipeline_waits_for_its_code_and_has_its_role(dev: Stacks) -> None:
    resource, _, _ = _bound(dev, "training")
    deliveries = dev.of_type("Custom::CDKBucketDeployment", "Pipelines")
    code = {
        name
        for name, entry in deliveries.items()
        if entry["Properties"]["DestinationBucketKeyPrefix"].startswith(("code/", "wheelhouse/"))
    }
    assert len(code) == 2
    assert code <= set(resource["DependsOn"])
    assert "orchestration" in str(resolved(resource["Properties"]["RoleArn"]))
    assert resource["Properties"]["PipelineName"] == "secure-mlops-dev-training"


def test_an_unknown_placeholder_is_named() -> None:
    from secure_mlops_constructs.sagemaker_pipeline import used_values

    with pytest.raises(ValueError, match=r"'x' uses the placeholder \$\{Typo\}, .* there are A, B"):
        used_values("x", '{"a": "${Typo} ${AWS::Region}"}', {"A": "1", "B": "2"})


def _deliveries(stacks: Stacks) -> dict[str, dict[str, Any]]:
    return {
        entry["DestinationBucketKeyPrefix"]: entry
        for entry in stacks.properties("Custom::CDKBucketDeployment")
    }


def test_what_is_delivered_where(dev: Stacks, prod: Stacks) -> None:
    deliveries = _deliveries(dev)
    bucket = {
        prefix.partition("/")[0]: entry["DestinationBucketName"]
        for prefix, entry in deliveries.items()
    }
    assert bucket == {
        "code": "secure-mlops-dev-artifacts-111111111111-eu-central-1",
        "wheelhouse": "secure-mlops-dev-artifacts-111111111111-eu-central-1",
        "champion": "secure-mlops-dev-models-111111111111-eu-central-1",
        "abalone": "secure-mlops-dev-data-111111111111-eu-central-1",
    }
    assert "champion/secure-mlops-dev-abalone-age/" in deliveries
    assert "abalone/raw/" in deliveries
    assert "abalone/raw/" not in _deliveries(prod)


def test_a_delivery_never_takes_anything_away(dev: Stacks) -> None:
    for entry in _deliveries(dev).values():
        assert entry["Prune"] is False
        assert entry["RetainOnDelete"] is True


def test_a_delivery_reads_its_own_assets_only(dev: Stacks) -> None:
    delivered = {
        f"arn:aws:s3:::{bucket}/{key}"
        for entry in _deliveries(dev).values()
        for bucket, key in zip(entry["SourceBucketNames"], entry["SourceObjectKeys"], strict=True)
    }
    (statement,) = dev.policy("secure-mlops-dev-content-delivery-assets")["Statement"]
    assert set(statement["Resource"]) == delivered
    assert statement["Action"] == "s3:GetObject"


def test_assets_hold_the_files_without_caches(dev: Stacks, cloud_assembly: Path) -> None:
    prefix = next(prefix for prefix in _deliveries(dev) if prefix.startswith("code/"))
    (key,) = _deliveries(dev)[prefix]["SourceObjectKeys"]
    folder = cloud_assembly / f"asset.{key.removesuffix('.zip')}"
    assert [path.name for path in folder.iterdir()] == ["file.py"]


def test_whatever_data_set_is_delivered_replaces_the_one_before(
    dev: Stacks, cloud_assembly: Path
) -> None:
    (key,) = _deliveries(dev)["abalone/raw/"]["SourceObjectKeys"]
    folder = cloud_assembly / f"asset.{key.removesuffix('.zip')}"
    assert [path.name for path in folder.iterdir()] == ["abalone.csv"]


def test_functions_are_private_alone_and_lose_nothing(dev: Stacks) -> None:
    functions = dev.properties("AWS::Lambda::Function")
    assert {entry["FunctionName"] for entry in functions} == {
        "secure-mlops-dev-champion-keeper",
        "secure-mlops-dev-content-delivery",
        "secure-mlops-dev-default-group-closer",
        "secure-mlops-dev-push-filter",
        "secure-mlops-dev-batch-announcer",
        "secure-mlops-dev-metrics-publisher",
        "secure-mlops-dev-model-chooser",
    }
    for entry in functions:
        assert len(entry["VpcConfig"]["SubnetIds"]) == 2
        assert entry["DeadLetterConfig"]["TargetArn"]
        assert entry["ReservedConcurrentExecutions"] in {1, 2, 5}
        assert entry["KmsKeyArn"]
        assert entry["LoggingConfig"]["LogGroup"]
        assert entry["Runtime"] in {"python3.13", "python3.14"}
    assert all(queue["KmsMasterKeyId"] for queue in dev.properties("AWS::SQS::Queue"))


def test_the_keeper_follows_our_groups(dev: Stacks) -> None:
    (rule,) = dev.properties("AWS::Events::Rule", "Registry")
    assert rule["EventPattern"] == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {
            "ModelPackageGroupName": [
                "secure-mlops-dev-abalone-age",
                {"prefix": "secure-mlops-dev-p-"},  # of projects that teams start
            ]
        },
    }
    groups = dev.properties("AWS::SageMaker::ModelPackageGroup")
    assert {group["ModelPackageGroupName"] for group in groups} == {
        "secure-mlops-dev-abalone-age",
        "secure-mlops-dev-batch-inference",  # pipelines, which have no champion
    }
    (function,) = dev.properties("AWS::Lambda::Function", "Registry")
    variables = function["Environment"]["Variables"]
    assert variables["CHAMPION_BUCKET"] == "secure-mlops-dev-models-111111111111-eu-central-1"
    assert "Models" in json.dumps(variables["CHAMPION_KEY_ARN"])
    (permission,) = dev.properties("AWS::Lambda::Permission", "Registry")
    assert permission["Principal"] == "events.amazonaws.com"
    assert permission["SourceArn"]


def test_others_find_what_they_need(dev: Stacks) -> None:
    parameters = {entry["Name"]: entry["Value"] for entry in dev.properties("AWS::SSM::Parameter")}
    names = {
        *("bucket/data", "bucket/models", "bucket/artifacts", "bucket/logs", "key/data"),
        *("key/models", "key/artifacts", "key/volumes", "key/logs", "network/vpc"),
        *("network/subnets", "network/job-security-group", "network/s3-endpoint"),
        *("role/orchestration", "role/processing-job", "role/training-job", "role/inference-job"),
        *("role/data-scientist", "role/ml-platform-administrator", "role/auditor"),
        *("role/break-glass", "policy/runtime-boundary", "policy/people-boundary"),
        *("policy/orchestration-boundary",),
        *("policy/delivery-boundary", "policy/network-guard", "policy/isolation-guard"),
        *("policy/storage-guard", "policy/instance-guard", "policy/offer-guard"),
        *("model-package-group/abalone-age", "pipeline/training", "pipeline/batch-inference"),
        *("key/events", "event-bus", "key/delivery", "delivery/pipeline", "delivery/repository"),
        *("delivery/inference-pipeline", "delivery/packages", "delivery/branch"),
        *("key/notifications", "topic/alerts"),
        *("metrics-namespace", "table/predictions"),
        *("table/set-aside", "policy/promotion-boundary", "network/build-security-group"),
        *("project-template/portfolio", "project-template/product", "policy/launch-boundary"),
        *("policy/project-boundary", "policy/scientist-boundary", "policy/break-glass-boundary"),
    }
    assert set(parameters) == {f"/secure-mlops/dev/{name}" for name in names}
    assert parameters["/secure-mlops/dev/pipeline/training"] == "secure-mlops-dev-training"


def test_everything_that_can_be_is_tagged(dev: Stacks) -> None:
    for kind in ("AWS::S3::Bucket", "AWS::KMS::Key", "AWS::IAM::Role", "AWS::SageMaker::Pipeline"):
        for properties in dev.properties(kind):
            tags = {tag["Key"]: tag["Value"] for tag in properties["Tags"]}
            assert tags["environment"] == "dev"
            assert tags["project"] == "secure-mlops"


def test_the_stage_and_its_stacks_are_named_after_the_environment(dev: Stacks) -> None:
    names = {
        artifact["properties"]["stackName"]
        for artifact in dev.manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    }
    kinds = (
        *("boundary", "keys", "network", "lookups", "identity", "storage", "registry", "pipelines"),
        *("events", "batch", "deliveryidentity", "delivery", "schedules", "monitoring"),
        *("projectidentity", "projecttemplate"),
    )
    assert names == {f"secure-mlops-dev-{kind}" for kind in kinds}
    assert "missing" not in dev.manifest
