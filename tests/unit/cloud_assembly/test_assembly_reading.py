"""A cloud assembly folder, read as data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloud_assembly import CloudAssembly
from mlops_common.errors import MlopsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BODY = '{"Steps": [{"Uri": "s3://${Data}/x", "Region": "${AWS::Region}"}]}'
STORAGE = {
    "Resources": {
        "Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "data"}},
        "Group": {
            "Type": "AWS::SageMaker::ModelPackageGroup",
            "Properties": {"ModelPackageGroupName": "dev-age"},
        },
    },
    "Outputs": {"Out": {"Value": {"Ref": "Data"}, "Export": {"Name": "data-name"}}},
}


def pipelines(body: Any) -> dict[str, Any]:
    return {
        "Resources": {
            "Training": {
                "Type": "AWS::SageMaker::Pipeline",
                "Metadata": {"secure-mlops:pipeline": "training"},
                "Properties": {
                    "PipelineName": "dev-training",
                    "PipelineDefinition": {"PipelineDefinitionBody": body},
                    "RoleArn": "arn:aws:iam::111122223333:role/x",
                },
            },
            "Code": {
                "Type": "Custom::CDKBucketDeployment",
                "Properties": {
                    "SourceBucketNames": ["staging"],
                    "SourceObjectKeys": ["abc.zip"],
                    "DestinationBucketName": {"Fn::ImportValue": "data-name"},
                    "DestinationBucketKeyPrefix": "code/abc/",
                },
            },
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventPattern": {"source": ["aws.sagemaker"]},
                    "Targets": [{"Id": "1", "Arn": {"Fn::GetAtt": ["Keeper", "Arn"]}}],
                },
            },
            "Keeper": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Handler": "index.handler",
                    "Code": {"S3Bucket": "staging", "S3Key": "abc.zip"},
                    "Environment": {"Variables": {"BUCKET": {"Fn::ImportValue": "data-name"}}},
                    "Timeout": 30,
                },
            },
        }
    }


@pytest.fixture
def folder(write_assembly: Callable[..., Path]) -> Path:
    body = {"Fn::Sub": [BODY, {"Data": {"Fn::ImportValue": "data-name"}}]}
    written = write_assembly(storage=STORAGE, pipelines=pipelines(body))
    stage = written / "assembly-dev"
    (stage / "asset.abc").mkdir()
    (stage / "asset.abc" / "run.py").write_text("print()")
    assets = {
        "files": {
            "abc": {
                "source": {"path": "asset.abc", "packaging": "zip"},
                "destinations": {"here": {"bucketName": "staging", "objectKey": "abc.zip"}},
            }
        }
    }
    (stage / "pipelines.assets.json").write_text(json.dumps(assets))
    return written


def test_a_definition_with_and_without_placeholders(folder: Path) -> None:
    assembly = CloudAssembly(folder)
    assert assembly.pipeline_definition_text("training") == json.loads(BODY)
    step = assembly.resolved_definition("training")["Steps"][0]
    assert step == {"Uri": "s3://data/x", "Region": "eu-central-1"}


def test_a_pipeline_is_found_by_either_name(folder: Path) -> None:
    assembly = CloudAssembly(folder)
    assert assembly.pipeline("dev-training") is assembly.pipeline("training")
    assert assembly.pipeline("training").arn.endswith(":111122223333:pipeline/dev-training")
    with pytest.raises(MlopsError, match=r"no pipeline is called 'x'; .* there are: training"):
        assembly.pipeline("x")


def test_deliveries_name_bucket_prefix_and_asset(folder: Path) -> None:
    (delivery,) = CloudAssembly(folder).deliveries
    assert (delivery.bucket, delivery.prefix, delivery.extract) == ("data", "code/abc", True)
    assert (delivery.source / "run.py").is_file()


def test_functions_of_event_rules_come_with_code_and_variables(folder: Path) -> None:
    (function,) = CloudAssembly(folder).event_functions
    assert function.pattern == {"source": ["aws.sagemaker"]}
    assert function.environment == {"BUCKET": "data"}
    assert (function.handler, function.timeout_seconds) == ("index.handler", 30)
    assert (function.code / "run.py").is_file()


def test_a_missing_asset_is_named(folder: Path) -> None:
    (folder / "assembly-dev" / "pipelines.assets.json").write_text('{"files": {}}')
    with pytest.raises(MlopsError, match=r"dev-pipelines: delivery Code: no asset abc\.zip"):
        _ = CloudAssembly(folder).deliveries


def test_a_definition_that_is_no_json_is_named(write_assembly: Callable[..., Path]) -> None:
    folder = write_assembly(storage=STORAGE, pipelines=pipelines("{broken"))
    with pytest.raises(MlopsError, match="pipeline training: its definition is not JSON"):
        CloudAssembly(folder).resolved_definition("training")


def test_a_folder_that_is_no_assembly_is_named(tmp_path: Path) -> None:
    with pytest.raises(MlopsError, match=r"manifest\.json: does not exist; is this a cloud"):
        CloudAssembly(tmp_path)
